"""Looks for confidential numbers in every file of a folder, whatever its format."""

from __future__ import annotations

import json
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet

WRITTEN = re.compile(r"(?<![\w.])-?\d+\.(\d{5,})(?:e[+-]?\d+)?(?![\w.])")
SAME = 1e-9


class Secrets:
    """Numbers that nobody may find: those that have five decimals or more, so that none is there by chance."""

    def __init__(self, values: Iterable[float | None], published: Iterable[float | None] = ()) -> None:
        reported = {value for value in published if value is not None}
        self.values = sorted({v for v in values if v is not None and v not in reported and abs(v - round(v, 5)) > SAME})

    def holds(self, found: float, precision: float = 0.0) -> bool:
        """Whether a number, written to that precision, is one of them."""
        near = max(abs(found) * SAME, precision)
        at = bisect_left(self.values, found - near)
        return at < len(self.values) and self.values[at] <= found + near


def files_with(folder: Path, secrets: Secrets) -> list[str]:
    """The files of a folder, and the tables of its databases, in which one of the numbers stands."""
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return [name for file in files for name, values in _contents(file) if any(_tells(each, secrets) for each in values)]


def _contents(file: Path) -> Iterator[tuple[str, Iterable[Any]]]:
    if file.suffix == ".parquet":
        rows = pyarrow.parquet.read_table(file).to_pylist()
        yield file.name, [value for row in rows for value in row.values()]
    elif file.suffix == ".duckdb":
        with duckdb.connect(str(file), read_only=True) as connection:
            for (table,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                found = connection.execute(f'select * from "{table}"').fetchall()
                yield f"{file.name}: {table}", [value for row in found for value in row]
    else:
        yield file.name, [file.read_text(encoding="utf-8", errors="replace")]


def _tells(value: Any, secrets: Secrets) -> bool:
    if value is None or isinstance(value, bool | int):
        return False
    if isinstance(value, float):
        return secrets.holds(value)
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return any(secrets.holds(float(found[0]), 0.5 * 10.0 ** -len(found[1])) for found in WRITTEN.finditer(text))
