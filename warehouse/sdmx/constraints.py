"""What a dataflow has data for: the codes of each dimension that occur, and its first and last period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from warehouse.sdmx.agency import Agency
from warehouse.sdmx.available import available
from warehouse.sdmx.data import flow_rows
from warehouse.sdmx.served import TIME, ServedFlow

YEAR = len("2024")


@dataclass(frozen=True)
class Content:
    """The codes of each dimension but the period, in alphabetical order, and the periods' ends."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    first_period: str
    last_period: str


def contents_of(connection: duckdb.DuckDBPyConnection, flows: Iterable[ServedFlow]) -> Mapping[str, Content]:
    """The content of each dataflow in table `observation`, by its id; those of an indicator from one reading of it."""
    flows = list(flows)
    contents = _of_indicators(connection, {flow.indicator: flow for flow in flows if flow.indicator is not None})
    others = (flow for flow in flows if flow.indicator is None)
    return contents | {flow.id: _of_others(connection, flow) for flow in others}


def _of_indicators(connection: duckdb.DuckDBPyConnection, flows: Mapping[str, ServedFlow]) -> dict[str, Content]:
    origins = {name: {key: flow.origins[key] for key in flow.keys if key != TIME} for name, flow in flows.items()}
    stored = list(dict.fromkeys(each.sql for found in origins.values() for each in found.values() if each.column))
    lists = "".join(f", list_sort(list(distinct {sql}) filter (({sql}) is not null))" for sql in stored)
    query = f"select indicator, min(time[:4]), max(time[:4]){lists} from observation group by indicator"
    contents = {}
    for indicator, first, last, *codes in connection.execute(query).fetchall():
        if indicator not in flows:
            continue
        found = {sql: tuple(each or ()) for sql, each in zip(stored, codes, strict=True)}
        values = (
            (key, found[each.sql] if each.column else (str(each.constant),)) for key, each in origins[indicator].items()
        )
        contents[flows[indicator].id] = Content(tuple(values), first, last)
    return contents


def _of_others(connection: duckdb.DuckDBPyConnection, flow: ServedFlow) -> Content:
    found = available(flow_rows(connection, flow, agency=Agency()))
    return Content(tuple(found.codes.items()), (found.first or "")[:YEAR], (found.last or "")[:YEAR])
