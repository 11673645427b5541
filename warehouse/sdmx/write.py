"""A release's SDMX folder: structures, and the data of each dataflow, in the formats that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from transforms.duck import quote_name
from transforms.relation import create_table
from warehouse.sdmx.agency import Agency
from warehouse.sdmx.batches import in_memory
from warehouse.sdmx.check import check_observations
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.formats import RELEASE_FORMATS, formats_of
from warehouse.sdmx.formats.base import DataFormat, DataMessage, StructureFormat
from warehouse.sdmx.formats.earlier import COMPRESSED
from warehouse.sdmx.rows import CodeNames, FlowRows
from warehouse.sdmx.sdg import goals, sdg_rows
from warehouse.sdmx.structures import build_structures

SDG = "IAEG-SDGs_SDG"
IN_MEMORY = 50_000
"""Observations up to this number are read into memory, where they take some 50 MB."""


@dataclass(frozen=True)
class WrittenDataflow:
    """One dataflow as written: its id, its file in each format, by the format's name, and how many observations."""

    id: str
    indicator: str
    files: Mapping[str, Path]
    observations: int


@dataclass(frozen=True)
class _Place:
    """Where files are written: a folder, the ending of their names, and the folder of the release before."""

    folder: Path
    ending: str
    earlier: Path | None

    def of(self, name: str) -> tuple[Path, Path | None]:
        """A file, and what it was before."""
        name += self.ending
        return self.folder / name, self.earlier / name if self.earlier else None


def write_sdmx(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    agency: Agency | None = None,
    prepared: datetime | None = None,
    formats: Sequence[str] = RELEASE_FORMATS,
    compressed: bool = True,
    earlier: Path | None = None,
) -> list[WrittenDataflow]:
    """Write tables `observation`, `indicator` and `code` as SDMX; returns the dataflows that hold observations.

    Only indicators that have data are written, in the `formats` of those ids; those of the Sustainable Development
    Goals once more, in files IAEG-SDGs_SDG of the global data structure. `prepared` is the time in the message's
    header, now unless given; if given, the same tables give the same bytes. `earlier` is the same folder of the release
    before: what has not changed since stays the file that it was, with the time at which it was prepared then.

    Raises PublishError when the observations cannot be expressed in SDMX: a code outside its list, an unknown indicator
    or period, a key that occurs twice, or a source or notes that vary within an area's period.
    """
    agency = agency or Agency()
    flows = read_flows(connection)
    check_observations(connection, flows)
    prepared = prepared or datetime.now(UTC)
    counts = dict(connection.execute("select indicator, count(*) from observation group by all").fetchall())
    held = [flow for flow in flows if flow.indicator in counts]
    message = build_structures(connection, held, agency=agency, prepared=prepared)
    chosen, place = formats_of(formats), _Place(folder, COMPRESSED if compressed else "", earlier)
    for structures in chosen:
        if isinstance(structures, StructureFormat):
            structures.write(message, *place.of(structures.file))
    data_formats = [each for each in chosen if isinstance(each, DataFormat)]
    written, names = [], CodeNames(connection)
    for flow in held:
        rows = flow_rows(connection, flow, agency=agency, names=names)
        rows = _in_order(connection, rows, counts[flow.indicator])
        data = DataMessage(flow.id, prepared, agency, (rows,))
        files = {each.name: place.of(each.file_of(flow.id)) for each in data_formats}
        for each in data_formats:
            each.write(data, *files[each.name])
        written.append(
            WrittenDataflow(
                flow.id, flow.indicator, {name: file for name, (file, _) in files.items()}, counts[flow.indicator]
            )
        )
    _write_sdg(connection, place, data_formats, agency=agency, prepared=prepared)
    return written


def _in_order(connection: duckdb.DuckDBPyConnection, data: FlowRows, observations: int) -> FlowRows:
    """The rows read and ordered once for all formats: in memory, or where they are many in a table of their own, which
    DuckDB spills."""
    if observations <= IN_MEMORY:
        return in_memory(data)
    ordered = data.rows.order(", ".join(quote_name(key) for key in data.keys))
    table = create_table(connection, "flow_in_order", ordered.sql_query())
    return replace(data, rows=connection.table(str(table)), are_in_order=True)


def _write_sdg(
    connection: duckdb.DuckDBPyConnection,
    place: _Place,
    formats: Sequence[DataFormat],
    *,
    agency: Agency,
    prepared: datetime,
) -> None:
    """Write what the global structure of the Sustainable Development Goals has series for, where there is any."""
    if goals(connection):
        data = DataMessage(SDG, prepared, agency, (sdg_rows(connection),))
        for each in formats:
            each.write(data, *place.of(each.file_of(SDG)))
