"""The ages of those with an answer and of those without, which show who was asked a question."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb

from transforms.describe.described import Ages
from transforms.describe.recognise import Likeness
from transforms.duck import parquet_rows, quote_name

_BATCH = 100


def ages_by_column(
    connection: duckdb.DuckDBPyConnection,
    table: Path,
    names: Mapping[str, str],
    looks: Mapping[str, Sequence[Likeness]],
) -> dict[str, Ages]:
    """The producer's name of each column -> ages; empty where no column certainly holds ages.

    `names`: column of the table -> the producer's name. `looks`: the producer's name -> what the column looks like.
    """
    sure = [column for column, name in names.items() if any(like.name == "age" and like.sure for like in looks[name])]
    if not sure:
        return {}
    age = f"try_cast({quote_name(sure[0])} as double)"
    found: dict[str, Ages] = {}
    columns = list(names)
    for start in range(0, len(columns), _BATCH):
        batch = columns[start : start + _BATCH]
        asked = [
            f"cast({end}({age}) filter ({quote_name(column)} is {state}) as integer)"
            for column in batch
            for state in ("not null", "null")
            for end in ("min", "max")
        ]
        row = connection.execute(f"select {', '.join(asked)} from {parquet_rows(table)}").fetchone() or ()
        for number, column in enumerate(batch):
            low, high, blank_low, blank_high = row[4 * number : 4 * number + 4]
            filled = None if low is None else (low, high)
            found[names[column]] = Ages(filled, None if blank_low is None else (blank_low, blank_high))
    return found
