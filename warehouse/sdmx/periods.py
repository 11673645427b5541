"""Periods as SDMX writes them in queries, and which periods of every frequency lie between two of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from schemas.periods import MONTHS_OF

YEAR = 12
FIRST_MONTH, END_OF_MONTHS = 0, 10_000 * YEAR
"""Months are counted from the year 0; years have four digits."""

PERIODS = 4_096
"""That are kept as they were written before: some hundreds occur."""
_PARTS = {"A": 12, "S": 6, "T": 4, "Q": 3, "M": 1}
_REPORTING = re.compile(r"(\d{4})-([ASTQM])(\d{1,2})")
_WEEK = re.compile(r"(\d{4})-W(\d{2})")
_MONTH = re.compile(r"(\d{4})(?:-(\d{2}))?")
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})?)?")


@dataclass(frozen=True)
class Span:
    """Whole months: from `first` up to but not including `end`, both counted from the year 0."""

    first: int
    end: int


def span_of(period: str) -> Span:
    """The whole months that lie within a period such as 2024, 2024-S1, 2024-T2, 2024-Q3, 2024-M11, 2024-11 or 2024-W05.

    A date, with a time or without, and a week may hold none: `first` is then the month that begins next, and `end` the
    one that has not ended. Raises ValueError for any other text.
    """
    if found := _REPORTING.fullmatch(period):
        length = _PARTS[found[2]]
        part = int(found[3]) - 1
        if not 0 <= part < YEAR // length:
            raise ValueError(f"a year has no period {found[2]}{found[3]}")
        first = int(found[1]) * YEAR + part * length
        return Span(first, first + length)
    if found := _MONTH.fullmatch(period):
        first = int(found[1]) * YEAR
        if found[2] is None:
            return Span(first, first + YEAR)
        if not 1 <= int(found[2]) <= YEAR:
            raise ValueError(f"a year has no month {found[2]}")
        return Span(first + int(found[2]) - 1, first + int(found[2]))
    if found := _WEEK.fullmatch(period):
        monday = date.fromisocalendar(int(found[1]), int(found[2]), 1)
        return _of_days(monday, monday + timedelta(days=6))
    if found := _DAY.fullmatch(period):
        day = date(int(found[1]), int(found[2]), int(found[3]))
        return _of_days(day, day)
    raise ValueError("it is not a period")


def _of_days(first: date, last: date) -> Span:
    after = last + timedelta(days=1) if last < date.max else last
    begins = first.year * YEAR + first.month - 1 + (first.day > 1)
    return Span(begins, after.year * YEAR + after.month - 1)


def first_period(frequency: str, month: int) -> str | None:
    """The first period of a frequency that begins in that month or later, as table `observation` writes it."""
    length = MONTHS_OF[frequency]
    return _written(frequency, -(-month // length))


def last_period(frequency: str, end: int) -> str | None:
    """The last period of a frequency that ends before the month `end` begins; None where there is none."""
    return _written(frequency, end // MONTHS_OF[frequency] - 1)


@lru_cache(PERIODS)
def in_sdmx(period: str) -> str:
    """A period of table `observation` as SDMX writes it: 2024, 2017-S1, 2024-Q1, 2024-01."""
    return period if len(period) == len("2024") else f"{period[:4]}-{period[4:].lstrip('M')}"


def _written(frequency: str, number: int) -> str | None:
    """The period with that number since the year 0, written 2024, 2017S1, 2024Q1 or 2024M01."""
    length = MONTHS_OF[frequency]
    if not FIRST_MONTH <= number * length < END_OF_MONTHS:
        return None
    year, part = divmod(number * length, YEAR)
    if frequency == "A":
        return f"{year:04}"
    return f"{year:04}M{part + 1:02}" if frequency == "M" else f"{year:04}{frequency}{part // length + 1}"
