"""The numbers of a release as pages read them: keys, value, interval and what kind of number each is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import duckdb

from warehouse.explorer.language import period_place

Kind = Literal["sound", "unreliable", "withheld", "imputed"]
"""How far a number carries. Unreliable: few cases, or a large error. Withheld: confidential. Imputed: from a model."""
COLUMNS = (
    "ref_area, source, indicator, sex, classif1, classif2, time, "
    "obs_value, obs_status, n, se, cv, lower_bound, upper_bound"
)
UNRELIABLE, IMPUTED, BREAK = ("U", "S"), ("I", "M"), "B"
MOST = 20_000
"""Numbers that a page reads at once."""


@dataclass(frozen=True)
class Number:
    """A published number. `sex`, `classif1` and `classif2` are empty where the indicator has none."""

    area: str
    source: str
    indicator: str
    sex: str
    classif1: str
    classif2: str
    time: str
    value: float | None
    status: str
    n: int | None
    se: float | None
    cv: float | None
    lower: float | None
    upper: float | None

    @property
    def kind(self) -> Kind:
        """How far it carries."""
        if self.value is None:
            return "withheld"
        if self.status in UNRELIABLE:
            return "unreliable"
        return "imputed" if self.status in IMPUTED else "sound"

    @property
    def is_break(self) -> bool:
        """Whether the series is broken before it."""
        return self.status == BREAK

    @property
    def is_nobody(self) -> bool:
        """Whether it was asked, and nobody was counted."""
        return self.value == 0

    @property
    def source_id(self) -> str:
        """The id of the source, as its declaration is called."""
        return self.source.partition(":")[2] or self.source

    @property
    def frequency(self) -> str:
        """A for years, S, Q or M for parts of them."""
        return self.time[4:5] or "A"

    @property
    def place(self) -> float:
        """Where its period stands on an axis of years."""
        return period_place(self.time)

    @property
    def key(self) -> tuple[str, ...]:
        """What names it in an address, in this order."""
        parts = (self.source_id, self.time, self.sex, self.classif1, self.classif2)
        return (self.indicator, self.area, *(each or "-" for each in parts))


@dataclass(frozen=True)
class Wanted:
    """Which numbers are wanted: those with one of these codes in each column, all where none is given."""

    indicators: Sequence[str] = ()
    areas: Sequence[str] = ()
    sexes: Sequence[str] = ()
    classif1: Sequence[str] = ()
    classif2: Sequence[str] = ()
    times: Sequence[str] = ()
    sources: Sequence[str] = ()

    @property
    def condition(self) -> tuple[str, list[str]]:
        """As a condition of SQL, with its parameters."""
        columns = {
            "indicator": self.indicators,
            "ref_area": self.areas,
            "sex": self.sexes,
            "classif1": self.classif1,
            "classif2": self.classif2,
            "time": self.times,
            "source": self.sources,
        }
        given = {name: list(codes) for name, codes in columns.items() if codes}
        conditions = (f"{name} in ({', '.join('?' * len(codes))})" for name, codes in given.items())
        return " and ".join(conditions) or "true", [code for codes in given.values() for code in codes]


def read_numbers(cursor: duckdb.DuckDBPyConnection, wanted: Wanted, *, only_last: bool = False) -> list[Number]:
    """The numbers that are wanted, in the order of their keys; of each series only the last one, if asked.

    The last year counts where a source has years, its last quarter or month only where it has none.
    """
    condition, parameters = wanted.condition
    last = (
        """qualify rank() over (
            partition by ref_area, source, indicator order by length(time) = 4 desc, time desc
        ) = 1"""
        if only_last
        else ""
    )
    query = f"select {COLUMNS} from observation where {condition} {last} order by all limit {MOST}"
    return [Number(*row) for row in cursor.execute(query, parameters).fetchall()]


def one_frequency(numbers: Sequence[Number]) -> list[Number]:
    """Those of the frequency with the most periods, years where equally many: a line has periods of one length."""
    periods: dict[str, set[str]] = {}
    for each in numbers:
        periods.setdefault(each.frequency, set()).add(each.time)
    if not periods:
        return []
    best = max(periods, key=lambda frequency: (len(periods[frequency]), frequency == "A"))
    return [each for each in numbers if each.frequency == best]


def only_sources(numbers: Sequence[Number]) -> list[str]:
    """The sources of numbers, those with the most first."""
    counts: dict[str, int] = {}
    for each in numbers:
        counts[each.source] = counts.get(each.source, 0) + 1
    return sorted(counts, key=lambda source: (-counts[source], source))
