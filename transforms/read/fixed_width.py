"""Fixed-width text: every line cut at the positions of its layout, after all lines were seen to have its length."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from schemas.source import Read
from transforms.duck import csv_rows, quote_name
from transforms.read.assemble import Part, copy_to
from transforms.read.files import DataFile, plural
from transforms.read.header import find_columns
from transforms.read.layouts import Field, FixedLayout
from transforms.read.parts import no_records
from transforms.read.text import Text, clean_text

_AGAIN = "fetch the file again and compare its size with the producer's"
_STRIPPED_SHARE = 0.01
# SAS reads a lone point as a missing number, and puts the point itself where the layout implies it.
_NUMBER = """
CREATE OR REPLACE TEMP MACRO fixed_number(value, decimals) AS
    nullif(
        CASE WHEN decimals = 0 OR NOT regexp_full_match(value, '[-+]?[0-9]+') THEN value
             ELSE number_text(CAST(value AS DOUBLE) / pow(10, decimals)) END,
        '.'
    )
"""


@dataclass(frozen=True)
class _Length:
    """How many lines have a length, and how many of them end in a blank."""

    length: int
    lines: int
    blank_ends: int


def read_fixed_width(
    file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection, layout: FixedLayout
) -> Part:
    """The wanted variables of a fixed-width text as a part.

    Raises InputError for a wrong encoding, a variable that the layout lacks, lines shorter or longer than the layout
    says, and a file without records. Lines may be shorter only in a file whose trailing blanks were all stripped.
    """
    source = clean_text(file, read.encoding)
    names = [field.name for field in layout.fields]
    positions = find_columns(names, wanted, layout.file, at="its variables")
    connection.execute(_NUMBER)
    in_bytes = _check_lengths(file, source, connection, layout, codecs.lookup(read.encoding).name)
    columns = ", ".join(
        f"{_value(layout.fields[position], in_bytes=in_bytes)} AS {quote_name(local)}"
        for local, position in positions.items()
    )
    target = file.workdir / "part.parquet"
    try:
        copy_to(connection, f"SELECT {columns} FROM {_lines(source)} WHERE trim(line) <> ''", target)
    except duckdb.ConversionException as error:
        raise file.fault(
            "a field begins or ends in the middle of a letter",
            why="the positions of the layout count something else than the file does",
            remedy="check `read.encoding`, and that the layout is of this wave",
        ) from error
    return Part(file, target, {local: local for local in positions})


def _lines(source: Text) -> str:
    options = "auto_detect = false, header = false, columns = {'line': 'VARCHAR'}"
    return csv_rows(source.path, f"{options}, delim = chr(1), quote = '', escape = ''")


def _value(field: Field, *, in_bytes: bool) -> str:
    cut = (
        f"decode(array_slice(encode(line), {field.start}, {field.end}))"
        if in_bytes
        else f"substring(line, {field.start}, {field.width})"
    )
    return f"fixed_number(trim({cut}), {field.decimals})" if field.numeric else cut


def _check_lengths(
    file: DataFile, source: Text, connection: duckdb.DuckDBPyConnection, layout: FixedLayout, codec: str
) -> bool:
    """Stop at lines of a wrong length; tells whether positions count bytes rather than characters."""
    query = f"""
        SELECT length(line), strlen(line), count(*), count(*) FILTER (line LIKE '% ')
        FROM {_lines(source)} WHERE trim(line) <> '' GROUP BY ALL
    """
    try:
        found = connection.execute(query).fetchall()
    except duckdb.InvalidInputException as error:
        raise file.fault(
            "the file holds control characters or endless lines: it is no fixed-width text",
            why="its records cannot be told apart",
            remedy=_AGAIN,
        ) from error
    if not found:
        raise no_records(file)
    in_bytes = len({row[0] for row in found}) > 1 and len({row[1] for row in found}) == 1
    if in_bytes is False and codec == "utf-8" and not source.ascii_only and len({row[0] for row in found}) > 1:
        raise file.fault(
            "lines differ in length both in bytes and in letters, so what the layout counts cannot be known",
            why="every value after a letter such as ñ would be cut at the wrong place",
            remedy="check `read.encoding`; if the file is right, ask the producer for lines of one length",
        )
    _refuse_lengths(
        file, source, connection, _by_length(found, 1 if in_bytes else 0), layout, "strlen" if in_bytes else "length"
    )
    return in_bytes


def _by_length(found: list[tuple[int, int, int, int]], unit: int) -> list[_Length]:
    lengths = {row[unit] for row in found}
    return [
        _Length(
            length,
            sum(row[2] for row in found if row[unit] == length),
            sum(row[3] for row in found if row[unit] == length),
        )
        for length in sorted(lengths)
    ]


def _refuse_lengths(
    file: DataFile,
    source: Text,
    connection: duckdb.DuckDBPyConnection,
    lengths: list[_Length],
    layout: FixedLayout,
    measure: str,
) -> None:
    typical = max(lengths, key=lambda each: each.lines).length
    full = max(typical, layout.end)
    total = sum(each.lines for each in lengths)
    short = sum(each.lines for each in lengths if each.length < full)
    stripped = (
        not any(each.blank_ends for each in lengths) and short > max(1, _STRIPPED_SHARE * total) and len(lengths) > 1
    )
    longest = lengths[-1].length
    if longest < layout.end:
        raise file.fault(
            f"no line is as long as the layout: the longest has {longest} positions, the layout {layout.end}",
            why="the layout is of another wave, and its positions would give wrong values",
            remedy=f"declare the layout of this wave (this one is {layout.file.name}), or fetch the file again",
        )
    wrong = [each.length for each in lengths if each.length > full or (each.length != typical and not stripped)]
    first, count, last_length, last = _locate(connection, source, wrong, measure)
    cut_end = stripped and not source.ends_whole and last_length < full
    if not wrong and not cut_end:
        return
    cut = cut_end or (count == 1 and first == last and last_length < full)
    line = last if cut else first
    length, where = (last_length, "its last line") if cut else (wrong[0], "a line")
    raise file.fault(
        f"{'the file is cut: ' if cut else ''}{where} has {length} positions, the others have {typical} and the layout "
        f"has {layout.end}" + (f" ({plural(count, 'line')} of {total:,} not of the usual length)" if count > 1 else ""),
        at=f"line {line}",
        why="the records after the cut are missing"
        if cut
        else "every value after the fault would stand in the wrong place",
        remedy=_AGAIN if cut else "see that line in a text editor; then fetch the file again or ask the producer",
    )


def _locate(
    connection: duckdb.DuckDBPyConnection, source: Text, wrong: list[int], measure: str
) -> tuple[int, int, int, int]:
    """The first line of a wrong length, the number of such lines, and the length and number of the last line."""
    query = f"""
        WITH numbered AS (
                 SELECT {measure}(line) AS length, row_number() OVER () AS number, trim(line) <> '' AS filled
                 FROM {_lines(source)}
             ),
             filled AS (SELECT * FROM numbered WHERE filled)
        SELECT min(number) FILTER (list_contains($wrong, length)), count(*) FILTER (list_contains($wrong, length)),
               max_by(length, number), max(number)
        FROM filled
    """
    row = connection.execute(query, {"wrong": wrong}).fetchone()
    first, count, last_length, last = row if row else (0, 0, 0, 0)
    return first or 0, count, last_length, last
