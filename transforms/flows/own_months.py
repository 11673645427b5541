"""Months of the producer's own calendar, such as Bikram Sambat: a wave needs all twelve of its year and none of
another."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from schemas.calendars import Calendar
from schemas.errors import PartOfPeriod
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.table_in_wave import TableInWave

_YEAR = re.compile(r"(?<!\d)(\d{4})(?!\d)")


def months_named(texts: Iterable[str], calendar: Calendar, table: TableInWave) -> set[int] | None:
    """The positions in the producer's year of the months named in texts; None when a text names no month, or there are
    no texts.

    Raises InputError for a month of another year.
    """
    found = set()
    for text in texts:
        month = calendar.month_of(text)
        if month is None:
            return None
        year = _YEAR.search(text)
        if year is not None and int(year[1]) not in calendar.years_of(table.partition.wave):
            raise table.fault(
                f"it has counts of '{text[:40]}', which is not part of {calendar.described(table.partition.wave)}",
                why="numbers of another period would be published as those of this one",
                remedy="keep the rows of the wave with `where`, in which {their_year} is the producer's year",
            )
        found.add(month)
    return found or None


def check_own_months(found: Collection[int], calendar: Calendar, table: TableInWave) -> Remarks:
    """Stop at part of the producer's year, unless a gap is declared or the wave is declared as partial."""
    lacking = [spellings[0] for place, spellings in enumerate(calendar.months) if place not in found]
    status = table.register.declared_status(table.partition.wave, table.name)
    if not lacking or (status is not None and status.status == "partial"):
        return NOTHING
    said = f"it has no counts of {', '.join(lacking)} of {calendar.described(table.partition.wave)}"
    gaps = table.declared.period.gaps if table.declared.period else None
    if gaps:
        return warning(f"{said}: {gaps}")
    raise table.fault(
        said,
        why="part of a year would be published as the whole year, and compared with whole years",
        remedy="wait for the whole year; if nothing was counted in the other months, declare it in `period: "
        "{gaps: ...}`; or declare the wave `partial` under `statuses`",
        kind=PartOfPeriod,
    )
