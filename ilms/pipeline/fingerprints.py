"""Fingerprints: a stage whose input, declaration and code are those of its last run is not run again."""

from __future__ import annotations

import hashlib
import json
import logging
from functools import cache
from pathlib import Path
from typing import Any

from schemas.meaning import wave_meaning
from schemas.partition import Partition
from schemas.source import Source
from warehouse.files import sha256, write_json
from warehouse.seals import look_of

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
DECIDING_ROOMS = ("transforms", "schemas", "expectations")
DECLARED = (".py", ".sql", ".yaml", ".csv")


@cache
def rooms_hash(rooms: tuple[str, ...] = DECIDING_ROOMS) -> str:
    """SHA-256 over code, SQL and declarations of some rooms: by default all that affects numbers besides the source."""
    digest = hashlib.sha256()
    for room in rooms:
        for file in sorted((PROJECT / room).rglob("*")):
            if file.suffix in DECLARED and "sources" not in file.relative_to(PROJECT).parts:
                digest.update(f"{file.relative_to(PROJECT).as_posix()}\0".encode())
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()


def fingerprint(*parts: str) -> str:
    """One hash of several."""
    return hashlib.sha256("\n".join(parts).encode()).hexdigest()


def core_mark(source: Source, partition: Partition, vintage: str) -> str:
    """What the core table of a partition is made from: its files, what the declaration means for its wave, the code."""
    return fingerprint(vintage, wave_meaning(source, partition.wave), rooms_hash())


def cells_mark(of_core: str, protection: str, protection_seed: str | None) -> str:
    """What the cells of a partition are made from; another protection, or seed of it, makes other numbers."""
    return fingerprint(of_core, rooms_hash(), protection, protection_seed or "")


def _sidecar(table: Path) -> Path:
    return table.with_suffix(".json")


def keep_facts(table: Path, mark: str, **facts: Any) -> dict[str, Any]:
    """Write beside a table what it was made from. Written last: without it the table counts as not made."""
    kept = {"fingerprint": mark, "sha256": sha256(table), "look": look_of(table), **facts}
    write_json(_sidecar(table), kept)
    return kept


def forget_facts(table: Path) -> None:
    """Let a table count as not made, before it and what belongs to it are replaced one after the other."""
    _sidecar(table).unlink(missing_ok=True)


def facts_of(table: Path, mark: str | None = None) -> dict[str, Any] | None:
    """What is kept beside a table; None when it is not made, made from something else than `mark`, or changed since."""
    if not table.is_file() or not _sidecar(table).is_file():
        return None
    try:
        facts: dict[str, Any] = json.loads(_sidecar(table).read_text(encoding="utf-8"))
        if mark is not None and facts["fingerprint"] != mark:
            return None
        if facts["look"] != look_of(table) and facts["sha256"] != sha256(table):
            logger.warning("%s was changed since it was made, and counts as not made", table)
            return None
        return facts
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s is damaged, and its table counts as not made: %s", _sidecar(table), type(error).__name__)
        return None
