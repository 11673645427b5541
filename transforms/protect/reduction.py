"""Makes the linear system of an attack small: what follows at once is set aside, and no equation is told twice.

An attack solves hundreds of linear programmes over one system, so what is taken out here is saved hundreds of times.
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, sparse

from transforms.protect.groups import Matrix, Positions

LARGEST_DENSE = 1500  # beyond so many unknowns, dependent equations are left to the solver
DEPENDENT = 1e-9


def propagate(equations: Matrix) -> Positions:
    """The unknowns that do not follow by taking one equation after the other, each with one unknown left.

    All equations are of sums that are nought.
    """
    matrix = sparse.csr_array(equations)
    matrix.eliminate_zeros()
    is_open = np.ones(matrix.shape[1], dtype=np.bool_)
    pattern = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    while True:
        single = np.flatnonzero(np.abs(pattern @ is_open.astype(np.float64) - 1) < DEPENDENT)
        told = np.unique(pattern[single].indices) if len(single) else np.zeros(0, dtype=np.int64)
        told = told[is_open[told]]
        if not len(told):
            return np.flatnonzero(is_open)
        is_open[told] = False


def independent(equations: Matrix) -> Matrix:
    """Equations of the same solutions without repetitions; and without any that follow from others, unless too many."""
    rows = distinct(equations)
    if not rows.shape[0] or rows.shape[1] > LARGEST_DENSE:
        return rows
    lengths = np.asarray(abs(rows).sum(axis=1)).ravel()
    # Short rows are made long for the pivoting to choose them first: sparse equations are solved faster.
    scaled = rows.toarray() / (1 + lengths[:, None])
    triangle, pivots = linalg.qr(scaled.T, mode="r", pivoting=True)
    diagonal = np.abs(np.diag(triangle))
    rank = int((diagonal > DEPENDENT).sum())
    return sparse.csr_array(rows[np.sort(pivots[:rank])])


def distinct(equations: Matrix) -> Matrix:
    """The rows that are not empty, each once."""
    matrix = sparse.csr_array(equations)
    matrix.eliminate_zeros()
    matrix.sort_indices()
    first: dict[tuple[bytes, bytes], int] = {}
    for row in range(matrix.shape[0]):
        part = slice(matrix.indptr[row], matrix.indptr[row + 1])
        if part.start < part.stop:
            first.setdefault((matrix.indices[part].tobytes(), matrix.data[part].tobytes()), row)
    return sparse.csr_array(matrix[np.array(list(first.values()), dtype=np.int64)])


def smallest(groups: Matrix) -> Positions:
    """The rows, sets of unknowns, that hold no other of the rows; of equal rows the first."""
    matrix = sparse.csr_array(groups)
    size = np.asarray(matrix.sum(axis=1)).ravel()
    shared = sparse.coo_array(matrix @ matrix.T)
    inner, outer = shared.coords
    is_within = (shared.data == size[inner]) & ((size[inner] < size[outer]) | (inner < outer))
    holds_another = np.zeros(len(size), dtype=np.bool_)
    holds_another[outer[is_within]] = True
    return np.flatnonzero(~holds_another)
