"""A benchmark's files as long tables: one value a row, typed, translated and checked.

raw CSV  ->  rows of each part (unpivoted)  ->  typed and checked long table (Parquet, sorted by its key)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import duckdb

from schemas.benchmark import VALUE, BenchmarkColumn, BenchmarkTable, Part
from schemas.errors import InputError
from transforms.duck import connect, quote_name, quote_text

TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
SHOWN = 5


def read_benchmark(
    table: BenchmarkTable, files: Mapping[str, Path], output: Path, *, where: str, memory_limit: str = "1GB"
) -> int:
    """Read one table of a benchmark into a Parquet file; gives its rows. `files` are the received files by name.

    Raises InputError when a file lacks a declared column, a value is not of its type or beyond its limits, a code or a
    vintage is not declared, or two rows have the same key.
    """
    with connect(memory_limit=memory_limit) as connection:
        columns = ", ".join(f"{quote_name(name)} VARCHAR" for name in table.columns)
        connection.execute(f"create temp table word ({columns})")
        for part in table.parts:
            _read_part(connection, part, files[part.file], f"{where}, {part.file}")
        _check_words(connection, table, where)
        _make_long(connection, table)
        _check_long(connection, table, where)
        order = ", ".join(map(quote_name, table.key))
        connection.execute(
            f"copy (from long order by {order}) to {quote_text(str(output))} (format parquet, compression zstd)"
        )
        return int(connection.execute("select count(*) from long").fetchall()[0][0])


def _read_part(connection: duckdb.DuckDBPyConnection, part: Part, file: Path, at: str) -> None:
    source = f"read_csv({quote_text(str(file))}, all_varchar = true, header = true, delim = ',', quote = '\"')"
    try:
        found = {str(row[0]) for row in connection.execute(f"describe from {source}").fetchall()}
    except duckdb.Error as error:
        raise InputError(f"the file cannot be read as CSV: {error}", where=at) from error
    wanted = {*part.columns.values(), *part.unpivot, *(rule.column for rule in part.leave_out)}
    if absent := sorted(wanted - found):
        raise InputError(
            f"the column(s) {', '.join(absent)} are missing",
            where=at,
            why="the table would be read from other columns than those declared",
            remedy=f"the file has {', '.join(sorted(found))}; correct the declaration",
        )
    kept = " and ".join(
        [
            "true",
            *(f"coalesce({quote_name(rule.column)} not like {quote_text(rule.like)}, true)" for rule in part.leave_out),
        ]
    )
    for constants, value in _slices(part):
        fixed = {**part.constants, **constants}
        given = [f"trim({quote_name(raw)}) as {quote_name(name)}" for name, raw in part.columns.items()]
        given += [f"{quote_text(text)} as {quote_name(name)}" for name, text in fixed.items()]
        # A cell of a wide table that is empty says nothing; a row of a long one without its value is an error below.
        present = "true"
        if value is not None:
            given.append(f"trim({quote_name(value)}) as {quote_name(VALUE)}")
            present = f"coalesce(trim({quote_name(value)}), '') <> ''"
        connection.execute(
            f"insert into word by name select {', '.join(given)} from {source} where {kept} and {present}"
        )


def _slices(part: Part) -> Iterator[tuple[Mapping[str, str], str | None]]:
    """The fixed values and the value column of each slice of a file: one for a long file, several for a wide one."""
    if not part.unpivot:
        yield {}, None
    for column, constants in part.unpivot.items():
        yield constants, column


def _check_words(connection: duckdb.DuckDBPyConnection, table: BenchmarkTable, where: str) -> None:
    """Every word is known and of its type, before any is translated."""
    for name, column in table.columns.items():
        word = f"nullif({quote_name(name)}, '')"
        if not column.optional:
            _refuse(connection, f"{word} is null", table, where, f"column '{name}' is empty")
        if column.codes:
            known = ", ".join(map(quote_text, sorted({*column.codes, *column.codes.values()})))
            what = f"column '{name}' has words that are not declared"
            _refuse(connection, f"{word} not in ({known})", table, where, what)
        if column.type != "text":
            wrong = f"{word} is not null and try_cast({word} as {TYPES[column.type]}) is null"
            _refuse(connection, wrong, table, where, f"column '{name}' is not {column.type}")
    if table.vintages:
        known = ", ".join(map(quote_text, table.vintages))
        what = "there are vintages that are not declared"
        _refuse(connection, f"vintage not in ({known})", table, where, what)


def _make_long(connection: duckdb.DuckDBPyConnection, table: BenchmarkTable) -> None:
    columns = [f"{_typed(name, column)} as {quote_name(name)}" for name, column in table.columns.items()]
    dropped = [
        f"{quote_name(name)} = {quote_text(word)}"
        for name, column in table.columns.items()
        for word, ours in column.codes.items()
        if ours == ""
    ]
    connection.execute(
        f"create temp table long as select {', '.join(columns)} from word where not ({' or '.join(dropped) or 'false'})"
    )


def _typed(name: str, column: BenchmarkColumn) -> str:
    word = f"nullif({quote_name(name)}, '')"
    if column.codes:
        cases = " ".join(f"when {quote_text(theirs)} then {quote_text(ours)}" for theirs, ours in column.codes.items())
        word = f"case {word} {cases} else {word} end"
    return f"cast({word} as {TYPES[column.type]})"


def _check_long(connection: duckdb.DuckDBPyConnection, table: BenchmarkTable, where: str) -> None:
    for name, column in table.columns.items():
        for comparison, limit in column.limits.items():
            if limit is not None:
                wrong = f"{quote_name(name)} {comparison} {limit!r}"
                what = f"column '{name}' has values {comparison} {limit:g}"
                _refuse(connection, wrong, table, where, what, relation="long")
    key = ", ".join(map(quote_name, table.key))
    repeated = connection.execute(
        f"select {key}, count(*) from long group by {key} having count(*) > 1 order by {key} limit {SHOWN}"
    ).fetchall()
    if repeated:
        shown = "; ".join(" ".join(map(str, row[:-1])) for row in repeated)
        raise InputError(
            f"rows stand twice: {shown}",
            where=where,
            why="nobody could tell which value holds",
            remedy="leave one of them out in the declaration, with the reason",
        )


def _refuse(
    connection: duckdb.DuckDBPyConnection,
    condition: str,
    table: BenchmarkTable,
    where: str,
    what: str,
    *,
    relation: str = "word",
) -> None:
    key = ", ".join(map(quote_name, table.key))
    found = connection.execute(
        f"select {key}, count(*) over () from {relation} where {condition} order by {key} limit {SHOWN}"
    ).fetchall()
    if found:
        shown = "; ".join(" ".join(map(str, row[:-1])) for row in found)
        raise InputError(
            f"{what} in {found[0][-1]} row(s): {shown}",
            where=where,
            why="the estimates of regions would be made from it",
            remedy="correct the file, or declare the value where it is right",
        )
