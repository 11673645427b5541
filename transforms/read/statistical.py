"""Stata and SPSS files: value codes, never their labels; texts as text; values marked as missing are kept and
reported."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from math import isinf
from typing import Any

import duckdb
import pyreadstat

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile
from transforms.read.header import find_columns
from transforms.read.header_count import check_header_count, without_header_count
from transforms.read.old_stata import check_old_stata
from transforms.read.parts import Batch, text, write_part

CHUNK = 100_000
_STATA_END = b"</stata_dta>"
_STATA_START = b"<stata_dta>"
_EXTENDED_MISSING = frozenset("abcdefghijklmnopqrstuvwxyz")
# A damaged description of the variables causes errors in pyreadstat itself, not only in the library below it.
DAMAGED = (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, AttributeError, OverflowError, ValueError)
_Reader = Callable[..., tuple[dict[str, list[object]], Any]]


def read_stata(file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection) -> Part:
    """A Stata file as a part; the missing values .a to .z become '.a' to '.z', the plain missing value None.

    Raises InputError when the file is cut, lacks a wanted column or has no record.
    """
    _refuse_cut_stata(file)
    check_old_stata(file)
    return _read(file, read, wanted, pyreadstat.read_dta, stata=True)


def read_spss(file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection) -> Part:
    """An SPSS file as a part, read to its end; user-missing values are kept, and `called_missing` lists them.

    Raises InputError when the file is cut, holds another number of records than its header gives, lacks a wanted column
    or has no record.
    """
    whole, count = without_header_count(file)
    part = _read(whole, read, wanted, pyreadstat.read_sav, stata=False)
    check_header_count(file, part, count)
    return part


def _read(file: DataFile, read: Read, wanted: Mapping[str, str], reader: _Reader, *, stata: bool) -> Part:
    options: dict[str, object] = {"output_format": "dict", "user_missing": True}
    if "encoding" in read.model_fields_set:
        options["encoding"] = read.encoding
    _, described = _call(file, reader, metadataonly=True, **options)
    names = [name or "" for name in described.column_names]
    columns = {
        local: names[position] for local, position in find_columns(names, wanted, file, at="its variables").items()
    }
    options["usecols"] = list(dict.fromkeys(columns.values()))
    numeric = {name for name, kind in described.readstat_variable_types.items() if kind != "string"}
    called = {name: [_code(each) for each in ranges] for name, ranges in described.missing_ranges.items()}

    def batches() -> Iterator[Batch]:
        offset = 0
        while True:
            values, _ = _call(file, reader, row_offset=offset, row_limit=CHUNK, **options)
            if stata:
                values = {
                    name: _dotted(column, called.setdefault(name, [])) if name in numeric else column
                    for name, column in values.items()
                }
            rows = len(next(iter(values.values())))
            if rows:
                yield {local: values[name] for local, name in columns.items()}
            if rows < CHUNK:
                return
            offset += rows

    part = write_part(file, list(columns), batches(), read.decimal)
    missing = {local: tuple(called[name]) for local, name in columns.items() if called.get(name)}
    return replace(part, called_missing=missing)


def _code(missing: Mapping[str, object]) -> str:
    """A value or range marked as missing by SPSS, written as under `codes` in a declaration."""
    low, high = (
        "" if isinstance(each, float) and isinf(each) else str(text(each)).strip()
        for each in (missing["lo"], missing["hi"])
    )
    return low if low == high else f"{low}..{high}"


def _dotted(column: list[object], letters: list[str]) -> list[object]:
    """Extended missing values as Stata writes them, where pyreadstat gives a letter; those found are added to
    `letters`."""
    met = {value for value in column if isinstance(value, str)} & _EXTENDED_MISSING
    if not met:
        return column
    letters += sorted({f".{letter}" for letter in met} - set(letters))
    return [f".{value}" if isinstance(value, str) and value in _EXTENDED_MISSING else value for value in column]


def _call(file: DataFile, reader: _Reader, **options: object) -> tuple[dict[str, list[object]], Any]:
    try:
        return reader(str(file.content), **options)
    except DAMAGED as error:
        reason = f" ({error})" if isinstance(error, pyreadstat.ReadstatError) else ""
        raise file.fault(
            f"the file cannot be read to its end{reason}: it is cut, damaged, or of an unknown version",
            why="its last records would be missing",
            remedy="fetch the file again and compare its size with the producer's; if letters are what cannot be read, "
            "write their encoding as `read.encoding`",
        ) from error


def _refuse_cut_stata(file: DataFile) -> None:
    with file.content.open("rb") as stream:
        if stream.read(len(_STATA_START)) != _STATA_START:
            return
        stream.seek(max(0, file.content.stat().st_size - 64))
        if stream.read().rstrip(b"\0\r\n ").endswith(_STATA_END):
            return
    raise file.fault(
        "the Stata file is cut: the mark that ends every such file is not there",
        why="its last records or its labels are missing",
        remedy="fetch the file again and compare its size with the producer's",
    )
