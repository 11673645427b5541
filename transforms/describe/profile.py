"""The contents of the columns of a raw table: filled and empty fields, numbers and their spread, values with their
counts where there are few.

Two passes, column by column, whatever the size of the table. No value of a person's record is shown: values are listed
for categories only (few values, each a word or a short code) and without free text that fewer than FEW records share;
ends of a range that fewer than FEW records have are rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, floor, log10
from pathlib import Path
from typing import Any

import duckdb

from transforms.duck import parquet_rows, quote_name
from transforms.numbers import teach_numbers

FEW = 5
"""Free text in fewer records is not shown, and the end of a range in fewer records is rounded."""
CATEGORIES = 400
"""Largest number of values of a category: code lists of countries and of groups of occupations are that long."""
UNLABELLED = 60
"""Largest number of different values up to which numbers without labels are listed one by one."""
_BATCH = 40
_QUANTILES = (0.05, 0.25, 0.5, 0.75, 0.95)
_SIGNIFICANT = 2


@dataclass(frozen=True)
class Spread:
    """The numbers of a column: how many, whole ones among them, their ends and quantiles (5, 25, 50, 75, 95 per cent).

    An end that is not `exact` is rounded outwards to two digits.
    """

    count: int
    whole: int
    low: float
    high: float
    exact_low: bool
    exact_high: bool
    quantiles: tuple[float, ...]


@dataclass(frozen=True)
class ColumnProfile:
    """One column, without its meaning.

    distinct     how many different values it has, about
    longest      characters of its longest value; `same_length` whether all values are as long
    values       value -> records, of a column with few values; never shown before `shown_values` has chosen among them
    """

    name: str
    filled: int
    empty: int
    distinct: int
    longest: int
    same_length: bool
    leading_zeros: bool
    spread: Spread | None = None
    values: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_numeric(self) -> bool:
        """Whether all its values are numbers."""
        return self.spread is not None and self.spread.count == self.filled

    @property
    def is_whole(self) -> bool:
        """Whether all its values are whole numbers."""
        return self.spread is not None and self.spread.whole == self.filled


def profile(
    connection: duckdb.DuckDBPyConnection, table: Path, names: Mapping[str, str], decimal: str = "."
) -> tuple[ColumnProfile, ...]:
    """The columns of a raw table, in order. `names`: column of the table -> the producer's name of it."""
    teach_numbers(connection, decimal)
    found: list[ColumnProfile] = []
    columns = list(names)
    for start in range(0, len(columns), _BATCH):
        batch = columns[start : start + _BATCH]
        rows = _measured(connection, table, batch)
        first = {column: _first_pass(row, names[column]) for column, row in zip(batch, rows, strict=True)}
        found += _with_values(connection, table, first)
    return tuple(found)


def guess_decimal(connection: duckdb.DuckDBPyConnection, table: Path, columns: Sequence[str]) -> str:
    """The decimal mark: a comma where numbers have one and none has a point."""
    sums = ", ".join(
        f"count(*) filter (regexp_full_match({quote_name(column)}, '[-+]?[0-9]*[{mark}][0-9]+'))"
        for column in columns
        for mark in ",."
    )
    row = connection.execute(f"select {sums} from (from {parquet_rows(table)} limit 100_000)").fetchone() or ()
    commas, points = sum(row[::2]), sum(row[1::2])
    return "," if commas > points else "."


def _measured(connection: duckdb.DuckDBPyConnection, table: Path, columns: Sequence[str]) -> list[tuple[Any, ...]]:
    """For each column, the measurements from which `_first_pass` makes its profile."""
    asked = [
        expression
        for number, column in enumerate(map(quote_name, columns))
        for expression in (
            "count(*)",
            f"count({column})",
            f"approx_count_distinct({column})",
            f"max(length({column}))",
            f"min(length({column}))",
            f"bool_or(regexp_full_match({column}, '0[0-9]+'))",
            f"count(n{number})",
            f"count(*) filter (n{number} = floor(n{number}))",
            f"min(n{number})",
            f"max(n{number})",
            f"approx_quantile(n{number}, [{', '.join(map(str, _QUANTILES))}])",
        )
    ]
    numbers = ", ".join(f"{_number(column)} as n{number}" for number, column in enumerate(columns))
    rows = f"select {', '.join(map(quote_name, columns))}, {numbers} from {parquet_rows(table)}"
    row = connection.execute(f"select {', '.join(asked)} from ({rows})").fetchone() or ()
    width = len(asked) // len(columns)
    return [row[start : start + width] for start in range(0, len(row), width)]


def _number(column: str) -> str:
    return f"try_cast(plain_number({quote_name(column)}) as double)"


def _first_pass(row: tuple[Any, ...], name: str) -> ColumnProfile:
    records, filled, distinct, longest, shortest, zeros, numbers, whole, low, high, quantiles = row
    spread = None
    if numbers:
        spread = Spread(numbers, whole, low, high, False, False, tuple(quantiles or ()))
    return ColumnProfile(
        name,
        filled,
        records - filled,
        distinct,
        longest or 0,
        longest == shortest,
        bool(zeros),
        spread,
    )


def _with_values(
    connection: duckdb.DuckDBPyConnection, table: Path, columns: Mapping[str, ColumnProfile]
) -> list[ColumnProfile]:
    """The same columns, with values where there are few, and with the ends of ranges as they may be shown."""
    asked: list[str] = []
    for column, each in columns.items():
        name = quote_name(column)
        few = each.filled and each.distinct <= 1.2 * CATEGORIES
        asked.append(f"histogram({name})" if few else "NULL")
        if each.spread:
            ends = (each.spread.low, each.spread.high)
            asked += [f"count(*) filter ({_number(column)} = {end!r}::double)" for end in ends]
        else:
            asked += ["NULL", "NULL"]
    row = connection.execute(f"select {', '.join(asked)} from {parquet_rows(table)}").fetchone() or ()
    return [
        _second_pass(each, *row[start : start + 3])
        for each, start in zip(columns.values(), range(0, len(row), 3), strict=True)
    ]


def _second_pass(
    each: ColumnProfile, values: Mapping[str, int] | None, at_low: int | None, at_high: int | None
) -> ColumnProfile:
    spread = each.spread
    if spread:
        low, high = (at_low or 0) >= FEW, (at_high or 0) >= FEW
        spread = Spread(
            spread.count,
            spread.whole,
            spread.low if low else rounded(spread.low, floor),
            spread.high if high else rounded(spread.high, ceil),
            low,
            high,
            spread.quantiles,
        )
    kept = dict(values or {}) if values is not None and len(values) <= CATEGORIES else {}
    return ColumnProfile(
        each.name,
        each.filled,
        each.empty,
        len(values) if values is not None else each.distinct,
        each.longest,
        each.same_length,
        each.leading_zeros,
        spread,
        kept,
    )


def rounded(value: float, outwards: Callable[[float], float] = round) -> float:
    """A number to two digits, so that it identifies nobody."""
    if value == 0:
        return 0.0
    unit = 10.0 ** (floor(log10(abs(value))) - _SIGNIFICANT + 1)
    return float(outwards(value / unit) * unit)
