"""A release's SDMX folder: `structures.xml` and one CSV file a dataflow."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from warehouse.sdmx.agency import Agency
from warehouse.sdmx.check import check_observations
from warehouse.sdmx.data import write_data
from warehouse.sdmx.flows import read_flows
from warehouse.sdmx.structures import write_structures

STRUCTURES_FILE = "structures.xml"


@dataclass(frozen=True)
class WrittenDataflow:
    """One dataflow as written: its id, its file, and how many observations it holds."""

    id: str
    indicator: str
    file: Path
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
    period, a key that stands twice, or a source or notes that vary within an area's period.
    """
    agency = agency or Agency()
    flows = read_flows(connection)
    check_observations(connection, flows)
    when = prepared or datetime.now(UTC)
    write_structures(connection, flows, folder / STRUCTURES_FILE, agency=agency, prepared=when)
    counts = dict(connection.execute("select indicator, count(*) from observation group by all").fetchall())
    written = []
    for flow in flows:
        if flow.indicator in counts:
            file = folder / f"{flow.id}.csv"
            write_data(connection, flow, file, agency=agency)
            written.append(WrittenDataflow(flow.id, flow.indicator, file, counts[flow.indicator]))
    return written
