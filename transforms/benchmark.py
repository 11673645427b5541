"""A benchmark's files as long tables: one value a row, typed, translated and checked.

raw file ->  rows of each part (unpivoted)  ->  typed and checked long table (Parquet, sorted by its key)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from schemas.benchmark import VALUE, BenchmarkColumn, BenchmarkTable, Part
from schemas.errors import InputError
from schemas.read import Read
from schemas.statuses import status_in_ilo
from transforms.called_missing import CalledMissing, any_code_sql
from transforms.codes import remark_on
from transforms.country_names import Found, find_country
from transforms.duck import connect, parquet_rows, quote_name, quote_text
from transforms.numbers import teach_numbers
from transforms.read import RawInput, read_wave
from transforms.relation import Relation, create_empty, create_table

TYPES = {"text": "VARCHAR", "integer": "BIGINT", "number": "DOUBLE"}
SHOWN = 5
NAMED = 50


def read_benchmark(
    table: BenchmarkTable, files: Mapping[str, Path], output: Path, *, where: str, memory_limit: str = "1GB"
) -> int:
    """Read one table of a benchmark into a Parquet file; returns its number of rows. `files` are the received files by
    name.

    Raises InputError when a file lacks a declared column, a value is not of its type or beyond its limits, a code or a
    vintage is not declared, or two rows have the same key.
    """
    with connect(memory_limit=memory_limit) as connection:
        words = create_empty(connection, "word", ((name, "varchar") for name in table.columns))
        for part in table.parts:
            _read_part(words, table, part, files[part.file], where, output.parent)
        teach_numbers(connection)
        _check_words(words, table, where)
        long = _create_long(words, _translate(words, table, where), table)
        _check_long(long, table, where)
        order = ", ".join(map(quote_name, table.key))
        connection.execute(
            f"copy (from {long} order by {order}) to {quote_text(str(output))} (format parquet, compression zstd)"
        )
        return long.count()


def _wanted(part: Part) -> set[str]:
    return {*part.columns.values(), *part.unpivot, *(rule.column for rule in part.leave_out)}


def _read_part(words: Relation, table: BenchmarkTable, part: Part, file: Path, where: str, work: Path) -> None:
    """Add the rows of one file, every value as text; numbers as DuckDB writes them, whatever marks the file uses."""
    read = part.read or Read(format="delimited")
    columns = {name: name for name in sorted(_wanted(part))}
    with TemporaryDirectory(dir=work) as folder:
        raw = Path(folder) / "raw.parquet"
        as_read = read_wave(read, [RawInput(file, "data")], columns, raw, where=where, workdir=Path(folder))
        rows = create_table(words.connection, "part", f"from {parquet_rows(raw)}")
    teach_numbers(words.connection, read.decimal, read.thousands)
    _refuse_called_missing(rows, table, part, as_read.called_missing, where)
    kept = " and ".join(
        [
            "true",
            *(f"coalesce({quote_name(rule.column)} not like {quote_text(rule.like)}, true)" for rule in part.leave_out),
        ]
    )
    for constants, value in _slices(part):
        sources = {**part.columns, **({VALUE: value} if value is not None else {})}
        given = [f"{_word(table.columns[name], raw_name)} as {quote_name(name)}" for name, raw_name in sources.items()]
        given += [f"{quote_text(text)} as {quote_name(name)}" for name, text in {**part.constants, **constants}.items()]
        # An empty cell of a wide table is no observation; a row of a long table without its value is an error below.
        present = f"coalesce({_word(table.columns[VALUE], value)}, '') <> ''" if value is not None else "true"
        words.insert(f"select {', '.join(given)} from {rows} where {kept} and {present}")


def _refuse_called_missing(
    part_rows: Relation, table: BenchmarkTable, part: Part, called: CalledMissing, where: str
) -> None:
    """Stop at values that the file itself marks as missing, unless the column's `codes` state what they mean."""
    ours = {raw: name for name, raw in part.columns.items()}
    for raw, codes in called.items():
        known = table.columns[ours[raw]].codes if raw in ours else {}
        spoken = any_code_sql(raw, known)
        rows = part_rows.connection.execute(
            f"select count(*) from {part_rows} as raw where ({any_code_sql(raw, codes)}) and not ({spoken})"
        ).fetchall()[0][0]
        if rows:
            raise InputError(
                f"the file itself marks {', '.join(codes)} of {raw} as missing, and {rows} row(s) hold such a value",
                where=f"{where}, {part.file}",
                why="a special code would be read as a value",
                remedy="state under `codes` of the column what they mean, or leave the rows out (`leave_out`)",
            )


def _word(column: BenchmarkColumn, raw: str) -> str:
    if column.type == "text":
        return quote_name(raw)
    number = f"plain_number({quote_name(raw)})"
    absent = ", ".join(map(quote_text, column.absent))
    return f"case when trim({quote_name(raw)}) not in ({absent}) then {number} end" if absent else number


def _slices(part: Part) -> Iterator[tuple[Mapping[str, str], str | None]]:
    """The fixed values and the value column of each slice of a file: one for a long file, several for a wide one."""
    if not part.unpivot:
        yield {}, None
    for column, constants in part.unpivot.items():
        yield constants, column


