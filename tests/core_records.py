"""Person records as harmonising gives them, written directly: a test gives only the values that it is about."""

from __future__ import annotations

from pathlib import Path

import duckdb

from schemas.concepts import core_columns

Person = dict[str, object]


def write_core(persons: list[Person], file: Path) -> None:
    """Core records with these values; everything else was not asked. What is not a core column is written as it is."""
    given = {name: [person.get(name) for person in persons] for name in {key for person in persons for key in person}}
    columns = []
    for name, kind in core_columns().items():
        if name in given:
            values = ", ".join("null" if value is None else repr(value) for value in given[name])
            columns.append(f"cast([{values}][i] as {kind}) as {name}")
        else:
            absent = "null" if kind != "VARCHAR" or name.removesuffix("_missing") in given else "'not_asked'"
            columns.append(f"cast({absent} as {kind}) as {name}")
    for name in given.keys() - core_columns().keys():
        columns.append(f"{given[name]!r}[i] as {name}")
    duckdb.sql(
        f"copy (select {', '.join(columns)} from range(1, {len(persons) + 1}) persons(i)) to '{file}' (format parquet)"
    )
