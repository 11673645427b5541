"""The text of a declaration's files: regular files of a bounded size, in UTF-8, and nothing else."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

from schemas.errors import DeclarationError

MAXIMUM_BYTES = {".yaml": 1_000_000, ".csv": 10_000_000}
"""Some hundred times the largest declaration there is; a file beyond it is something else."""
MAXIMUM_SHOWN = 20
MAXIMUM_FAULT = 2_000


def read_bytes(file: Path) -> bytes:
    """The content of a YAML or CSV file of a declaration.

    Raises DeclarationError when it is no regular file (a folder, a named pipe, a link that leads nowhere), too large,
    or cannot be read.
    """
    limit = MAXIMUM_BYTES[file.suffix]
    try:
        if file.exists() and not file.is_file():
            raise DeclarationError(
                "this is no regular file", where=str(file), remedy="put the declaration's text there"
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
    """Rows of a declaration's table with their line numbers; `header` are the columns that it must have."""
    reader = csv.DictReader(io.StringIO(read_text(file), newline=""), strict=True)
    try:
        absent = [name for name in header if name not in (reader.fieldnames or [])]
        if absent:
            raise DeclarationError(
                f"column(s) {', '.join(absent)} missing",
                where=f"{file}, line 1",
                remedy=f"start it with {','.join(header)}",
            )
        for row in reader:
            if None in row or None in row.values():
                raise DeclarationError(
                    "the row has more or fewer fields than the header",
                    where=f"{file}, line {reader.line_num}",
                    remedy="check commas, and quote a text that holds one",
                )
            yield reader.line_num, {name: value.strip() for name, value in row.items()}
    except csv.Error as error:
        raise DeclarationError(
            "the table cannot be read", where=f"{file}, line {reader.line_num}: {error}", remedy="write it as UTF-8 CSV"
        ) from error


def listed_faults(faults: Iterable[str]) -> tuple[str, str]:
    """How many faults there are and the first of them, both in words; no text for none. No more are looked for."""
    found = [each if len(each) <= MAXIMUM_FAULT else f"{each[:MAXIMUM_FAULT]} ..." for each in _first(faults)]
    if len(found) > MAXIMUM_SHOWN:
        return f"more than {MAXIMUM_SHOWN}", "; ".join(found[:MAXIMUM_SHOWN])
    return str(len(found)), "; ".join(found)


def _first(faults: Iterable[str]) -> Iterator[str]:
    return islice(faults, MAXIMUM_SHOWN + 1)
