"""Fixed-width text: every line is cut at the positions of its layout, after the lengths of all lines have been
checked."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from schemas.read import Read
from transforms.duck import csv_rows, quote_name
from transforms.read.assemble import Implied, Part, copy_to
from transforms.read.files import DataFile, plural
from transforms.read.header import find_columns
from transforms.read.layouts import Field, FixedLayout
from transforms.read.parts import no_records
from transforms.read.text import Text, filled_lines, lost, text_of_lines
from transforms.sql import load_sql

_AGAIN = "fetch the file again and compare its size with the producer's"
_STRIPPED_SHARE = 0.01
_CHARACTERS = {"COMMA": "without_commas", "ZD": "zoned", "D": "with_e", "E": "with_e"}


@dataclass(frozen=True)
class _Length:
    """How many lines have a length, and how many of them end in a blank."""

    length: int
    lines: int
    blank_ends: int


@dataclass(frozen=True)
class _Expected:
    """The expected length of lines: as declared, or the end of the layout."""

    layout: FixedLayout
    line_length: int | None

    @property
    def length(self) -> int:
        return self.layout.end if self.line_length is None else self.line_length

    def __str__(self) -> str:
        if self.line_length is None:
            return f"the layout {self.layout.end}"
        return f"`line_length` is {self.line_length}"


def read_fixed_width(
    file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection, layout: FixedLayout
) -> Part:
    """The declared variables of a fixed-width text as a part.

    Raises InputError for a wrong encoding, a variable that is not in the layout or whose informat is not supported,
    lines shorter or longer than the layout or `line_length`, and a file without records. Lines may be shorter only in a
    file whose trailing blanks were all stripped.
    """
    source = text_of_lines(file, read.encoding)
    names = [field.name for field in layout.fields]
    positions = find_columns(names, wanted, layout.file, at="its variables")
    file.names[:] = layout.file.names
    _refuse_unread(layout, [layout.fields[position] for position in positions.values()], read)
    connection.execute(load_sql(__file__, "fixed_width").template)
    in_bytes = _check_lengths(file, source, connection, layout, read)
    columns = ", ".join(
        f"{_value(layout.fields[position], in_bytes=in_bytes)} as {quote_name(local)}"
        for local, position in positions.items()
    )
    target = file.workdir / "part.parquet"
    try:
        copy_to(connection, f"select {columns} from {_lines(source)} where trim(line) <> ''", target)
    except duckdb.ConversionException as error:
        raise file.fault(
            "a field begins or ends in the middle of a letter",
            why="the positions of the layout do not count the same units as the file",
            remedy="check `read.encoding`, and that the layout is of this wave",
        ) from error
    implied = {
        local: Implied(field.width, field.decimals)
        for local, position in positions.items()
        if (field := layout.fields[position]).decimals
    }
    return Part(file, target, {local: local for local in positions}, implied=implied)


def _lines(source: Text) -> str:
    options = "auto_detect = false, header = false, columns = {'line': 'varchar'}"
    return csv_rows(source.path, f"{options}, delim = chr(1), quote = '', escape = ''")


def _value(field: Field, *, in_bytes: bool) -> str:
    cut = (
        f"decode(array_slice(encode(line), {field.start}, {field.end}))"
        if in_bytes
        else f"substring(line, {field.start}, {field.width})"
    )
    if not field.numeric:
        return cut
    characters = f"trim({cut})"
    if field.informat in _CHARACTERS:
        characters = f"{_CHARACTERS[field.informat]}({characters})"
    return f"implied({characters}, {field.decimals})"


def _refuse_unread(layout: FixedLayout, fields: list[Field], read: Read) -> None:
    """Stop at declared variables whose informat is not supported, or contradicts the declared decimal mark."""
    for field in fields:
        if field.unread:
            raise layout.file.fault(
                f"the variable '{field.name}' has the informat {field.informat}, which is not read here",
                at="its variables",
                why="its characters would not be read as the producer's program reads them",
                remedy="supported are w.d, F, BEST, D, E, COMMA, ZD and $w., $CHAR; write one of them in a corrected "
                "layout if it gives the same values, or leave the variable out of columns.csv",
            )
        if field.informat == "COMMA" and read.decimal == ",":
            raise layout.file.fault(
                f"the variable '{field.name}' has the informat COMMA, which removes commas, but `decimal` is a comma",
                at="its variables",
                why="147,85 would become 14785",
                remedy="correct `read.decimal` in source.yaml, or write NUMX as w.d in a corrected layout",
            )
        if read.line_length is not None and field.end > read.line_length:
            raise layout.file.fault(
                f"the variable '{field.name}' ends at position {field.end}, and `line_length` is {read.line_length}",
                at="its variables",
                why="it would be cut or empty for everyone",
                remedy="correct `read.line_length` in source.yaml, or leave the variable out of columns.csv",
            )


def _check_lengths(
    file: DataFile, source: Text, connection: duckdb.DuckDBPyConnection, layout: FixedLayout, read: Read
) -> bool:
    """Stop at lines of a wrong length; returns whether positions count bytes rather than characters."""
    query = f"""
        select length(line), strlen(line), count(*), count(*) filter (line like '% ')
        from {_lines(source)} where trim(line) <> '' group by all
    """
    try:
        found = connection.execute(query).fetchall()
    except duckdb.InvalidInputException as error:
        raise file.fault(
            "the file holds control characters or endless lines: it is not fixed-width text",
            why="its records cannot be separated",
            remedy=_AGAIN,
        ) from error
    if not found:
        raise no_records(file)
    read_lines = sum(row[2] for row in found)
    if read_lines != source.lines and read_lines != (filled := filled_lines(source, 0, blank=b" ")):
        raise lost(file, filled, read_lines)
    in_bytes = len({row[0] for row in found}) > 1 and len({row[1] for row in found}) == 1
    codec = codecs.lookup(read.encoding).name
    if in_bytes is False and codec == "utf-8" and not source.ascii_only and len({row[0] for row in found}) > 1:
        raise file.fault(
            "lines differ in length both in bytes and in letters, so it is not known which of them the layout counts",
            why="every value after a letter such as ñ would be cut at the wrong place",
            remedy="check `read.encoding`; if the file is right, ask the producer for lines of one length",
        )
    lengths = _by_length(found, 1 if in_bytes else 0)
    measure = "strlen" if in_bytes else "length"
    _refuse_lengths(file, source, connection, lengths, _Expected(layout, read.line_length), measure)
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
    expected: _Expected,
    measure: str,
) -> None:
    typical = max(lengths, key=lambda each: each.lines).length
    full = expected.length
    total = sum(each.lines for each in lengths)
    short = sum(each.lines for each in lengths if each.length < full)
    stripped = (
        not any(each.blank_ends for each in lengths) and short > max(1, _STRIPPED_SHARE * total) and len(lengths) > 1
    )
    longest = lengths[-1].length
    never_full = longest < full and not (stripped and expected.line_length is not None)
    if never_full or typical > full or (stripped and longest > full):
        first, *_ = _locate(connection, source, [longest], measure)
        raise _stale(file, expected, longest, first, stripped=stripped)
    wrong = [each.length for each in lengths if each.length > full or (each.length != typical and not stripped)]
    first, count, last_length, last = _locate(connection, source, wrong, measure)
    cut_end = stripped and not source.ends_whole and last_length < full
    if not wrong and not cut_end:
        return
    cut = cut_end or (count == 1 and first == last and last_length < full)
    line = last if cut else first
    length, where = (last_length, "its last line") if cut else (wrong[0], "a line")
    raise file.fault(
        f"{'the file is cut: ' if cut else ''}{where} has {length} positions, the others have {typical} and "
        f"{expected}" + (f" ({plural(count, 'line')} of {total:,} not of the usual length)" if count > 1 else ""),
        at=f"line {line}",
        why="the records after the cut are missing"
        if cut
        else "every value after the fault would be in the wrong place",
        remedy=_AGAIN if cut else "see that line in a text editor; then fetch the file again or ask the producer",
    )


def _stale(file: DataFile, expected: _Expected, longest: int, line: int, *, stripped: bool) -> Exception:
    """The error for a file whose lines in general do not fit the layout."""
    layout = f"declare the layout of this wave (this one is {expected.layout.file.name})"
    blanks = f"; if all lines have lost the blanks at their end, write `line_length: {expected.length}`"
    if longest < expected.length:
        return file.fault(
            f"no line is as long as it should be: the longest has {longest} positions, {expected}",
            at=f"line {line}",
            why="the layout is of another wave, and its positions would give wrong values",
            remedy=f"{layout}, or fetch the file again; if this file lacks the last variables of the layout, write "
            f"`line_length: {longest}` under `read` in source.yaml{blanks if stripped else ''}",
        )
    return file.fault(
        f"lines are longer than they should be: they have {longest} positions, {expected}",
        at=f"line {line}",
        why="a layout of another wave leaves out positions that were added, and the values after them would be wrong",
        remedy=f"{layout}; if it is, and no variable follows its last one, write `line_length: {longest}` under `read` "
        "in source.yaml",
    )


def _locate(
    connection: duckdb.DuckDBPyConnection, source: Text, wrong: list[int], measure: str
) -> tuple[int, int, int, int]:
    """The first line of a wrong length, the number of such lines, and the length and number of the last line."""
    query = f"""
        with numbered as (
            select {measure}(line) as length, row_number() over () as number, trim(line) <> '' as filled
            from {_lines(source)}
        ),
        filled as (select * from numbered where filled)
        select min(number) filter (list_contains($wrong, length)), count(*) filter (list_contains($wrong, length)),
            max_by(length, number), max(number)
        from filled
    """
    row = connection.execute(query, {"wrong": wrong}).fetchone()
    first, count, last_length, last = row if row else (0, 0, 0, 0)
    return first or 0, count, last_length, last
