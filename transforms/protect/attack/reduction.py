"""Makes the linear system of an attack small: unknowns that follow directly are removed, and no equation is repeated.

An attack solves hundreds of linear programmes over one system, so every reduction here saves work hundreds of times.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse

from transforms.protect.structure.groups import Matrix, Positions

DEPENDENT = 1e-9


def propagate(equations: Matrix) -> Positions:
    """The unknowns that remain after solving, one after the other, equations with a single unknown left.

    All equations set a sum to zero.
    """
    matrix = sparse.csr_array(equations)
    matrix.eliminate_zeros()
    is_open = np.ones(matrix.shape[1], dtype=np.bool_)
    pattern = sparse.csr_array((np.ones(matrix.nnz), matrix.indices, matrix.indptr), shape=matrix.shape)
    while True:
        single = np.flatnonzero(np.abs(pattern @ is_open.astype(np.float64) - 1) < DEPENDENT)
        determined = np.unique(pattern[single].indices) if len(single) else np.zeros(0, dtype=np.int64)
        determined = determined[is_open[determined]]
        if not len(determined):
            return np.flatnonzero(is_open)
        is_open[determined] = False


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
    """The rows (sets of unknowns) that contain no other row; of equal rows the first."""
    matrix = sparse.csr_array(groups)
    size = np.asarray(matrix.sum(axis=1)).ravel()
    shared = sparse.coo_array(matrix @ matrix.T)
    inner, outer = shared.coords
    is_within = (shared.data == size[inner]) & ((size[inner] < size[outer]) | (inner < outer))
    holds_another = np.zeros(len(size), dtype=np.bool_)
    holds_another[outer[is_within]] = True
    return np.flatnonzero(~holds_another)
