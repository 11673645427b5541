"""When each source is ingested and through which pool, read quickly, as DAG files are read again and again."""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from typing import Any

from croniter import CroniterError, croniter

from schemas.errors import DeclarationError
from schemas.loader import list_runnable, source_folder
from schemas.partition import SOURCE_ID
from schemas.wave import DEFAULT_POOL
from schemas.yaml_lines import load_yaml

FIELDS = 5
LONGEST = 100
"""Characters of a source, a pool or a schedule: Airflow would refuse longer names, and every other source with them."""
POOL = re.compile(r"[a-z][a-z0-9_]*")
PARTITIONS = "partitions"
"""The pool of Airflow that says how many partitions are at work at a time."""
PARTITION = "partition"
"""The DAG that brings a partition from its source to cells."""


@dataclass(frozen=True)
class Timetable:
    """The facts about a source for scheduling. `cron` is None when it declares no valid schedule."""

    source: str
    cron: str | None
    pool: str


def timetables() -> list[Timetable]:
    """One per declared source, sorted by source.

    Only two lines of each declaration are read. An unreadable declaration has no schedule here and does not affect
    other sources; `ilms check` and the next run report what is wrong with it.
    """
    named = [source_id for source_id in list_runnable() if SOURCE_ID.fullmatch(source_id) and len(source_id) <= LONGEST]
    return [_timetable(source_id, _content(source_id)) for source_id in named]


def fetch_pools() -> list[str]:
    """Every pool that a source fetches through, sorted."""
    return sorted({DEFAULT_POOL, *(timetable.pool for timetable in timetables())})


def pools_at_work() -> list[str]:
    """The pools whose sources are kept apart: when downloading, for the sake of the producers; otherwise one is all."""
    return fetch_pools() if os.environ.get("ILMS_ONLINE") == "1" else [DEFAULT_POOL]


def dag_of(pool: str) -> str:
    """The DAG of the partitions whose sources are fetched through a pool."""
    return PARTITION if pool == DEFAULT_POOL else f"{PARTITION}.{pool}"


def slots_of(pool: str) -> str:
    """The pool of Airflow that the partitions take a slot of whose sources are fetched through a pool."""
    return PARTITIONS if pool == DEFAULT_POOL else pool


def _content(source_id: str) -> dict[str, Any]:
    try:
        content, _ = load_yaml(source_folder(source_id) / "source.yaml")
    except DeclarationError:
        return {}
    return content if isinstance(content, dict) else {}


def _timetable(source_id: str, content: dict[str, Any]) -> Timetable:
    cron = str(content.get("schedule", "")).strip()
    fetch = content.get("fetch")
    pool = str(fetch.get("pool", DEFAULT_POOL)) if isinstance(fetch, dict) else DEFAULT_POOL
    return Timetable(
        source_id,
        cron if _is_schedule(cron) else None,
        pool if POOL.fullmatch(pool) and len(pool) <= LONGEST else DEFAULT_POOL,
    )


def _is_schedule(cron: str) -> bool:
    """Whether Airflow can use it: five fields that match some day, or a name such as @daily."""
    if len(cron) > LONGEST or not croniter.is_valid(cron):
        return False
    if len(cron.split()) != FIELDS and not cron.startswith("@"):
        return False
    try:
        croniter(cron, 0).get_next()
    except CroniterError:
        return False
    return True
