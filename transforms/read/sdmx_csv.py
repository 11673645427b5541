"""SDMX-CSV (1.0 and 2.0, as provided by ILOSTAT, Eurostat and OECD): delimited text with standard column names.

The dimensions are the columns before OBS_VALUE, which the standard places after them, except the name of the dataflow.
Attributes depend on the service, so they are columns like any other.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from schemas.read import Read
from transforms.duck import parquet_rows, quote_name
from transforms.read.assemble import Part
from transforms.read.delimited import delimiter_of, header_of, read_delimited
from transforms.read.files import DataFile, listed, plural
from transforms.read.series_keys import Components, refuse_repeated
from transforms.read.text import text_of_lines

VALUE = "OBS_VALUE"
_NOT_DIMENSIONS = {"DATAFLOW", "STRUCTURE", "STRUCTURE_ID", "STRUCTURE_NAME", "ACTION", "LAST UPDATE"}
_ACTION = "ACTION"
_DELETION = "D"


def read_sdmx_csv(file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> Part:
    """The declared columns of SDMX-CSV as a part, every observation once.

    Raises InputError as for delimited text, when there is no OBS_VALUE, when a key occurs more than once, and for rows
    that delete observations instead of giving them.
    """
    components = sdmx_csv_components(file, read)
    checked = [*components.dimensions, *(name for name in components.names if name.upper() == _ACTION)]
    own = {f" {name}": name for name in checked}
    part = read_delimited(file, read, {**wanted, **own}, connection)
    refuse_repeated(file, part.path, [f" {name}" for name in components.dimensions], connection)
    _refuse_deletions(part, [name for name in own if name.strip().upper() == _ACTION], connection)
    return Part(file, part.path, {local: raw for local, raw in part.columns.items() if local not in own})


def sdmx_csv_components(file: DataFile, read: Read) -> Components:
    """The columns of SDMX-CSV. Raises InputError when there is no OBS_VALUE among them."""
    header = header_of(file, text_of_lines(file, read.encoding), read, delimiter_of(file, read))
    if VALUE not in header.names:
        raise file.fault(
            f"the columns of SDMX-CSV hold {VALUE}; this file has {listed(header.names)}",
            at=f"line {header.lines}",
            remedy="ask the service for data as SDMX-CSV; or write `format: delimited`, if the file is plain text",
        )
    before = header.names[: header.names.index(VALUE)]
    dimensions = (name for name in before if name.upper() not in _NOT_DIMENSIONS)
    return Components(tuple(header.names), tuple(dimensions), VALUE)


def _refuse_deletions(part: Part, action: list[str], connection: duckdb.DuckDBPyConnection) -> None:
    for name in action:
        query = f"select count(*) from {parquet_rows(part.path)} where {quote_name(name)} = '{_DELETION}'"
        if rows := connection.execute(query).fetchall()[0][0]:
            raise part.file.fault(
                f"{plural(rows, 'row')} with action {_DELETION}, which delete observations",
                why="an observation that the producer withdrew would be read as published",
                remedy="ask the service for the data themselves, not for the changes in them",
            )
