"""The records of a delimited text, read by DuckDB, and errors on lines that do not fit the header."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from transforms.duck import csv_rows, quote_text
from transforms.read.assemble import copy_to
from transforms.read.files import DataFile, plural
from transforms.read.parts import no_records
from transforms.read.text import Text, filled_lines, lost

_REJECTS = 1000
FIELDS_OF_RECORDS = 4
"""From this number of fields, a text with the delimiters of whole records is taken for swallowed records."""
_CHUNK = 4 * 1024**2
_END = "\x03end of records\x03"


@dataclass(frozen=True)
class Records:
    """The records below a header, every field as text, named c0, c1, ...

    `lines_before` is the number of lines of the file before the beginning of `path`, `skip` the number of lines at the
    beginning of `path` that are not records.
    """

    path: Path
    lines_before: int
    skip: int
    fields: int
    delimiter: str
    quote: str
    quoted: bool
    delimiter_ends_lines: bool

    def as_named(self) -> str:
        """The records; those with a wrong number of fields are left out and listed in the table of rejects."""
        # In parallel, DuckDB 2.0 loses its position at line ends within quoted fields and rejects correct records.
        parallel = "false" if self.quoted else "true"
        return self._select(self.fields, f"store_rejects = true, rejects_limit = {_REJECTS}, parallel = {parallel}")

    def with_one_more(self) -> str:
        """The records with one field more than the header has: NULL where it is absent, else text."""
        return self._select(self.fields + 1, "null_padding = true, nullstr = chr(1), parallel = false")

    @property
    def end_mark(self) -> str:
        """The condition that a record is the mark added after the last one."""
        return f"c{self.fields - 1} = {quote_text(_END)}"

    def _select(self, fields: int, options: str) -> str:
        columns = ", ".join(f"'c{field}': 'varchar'" for field in range(fields))
        return csv_rows(
            self.path,
            f"""auto_detect = false, header = false, skip = {self.skip}, strict_mode = true,
            columns = {{{columns}}}, delim = {quote_text(self.delimiter)}, quote = {quote_text(self.quote)},
            escape = {quote_text(self.quote)}, {options}""",
        )


def records_below(
    file: DataFile, source: Text, names: Sequence[str], header_lines: int, delimiter: str, quote: str
) -> Records:
    """The records below a header of a given number of lines.

    They are copied where DuckDB needs help: its `skip` counts records rather than lines, so a header that spans lines
    is cut off; and an unclosed quoted field is silently dropped at the end of a file, so a mark is added there, which
    must be found again.
    """
    empty_ends = [delimiter.encode()] + ([(delimiter + 2 * quote).encode()] if quote else [])
    ends = tuple(empty + line_end for empty in empty_ends for line_end in (b"\n", b"\r\n"))
    trailing = _holds(source.path, ends, tuple(empty_ends))
    quoted = bool(quote) and _holds(source.path, (quote.encode(),))
    if header_lines == 1 and not quoted:
        return Records(source.path, 0, 1, len(names), delimiter, quote, quoted, trailing)
    path = file.workdir / "records"
    with source.path.open("rb") as whole, path.open("wb") as below:
        for _ in range(header_lines):
            whole.readline()
        shutil.copyfileobj(whole, below, _CHUNK)
        if quoted:
            below.write((source.line_end + delimiter * (len(names) - 1) + _END).encode())
    return Records(path, header_lines, 0, len(names), delimiter, quote, quoted, trailing)


def copy_records(
    file: DataFile, source: Text, records: Records, columns: str, target: Path, connection: duckdb.DuckDBPyConnection
) -> None:
    """Write columns of the records (SQL over c0, c1, ...) to Parquet.

    Raises InputError for lines with more or fewer fields than the header, for quotation marks that are not closed, and
    when there is no record.
    """
    real = f"{records.end_mark} is not true" + (" and c0 is not null" if records.fields == 1 else "")
    try:
        rows = copy_to(connection, f"select {columns} from {records.as_named()} where {real}", target)
        rejects = _rejects(connection)
        closed = rejects or not records.quoted or _ends_in_mark(records, connection)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise file.fault(
            "the text cannot be split into fields",
            why="its records cannot be separated",
            remedy="check `read.delimiter` and `read.quote` in source.yaml, and whether the file is complete",
        ) from error
    if rejects:
        raise _unequal(file, source, records, rejects)
    if not closed:
        raise _unclosed(file, records.lines_before + _last_record_line(records))
    if rows == 0:
        raise no_records(file)
    _refuse_lost(file, source, records, rows, connection)
    if records.delimiter_ends_lines:
        _refuse_shifted(file, records, connection, rows)


def _ends_in_mark(records: Records, connection: duckdb.DuckDBPyConnection) -> bool:
    found = connection.execute(f"select count(*) from {records.as_named()} where {records.end_mark}").fetchone()
    return found is not None and found[0] == 1


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
        select line_byte_position, min(column_idx), max(column_idx), min(cast(error_type as varchar))
        from reject_errors group by line_byte_position order by line_byte_position
        """
    ).fetchall()
    connection.execute("drop table reject_errors; drop table reject_scans")
    return [_Reject(byte or 1, low or 0, high or 0, kind) for byte, low, high, kind in rows]


