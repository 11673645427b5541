"""The persons who have a value, and the cells that they are in, from which quantiles are computed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import pyarrow as pa
from scipy.sparse import kron

from transforms.estimate.persons import UNIT, Persons
from transforms.estimate.rollup import Rollup
from transforms.relation import Relation, create_view, load_table


@dataclass(frozen=True)
class Valued:
    """A population's persons who have a value of a variable, and the cells that each is in.

    persons  (combination, unit, weights, value), a row per person; with replicate weights a column for each
    cell_of  (combination, cell): the cells of each combination of leaves, which are several
    """

    persons: Relation
    cell_of: Relation


def create_valued(persons: Persons, rollups: Sequence[Rollup], variable: str, population: str) -> Valued:
    """The persons of a population who have a value of a variable, in the cells of some dimensions."""
    connection, coding = persons.relation.connection, persons.coding
    weights = persons.sample.weights
    combination = "0"
    for each in rollups:
        combination = f"({combination} * {each.matrix.shape[1]} + {each.bits.number})"
    valued = create_view(
        connection,
        "valued",
        f"select {combination} as combination, {UNIT}, {', '.join(weights)}, {variable} as value"
        f" from {persons.relation} where {coding.has[variable].is_set} and {coding.populations[population].is_set}",
        columns=("combination", UNIT, *weights, "value"),
    )
    cells, combinations = reduce(kron, (each.matrix for each in rollups)).nonzero()
    pairs = pa.table({"combination": combinations.astype("int64"), "cell": cells.astype("int32")})
    return Valued(valued, load_table(connection, "cell_of", pairs))
