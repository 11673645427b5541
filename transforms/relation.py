"""A table or view of DuckDB as one step hands it to the next: an object that knows its name and its columns.

A step makes its relation, returns it, and whoever reads it is given it: `f"select ... from {persons}"` writes its name.
No query names a table that another step has made. A relation lasts as long as its connection, or until its step makes
it again.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa

from schemas.errors import IlmsError
from transforms.duck import quote_name


@dataclass(frozen=True)
class Relation:
    """A table or view of a connection, and the columns that it has, in their order."""

    connection: duckdb.DuckDBPyConnection = field(repr=False)
    name: str
    columns: tuple[str, ...]

    def __str__(self) -> str:
        """Its name, as a query writes it."""
        return quote_name(self.name)

    def require(self, *columns: str) -> None:
        """Raise IlmsError unless it has some columns."""
        lacking = [column for column in columns if column not in self.columns]
        if lacking:
            raise _fault(self.name, f"lacks {', '.join(lacking)}")

    def insert(self, query: str, parameters: Sequence[object] = ()) -> None:
        """Add the rows of a query, its columns by their names; those that it does not give are null."""
        self.connection.execute(f"insert into {self} by name\n{query}", list(parameters) or None)

    def count(self) -> int:
        """How many rows it has."""
        return int(self.connection.execute(f"select count(*) from {self}").fetchall()[0][0])


def create_table(
    connection: duckdb.DuckDBPyConnection,
    name: str,
    query: str,
    *,
    columns: Sequence[str] | None = None,
) -> Relation:
    """A table of the rows of a query, in the place of one of the same name. It may read the one whose place it takes.

    Raises IlmsError unless it has just the `columns`, where they are named.
    """
    connection.execute(f"create or replace temp table {quote_name(name)} as\n{query}")
    return _made(connection, name, columns)


def create_view(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, *, columns: Sequence[str] | None = None
) -> Relation:
    """A query under a name, run again by whoever reads it; as `create_table` in all else."""
    connection.execute(f"create or replace temp view {quote_name(name)} as\n{query}")
    return _made(connection, name, columns)


def create_empty(connection: duckdb.DuckDBPyConnection, name: str, columns: Iterable[tuple[str, str]]) -> Relation:
    """A table without rows, from the names and types of its columns."""
    declared = list(columns)
    listed = ", ".join(f"{quote_name(column)} {kind}" for column, kind in declared)
    connection.execute(f"create or replace temp table {quote_name(name)} ({listed})")
    return Relation(connection, name, tuple(column for column, _ in declared))


def load_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> Relation:
    """A table of rows that are in memory."""
    connection.register("incoming", rows)
    try:
        return create_table(connection, name, "from incoming", columns=rows.column_names)
    finally:
        connection.unregister("incoming")


def _made(connection: duckdb.DuckDBPyConnection, name: str, columns: Sequence[str] | None) -> Relation:
    found = tuple(connection.table(quote_name(name)).columns)
    if columns is not None and found != tuple(columns):
        raise _fault(name, f"has columns {', '.join(found)}, and should have {', '.join(columns)}")
    return Relation(connection, name, found)


def _fault(name: str, what: str) -> IlmsError:
    return IlmsError(
        f"table '{name}' {what}",
        where="the tables that the steps of a stage hand to each other",
        why="what is made of it would be about something else",
        remedy="report it as a fault of the pipeline",
    )
