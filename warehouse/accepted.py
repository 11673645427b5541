"""Accepted numbers: the numbers of a partition in releases until newer ones have passed everything.

accepted/<source>/<wave>/   of an edition of the regional estimates: accepted/editions/<edition>/
  <unit>/          the numbers and everything that a release needs about them, with unit.json; it never changes
  accepted.json    which unit stands (one for each protection), and every vintage accepted; replaced in one step
  withdrawn.json   who withdrew or restored the partition, when and why (warehouse/withdrawal.py)

A run that fails, is skipped or is killed leaves accepted.json, and so the numbers in the release, as they are.
"""

from __future__ import annotations

import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import PublishError
from schemas.partition import SOURCE_ID, Partition
from schemas.periods import WAVE
from warehouse.files import sha256, write_json
from warehouse.layout import Layout
from warehouse.release.manifest import InputVintage
from warehouse.store.files import digest_of

logger = logging.getLogger(__name__)

POINTER = "accepted.json"
UNIT = "unit.json"
SUPERSEDED_SECONDS = 600
"""A unit is kept for this long after it has been replaced: a release may be reading it."""


class AcceptedVintage(BaseModel):
    """Files whose numbers passed everything, with which the next ones are compared.

    `bytes` is their total size; `records` counts the harmonised records, `weighted` the persons that those of a survey
    represent, 0 where that is not known. `unknown` is the share of unknown answers by variable, `counts` the sum of
    each event and table of a register.
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    vintage: str
    accepted_at: datetime
    bytes: int
    records: int = 0
    weighted: float = 0
    unknown: dict[str, float] = {}
    counts: dict[str, float] = {}


class UnitFacts(BaseModel):
    """What a release states about accepted numbers, kept with them: it stays true when their declaration changes.

    mark         fingerprint of what they were made from; `meaning` (of the declaration) and `software` are the parts
                 shown to readers
    protection   the profile applied to them; `declared_protection` is the one declared by the source, whatever the
                 profile of the release
    protections  of the sources of national numbers that regional estimates are made from, by source
    national     marks of the national numbers that regional estimates are made from
    sources      rows of table `source`: of the numbers' source, and of others that they are made from
    declaration  the source as it was loaded
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    mark: str
    vintage: str
    cells: int
    accepted_at: datetime
    meaning: str = ""
    software: str = ""
    protection: str = "none"
    declared_protection: str = "none"
    protections: dict[str, str] = {}
    national: tuple[str, ...] = ()
    kind: str
    icls_basis: str = ""
    synthetic: bool = False
    priority: int = 50
    persons: int | None = None
    distinct_persons: int | None = None
    warnings: tuple[str, ...] = ()
    inputs: tuple[InputVintage, ...] = ()
    sources: tuple[dict[str, Any], ...] = ()
    declaration: dict[str, Any] = {}


class _Unit(BaseModel):
    """unit.json: the facts, the SHA-256 of every file, and the vintage with which the next ones are compared."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    facts: UnitFacts
    files: dict[str, str]
    measure: AcceptedVintage | None = None


class _Pointer(BaseModel):
    """accepted.json."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    units: dict[str, str] = {}
    vintages: tuple[AcceptedVintage, ...] = ()


@dataclass(frozen=True)
class Unit:
    """Accepted numbers and what belongs to them."""

    folder: Path
    facts: UnitFacts
    digests: Mapping[str, str]

    def file(self, name: str) -> Path:
        """One file of the unit, such as cells.parquet. Raises PublishError when the unit has none of that name."""
        if name not in self.digests:
            raise PublishError(f"accepted numbers lack the file {name}", where=str(self.folder), remedy=_AGAIN)
        return self.folder / name

    def has(self, name: str) -> bool:
        """Whether the unit has a file of that name."""
        return name in self.digests

    def named(self, suffix: str) -> list[Path]:
        """Its files whose names have this ending, sorted."""
        return [self.folder / name for name in sorted(self.digests) if name.endswith(suffix)]

    def require_whole(self) -> None:
        """Raise PublishError naming the files that are not as they were accepted."""
        if names := self.damaged():
            raise PublishError(
                f"accepted numbers were changed or lost since: {', '.join(names)}",
                where=str(self.folder),
                why="they would be published as if they had passed the checks",
                remedy=_AGAIN,
            )

    def damaged(self) -> list[str]:
        """The names of files that are not as they were accepted."""
        return [name for name, digest in self.digests.items() if not _is(self.folder / name, digest)]


_AGAIN = "run the partition again"


def _is(file: Path, digest: str) -> bool:
    return digest_of(file) == digest


def accepted_vintages(layout: Layout, partition: Partition) -> tuple[AcceptedVintage, ...]:
    """Every vintage whose numbers passed everything, in order of acceptance; empty before the first.

    Size and number of records of a new delivery are compared with the last of them, and with the first where a gradual
    change matters; never with a vintage that was only fetched, which may have been wrong.
    """
    return _pointer(layout.accepted(partition)).vintages


def accepted_unit(folder: Path, protection: str) -> Unit | None:
    """The accepted numbers under a protection profile; None when there are none.

    `folder` is Layout.accepted or Layout.accepted_edition.
    """
    name = _pointer(folder).units.get(protection)
    return _read(folder / name) if name else None


def accepted_units(folder: Path) -> list[Unit]:
    """The accepted numbers under every protection profile, the last accepted at the end."""
    units = [_read(folder / name) for name in _pointer(folder).units.values()]
    return sorted(units, key=lambda unit: unit.facts.accepted_at)


