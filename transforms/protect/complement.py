"""Which further numbers to withhold so that an unsafe one can no longer be told."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from transforms.protect.attack import SOLVED, Attack, Need, Publication, attack_failed
from transforms.protect.groups import Floats, Matrix, Structure

MOVED = 1e-6


class Complement:
    """Finds other tables that look the same to whoever does not see the withheld numbers, and change few others.

    Only cases are moved; whether the values are then uncertain enough, the next attack tells.
    """

    def __init__(self, structure: Structure) -> None:
        zero = structure.sums(structure.atoms.cases) == 0
        counts = structure.unweighted()
        self.system = Attack(counts, Publication(zero, zero, zero))
        self.structure = counts
        self.cases = self.system.group_cases
        weight = structure.sums(structure.atoms.weight)
        unit = float(structure.atoms.weight.sum() / max(structure.atoms.cases.sum(), 1)) or 1.0
        self.own_weight = np.divide(weight / unit, self.cases, out=np.ones_like(weight), where=weight > 0)
        self.of_groups: Matrix = sparse.csr_array(structure.of_groups[:, self.system.open[0]])

    def cases_for(self, need: Need) -> float:
        """The cases by which a group must be able to depart for its value to be as uncertain as needed, too."""
        return max(need.cases, need.value / float(self.own_weight[need.group]))

    def of(self, cases: Mapping[int, float], withheld: set[int]) -> tuple[set[int], Floats]:
        """The groups to withhold beside those withheld already, and a departure from the truth that they then allow.

        Of all departures that raise each of some groups by its `cases`, the one that moves the fewest and smallest
        published groups (a linear programme after Kelly, Golden and Assad, Networks 22, 1992).
        """
        published = np.array([g for g in np.flatnonzero(self.cases > 0) if g not in withheld], dtype=np.int64)
        system, count = self.system, len(published)
        groups = self.of_groups[published]
        slack = sparse.eye_array(count, format="csr")
        target = sparse.hstack([-self.of_groups[list(cases)], sparse.csr_array((len(cases), count))])
        fixed = sparse.hstack([system.below, sparse.csr_array((system.below.shape[0], count))])
        rows = [fixed, sparse.hstack([groups, -slack]), sparse.hstack([-groups, -slack]), target]
        solved = linprog(
            np.concatenate([np.zeros(system.size), 1 + np.log2(1 + self.cases[published])]),
            A_ub=sparse.csr_array(sparse.vstack(rows)),
            b_ub=np.concatenate([system.limits, np.zeros(2 * count), -np.array(list(cases.values()))]),
            A_eq=sparse.csr_array(sparse.hstack([system.equal, sparse.csr_array((system.equal.shape[0], count))])),
            b_eq=np.zeros(system.equal.shape[0]),
            bounds=np.vstack([system.bounds, np.column_stack([np.zeros(count), np.full(count, np.inf)])]),
            method="highs-ds",
        )  # fmt: skip
        if solved.status != SOLVED:
            raise attack_failed(int(solved.status))
        departure = np.zeros(len(self.structure.atoms.cases))
        departure[system.open[0]] = solved.x[: system.size]
        moved = published[solved.x[system.size :] > MOVED]
        return {int(group) for group in moved}, departure
