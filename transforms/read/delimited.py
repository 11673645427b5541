"""Delimited text: the header read by a small careful reader, the records by DuckDB, every fault reported with its
line."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

from schemas.errors import DeclarationError
from schemas.read import Read
from transforms.duck import quote_name
from transforms.read.assemble import Part
from transforms.read.csv_records import copy_records, records_below
from transforms.read.files import DataFile, plural, printable
from transforms.read.header import DELIMITERS, find_columns, tidy
from transforms.read.text import Text, text_of_lines


@dataclass(frozen=True)
class Header:
    """The column names, and the number of lines up to and including them."""

    names: list[str]
    lines: int


def read_delimited(
    file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection
) -> Part:
    """The wanted columns of a delimited text as a part.

    Raises InputError for a wrong encoding or delimiter, missing columns, lines with more or fewer fields than the
    header, quotation marks that are not closed, and a file without records.
    """
    delimiter = delimiter_of(file, read)
    source = text_of_lines(file, read.encoding)
    header = header_of(file, source, read, delimiter)
    _refuse_other_delimiter(file, source, read, header, wanted, delimiter)
    positions = find_columns(header.names, wanted, file, at=f"line {header.lines}")
    records = records_below(file, source, header.names, header.lines, delimiter, read.quote)
    columns = ", ".join(f"c{position} as {quote_name(local)}" for local, position in positions.items())
    target = file.workdir / "part.parquet"
    copy_records(file, source, records, columns, target, connection)
    return Part(file, target, {local: local for local in positions})


def delimiter_of(file: DataFile, read: Read) -> str:
    """The declared delimiter. Raises DeclarationError when it is not one character."""
    delimiter = "\t" if read.delimiter == "\\t" else read.delimiter
    if len(delimiter) == 1 and len(read.quote) <= 1 and delimiter not in ("\n", "\r", read.quote):
        return delimiter
    raise DeclarationError(
        "the delimiter must be one character, and the quotation mark one other or none",
        where=file.where,
        remedy="correct `read.delimiter` and `read.quote` in source.yaml",
    )


def _called(delimiter: str) -> str:
    name = DELIMITERS.get(delimiter)
    return f"{name} ({delimiter!r})" if name else f"'{printable(delimiter)}'"


def header_of(file: DataFile, source: Text, read: Read, delimiter: str) -> Header:
    """The header at its declared row. Raises InputError where there is none."""
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
                "the header cannot be read: a quotation mark in it does not close, or it is not text",
                at=f"line {read.header_row}",
                remedy="check `read.quote` and `read.header_row` in source.yaml, and whether this is the right file",
            ) from error
        return Header(names, read.header_row - 1 + reader.line_num)


def _refuse_other_delimiter(
    file: DataFile, source: Text, read: Read, header: Header, wanted: Mapping[str, str], delimiter: str
) -> None:
    """Stop where another delimiter finds more of the declared columns in the header: the file probably uses that
    one."""
    needed = {tidy(name) for name in wanted.values()}

    def hits(names: list[str]) -> int:
        return len(needed & {tidy(name) for name in names})

    declared = hits(header.names)
    if declared == len(needed):
        return
    found = {
        other: hits(header_of(file, source, read, other).names)
        for other in DELIMITERS
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
