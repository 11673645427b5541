"""The text of a declaration's files: regular files of a bounded size, in UTF-8, and nothing else."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from pathlib import Path

from schemas.errors import DeclarationError

MAXIMUM_BYTES = {".yaml": 1_000_000, ".csv": 10_000_000}
"""Some hundred times the largest declaration; a larger file is something else."""
MAXIMUM_SHOWN = 20
MAXIMUM_FAULT = 2_000


def read_bytes(file: Path) -> bytes:
    """The content of a YAML or CSV file of a declaration.

    Raises DeclarationError when it is not a regular file (but a folder, a named pipe, a broken link), too large,
    or cannot be read.
    """
    limit = MAXIMUM_BYTES[file.suffix]
    try:
        if file.exists() and not file.is_file():
            raise DeclarationError(
                "this is not a regular file", where=str(file), remedy="put the declaration's text there"
            )
        with file.open("rb") as stream:
            content = stream.read(limit + 1)
    except OSError as error:
        raise DeclarationError(
            f"the file cannot be read: {error.strerror}", where=str(file), remedy="check the file"
        ) from error
    if len(content) > limit:
        raise DeclarationError(
            f"the file has more than {limit:,} bytes",
            where=str(file),
            why="a declaration is written by people; a file of this size is hardly one",
            remedy="check that it is not the data themselves, and shorten long lists",
        )
    return content


def read_text(file: Path) -> str:
    """The same as text. Raises DeclarationError also when it is not UTF-8."""
    try:
        return read_bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        raise DeclarationError(
            "the declaration is not UTF-8", where=f"{file}, line {line}", remedy="save it as UTF-8"
        ) from error


def read_rows(file: Path, header: list[str]) -> Iterator[tuple[int, dict[str, str]]]:
    """Rows of a declaration's table with their line numbers; `header` are the columns that it must have.

    A table from a Spanish or French Excel is read as well: semicolons or tabs between its fields, windows-1252, rows
    and columns that are empty throughout.
    """
    content = read_table_text(file)
    sign = _delimiter(content, header)
    reader = csv.DictReader(io.StringIO(content, newline=""), strict=True, delimiter=sign)
    try:
        absent = [name for name in header if name not in (reader.fieldnames or [])]
        if absent:
            raise DeclarationError(
                f"column(s) {', '.join(absent)} missing",
                where=f"{file}, line 1",
                remedy=f"start it with {','.join(header)}, and put commas, semicolons or tabs between the fields",
            )
        for row in reader:
            if not any(_written(row)):
                continue
            if None in row or None in row.values():
                raise DeclarationError(
                    "the row has more or fewer fields than the header",
                    where=f"{file}, line {reader.line_num}",
                    remedy=f"check the character between fields ({sign!r}), and quote a text that holds one",
                )
            fields = {name: value.strip() for name, value in row.items()}
            if fields.pop("", ""):
                raise DeclarationError(
                    "a field has no column name",
                    where=f"{file}, line {reader.line_num}",
                    remedy="name its column in the first line, or remove it",
                )
            yield reader.line_num, fields
    except csv.Error as error:
        raise DeclarationError(
            "the table cannot be read", where=f"{file}, line {reader.line_num}: {error}", remedy="write it as UTF-8 CSV"
        ) from error


def _written(row: Mapping[str | None, str | list[str] | None]) -> Iterator[str]:
    """The fields of a row that hold anything, those beyond the header among them."""
    for value in row.values():
        yield from (each for each in (value if isinstance(value, list) else [value or ""]) if each.strip())


def read_table_text(file: Path) -> str:
    """The text of a table: in UTF-8, or in what a spreadsheet program in western Europe writes.

    Raises DeclarationError as `read_bytes` does, and where it is in neither.
    """
    content = read_bytes(file)
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise DeclarationError(
            "the table is in UTF-16, which Excel calls Unicode text",
            where=str(file),
            remedy="save it as `CSV UTF-8 (comma delimited)`",
        )
    for encoding in ("utf-8-sig", "windows-1252"):
        try:
            return content.decode(encoding)
        except UnicodeDecodeError as error:
            line = content.count(b"\n", 0, error.start) + 1
    raise DeclarationError(
        "the table is neither UTF-8 nor windows-1252, as Excel writes it in western Europe",
        where=f"{file}, line {line}",
        remedy="save it as `CSV UTF-8 (comma delimited)`",
    )


def _delimiter(content: str, header: Iterable[str]) -> str:
    """The character between fields: a comma, unless the first line has the required columns between others."""
    first = content.partition("\n")[0].partition("\r")[0]
    for sign in (",", ";", "\t"):
        names = next(csv.reader([first], delimiter=sign), [])
        if len(names) > 1 and set(header) <= set(names):
            return sign
    return ","


def listed_faults(faults: Iterable[str]) -> tuple[str, str]:
    """How many faults there are and the first of them, both in words; no text for none. No more are looked for."""
    found = [each if len(each) <= MAXIMUM_FAULT else f"{each[:MAXIMUM_FAULT]} ..." for each in _first(faults)]
    if len(found) > MAXIMUM_SHOWN:
        return f"more than {MAXIMUM_SHOWN}", "; ".join(found[:MAXIMUM_SHOWN])
    return str(len(found)), "; ".join(found)


def _first(faults: Iterable[str]) -> Iterator[str]:
    return islice(faults, MAXIMUM_SHOWN + 1)