def is_whole(folder: Path) -> bool:
    """Whether everything kept of accepted numbers is as it was accepted; true where there is none."""
    try:
        return not any(unit.damaged() for unit in accepted_units(folder))
    except PublishError:
        return False


def accepted_partitions(layout: Layout) -> Iterator[Partition]:
    """Every partition with accepted numbers, sorted."""
    for file in sorted(layout.accepted_folder().glob(f"*/*/{POINTER}")):
        source, wave = file.parent.parent.name, file.parent.name
        if SOURCE_ID.fullmatch(source) and WAVE.fullmatch(wave) and _pointer(file.parent).units:
            yield Partition(source, wave)


def accept(folder: Path, facts: UnitFacts, files: Mapping[str, Path], measure: AcceptedVintage | None = None) -> Unit:
    """Make these numbers the ones that stand, in one step; the earlier ones stand until then.

    `files` are complete files by their names in the unit. They are copied, not linked, so that damage to one copy
    leaves the other. `measure` is the vintage with which the next ones are compared, where there are files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    place = folder / f"{facts.mark[:16]}-{uuid.uuid4().hex[:8]}"
    place.mkdir()
    try:
        digests = {name: _bring(file, place / name) for name, file in files.items()}
        write_json(place / UNIT, _Unit(facts=facts, files=digests, measure=measure).model_dump(mode="json"))
    except BaseException:
        shutil.rmtree(place, ignore_errors=True)
        raise
    before = _pointer(folder)
    units = {**before.units, facts.protection: place.name}
    _point(folder, _Pointer(units=units, vintages=_with(before.vintages, measure)))
    _sweep(folder)
    return Unit(place, facts, digests)


def accept_vintage(layout: Layout, partition: Partition, vintage: AcceptedVintage) -> None:
    """Record that files passed everything, where no numbers of their own are published: those of a benchmark."""
    folder = layout.accepted(partition)
    before = _pointer(folder)
    vintages = _with(before.vintages, vintage)
    if vintages != before.vintages:
        _point(folder, before.model_copy(update={"vintages": vintages}))


def _with(before: tuple[AcceptedVintage, ...], vintage: AcceptedVintage | None) -> tuple[AcceptedVintage, ...]:
    """The vintages accepted, with one more; the last one again keeps the time of its first acceptance."""
    if vintage is None:
        return before
    if before and before[-1].vintage == vintage.vintage:
        return (*before[:-1], vintage.model_copy(update={"accepted_at": before[-1].accepted_at}))
    return (*before, vintage)


def _point(folder: Path, pointer: _Pointer) -> None:
    write_json(folder / POINTER, pointer.model_dump(mode="json"))


def _bring(file: Path, place: Path) -> str:
    """Copy a file into a unit; returns its SHA-256."""
    shutil.copyfile(file, place)
    with place.open("rb") as stream:
        os.fsync(stream.fileno())
    return sha256(place)


def _sweep(folder: Path) -> None:
    """Remove the units that no longer stand, after some time, as a release may be reading them."""
    standing = set(_pointer(folder).units.values())
    for unit in folder.iterdir():
        if not unit.is_dir() or unit.name in standing:
            continue
        left = unit / ".superseded"
        if not left.exists():
            left.touch()
        elif time.time() - left.stat().st_mtime > SUPERSEDED_SECONDS:
            shutil.rmtree(unit)


def _pointer(folder: Path) -> _Pointer:
    file = folder / POINTER
    if not file.is_file():
        return _Pointer()
    try:
        pointer = _Pointer.model_validate_json(file.read_bytes())
        if all((folder / name / UNIT).is_file() for name in pointer.units.values()):
            return pointer
    except ValidationError as error:
        logger.error("%s cannot be read: %s", file, type(error).__name__)
    except OSError as error:
        raise _unreadable(file) from error
    return _from_units(folder)


def _from_units(folder: Path) -> _Pointer:
    """The content of a damaged pointer, as far as it follows from the units: the newest of each protection stands."""
    found = []
    for file in folder.glob(f"*/{UNIT}"):
        try:
            found.append((_Unit.model_validate_json(file.read_bytes()), file.parent.name))
        except (OSError, ValidationError) as error:
            logger.error("%s cannot be read: %s", file, type(error).__name__)
    found.sort(key=lambda each: each[0].facts.accepted_at)
    if not found:
        raise _unreadable(folder / POINTER)
    vintages: tuple[AcceptedVintage, ...] = ()
    for unit, _ in found:
        vintages = _with(vintages, unit.measure)
    return _Pointer(units={unit.facts.protection: name for unit, name in found}, vintages=vintages)


def _read(folder: Path) -> Unit:
    file = folder / UNIT
    try:
        unit = _Unit.model_validate_json(file.read_bytes())
    except (OSError, ValidationError) as error:
        raise _unreadable(file) from error
    return Unit(folder, unit.facts, unit.files)


def _unreadable(file: Path) -> PublishError:
    return PublishError(
        "what is kept of accepted numbers cannot be read",
        where=str(file),
        why="it is not known which numbers stand, and none may disappear unnoticed",
        remedy=f"restore the file from a copy; or remove its folder and {_AGAIN}",
    )


def now() -> datetime:
    """The time of an acceptance, to the second."""
    return datetime.now(UTC).replace(microsecond=0)
