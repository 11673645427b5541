"""Which sets of persons follow from equations: those whose members are a linear combination of the known ones."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import linalg, optimize

from bench.disclosure.evidence import Equation
from bench.disclosure.universe import Floats

RANK = 1e-9
FOLLOWS = 1e-6
USED = 1e-7
LARGEST = 2_000_000
MARGIN = 40
"""How many more random directions than equations kinds of persons are projected on; any such projection keeps ranks."""


@dataclass(frozen=True)
class Recovered:
    """A set that follows from the equations, and the number that they give."""

    place: int
    number: float


class System:
    """Equations about sets, in kinds of persons."""

    def __init__(self, matrix: Floats, equations: Sequence[Equation]) -> None:
        self.values = np.array([value for _, value in equations])
        kinds = matrix.shape[1]
        wanted = len(equations) + MARGIN
        draw = np.random.default_rng(1)
        self._project = draw.standard_normal((kinds, wanted)) / np.sqrt(wanted) if kinds > wanted else np.eye(kinds)
        self._sets = matrix @ self._project
        known = np.zeros((len(equations), self._project.shape[1]))
        for at, (terms, _) in enumerate(equations):
            for place, factor in terms.items():
                known[at] += factor * self._sets[place]
        self._factor(known)

    def _factor(self, known: Floats) -> None:
        basis, upper, order = linalg.qr(known.T, mode="economic", pivoting=True)
        sizes = np.abs(np.diag(upper))
        rank = int((sizes > RANK * max(sizes.max(initial=0), 1)).sum())
        self._basis, self._upper, self._order = basis[:, :rank], upper[:rank, :rank], order[:rank]

    def recovered(self, targets: Sequence[int]) -> list[Recovered]:
        """The targets that follow from the equations."""
        some = list(targets)
        rows = self._sets[some]
        along = rows @ self._basis
        left = np.linalg.norm(rows - along @ self._basis.T, axis=1)
        follows = left <= FOLLOWS * np.maximum(np.linalg.norm(rows, axis=1), FOLLOWS)
        factors = linalg.solve_triangular(self._upper, along.T)
        numbers = factors.T @ self.values[self._order]
        return [Recovered(some[at], float(numbers[at])) for at in np.flatnonzero(follows)]


def equation_of(matrix: Floats, equations: Sequence[Equation], members: Floats) -> list[tuple[int, float]]:
    """The equations of which the members of a set are a combination, with their factors: the one with the smallest.

    Empty where none is found, or the system is too large for a reader.
    """
    if len(equations) * matrix.shape[1] > LARGEST:
        return []
    rows: list[Any] = []
    for terms, _ in equations:
        rows.append(sum(factor * matrix[each] for each, factor in terms.items()))
    known = np.array(rows).T
    _, first = np.unique(known, axis=0, return_index=True)
    kept = np.sort(first)
    both = np.hstack([known[kept], -known[kept]])
    found = optimize.linprog(np.ones(both.shape[1]), A_eq=both, b_eq=members[kept], method="highs")
    if found.x is None:
        return []
    factors = found.x[: len(equations)] - found.x[len(equations) :]
    return [(int(at), float(factors[at])) for at in np.flatnonzero(np.abs(factors) > USED)]
