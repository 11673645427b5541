"""Older and newer ids of the same or nearly the same series, as `indicator_aliases.csv` declares them.

older, newer   ids without DF_ and frequency; `newer` may itself have a newer one
relation       exact          the same numbers under another id, perhaps with more breakdowns
               replaced_by    no longer published; the newer serves in its place, with another definition or measure
               narrower       the newer covers only some of those whom the older covered
               computed_from  no longer published; whoever needs it computes it from the newer
basis          read where both ids were seen in the reference, inferred where one was concluded
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from schemas.catalogue import known_indicators
from schemas.declaration import Declaration
from schemas.errors import DeclarationError

INDICATOR_ALIASES_FILE = Path(__file__).parent / "indicator_aliases.csv"
IndicatorId = re.compile(r"^(?:DF_)?(?P<id>[A-Z0-9_]+?)(?:_[AQM])?$")


class Alias(Declaration):
    """One row of the table."""

    older: str = Field(pattern=r"^[A-Z]{3}_[A-Z0-9_]+$")
    newer: str = Field(pattern=r"^[A-Z]{3}_[A-Z0-9_]+$")
    relation: Literal["exact", "replaced_by", "narrower", "computed_from"]
    basis: Literal["read", "inferred"]
    note: str
    reference: str = Field(min_length=1)


@dataclass(frozen=True)
class Named:
    """Another id of a series, and the rows that lead there, one after the other."""

    indicator: str
    is_newer: bool
    path: tuple[Alias, ...]


def plain_id(text: str) -> str:
    """An indicator id as the catalogue writes it: without the DF_ of a dataflow and the letter of a frequency."""
    found = IndicatorId.match(text.strip().upper())
    return found["id"] if found else text


def other_names(indicator: str) -> list[Named]:
    """The newer ids of a series and the older ones, nearest first."""
    start = plain_id(indicator)
    return [*_reached(start, is_newer=True), *_reached(start, is_newer=False)]


def _reached(start: str, *, is_newer: bool) -> Iterator[Named]:
    rows = load_aliases()
    waiting: list[tuple[str, tuple[Alias, ...]]] = [(start, ())]
    seen = {start}
    while waiting:
        at, path = waiting.pop(0)
        for row in rows:
            origin, target = (row.older, row.newer) if is_newer else (row.newer, row.older)
            if origin == at and target not in seen:
                seen.add(target)
                waiting.append((target, (*path, row)))
                yield Named(target, is_newer, (*path, row))


@cache
def load_aliases() -> tuple[Alias, ...]:
    """Every row in the order of the file. Raises DeclarationError that names file and line of what is wrong."""
    with INDICATOR_ALIASES_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    aliases: list[Alias] = []
    faults: list[str] = []
    for line, row in enumerate(rows, start=2):
        try:
            alias = Alias.model_validate(row)
        except ValidationError as error:
            faults += [f"line {line}: {fault['loc'][0]}: {fault['msg']}" for fault in error.errors()]
            continue
        faults += [f"line {line}: {fault}" for fault in _row_faults(alias, aliases)]
        aliases.append(alias)
    if faults:
        raise DeclarationError(
            f"{len(faults)} fault(s) in {INDICATOR_ALIASES_FILE.name}: " + "; ".join(faults),
            where=str(INDICATOR_ALIASES_FILE),
            remedy="correct the lines named",
        )
    return tuple(aliases)


def _row_faults(alias: Alias, before: list[Alias]) -> Iterator[str]:
    """What is wrong with a row, given the rows before it."""
    if any((alias.older, alias.newer) == (other.older, other.newer) for other in before):
        yield f"{alias.older} and {alias.newer} occur twice"
    if not known_indicators() & {alias.older, alias.newer}:
        yield f"neither {alias.older} nor {alias.newer} is in ILOSTAT's list or our catalogues"
    newer, reached = {alias.newer}, {alias.newer}
    while newer:
        newer = {other.newer for other in before if other.older in newer} - reached
        reached |= newer
    if alias.older in reached:
        yield f"{alias.older} would be newer than itself"
