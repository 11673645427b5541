"""Delimited text: the header by a small careful reader, the records by DuckDB, every fault with its line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.errors import DeclarationError
from schemas.source import Read
from transforms.read.assemble import Part, copy_to, identifier, literal
from transforms.read.files import DataFile, plural, printable
from transforms.read.header import find_columns, tidy
from transforms.read.parts import no_records
from transforms.read.text import Text, clean_text

_DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", ":": "colon"}
_REJECTS = 1000
_CHUNK = 4 * 1024**2


@dataclass(frozen=True)
class Header:
    """The column names, and the number of lines up to and with them."""

    names: list[str]
    lines: int


def read_delimited(
    file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> Part:
    """The wanted columns of a delimited text as a part.

    Raises InputError for a wrong encoding or delimiter, missing columns, lines with more or fewer fields than the
    header, quotation marks that do not close, and a file without records.
    """
    delimiter = _delimiter(file, read)
    source = clean_text(file, read.encoding)
    header = _header(file, source, read, delimiter)
    _refuse_other_delimiter(file, source, read, header, wanted, delimiter)
    positions = find_columns(header.names, wanted, file, at=f"line {header.lines}")
    csv_file = _Csv(source, header, delimiter, read.quote)
    target = file.workdir / "part.parquet"
    columns = ", ".join(f"c{position} AS {identifier(local)}" for local, position in positions.items())
    try:
        rows = copy_to(connection, f"SELECT {columns} FROM {csv_file.records()}", target)
        rejects = _rejects(connection)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise file.fault(
            f"the text cannot be split into fields by {_called(delimiter)}",
            why="its records cannot be told apart",
            remedy="check `read.delimiter` and `read.quote` in source.yaml, and whether the file is whole",
        ) from error
    if rejects:
        raise _unequal(file, source, header, rejects)
    if rows == 0:
        raise no_records(file)
    _refuse_shifted(file, csv_file, connection, rows)
    return Part(file, target, {local: local for local in positions})


def _delimiter(file: DataFile, read: Read) -> str:
    delimiter = "\t" if read.delimiter == "\\t" else read.delimiter
    if len(delimiter) == 1 and len(read.quote) <= 1 and delimiter not in ("\n", "\r", read.quote):
        return delimiter
    raise DeclarationError(
        "the delimiter must be one character, and the quotation mark one other or none",
        where=file.where,
        remedy="correct `read.delimiter` and `read.quote` in source.yaml",
    )


def _called(delimiter: str) -> str:
    name = _DELIMITERS.get(delimiter)
    return f"{name} ({delimiter!r})" if name else f"'{printable(delimiter)}'"


def _header(file: DataFile, source: Text, read: Read, delimiter: str) -> Header:
    with source.path.open(encoding="utf-8", newline="") as stream:
        for _ in range(read.header_row - 1):
            stream.readline()
        reader = csv.reader(
            stream,
            delimiter=delimiter,
            quotechar=read.quote or None,
            quoting=csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE,
        )
        try:
            names = next(reader)
        except StopIteration:
            raise file.fault(
                f"the file ends before its header: it has {plural(source.lines, 'line')}",
                at=f"line {read.header_row}",
                why="there is nothing to read",
                remedy="fetch it again, or correct `read.header_row` in source.yaml",
            ) from None
        except csv.Error as error:
            raise file.fault(
                "the header cannot be read: a quotation mark in it does not close, or it is no text",
                at=f"line {read.header_row}",
                remedy="check `read.quote` and `read.header_row` in source.yaml, and whether this is the right file",
            ) from error
        return Header(names, read.header_row - 1 + reader.line_num)


def _refuse_other_delimiter(
    file: DataFile, source: Text, read: Read, header: Header, wanted: Mapping[str, str], delimiter: str
) -> None:
    """When another delimiter finds more of the wanted columns in the header, that is the one the file uses."""
    needed = {tidy(name) for name in wanted.values()}

    def hits(names: list[str]) -> int:
        return len(needed & {tidy(name) for name in names})

    declared = hits(header.names)
    if declared == len(needed):
        return
    found = {
        other: hits(_header(file, source, read, other).names)
        for other in _DELIMITERS
        if other not in (delimiter, read.quote)
    }
    best = max(found, key=lambda other: found[other])
    if found[best] > declared:
        raise file.fault(
            f"the header seems to use {_called(best)} between its fields, but {_called(delimiter)} is declared: "
            f"the former finds {found[best]} of the {len(needed)} declared columns, the latter {declared}",
            at=f"line {header.lines}",
            why="with the wrong delimiter fields run together or fall apart",
            remedy=f"write `delimiter: {best!r}` under `read` in source.yaml",
        )


@dataclass(frozen=True)
class _Csv:
    """The records below the header, as DuckDB reads them: every field a text, named c0, c1, ..."""

    source: Text
    header: Header
    delimiter: str
    quote: str

    def records(self) -> str:
        """The records; those with a wrong number of fields are left out and noted in the table of rejects."""
        return self._read_csv(
            len(self.header.names), f"strict_mode = true, store_rejects = true, rejects_limit = {_REJECTS}, parallel = false"
        )

    def records_with_one_more(self) -> str:
        """The records with one field more than the header names: NULL where it is absent, else a text."""
        return self._read_csv(
            len(self.header.names) + 1, "strict_mode = true, null_padding = true, nullstr = chr(1), parallel = false"
        )

    def _read_csv(self, fields: int, options: str) -> str:
        columns = ", ".join(f"'c{field}': 'VARCHAR'" for field in range(fields))
        return f"""read_csv(
            {literal(str(self.source.path))}, auto_detect = false, header = false, skip = {self.header.lines},
            columns = {{{columns}}}, delim = {literal(self.delimiter)}, quote = {literal(self.quote)},
            escape = {literal(self.quote)}, {options}
        )"""


@dataclass(frozen=True)
class _Reject:
    byte: int
    fields_at_least: int
    fields_at_most: int
    kind: str


def _rejects(connection: duckdb.DuckDBPyConnection) -> list[_Reject]:
    """The lines that DuckDB could not fit to the header, in file order; its copy of their text is dropped unread."""
    rows = connection.execute(
        """
        SELECT line_byte_position, min(column_idx), max(column_idx), min(CAST(error_type AS VARCHAR))
        FROM reject_errors GROUP BY line_byte_position ORDER BY line_byte_position
        """
    ).fetchall()
    connection.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")
    return [_Reject(byte or 1, low or 0, high or 0, kind) for byte, low, high, kind in rows]


def _unequal(file: DataFile, source: Text, header: Header, rejects: list[_Reject]) -> Exception:
    first = rejects[0]
    line = _line_of(source.path, first.byte)
    names = len(header.names)
    if first.kind not in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
        return file.fault(
            "a quotation mark opens a field and does not close it, or closes it too early",
            at=f"line {line}",
            why="the lines that follow would be swallowed into one field",
            remedy="see that line in a text editor; if fields are never quoted, write `quote: ''` under `read`",
        )
    fields = first.fields_at_least if first.kind == "MISSING COLUMNS" else first.fields_at_most
    more = (
        ""
        if len(rejects) == 1
        else f" ({'at least ' if len(rejects) >= _REJECTS else ''}{len(rejects):,} lines are like this)"
    )
    cut = first.kind == "MISSING COLUMNS" and line >= source.lines
    subject = "the file is cut: its last line" if cut else "the line"
    return file.fault(
        f"{subject} has {plural(fields, 'field')}, the header names {names}{more}",
        at=f"line {line}",
        why="records after the cut are missing" if cut else "its values would stand under the wrong columns",
        remedy="fetch the file again and compare its size with the producer's"
        if cut
        else "see that line in a text editor: a delimiter within a field must be quoted; or correct `read.delimiter`",
    )


def _line_of(path: Path, byte: int) -> int:
    """The line in which a byte stands, both counted from 1."""
    line, left = 1, byte - 1
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
    return line


def _refuse_shifted(file: DataFile, csv_file: _Csv, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Stop at a record with one field too many whose last is empty, unless all records end with a delimiter.

    DuckDB takes such a record for a complete one, although a stray delimiter may have shifted its values.
    """
    if not _holds_delimiter_at_line_end(csv_file):
        return
    extra = f"c{len(csv_file.header.names)} IS NOT NULL"
    found = connection.execute(
        f"""
        WITH numbered AS (SELECT *, row_number() OVER () AS record FROM {csv_file.records_with_one_more()})
        SELECT count(*), min(record) FROM numbered WHERE {extra}
        """
    ).fetchone()
    if found is None or found[0] in (0, rows):
        return
    names = len(csv_file.header.names)
    raise file.fault(
        f"{found[0]:,} of {rows:,} records with {names + 1} fields, the last one empty; the header names {names}",
        at=f"record {found[1]} below the header",
        why="a stray delimiter moves values under the wrong columns",
        remedy="see that record in a text editor: a delimiter within a field must be quoted",
    )


def _holds_delimiter_at_line_end(csv_file: _Csv) -> bool:
    marks = tuple(csv_file.delimiter.encode() + end for end in (b"\n", b"\r\n"))
    overlap = max(map(len, marks)) - 1
    tail = b""
    with csv_file.source.path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            data = tail + chunk
            if any(mark in data for mark in marks):
                return True
            tail = data[-overlap:]
    return tail.endswith(csv_file.delimiter.encode())