def _check_words(words: Relation, table: BenchmarkTable, where: str) -> None:
    """Check, before anything is translated, that every word is declared and of its type."""
    for name, column in table.columns.items():
        word = f"nullif({quote_name(name)}, '')"
        if not column.optional and column.statuses is None:
            _refuse(words, f"{word} is null", table, where, f"column '{name}' is empty")
        if column.codes and not column.is_translated:
            known = ", ".join(map(quote_text, sorted({*column.codes, *column.codes.values()})))
            what = f"column '{name}' has words that are not declared"
            _refuse(words, f"{word} not in ({known})", table, where, what)
        if column.type != "text":
            number = f"as_number({word})"
            wrong = f"{word} is not null and {number} is null"
            if column.type == "integer":
                wrong += f" or {number} <> floor({number})"
            _refuse(words, wrong, table, where, f"column '{name}' is not {column.type}")
    if table.vintages:
        known = ", ".join(map(quote_text, table.vintages))
        what = "there are vintages that are not declared"
        _refuse(words, f"vintage not in ({known})", table, where, what)


def _translate(words: Relation, table: BenchmarkTable, where: str) -> Relation:
    """Table translated(column_name, word, code): the code of each word in a column of countries or statuses.

    Raises InputError naming the words that are neither known nor declared.
    """
    connection = words.connection
    translated = create_empty(
        connection, "translated", (("column_name", "varchar"), ("word", "varchar"), ("code", "varchar"))
    )
    for name, column in table.columns.items():
        if not column.is_translated:
            continue
        query = f"select distinct {quote_name(name)} from {words} where {quote_name(name)} <> '' order by 1"
        given = [str(word) for (word,) in connection.execute(query).fetchall()]
        known = {word: Found(code) for word, code in column.codes.items()}
        found = {word: known.get(word) or _found(word, column) for word in given}
        if unknown := {word: each.remark for word, each in found.items() if each.code is None}:
            listed = list(unknown.items())[:NAMED]
            shown = "; ".join(
                f"'{word[:60]}'{remark_on(word, remark, column.codes, column.country)}" for word, remark in listed
            )
            what = "countries" if column.country else f"observation statuses of the list '{column.statuses}'"
            raise InputError(
                f"{len(unknown)} value(s) of column '{name}' are not {what}: {shown}",
                where=where,
                why="their rows would be lost, or counted as something else",
                remedy=f"state under `codes` of '{name}' what they mean; a word that means '' leaves its row out",
            )
        codes = {word: each.code for word, each in found.items()}
        if codes:
            rows = [[name, *each] for each in codes.items()]
            connection.executemany(f"insert into {translated} values (?, ?, ?)", rows)
    return translated


def _found(word: str, column: BenchmarkColumn) -> Found:
    if column.statuses:
        return Found(status_in_ilo(word, column.statuses))
    return find_country(word, column.country or "")


def _create_long(words: Relation, translated: Relation, table: BenchmarkTable) -> Relation:
    """Table `long`: the rows in the declared columns and their types, words translated."""
    columns = [f"{_typed(name, column, translated)} as {quote_name(name)}" for name, column in table.columns.items()]
    dropped = [
        f"coalesce({quote_name(name)} = {quote_text(word)}, false)"
        for name, column in table.columns.items()
        for word, ours in column.codes.items()
        if ours == ""
    ]
    query = f"select {', '.join(columns)} from {words} where not ({' or '.join(dropped) or 'false'})"
    return create_table(words.connection, "long", query, columns=tuple(table.columns))


def _typed(name: str, column: BenchmarkColumn, translated: Relation) -> str:
    word = f"nullif({quote_name(name)}, '')"
    if column.is_translated:
        return (
            f"(select nullif(code, '') from {translated} as translated"
            f" where column_name = {quote_text(name)} and translated.word = {word})"
        )
    if column.codes:
        cases = " ".join(f"when {quote_text(theirs)} then {quote_text(ours)}" for theirs, ours in column.codes.items())
        word = f"case {word} {cases} else {word} end"
    return f"cast({word if column.type == 'text' else f'as_number({word})'} as {TYPES[column.type]})"


def _check_long(long: Relation, table: BenchmarkTable, where: str) -> None:
    for name, column in table.columns.items():
        for comparison, limit in column.limits.items():
            if limit is not None:
                wrong = f"{quote_name(name)} {comparison} {limit!r}"
                what = f"column '{name}' has values {comparison} {limit:g}"
                _refuse(long, wrong, table, where, what)
    key = ", ".join(map(quote_name, table.key))
    repeated = long.connection.execute(
        f"select {key}, count(*) from {long} group by {key} having count(*) > 1 order by {key} limit {SHOWN}"
    ).fetchall()
    if repeated:
        shown = "; ".join(" ".join(map(str, row[:-1])) for row in repeated)
        raise InputError(
            f"rows occur twice: {shown}",
            where=where,
            why="it is not known which value is right",
            remedy="leave one of them out in the declaration, with the reason",
        )


def _refuse(rows: Relation, condition: str, table: BenchmarkTable, where: str, what: str) -> None:
    key = ", ".join(map(quote_name, table.key))
    found = rows.connection.execute(
        f"select {key}, count(*) over () from {rows} where {condition} order by {key} limit {SHOWN}"
    ).fetchall()
    if found:
        shown = "; ".join(" ".join(map(str, row[:-1])) for row in found)
        raise InputError(
            f"{what} in {found[0][-1]} row(s): {shown}",
            where=where,
            why="the estimates of regions would be made from it",
            remedy="correct the file, or declare the value where it is right",
        )
