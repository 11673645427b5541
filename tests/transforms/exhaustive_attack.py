"""The attack written as plainly as possible: the minimum and maximum of every withheld number, each by a programme of
its own over all unknowns and everything that is published, without the short cuts of the tested attack."""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from transforms.protect.attack.attack import Need
from transforms.protect.attack.system import Publication
from transforms.protect.structure.groups import Floats, Matrix, Structure

UNBOUNDED = 3


class Exhaustive:
    """Unknown are cases, value and squares of every atom, the last two in mean weights."""

    def __init__(self, structure: Structure, publication: Publication) -> None:
        atoms = structure.atoms
        self.structure, self.count = structure, len(atoms.cases)
        unit = float(atoms.weight.sum() / atoms.cases.sum())
        self.truth = np.concatenate([atoms.cases, atoms.weight / unit, atoms.weight_squared / unit**2])
        low, high = (weight / unit for weight in structure.weight_range)
        disclosed = structure.sets[np.flatnonzero(publication.disclosed)]
        equal = [self.place(disclosed, at) for at in range(3)]
        equal += [self.place(structure.links, at) for at in range(3)]
        for counted, base, rate in publication.rates:
            of = structure.sets
            equal.append(self.place(of[[counted]] - rate / 100 * of[[base]], 1))
        self.equal = sparse.csr_array(sparse.vstack(equal))
        one = sparse.eye_array(self.count, format="csr")
        below = [self.place(low * one, at) - self.place(one, at + 1) for at in range(2)]
        below += [self.place(one, at + 1) - self.place(high * one, at) for at in range(2)]
        withheld = np.flatnonzero(~publication.disclosed & (structure.sums(atoms.cases) > 0))
        below.append(-self.place(structure.sets[withheld], 0))
        self.below = sparse.csr_array(sparse.vstack(below))
        self.limits = np.concatenate([np.zeros(4 * self.count), -np.ones(len(withheld))])

    def place(self, rows: Matrix, quantity: int) -> Matrix:
        """Rows over the atoms as rows over all unknowns."""
        parts = [sparse.csr_array(rows.shape) for _ in range(3)]
        parts[quantity] = rows
        return sparse.csr_array(sparse.hstack(parts))

    def width(self, quantity: int, group: int) -> float:
        """The distance between the minimum and the maximum of a set."""
        goal: Floats = self.place(self.structure.sets[[group]], quantity).toarray()[0]
        ends: list[float] = []
        for sign in (1, -1):
            solved = linprog(
                sign * goal, A_ub=self.below, b_ub=self.limits, A_eq=self.equal, b_eq=self.equal @ self.truth
            )
            if solved.status == UNBOUNDED:
                return math.inf
            assert solved.status == 0, solved.message
            ends.append(sign * solved.fun)
        return ends[1] - ends[0]

    def too_close(self, needs: Iterable[Need]) -> dict[int, float]:
        """The sets whose interval of cases or of value is narrower than needed -> its width."""
        found = {}
        for need in needs:
            width = min(self.width(quantity, need.group) for quantity in range(2))
            if width < need.width - 1e-5:
                found[need.group] = width
        return found
