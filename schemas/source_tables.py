"""The tables beside a source's `source.yaml`: columns.csv and code_maps.csv."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from pydantic import ValidationError

from schemas.column_ranges import count_of, expand_row
from schemas.declaration_files import read_rows
from schemas.errors import DeclarationError
from schemas.periods import Waves
from schemas.source import CodeInWaves, CodeMaps, CodeValue
from schemas.yaml_lines import OWN

MAXIMUM_NAMES = 500_000
"""Columns, each as often as there are waves."""


def read_columns(file: Path) -> dict[str, dict[str, str]]:
    """`columns.csv`: our column name -> wave -> the producer's name of it in that wave."""
    columns: dict[str, dict[str, str]] = {}
    named = 0
    for line, row in read_rows(file, ["column"]):
        try:
            named += count_of(row["column"]) * len(row)
            if named > MAXIMUM_NAMES:
                raise ValueError(f"there are more than {MAXIMUM_NAMES:,} names, ranges written out and waves counted")
            found = expand_row(row.pop("column"), row)
        except ValueError as error:
            raise DeclarationError(str(error), where=f"{file}, line {line}", remedy="correct the range") from error
        for name in found:
            if name in columns:
                raise DeclarationError(f"column '{name}' occurs twice", where=f"{file}, line {line}", remedy="keep one")
        columns |= found
    return columns


def read_code_maps(file: Path) -> CodeMaps:
    """`code_maps.csv`: map -> the producer's code -> what it means; nothing where there is no such file.

    Rows that hold in some waves only are left to `read_codes_in_waves`; their maps are there, if empty.
    """
    maps: CodeMaps = {}
    for line, row in _rows_of_maps(file):
        codes = maps.setdefault(row["map"], {})
        if row.get("waves"):
            continue
        if row["code"] in codes:
            raise DeclarationError(
                f"code '{row['code']}' of map '{row['map']}' occurs twice",
                where=f"{file}, line {line}",
                remedy="keep one, or say in a column `waves` in which waves each holds",
            )
        codes[row["code"]] = CodeValue(value=row["value"], label=row.get("label", ""))
    return maps


def read_codes_in_waves(file: Path) -> list[CodeInWaves]:
    """The rows of `code_maps.csv` that hold in some waves only."""
    return [_in_waves(row, f"{file}, line {line}") for line, row in _rows_of_maps(file) if row.get("waves")]


def _rows_of_maps(file: Path) -> Iterator[tuple[int, dict[str, str]]]:
    yield from read_rows(file, ["map", "code", "value"]) if os.path.lexists(file) else ()


def _in_waves(row: dict[str, str], where: str) -> CodeInWaves:
    meaning = CodeValue(value=row["value"], label=row.get("label", ""))
    try:
        return CodeInWaves(map=row["map"], code=row["code"], waves=Waves(row["waves"]), meaning=meaning)
    except ValidationError as error:
        said = error.errors()[0]["msg"].removeprefix(OWN)
        raise DeclarationError(said, where=where, remedy="write one wave, or a range such as `from 2022`") from error
