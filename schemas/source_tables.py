"""The tables beside a source's `source.yaml`: columns.csv and code_maps.csv."""

from __future__ import annotations

import os
from pathlib import Path

from schemas.column_ranges import count_of, expand_row
from schemas.declaration_files import read_rows
from schemas.errors import DeclarationError
from schemas.source import CodeValue

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
                raise DeclarationError(f"column '{name}' stands twice", where=f"{file}, line {line}", remedy="keep one")
        columns |= found
    return columns


def read_code_maps(file: Path) -> dict[str, dict[str, CodeValue]]:
    """`code_maps.csv`: map -> the producer's code -> what it means; nothing where there is no such file."""
    maps: dict[str, dict[str, CodeValue]] = {}
    if not os.path.lexists(file):
        return maps
    for line, row in read_rows(file, ["map", "code", "value"]):
        codes = maps.setdefault(row["map"], {})
        if row["code"] in codes:
            raise DeclarationError(
                f"code '{row['code']}' of map '{row['map']}' stands twice",
                where=f"{file}, line {line}",
                remedy="keep one",
            )
        codes[row["code"]] = CodeValue(value=row["value"], label=row.get("label", ""))
    return maps
