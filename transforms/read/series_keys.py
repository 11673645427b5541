"""Observations of statistical services are identified by their keys: a repeated key is an error, and none is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from transforms.duck import parquet_rows, quote_name
from transforms.read.files import DataFile, plural, printable

SHOWN = 5


@dataclass(frozen=True)
class Components:
    """What an answer says of its observations.

    names       every component, dimensions and attributes and the value, as the columns of a table
    dimensions  those that distinguish observations; empty where the message does not state which they are
    value       the one that holds the number
    """

    names: tuple[str, ...]
    dimensions: tuple[str, ...]
    value: str


def refuse_repeated(
    file: DataFile, rows: Path, dimensions: Sequence[str], connection: duckdb.DuckDBPyConnection
) -> None:
    """Stop at observations with the same values of all `dimensions`, which are columns of a Parquet file.

    Raises InputError naming the keys as services write them, their parts joined by points.
    """
    if not dimensions:
        return
    keys = ", ".join(map(quote_name, dimensions))
    repeated = connection.execute(
        f"select {keys}, count(*) over () from {parquet_rows(rows)} group by {keys} having count(*) > 1"
        f" order by {keys} limit {SHOWN}"
    ).fetchall()
    if repeated:
        shown = "; ".join(".".join(printable(part or "") for part in row[:-1]) for row in repeated)
        raise file.fault(
            f"{plural(repeated[0][-1], 'key')} with more than one observation: {shown}",
            why="it is not known which value is right, and all but one would be lost",
            remedy="narrow the query so that it returns each observation once, or ask the producer which one is right",
        )
