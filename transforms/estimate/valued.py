"""The persons who have a value, and the cells that they are in: what quantiles are made of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import duckdb
import pyarrow as pa
from scipy.sparse import kron

from schemas.sample_design import Design
from transforms.estimate.coding import Coding
from transforms.estimate.replicates import weight_columns
from transforms.estimate.rollup import Rollup


def create_valued(
    connection: duckdb.DuckDBPyConnection,
    coding: Coding,
    design: Design,
    rollups: Sequence[Rollup],
    variable: str,
    population: str,
) -> None:
    """View valued(combination, unit, weight, value) of a population's persons, and table cell_of(combination, cell).

    A combination of leaves is in several cells. With replicate weights the view has a column for each.
    """
    weights = weight_columns(design.replicates)
    combination = "0"
    for each in rollups:
        combination = f"({combination} * {each.matrix.shape[1]} + {each.bits.number})"
    connection.execute(
        f"create or replace temp view valued as"
        f" select {combination} as combination, unit, {', '.join(weights)}, {variable} as value"
        f" from persons where {coding.has[variable].is_set} and {coding.populations[population].is_set}"
    )
    cells, combinations = reduce(kron, (each.matrix for each in rollups)).nonzero()
    connection.register(
        "of_combinations", pa.table({"combination": combinations.astype("int64"), "cell": cells.astype("int32")})
    )
    connection.execute("create or replace temp table cell_of as select * from of_combinations")
    connection.unregister("of_combinations")