def _unequal(file: DataFile, source: Text, records: Records, rejects: list[_Reject]) -> Exception:
    first = rejects[0]
    line = records.lines_before + _line_of(records.path, first.byte)
    if first.kind not in ("MISSING COLUMNS", "TOO MANY COLUMNS"):
        return _unclosed(file, line)
    missing = first.kind == "MISSING COLUMNS"
    fields = first.fields_at_least if missing else first.fields_at_most
    at_least = "at least " if len(rejects) >= _REJECTS else ""
    more = f" ({at_least}{len(rejects):,} lines are like this)" if len(rejects) > 1 else ""
    cut = missing and line >= source.lines
    return file.fault(
        f"the {'file is cut: its last line' if cut else 'line'} has {plural(fields, 'field')}, "
        f"the header names {records.fields}{more}",
        at=f"line {line}",
        why="records after the cut are missing" if cut else "its values would end up under the wrong columns",
        remedy="fetch the file again and compare its size with the producer's" if cut else _to_do(rejects),
    )


def _to_do(rejects: list[_Reject]) -> str:
    """What to do about lines with more or fewer fields than the header."""
    look = "see that line in a text editor: a delimiter within a field must be quoted; or correct `read.delimiter`"
    if len(rejects) < _REJECTS:
        return look
    return f"{look}; where all lines are so, the header lacks a name or has one too many"


def _unclosed(file: DataFile, line: int) -> Exception:
    return file.fault(
        "a quotation mark opens a field and does not close it, or closes it too early",
        at=f"line {line}",
        why="the lines that follow would be swallowed into one field",
        remedy="see that line in a text editor; if the file ends soon after it, it is cut: fetch it again; "
        "if fields are never quoted, write `quote: ''` under `read`",
    )


def _last_record_line(records: Records) -> int:
    """The line on which the last record begins, by a slower reader that keeps count of lines."""
    line = 1
    with records.path.open(encoding="utf-8", newline="") as stream:
        reader = csv.reader(stream, delimiter=records.delimiter, quotechar=records.quote)
        try:
            for _ in reader:
                line, begins = reader.line_num + 1, line
        except csv.Error:
            return line
    return begins


def _line_of(path: Path, byte: int) -> int:
    """The line of a byte, both counted from 1."""
    line, left = 1, byte - 1
    with path.open("rb") as stream:
        while left > 0 and (chunk := stream.read(min(left, _CHUNK))):
            line += chunk.count(b"\n")
            left -= len(chunk)
    return line


def _refuse_lost(
    file: DataFile, source: Text, records: Records, rows: int, connection: duckdb.DuckDBPyConnection
) -> None:
    """Compare the records with the lines of the file: a line that is not a record must be within a quoted field.

    An unclosed quotation mark takes in all lines up to the next quotation mark in the same column, and with them the
    delimiters of all those records.
    """
    header_lines = records.lines_before + records.skip
    if rows == source.lines - header_lines or rows == (filled := filled_lines(source, header_lines)):
        return
    if not records.quoted:
        raise lost(file, filled, rows)
    fields = [f"c{field}" for field in range(records.fields)]
    inside = " + ".join(f"coalesce({_count(field, chr(10))}, 0)" for field in fields)
    swallowing = " or ".join(
        f"(contains({field}, chr(10)) and {_count(field, records.delimiter)}"
        f" = {records.fields - 1} * {_count(field, chr(10))})"
        for field in fields
    )
    lines, swallowed, first = connection.execute(
        f"""
        with numbered as (select *, row_number() over () as record from {records.as_named()})
        select sum({inside}), count(*) filter ({swallowing}), min(record) filter ({swallowing})
        from numbered where {records.end_mark} is not true
        """
    ).fetchall()[0]
    _rejects(connection)
    if swallowed and records.fields >= FIELDS_OF_RECORDS:
        raise file.fault(
            f"{swallowed:,} records contain what look like other records within quotation marks",
            at=f"record {first} below the header",
            why="a quotation mark that is not closed swallows the records up to the next one",
            remedy="see that record in a text editor; if fields are never quoted, write `quote: ''` under `read`",
        )
    if rows + lines < filled:
        raise lost(file, filled, rows)


def _count(field: str, character: str) -> str:
    """SQL of how often a character occurs in a field."""
    return f"(length({field}) - length(replace({field}, {quote_text(character)}, '')))"


def _refuse_shifted(file: DataFile, records: Records, connection: duckdb.DuckDBPyConnection, rows: int) -> None:
    """Stop at a record with one field too many whose last is empty, unless all records end with a delimiter.

    DuckDB accepts such a record as complete, although a stray delimiter may have shifted its values.
    """
    try:
        found = connection.execute(
            f"""
            with numbered as (select *, row_number() over () as record from {records.with_one_more()})
            select count(*), min(record) from numbered where c{records.fields} is not null
            """
        ).fetchone()
    except duckdb.InvalidInputException as error:
        raise file.fault(
            f"a record has more fields than the {records.fields} that the header names, the last ones empty",
            why="stray delimiters move values under the wrong columns",
            remedy="look for lines that end in several delimiters; correct them, or name as many columns in the header",
        ) from error
    if found is None or found[0] in (0, rows):
        return
    raise file.fault(
        f"{found[0]:,} of {rows:,} records have {records.fields + 1} fields, the last one empty; "
        f"the header names {records.fields}",
        at=f"record {found[1]} below the header",
        why="a stray delimiter moves values under the wrong columns",
        remedy="see that record in a text editor: a delimiter within a field must be quoted",
    )


def _holds(path: Path, marks: tuple[bytes, ...], at_end: tuple[bytes, ...] = ()) -> bool:
    """Whether a file contains any of some marks, or ends with one of others."""
    tail = b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            data = tail + chunk
            if any(mark in data for mark in marks):
                return True
            tail = data[-max(map(len, marks)) :]
    return tail.endswith(at_end)
