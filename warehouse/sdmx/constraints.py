"""What a dataflow has data for: the codes of each dimension that occur, and its first and last period."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import duckdb

from warehouse.sdmx.data import TIME, keys_of, origins_of
from warehouse.sdmx.flows import Flow


@dataclass(frozen=True)
class Content:
    """The codes of each dimension but the period, in alphabetical order, and the periods' ends."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    first_period: str
    last_period: str


def contents_of(connection: duckdb.DuckDBPyConnection, flows: Iterable[Flow]) -> Mapping[str, Content]:
    """The content of each dataflow in table `observation`, by its indicator, from one reading of the table."""
    origins = {flow.indicator: {key: origins_of(flow)[key] for key in keys_of(flow) if key != TIME} for flow in flows}
    stored = list(dict.fromkeys(each.sql for found in origins.values() for each in found.values() if each.column))
    lists = ", ".join(f"list_sort(list(distinct {sql}) filter (({sql}) is not null))" for sql in stored)
    query = f"select indicator, min(time[:4]), max(time[:4]), {lists} from observation group by indicator"
    contents = {}
    for indicator, first, last, *codes in connection.execute(query).fetchall():
        found = {sql: tuple(each or ()) for sql, each in zip(stored, codes, strict=True)}
        values = (
            (key, found[each.sql] if each.column else (str(each.constant),))
            for key, each in origins.get(indicator, {}).items()
        )
        contents[indicator] = Content(tuple(values), first, last)
    return contents
