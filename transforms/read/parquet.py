"""Parquet: read in place; only its footer is examined before the records are assembled."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile, listed
from transforms.read.header import find_columns
from transforms.read.parts import no_records


def read_parquet(
    file: DataFile, _read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection
) -> Part:
    """A Parquet file as a part. Raises InputError when it is cut, lacks a wanted column or has no record."""
    try:
        footer = pq.read_metadata(file.content)
        names = pq.read_schema(file.content).names
    except (pa.ArrowInvalid, OSError, UnicodeDecodeError) as error:
        raise file.fault(
            "the Parquet file is cut or damaged: the description at its end cannot be read",
            why="without it none of its records can be read",
            remedy="fetch the file again and compare its size with the producer's",
        ) from error
    positions = find_columns(names, wanted, file, at="its columns")
    columns = {local: names[position] for local, position in positions.items()}
    folded = [name.casefold() for name in names]
    alike = [name for name in columns.values() if folded.count(name.casefold()) > 1]
    if alike:
        raise file.fault(
            f"columns differ from {listed(alike)} only in upper and lower case",
            why="it is not certain which of them is meant",
            remedy="ask the producer, or drop the ones that are not needed",
        )
    if footer.num_rows == 0:
        raise no_records(file)
    return Part(file, file.content, columns)
