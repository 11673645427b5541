"""How the memory and the processors of this machine are shared by partitions that run side by side."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass

LEAST_BYTES = 500 * 10**6
"""With less memory for DuckDB, a partition spends its time spilling."""
AMOUNT = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([a-zA-Z]+)\s*")
UNITS = {
    "b": 1, "kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12,
    "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40,
}  # fmt: skip


@dataclass(frozen=True)
class Share:
    """What one of several partitions at work may take: DuckDB's memory, as it is written there, and threads."""

    memory: str
    threads: int


def usable_processors() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def usual_jobs(memory_limit: str) -> int:
    """How many partitions run side by side if nobody says so: one per processor, if each gets enough memory."""
    amount = _bytes(memory_limit)
    return max(1, min(usable_processors(), usable_processors() if amount is None else amount // LEAST_BYTES))


def share_of(memory_limit: str, among: int) -> Share:
    """An equal share of memory and processors among so many; a limit that is no amount (80%) is not divided."""
    amount = _bytes(memory_limit)
    memory = memory_limit if amount is None or among == 1 else f"{amount // among // 10**6}MB"
    return Share(memory, max(1, usable_processors() // among))


def _bytes(memory_limit: str) -> int | None:
    found = AMOUNT.fullmatch(memory_limit)
    unit = UNITS.get(found[2].lower()) if found else None
    return int(float(found[1]) * unit) if found and unit else None
