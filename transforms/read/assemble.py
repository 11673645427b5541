"""From the parts, one per file, to the raw table: every value as stripped text, empty ones NULL, records counted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from uuid import uuid4

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from transforms.duck import parquet_rows, quote_name, quote_text
from transforms.read.files import DataFile
from transforms.sql import load_sql

WHOLE_NUMBER_LIMIT = 10**18


@dataclass(frozen=True)
class Implied:
    """How many positions a number has in a fixed-width line, and how many of them are decimals implied by its
    layout."""

    width: int
    decimals: int


@dataclass(frozen=True)
class Part:
    """One file as Parquet, either received so or written from it: `columns` is our column name -> its name there.

    `called_missing` are the codes that the file itself marks as missing, by our column name: 99, 97..99, .a
    `implied`: our column name -> how a layout implies its decimals
    """

    file: DataFile
    path: Path
    columns: Mapping[str, str]
    called_missing: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    implied: Mapping[str, Implied] = field(default_factory=dict)


def prepare(connection: duckdb.DuckDBPyConnection, decimal: str) -> None:
    """Add to a connection the functions that turn a value into text of the raw table, numbers with the declared decimal
    mark."""
    query = load_sql(__file__, "texts")
    connection.execute(query.substitute(decimal=quote_text(decimal), whole_number_limit=WHOLE_NUMBER_LIMIT))


def copy_to(connection: duckdb.DuckDBPyConnection, query: str, target: Path) -> int:
    """Write the rows of a query to Parquet, in order; returns their number."""
    result = connection.execute(
        f"copy ({query}) to {quote_text(str(target))} (format parquet, compression zstd)"
    ).fetchone()
    return int(result[0]) if result else 0


def assemble(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], output: Path) -> int:
    """Write the raw table of the parts, in their order; returns its number of rows.

    The table appears at `output` complete or not at all. Raises InputError when a part cannot be decoded.
    """
    parts = _alike(connection, parts)
    query = _raw_table(parts)
    output.parent.mkdir(parents=True, exist_ok=True)
    draft = output.with_name(f".{output.name}.{uuid4().hex}.part")
    try:
        rows = copy_to(connection, query, draft)
        draft.replace(output)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise _damaged(connection, parts, error) from error
    finally:
        draft.unlink(missing_ok=True)
    return rows


def _raw_table(parts: Sequence[Part]) -> str:
    types = _types(parts[0])
    columns = [f"clean({_as_text(parts[0], local, types[local])}) as {quote_name(local)}" for local in types]
    names = ", ".join(quote_text(part.file.name) for part in parts)
    return f"""
        select {", ".join(columns)},
               [{names}][cast(file_index as bigint) + 1] as _file,
               file_row_number + 1 as _row
        from {parquet_rows(*(part.path for part in parts))}
    """


def _types(part: Part) -> dict[str, pa.DataType]:
    schema = pq.read_schema(part.path)
    return {local: schema.field(column).type for local, column in part.columns.items()}


def _as_text(part: Part, local: str, kind: pa.DataType) -> str:
    column = quote_name(part.columns[local])
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        return column
    if pa.types.is_floating(kind):
        return f"number_text(cast({column} as double))"
    if pa.types.is_decimal(kind):
        return f"with_mark(regexp_replace(cast({column} as varchar), '[.]0*$', ''))"
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_fixed_size_binary(kind):
        return f"decode({column})"
    if pa.types.is_nested(kind):
        raise part.file.fault(
            f"the column '{part.columns[local]}' holds {kind}, not one value per record",
            why="a list has no single value to harmonise",
            remedy="declare another column, or ask the producer for one value per record",
        )
    return f"cast({column} as varchar)"


def _alike(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part]) -> Sequence[Part]:
    """The parts unchanged when all have the same columns and types; else each rewritten with its columns as text."""
    schemas = [pq.read_schema(part.path).remove_metadata() for part in parts]
    if all(schema.equals(schemas[0]) for schema in schemas):
        return parts
    return [_as_texts(connection, part) for part in parts]


def _as_texts(connection: duckdb.DuckDBPyConnection, part: Part) -> Part:
    columns = [f"{_as_text(part, local, kind)} as {quote_name(local)}" for local, kind in _types(part).items()]
    target = part.file.workdir / "texts.parquet"
    query = f"select {', '.join(columns)} from {parquet_rows(part.path)}"
    try:
        copy_to(connection, query, target)
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise _damaged(connection, [part], error) from error
    return replace(part, path=target, columns={local: local for local in part.columns})


def _damaged(connection: duckdb.DuckDBPyConnection, parts: Sequence[Part], error: duckdb.Error) -> Exception:
    """The error of the first part that cannot be decoded; the original error when all can."""
    for part in parts:
        columns = ", ".join(f"max(hash({_as_text(part, local, kind)}))" for local, kind in _types(part).items())
        try:
            connection.execute(f"select {columns} from {parquet_rows(part.path)}")
        except duckdb.Error:
            return part.file.fault(
                "the content of the Parquet file cannot be decoded: it is damaged",
                why="some of its records are lost",
                remedy="fetch the file again and compare its size with the producer's",
            )
    return error
