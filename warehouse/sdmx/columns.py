"""Columns of Arrow, rewritten."""

from __future__ import annotations

from collections.abc import Callable

import pyarrow as pa


def as_text(column: pa.Array) -> pa.Array:
    """Numbers in the shortest decimal form that reads back to the same, and texts as they are."""
    return column if pa.types.is_string(column.type) else column.cast(pa.string())


def each_once(column: pa.Array, written: Callable[[str], str | None]) -> pa.Array:
    """The texts of a column, each as it is written; null stays null.

    Each text is written once, as notes and codes are the same in hundreds of rows.
    """
    encoded = column.dictionary_encode()
    texts = encoded.dictionary.to_pylist()
    changed = [written(each) for each in texts]
    return column if changed == texts else pa.array(changed, pa.string()).take(encoded.indices)
