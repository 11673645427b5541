"""Fingerprints: a stage whose input, declaration and code are those of its last run is not run again."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cache
from pathlib import Path
from typing import Any

from schemas.meaning import wave_meaning
from schemas.partition import Partition
from schemas.protection import load_protection, withholds
from schemas.source import Source
from warehouse.files import sha256, write_json
from warehouse.seals import look_of
from warehouse.store.files import stored_digest

logger = logging.getLogger(__name__)

PROJECT = Path(__file__).resolve().parents[2]
DECIDING_ROOMS = ("transforms", "schemas", "expectations")
DECLARED = (".py", ".sql", ".yaml", ".csv")
CONFIDENTIAL = "confidential"
MARK = "fingerprint"
"""What the mark is called in the file of facts."""


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
    """What the core table of a partition is made from: its files, what the declaration means for its wave, the code.

    What is kept beside it of a confidential source tells no count, so that is made anew where a source becomes one.
    """
    confidential = [CONFIDENTIAL] if withholds(load_protection(source.protection)) else []
    return fingerprint(vintage, wave_meaning(source, partition.wave), rooms_hash(), *confidential)


def cells_mark(of_core: str, protection: str, protection_seed: str | None) -> str:
    """What the cells of a partition are made from; another protection, or seed of it, makes other numbers."""
    return fingerprint(of_core, rooms_hash(), protection, protection_seed or "")


def _sidecar(table: Path) -> Path:
    return table.with_suffix(".json")


@dataclass(frozen=True)
class KeptFacts:
    """The facts kept beside a table made by a stage, without those that do not concern the table.

    mark      one hash of all that it was made from
    vintage   the files behind it
    persons   the records of a survey's wave
    weighted  the persons that they represent
    unknown   shares of unknown answers, by variable
    counts    what a register's wave counts, by event and table
    warnings  are published as notes with the numbers
    cells     how many numbers there are
    rows      how many rows a table of a benchmark has
    beside    the SHA-256 of what belongs to the numbers, by what it is
    distinct_persons  the persons of a period made of waves, where identifiers tell that records are of the same ones
    """

    mark: str
    vintage: str = ""
    persons: int | None = None
    weighted: float | None = None
    unknown: Mapping[str, float] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    cells: int | None = None
    rows: int | None = None
    beside: Mapping[str, str] = field(default_factory=dict)
    counts: Mapping[str, float] = field(default_factory=dict)
    distinct_persons: int | None = None

    @classmethod
    def read(cls, kept: Mapping[str, Any]) -> KeptFacts:
        """The facts in a file: earlier versions kept fewer. Raises KeyError without a mark."""
        known = {each.name: kept[each.name] for each in fields(cls) if each.name in kept}
        return cls(**{**known, "mark": kept[MARK]})

    def as_written(self) -> dict[str, Any]:
        """The facts as written to a file."""
        own = {each.name: getattr(self, each.name) for each in fields(self) if each.name != "mark"}
        return {MARK: self.mark, **{name: value for name, value in own.items() if value is not None}}


def keep_facts(table: Path, facts: KeptFacts) -> KeptFacts:
    """Write beside a table what it was made from. Written last: without it the table counts as not made."""
    write_json(_sidecar(table), {**facts.as_written(), "sha256": sha256(table), "look": look_of(table)})
    return facts


def forget_facts(table: Path) -> None:
    """Let a table count as not made, before it and what belongs to it are replaced one after the other."""
    _sidecar(table).unlink(missing_ok=True)


def facts_of(table: Path, mark: str | None = None) -> KeptFacts | None:
    """The facts kept beside a table; None when it is not made, not made from `mark`, or changed since.

    A table whose content is in the store only is there, too: `bring_here` brings it.
    """
    in_store = stored_digest(table)
    if not (table.is_file() or in_store) or not _sidecar(table).is_file():
        return None
    try:
        kept: dict[str, Any] = json.loads(_sidecar(table).read_text(encoding="utf-8"))
        facts = KeptFacts.read(kept)
        if mark is not None and facts.mark != mark:
            return None
        if kept["look"] != look_of(table) and kept["sha256"] != (in_store or sha256(table)):
            logger.warning("%s was changed since it was made, and counts as not made", table)
            return None
        return facts
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("%s is damaged, and its table counts as not made: %s", _sidecar(table), type(error).__name__)
        return None
