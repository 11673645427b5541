"""The observations of a dataflow as batches of Arrow, in the order in which a format writes them.

They come from DuckDB, a few thousand at a time, or from memory where they are few and have been read already; a format
does not know which.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.duck import quote_name
from warehouse.sdmx.rows import Component, FlowRows, in_order

ROWS_AT_ONCE = 4_096
"""What is made of so many rows stays in the processor's cache, which makes it faster than more of them are."""
MOST_CODES = 2**62
"""So many combinations of values have a number of their own."""
MANY = 2_000
"""Values of a component beyond this number are many: a list of them would take memory."""


def in_memory(data: FlowRows) -> FlowRows:
    """The same data, read and in the order of their keys."""
    table = data.rows if isinstance(data.rows, pa.Table) else data.rows.to_arrow_table()
    return replace(data, rows=_sorted(table, data.keys), are_in_order=True)


def ordered(data: FlowRows, columns: Sequence[str], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Every row, in the order of `keys`; at least one in each batch."""
    is_sorted = data.are_in_order and tuple(keys) == data.keys[: len(keys)]
    if isinstance(data.rows, pa.Table):
        table = data.rows.select(columns)
        yield from _batches(table if is_sorted else _sorted(table, keys))
        return
    rows = data.rows.project(_names(columns))
    yield from _read(rows if is_sorted else in_order(rows, keys))


def distinct(data: FlowRows, columns: Sequence[str], keys: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Every combination of values once, in the order of `keys`."""
    if isinstance(data.rows, pa.Table):
        yield from _batches(_sorted(_each_once(data.rows.select(columns)), keys))
        return
    yield from _read(data.rows.project(_names(columns)).distinct().order(_names(keys)))


def values_of(data: FlowRows, all_of: Sequence[Component], few_of: Sequence[Component]) -> Mapping[str, Sequence[str]]:
    """The values that occur of components, in order: of some of them all, of others where they are few (MANY)."""
    names = [each.id for each in (*all_of, *_perhaps_few(data, few_of))]
    if isinstance(data.rows, pa.Table):
        found = tuple(pc.unique(data.rows[name]).to_pylist() for name in names)
    else:
        found = data.rows.aggregate(", ".join(f"list(distinct {quote_name(name)})" for name in names)).fetchall()[0]
    listed = {
        name: sorted(each for each in values or () if each is not None)
        for name, values in zip(names, found, strict=True)
    }
    always = {each.id for each in all_of}
    return {name: values for name, values in listed.items() if name in always or len(values) <= MANY}


def _perhaps_few(data: FlowRows, components: Sequence[Component]) -> list[Component]:
    """Those of the components whose values are not certainly many; DuckDB estimates how many there are."""
    if isinstance(data.rows, pa.Table) or not components:
        return list(components)
    estimates = ", ".join(f"approx_count_distinct({quote_name(each.id)})" for each in components)
    counts = data.rows.aggregate(estimates).fetchall()[0]
    return [each for each, count in zip(components, counts, strict=True) if count < 2 * MANY]


def _each_once(table: pa.Table) -> pa.Table:
    """The rows of a table that differ, each once."""
    codes, size = np.zeros(len(table), dtype=np.int64), 1
    for column in table.columns:
        encoded = column.combine_chunks().dictionary_encode()
        count = len(encoded.dictionary) + bool(encoded.null_count)
        if count < 2:
            continue
        if size * count > MOST_CODES:
            kept, codes = np.unique(codes, return_inverse=True)
            size = len(kept)
        codes = codes * count + encoded.indices.fill_null(count - 1).to_numpy()
        size *= count
    _, first = np.unique(codes, return_index=True)
    return table.take(pa.array(first))


def _sorted(table: pa.Table, keys: Sequence[str]) -> pa.Table:
    return table.sort_by([(key, "ascending") for key in keys])


def _read(rows: duckdb.DuckDBPyRelation) -> Iterator[pa.RecordBatch]:
    return (batch for batch in rows.to_arrow_reader(ROWS_AT_ONCE) if len(batch))


def _batches(table: pa.Table) -> Iterator[pa.RecordBatch]:
    yield from table.combine_chunks().to_batches(max_chunksize=ROWS_AT_ONCE)


def _names(columns: Sequence[str]) -> str:
    return ", ".join(quote_name(each) for each in columns)
