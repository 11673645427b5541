"""The texts of rows as bytes to be written unchanged, put together by Arrow from whole columns.

A format says what stands around the values of each column. No row becomes a Python object.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

Piece: TypeAlias = "pa.Array | str"
"""A part of the text of every row: a column, or what is the same for all of them."""
Marks = np.ndarray[tuple[int], np.dtype[np.bool_]]


def joined(pieces: Iterable[Piece], separator: str = "") -> pa.Array:
    """The texts of rows, from pieces with a separator between them; a value that is null counts as empty."""
    given = list(pieces) if separator else list(_folded(pieces))
    return pc.binary_join_element_wise(*given, separator, null_handling="replace", null_replacement="")


def _folded(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces, with texts that follow one another as one."""
    waiting = ""
    for piece in pieces:
        if isinstance(piece, str):
            waiting += piece
            continue
        if waiting:
            yield waiting
        waiting = ""
        yield piece
    if waiting:
        yield waiting


def around(before: str, values: pa.Array, after: str) -> Sequence[Piece]:
    """Pieces that give values between two texts, and nothing at all where a value is null."""
    if not values.null_count:
        return before, values, after
    if values.null_count == len(values):
        return ()
    return (pc.binary_join_element_wise(before, values, after, "", null_handling="emit_null"),)


def has_some(columns: Sequence[pa.Array]) -> pa.Array:
    """Which rows have a value in at least one of the columns."""
    found, *others = (column.is_valid() for column in columns)
    for each in others:
        found = pc.or_(found, each)
    return found


def content(texts: pa.Array) -> bytes:
    """Texts end to end: what the buffer of an array holds for it."""
    _, offsets, data = texts.buffers()
    if data is None or not len(texts):
        return b""
    places = np.frombuffer(offsets, dtype=np.int32)
    start, end = (int(places[texts.offset + rows]) for rows in (0, len(texts)))
    return bytes(data.slice(start, end - start).to_pybytes())


def without_front(pieces: Iterable[bytes], front: int) -> Iterator[bytes]:
    """The pieces without the first bytes of the first one, which close what nothing has opened."""
    for place, piece in enumerate(pieces):
        yield piece if place else piece[front:]


class Runs:
    """Where in batches that follow one another the key of a row differs from that of the row before it."""

    def __init__(self, keys: Sequence[str]) -> None:
        self._keys = keys
        self._last: list[str | None] | None = None

    def starts(self, batch: pa.RecordBatch) -> Marks:
        """For each row of the next batch, which has some, whether it is the first one of its key."""
        found = np.zeros(len(batch), dtype=np.bool_)
        columns = [batch.column(key) for key in self._keys]
        for column in columns:
            found[1:] |= pc.not_equal(column[1:], column[:-1]).to_numpy(zero_copy_only=False)
        found[0] = self._last != [column[0].as_py() for column in columns]
        self._last = [column[-1].as_py() for column in columns]
        return found


def spread(texts: pa.Array, rows: Marks) -> pa.Array:
    """A text for each row that is marked, in their order; null for the others."""
    places = np.cumsum(rows, dtype=np.int32) - 1
    return texts.take(pa.array(places, mask=~rows))
