"""Which columns together identify every record, and so can make up a person's identifier."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import duckdb

from transforms.describe.recognise import IDENTIFIERS, Likeness
from transforms.duck import parquet_rows, quote_name

TRIED = 12
WEAK = 0.9
"""Share of records identified by the columns without the last one, above which the last one adds little."""


@dataclass(frozen=True)
class PersonKey:
    """Columns that together differ in every record; `weak` where most records differ even without the last one."""

    columns: tuple[str, ...]
    weak: bool


def person_key(
    connection: duckdb.DuckDBPyConnection,
    table: Path,
    names: Mapping[str, str],
    looks: Mapping[str, Sequence[Likeness]],
    records: int,
) -> PersonKey | None:
    """The fewest columns that look like identifiers and differ in every record; None where there are no such columns.

    `names`: column of the table -> the producer's name. `looks`: the producer's name -> what the column looks like.
    """
    columns = {name: column for column, name in names.items()}
    for tried in islice(_combinations(looks), TRIED):
        fields = [quote_name(columns[name]) for name in tried]
        if _different(connection, table, fields) == records:
            without = _different(connection, table, fields[:-1]) if len(fields) > 1 else 0
            return PersonKey(tried, without > WEAK * records)
    return None


def _different(connection: duckdb.DuckDBPyConnection, table: Path, fields: Sequence[str]) -> int:
    query = f"select count(*) from (select distinct {', '.join(fields)} from {parquet_rows(table)})"
    row = connection.execute(query).fetchone()
    return int(row[0]) if row else 0


def _combinations(looks: Mapping[str, Sequence[Likeness]]) -> Iterator[tuple[str, ...]]:
    """The person's number alone, within households, and within sampling units and households."""
    household, person = (_named(looks, role) for role in IDENTIFIERS)
    units = _named(looks, "psu")
    yield from ((one,) for one in person)
    yield from ((one, other) for one in household for other in person)
    yield from ((one, other) for one in household for other in household if one < other)
    yield from ((unit, one, other) for unit in units for one in household for other in person)
    yield from ((one, other, last) for one in household for other in household for last in person if one < other)


def _named(looks: Mapping[str, Sequence[Likeness]], role: str) -> list[str]:
    return [name for name, each in looks.items() if any(like.is_role and like.name == role for like in each)]
