"""A release's SDMX folder: structures, and the data of each dataflow, in every format of the registry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.sdmx.agency import Agency
from warehouse.sdmx.check import check_observations
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.formats import DATA_FORMATS, STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import DataMessage
from warehouse.sdmx.rows import CodeNames
from warehouse.sdmx.structures import build_structures


@dataclass(frozen=True)
class WrittenDataflow:
    """One dataflow as written: its id, its file in each format, by the format's name, and how many observations."""

    id: str
    indicator: str
    files: Mapping[str, Path]
    observations: int


def write_sdmx(
    connection: duckdb.DuckDBPyConnection,
    folder: Path,
    *,
    agency: Agency | None = None,
    prepared: datetime | None = None,
) -> list[WrittenDataflow]:
    """Write tables `observation`, `indicator` and `code` as SDMX; returns the dataflows that hold observations.

    Structures are written for every indicator, data for those that have any. `prepared` is the time in the message's
    header, now unless given; with it, the same tables give the same bytes.

    Raises PublishError when the observations cannot be said in SDMX: a code outside its list, an unknown indicator or
    period, a key that occurs twice, or a source or notes that vary within an area's period.
    """
    agency = agency or Agency()
    flows = read_flows(connection)
    check_observations(connection, flows)
    prepared = prepared or datetime.now(UTC)
    message = build_structures(connection, flows, agency=agency, prepared=prepared)
    for structures in STRUCTURE_FORMATS:
        structures.write(message, folder / structures.file)
    counts = dict(connection.execute("select indicator, count(*) from observation group by all").fetchall())
    written, names = [], CodeNames(connection)
    for flow in flows:
        if flow.indicator in counts:
            rows = flow_rows(connection, flow, agency=agency, names=names)
            data = DataMessage(flow.id, prepared, agency, (rows,))
            files = {each.name: folder / each.file_of(flow.id) for each in DATA_FORMATS}
            for each in DATA_FORMATS:
                each.write(data, files[each.name])
            written.append(WrittenDataflow(flow.id, flow.indicator, files, counts[flow.indicator]))
    return written
