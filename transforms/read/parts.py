"""Writes the values of a file as text, batch by batch, for formats that DuckDB does not read itself."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, time

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from transforms.read.assemble import WHOLE_NUMBER_LIMIT, Part
from transforms.read.files import DataFile

Batch = Mapping[str, Sequence[object]]


def write_part(file: DataFile, columns: Sequence[str], batches: Iterable[Batch], decimal: str) -> Part:
    """One part from batches of values (our column name -> its values), numbers written with the declared decimal mark.

    Raises InputError when there is no record.
    """
    schema = pa.schema([(column, pa.string()) for column in columns])
    path = file.workdir / "part.parquet"
    rows = 0
    with pq.ParquetWriter(path, schema, compression="zstd") as writer:
        for batch in batches:
            arrays = [texts(batch[column], decimal) for column in columns]
            rows += len(arrays[0])
            writer.write_batch(pa.record_batch(arrays, schema=schema))
    if rows == 0:
        raise no_records(file)
    return Part(file, path, {column: column for column in columns})


def no_records(file: DataFile, at: str = "") -> Exception:
    """The error for a file with column names and nothing below them."""
    return file.fault(
        "the file has its columns but no record",
        at=at,
        why="a wave without records would be published as a country without people",
        remedy="fetch it again; if the producer's own file is so, ask the producer",
    )


def texts(values: Sequence[object], decimal: str = ".") -> pa.Array:
    """Values as text: whole numbers without decimals, other numbers in the fewest digits that reproduce them."""
    try:
        numbers = pa.array(values, pa.float64(), from_pandas=True)
    except (pa.ArrowInvalid, pa.ArrowTypeError, OverflowError):
        return pa.array([text(value, decimal) for value in values], pa.string())
    whole = pc.and_(pc.equal(pc.floor(numbers), numbers), pc.less(pc.abs(numbers), float(WHOLE_NUMBER_LIMIT)))
    integers = pc.if_else(whole, numbers, pa.scalar(0.0)).cast(pa.int64()).cast(pa.string())
    return pc.if_else(whole, integers, pc.replace_substring(numbers.cast(pa.string()), ".", decimal))


def text(value: object, decimal: str = ".") -> str | None:
    """One value as text; dates in ISO 8601, NaN as missing."""
    if value is None or value != value:  # noqa: PLR0124 - NaN is what does not equal itself
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < WHOLE_NUMBER_LIMIT
        return str(int(value)) if whole else str(value).replace(".", decimal)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value)


def in_batches(rows: Iterable[Sequence[object]], columns: Sequence[str], size: int = 50_000) -> Iterator[Batch]:
    """Rows of values, each in the order of the columns, as batches of columns."""
    held: list[Sequence[object]] = []
    for row in rows:
        held.append(row)
        if len(held) == size:
            yield dict(zip(columns, zip(*held, strict=True), strict=True))
            held = []
    if held:
        yield dict(zip(columns, zip(*held, strict=True), strict=True))
