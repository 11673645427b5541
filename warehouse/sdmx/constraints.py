"""What a dataflow has data for: the codes of each dimension that occur, and its first and last period."""

from __future__ import annotations

from dataclasses import dataclass

import duckdb

from warehouse.sdmx.data import TIME, expressions_of, keys_of
from warehouse.sdmx.flows import Flow


@dataclass(frozen=True)
class Content:
    """The codes of each dimension but the period, in alphabetical order, and the periods' ends."""

    values: tuple[tuple[str, tuple[str, ...]], ...]
    first_period: str
    last_period: str


def content_of(connection: duckdb.DuckDBPyConnection, flow: Flow) -> Content:
    """The content of a dataflow in table `observation`, which has some."""
    expressions = expressions_of(flow)
    dimensions = [key for key in keys_of(flow) if key != TIME]
    lists = ", ".join(f"list_sort(list_distinct(list({expressions[key]})))" for key in dimensions)
    query = f"select {lists}, min(time[:4]), max(time[:4]) from observation where indicator = ?"
    ((*values, first, last),) = connection.execute(query, [flow.indicator]).fetchall()
    return Content(tuple((key, tuple(codes)) for key, codes in zip(dimensions, values, strict=True)), first, last)
