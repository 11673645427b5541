"""The persons who have a value, once for every cell that they are in: what quantiles are made of."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

from schemas.source import Design
from transforms.estimate.coding import Coding
from transforms.estimate.replicates import replicate_columns
from transforms.estimate.rollup import Rollup, cell_number


def create_valued(
    connection: duckdb.DuckDBPyConnection,
    coding: Coding,
    design: Design,
    rollups: Sequence[Rollup],
    variable: str,
    population: str,
) -> None:
    """Table valued(cell, unit, weight, value) of the persons of a population.

    With replicate weights it is a view, with a column for each.
    """
    weights = replicate_columns(design.replicates) if design.replicates else ["weight"]
    for each in rollups:
        each.create_table(connection)
    joins = " ".join(
        f"inner join rollup_{each.name} on rollup_{each.name}.leaf = {each.bits.number}" for each in rollups
    )
    kind = "view" if design.replicates else "table"
    connection.execute(
        f"create or replace temp {kind} valued as"
        f" select {cell_number(rollups)} as cell, unit, {', '.join(weights)}, {variable} as value"
        f" from persons {joins} where {coding.has[variable].is_set} and {coding.populations[population].is_set}"
    )
