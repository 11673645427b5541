"""Texts composed by DuckDB, row by row, as bytes to be written unchanged.

Every format gives one SQL expression for the text of a row, so that no row becomes a Python object.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import duckdb
import numpy as np

ROWS_AT_ONCE = 16_384


def texts(rows: duckdb.DuckDBPyRelation, expression: str) -> Iterator[bytes]:
    """The texts that an expression gives for the rows, one after the other, in pieces."""
    for batch in rows.project(f"{expression} as line").to_arrow_reader(ROWS_AT_ONCE):
        yield _joined(batch.column(0))


def _joined(texts_of_rows: Any) -> bytes:
    """The texts of an Arrow array end to end: the content of its buffer without that of other slices."""
    _, offsets, data = texts_of_rows.buffers()
    if data is None or not len(texts_of_rows):
        return b""
    width = np.int64 if str(texts_of_rows.type) == "large_string" else np.int32
    places = np.frombuffer(offsets, dtype=width)
    start, end = (int(places[texts_of_rows.offset + rows]) for rows in (0, len(texts_of_rows)))
    return bytes(data.slice(start, end - start).to_pybytes())
