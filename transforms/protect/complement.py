"""Which further numbers to withhold so that an unsafe one can no longer be worked out."""

from __future__ import annotations

import numpy as np
from scipy import sparse

from transforms.protect.attack.attack import Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import Bounds, Programme
from transforms.protect.attack.system import Publication, System
from transforms.protect.structure.groups import Floats, Structure

MOVED = 1e-6


class Complement:
    """Finds other tables that agree with the published numbers, changing as few further numbers as possible.

    Only cases are changed; the next attack shows whether the values are then uncertain enough. The unknowns are the
    deviations of the atoms, and how far each group is moved up and down; moving a published group has a cost.
    """

    def __init__(self, structure: Structure, *, deadline: Deadline = NEVER) -> None:
        zero = structure.sums(structure.atoms.cases) == 0
        counts = structure.unweighted()
        self.system = System(counts, Publication(zero, zero, zero))
        self.structure = counts
        self.cases = self.system.group_cases
        weight = structure.sums(structure.atoms.weight)
        unit = float(structure.atoms.weight.sum() / max(structure.atoms.cases.sum(), 1)) or 1.0
        self.own_weight = np.divide(weight / unit, self.cases, out=np.ones_like(weight), where=weight > 0)
        self.groups = np.flatnonzero(self.cases > 0)
        self.at = {int(group): position for position, group in enumerate(self.groups)}
        self.price = 1 + np.log2(1 + self.cases[self.groups])
        self.programme = self._programme(deadline)
        self.programme.cheapest(self._cost(set()))
        self.programme.keep()  # nothing is moved, which is the cheapest at any cost

    def cases_for(self, need: Need) -> float:
        """The cases by which a group must be able to deviate so that its value is as uncertain as needed, too."""
        return max(need.cases, need.value / float(self.own_weight[need.group]))

    def of(self, group: int, cases: float, withheld: set[int]) -> tuple[set[int], Floats]:
        """The groups to withhold besides those already withheld, and a deviation from the truth that this allows.

        Of all deviations that raise a group by that many `cases`, the one that moves the fewest and smallest published
        groups (a linear programme after Kelly, Golden and Assad, Networks 22, 1992).
        """
        size, count, at = self.system.size, len(self.groups), self.at[group]
        bounds = self._of_unknowns()
        bounds.low[size + at], bounds.high[size + count + at] = cases, 0
        self.programme.begin_from_kept(bounds)
        solution = self.programme.cheapest(self._cost(withheld))
        moved = solution[size : size + count] + solution[size + count :]
        found = {int(each) for each in self.groups[moved > MOVED]} - withheld - {group}
        return found, self.system.departures(solution[:size])[0]

    def _programme(self, deadline: Deadline) -> Programme:
        system, count = self.system, len(self.groups)
        of_groups = sparse.csr_array(self.structure.of_groups[self.groups][:, system.open])
        one = sparse.eye_array(count, format="csr")
        sums = sparse.block_array([[system.sums, None, None], [of_groups, -one, one]])
        zero = np.zeros(count)
        of_sums = Bounds(np.concatenate([system.of_sums.low, zero]), np.concatenate([system.of_sums.high, zero]))
        return Programme(sums, of_sums, self._of_unknowns(), deadline=deadline, simplex="dual")

    def _of_unknowns(self) -> Bounds:
        bounds, count = self.system.of_unknowns, 2 * len(self.groups)
        return Bounds(
            np.concatenate([bounds.low, np.zeros(count)]), np.concatenate([bounds.high, np.full(count, np.inf)])
        )

    def _cost(self, withheld: set[int]) -> Floats:
        price = self.price.copy()
        price[[self.at[group] for group in withheld]] = 0
        return np.concatenate([np.zeros(self.system.size), price, price])
