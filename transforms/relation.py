"""A table or view of DuckDB as one step passes it to the next: an object with its name and its columns.

A step makes and returns its relation, and the steps that read it receive it as an argument: `f"select ... from
{persons}"` writes its name. No query writes out the name of a table made by another step. A relation lasts as long as
its connection, or until its step makes it again.
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
    """A table or view of a connection, and its columns in their order."""

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
        """Add the rows of a query, its columns by name; columns that it does not give are null."""
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
    """A table of the rows of a query, replacing one of the same name, which the query may read.

    Raises IlmsError unless it has just the `columns`, where they are named.
    """
    connection.execute(f"create or replace temp table {quote_name(name)} as\n{query}")
    return _made(connection, name, columns)


def create_view(
    connection: duckdb.DuckDBPyConnection, name: str, query: str, *, columns: Sequence[str] | None = None
) -> Relation:
    """A named query, run again each time it is read; otherwise like `create_table`."""
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
        where="the tables passed between the steps of a stage",
        why="the results would be wrong",
        remedy="report it as a fault of the pipeline",
    )
