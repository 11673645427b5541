"""Which declared expression failed, and at which record: DuckDB's own error would quote a value of the record
instead."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import duckdb

from schemas.errors import InputError
from schemas.expressions import Written, expression_casts, expression_columns


@contextmanager
def explained(
    connection: duckdb.DuckDBPyConnection, relation: str, expressions: Mapping[str, Written], where: str
) -> Iterator[None]:
    """Turn the failure of a query into an error about the expression that caused it; other failures pass through.

    `expressions`: under the name that errors use. `relation` holds the records, as `raw` or with a column `raw`, so
    that raw._row is the number of a record in its file.
    """
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error:
        for name, expression in expressions.items():
            fault = _fault(connection, relation, name, expression, where)
            if fault is not None:
                fault.parts = (expression.part,) if expression.part else ()
                raise fault from None
        raise


def _fault(
    connection: duckdb.DuckDBPyConnection, relation: str, name: str, expression: Written, where: str
) -> InputError | None:
    try:
        rows, first = connection.execute(
            f"select count(*), min(raw._row) from {relation} where {_fails(expression.sql)}"
        ).fetchall()[0]
    except duckdb.CatalogException:
        return None  # the records are not there yet: something else failed
    except duckdb.BinderException as error:
        return InputError(
            f"the {name} cannot be computed: {str(error).splitlines()[0]}",
            where=where,
            why="columns of a file are text, which can be neither added up nor compared with a number",
            remedy="cast the columns, such as `try_cast(raw.hours as double)`, and make all branches give one type",
        )
    if not rows:
        return None
    at = ""
    for cast in expression_casts(expression.declared):
        if connection.execute(f"select count(*) from {relation} where {_fails(cast)}").fetchall()[0][0]:
            at = f", where it casts {_columns(cast)}"
            break
    return InputError(
        f"the {name} fails for {rows} record(s){at}; the first is record {first} of its file",
        where=where,
        why="a text that is not a number cannot be calculated with",
        remedy="deal with the codes first (`case`, `nullif`), or write `try_cast` and state in `blank` what it means "
        "when there is no number",
    )


def _fails(sql: str) -> str:
    return f"try({{'value': {sql}}}) is null"


def _columns(cast: str) -> str:
    return ", ".join(sorted(expression_columns(cast))) or "a text"
