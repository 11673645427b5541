"""The degrees of freedom of replicate weights: the declared ones, or the rank of the weights less one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from schemas.sample_design import Replicates
from transforms.relation import Relation

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
    """Rank of the matrix of persons by replicate weights, read in batches that are reduced to a triangular matrix.

    A column counts when its residual on the others is more than 1e-5 of its length, as in R's qr. Reading ends when
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
    """The number of columns of a matrix that are independent of those before them."""
    basis: NDArray[np.float64] = np.zeros((len(matrix), 0))
    for column in matrix.T:
        left = column - basis @ (basis.T @ column)
        left -= basis @ (basis.T @ left)
        length = float(np.linalg.norm(left))
        if length > TOLERANCE * float(np.linalg.norm(column)):
            basis = np.column_stack([basis, left / length])
    return int(basis.shape[1])
