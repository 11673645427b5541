"""Which further numbers to withhold so that an unsafe one can no longer be told."""

from __future__ import annotations

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from transforms.protect.attack import SOLVED, Attack, Need, Publication, attack_failed
from transforms.protect.groups import Floats, Matrix, Structure

MOVED = 1e-6


class Complement:
    """Finds other tables that look the same to whoever does not see the withheld numbers, and change few others."""

    def __init__(self, structure: Structure) -> None:
        zero = structure.sums(structure.atoms.cases) == 0
        self.system = Attack(structure, Publication(zero, zero, zero))
        self.cases = structure.sums(structure.atoms.cases)
        self.of_groups, self.quantities = self.system.of_groups, len(self.system.truth)

    def of(self, need: Need, withheld: set[int]) -> tuple[set[int], Floats]:
        """The groups to withhold beside those withheld already, and a departure from the truth that they then allow.

        Of all departures that raise the group as far as needed, the one that moves the fewest and smallest published
        groups (a linear programme after Kelly, Golden and Assad, Networks 22, 1992).
        """
        published = np.array([g for g in np.flatnonzero(self.cases > 0) if g not in withheld], dtype=np.int64)
        system, count = self.system, len(published)
        groups = system.of_groups[published]
        rows: list[Matrix] = [sparse.hstack([system.below, sparse.csr_array((system.below.shape[0], count))])]
        limits: list[Floats] = [system.limits]
        for quantity in range(len(system.truth)):
            for sign in (1.0, -1.0):
                rows.append(sparse.hstack([self._at(quantity, sign * groups), -sparse.eye_array(count, format="csr")]))
                limits.append(np.zeros(count))
        target = system.of_groups[[need.group]]
        for quantity, least in enumerate((need.cases, need.value)):
            block = self._at(min(quantity, len(system.truth) - 1), -target)
            rows.append(sparse.hstack([block, sparse.csr_array((1, count))]))
            limits.append(np.array([-least]))
        cost = np.concatenate([np.zeros(system.size), 1 + np.log2(1 + self.cases[published])])
        solved = linprog(
            cost, A_ub=sparse.csr_array(sparse.vstack(rows)), b_ub=np.concatenate(limits),
            A_eq=sparse.csr_array(sparse.hstack([system.equal, sparse.csr_array((system.equal.shape[0], count))])),
            b_eq=np.zeros(system.equal.shape[0]),
            bounds=np.vstack([system.bounds, np.column_stack([np.zeros(count), np.full(count, np.inf)])]),
            method="highs",
        )  # fmt: skip
        if solved.status != SOLVED:
            raise attack_failed(int(solved.status))
        moved = published[solved.x[system.size :] > MOVED]
        return {int(group) for group in moved}, solved.x[: system.size]

    def _at(self, quantity: int, block: Matrix) -> Matrix:
        """A block of rows placed at the unknowns of one quantity."""
        count = len(self.system.free)
        rows = block.shape[0]
        before, after = quantity * count, (len(self.system.truth) - quantity - 1) * count
        return sparse.hstack([sparse.csr_array((rows, before)), block, sparse.csr_array((rows, after))])
