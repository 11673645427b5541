"""The table of numbers of every kind of source: its columns, its key, and how it is written."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import duckdb

from schemas.tables import OBSERVATION, OBSERVATION_KEY
from transforms.duck import quote_text
from transforms.relation import Relation, create_empty

SEX = "SEX"
KEYS = ("sex", "classif1", "classif2")
"""The columns that hold the codes of dimensions."""


def create_observations(connection: duckdb.DuckDBPyConnection, name: str = "cells") -> Relation:
    """An empty table of numbers, with the columns of OBSERVATION."""
    return create_empty(connection, name, ((column.name, column.type) for column in OBSERVATION))


def indicators_of(numbers: Relation) -> list[str]:
    """The indicators of a table of numbers, in alphabetical order."""
    rows = numbers.connection.execute(f"select distinct indicator from {numbers} order by 1").fetchall()
    return [str(name) for (name,) in rows]


def key_columns(dimensions: Iterable[str]) -> list[str]:
    """The column of each dimension: `sex` for sex, `classif1` and `classif2` for the others in their order."""
    columns = []
    others = 0
    for name in dimensions:
        others += name != SEX
        columns.append("sex" if name == SEX else f"classif{others}")
    return columns


def write_observations(numbers: Relation, output: Path) -> None:
    """Write numbers in the order of their key (Parquet, columns of OBSERVATION)."""
    columns = ", ".join(column.name for column in OBSERVATION)
    numbers.connection.execute(
        f"copy (select {columns} from {numbers} order by {', '.join(OBSERVATION_KEY)})"
        f" to {quote_text(str(output))} (format parquet, compression zstd)"
    )
