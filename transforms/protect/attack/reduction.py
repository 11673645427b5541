"""Makes the linear system of an attack small: unknowns that follow directly are removed, and no equation is repeated.

An attack solves hundreds of linear programmes over one system, so every reduction here saves work hundreds of times.
"""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.linalg import lapack

from transforms.protect.structure.groups import Flags, Matrix, Packed, Positions, Structure

DEPENDENT = 1e-9


def remainders(structure: Structure, disclosed: Flags) -> Matrix:
    """What is known of disclosed sets, in few atoms: each without parts that are disclosed themselves, each once.

    A set is the sum of the parts taken from it and what is left, so that nothing is lost.
    """
    left: dict[bytes, Packed] = {}
    for position in np.flatnonzero(disclosed & (structure.sizes > 0)):
        rest = structure.packed[position].copy()
        for part in structure.subsets(int(position), disclosed):
            bits = structure.packed[part]
            if not np.any(bits & ~rest):
                rest &= ~bits
        if rest.any():
            left.setdefault(rest.tobytes(), rest)
    count = len(structure.atoms.cases)
    rows = [np.flatnonzero(np.unpackbits(each)[:count]) for each in left.values()]
    lengths = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return sparse.csr_array((np.ones(len(columns)), columns, lengths), shape=(len(rows), count))


def independent(equations: Matrix) -> Matrix:
    """As many of the equations as say everything, those with few unknowns before others."""
    matrix = sparse.csr_array(equations)
    matrix.eliminate_zeros()
    matrix = matrix[np.flatnonzero(np.diff(matrix.indptr))]
    if not matrix.shape[0]:
        return matrix
    length = np.sqrt(np.asarray(matrix.multiply(matrix).sum(axis=1), dtype=np.float64).ravel())
    scaled = sparse.diags_array(length**-1.5) @ matrix
    gram = (scaled @ scaled.T).toarray()
    _, pivots, rank, _ = lapack.dpstrf(gram, tol=DEPENDENT, lower=1)
    return sparse.csr_array(matrix[np.sort(pivots[:rank] - 1)])


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
