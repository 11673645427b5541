"""Replicate weights: the scan sums every replicate as it does the full weight, and a cell's variance is among them."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from schemas.sample_design import Replicates
from transforms.estimate.coding import WEIGHT_UNITS
from transforms.relation import Relation
from transforms.sql import load_sql

TOLERANCE = 1e-5
BATCH = 50_000


def degrees_of_freedom(core: Relation, replicates: Replicates) -> int:
    """The degrees of freedom declared, or the rank of the replicate weights of the person records less one.

    Rust and Rao, Statistical Methods in Medical Research 5, 1996; degf of R's survey.
    """
    if replicates.degrees_of_freedom is not None:
        return replicates.degrees_of_freedom
    return _rank(core, len(replicates.names)) - 1


def _rank(core: Relation, count: int) -> int:
    """Rank of the matrix of persons by replicate weights, read in batches that are folded into a triangle.

    A column counts when what the others leave of it is more than 1e-5 of its length, as in R's qr. Reading ends when
    every column counts.
    """
    triangle: NDArray[np.float64] = np.zeros((0, count))
    rows = core.connection.sql(f"select replicate_weights from {core} where weight > 0").to_arrow_reader(BATCH)
    for batch in rows:
        weights = batch.column(0).flatten().to_numpy(zero_copy_only=False).reshape(-1, count)
        triangle = np.asarray(np.linalg.qr(np.vstack([triangle, weights]), mode="r"))
        if independent_columns(triangle) == count:
            break
    return independent_columns(triangle)


def independent_columns(matrix: NDArray[np.float64]) -> int:
    """How many columns of a matrix are independent of those before them."""
    basis: NDArray[np.float64] = np.zeros((len(matrix), 0))
    for column in matrix.T:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        length = float(np.linalg.norm(left))
        if length > TOLERANCE * float(np.linalg.norm(column)):
            basis = np.column_stack([basis, left / length])
    return int(basis.shape[1])


def replicate_atoms_query(
    persons: Relation,
    replicates: Replicates,
    coded: str,
    keys: Iterable[str],
    in_any_population: str,
    variables: Iterable[str],
) -> str:
    """Query of the atoms with one row per combination of leaves, populations and replicate, whose number is its unit.

    Number 0 is the full weight, and alone has cases. `coded` is the SQL of the `keys` that tell persons apart.
    """
    weights = weight_columns(replicates)
    names = list(variables)
    return load_sql(__file__, "atoms_replicate").substitute(
        persons=persons,
        coded=coded,
        keys=",\n        ".join(keys),
        in_any_population=in_any_population,
        weight_sums=", ".join(f"cast({WEIGHT_UNITS} * sum({weight}) as bigint)" for weight in weights),
        value_sums="".join(f",\n        {_value_sums(name, weights)}" for name in names),
        last=len(weights) - 1,
        values_of_replicates="".join(f",\n    {_of_replicate(name)}" for name in names),
    )


def replicates_below_query(valued: Relation, bounds: Relation, replicates: Replicates) -> str:
    """Query of the cases and weights at or below the quantile and in all, per cell and replicate."""
    weights = weight_columns(replicates)
    return load_sql(__file__, "below_replicate").substitute(
        valued=valued,
        bounds=bounds,
        below=", ".join(f"coalesce(sum({weight}) filter (value <= q), 0)" for weight in weights),
        in_all=", ".join(f"sum({weight})" for weight in weights),
        last=len(weights) - 1,
    )


def weight_columns(replicates: Replicates | None) -> list[str]:
    """The columns of weights in table `persons`: the full one, then the replicates where there are any."""
    count = len(replicates.names) if replicates else 0
    return ["weight", *(f"replicate_{number}" for number in range(1, count + 1))]


def with_replicate_columns(core: Relation, replicates: Replicates | None) -> str:
    """SQL of the person records with a column for each replicate weight.

    Joins copy a list, and do not copy a column unread.
    """
    if replicates is None:
        return str(core)
    columns = (
        f"replicate_weights[{number}] as {name}" for number, name in enumerate(weight_columns(replicates)) if number
    )
    return f"(select * exclude (replicate_weights), {', '.join(columns)} from {core})"


def _value_sums(name: str, weights: list[str]) -> str:
    sums = (f"coalesce(sum(cast(cast({weight} as double) * {name} as decimal(38, 8))), 0)" for weight in weights)
    return f"[{', '.join(sums)}] as wv_{name}"


def _of_replicate(name: str) -> str:
    return f"unnest(wv_{name}) as wv_{name}"
