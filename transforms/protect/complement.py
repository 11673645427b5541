"""Which further numbers to withhold so that an unsafe one can no longer be worked out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import sparse

from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import Bounds, Programme
from transforms.protect.attack.system import lowest
from transforms.protect.structure.groups import Flags, Floats, Matrix, Positions, Structure

MOVED = 1e-6
NEAR = 1000  # atoms that a set's own cases are exchanged with: those in most of the same sets
OWN = 12  # atoms of a set that are looked at


class Complement:
    """Finds other records that agree with the published numbers, changing as few further numbers as possible.

    The unknowns are the deviations of some atoms, and how far each set is moved up and down; moving a published set has
    a cost.
    """

    def __init__(self, structure: Structure, *, deadline: Deadline = NEVER) -> None:
        self.structure, self.deadline = structure, deadline
        self.cases = structure.sums(structure.atoms.cases)
        self.low = lowest(structure)
        self.by_atom = sparse.csc_array(structure.sets)
        self.price = self._rows() * (1 + np.log2(1 + self.cases))

    def of(self, group: int, width: float, withheld: set[int]) -> tuple[set[int], Floats]:
        """The sets to withhold besides those already withheld, and a deviation from the truth that this allows.

        Of all deviations that move a set by `width`, up or down, among the atoms near it, one that moves few and small
        published sets (linear programmes after Kelly, Golden and Assad, Networks 22, 1992).
        """
        price = self.price.copy()
        price[[*withheld, *self.structure.unpublished]] = 0
        atoms = self._near(group, price)
        local = _Local.of(sparse.csr_array(self.by_atom[:, atoms]), group, price, self.cases)
        low, links = self.low[atoms], self.structure.links[:, atoms]
        found: list[tuple[float, Floats]] = []
        for sign in (1, -1):
            if sign == 1 or self._can_fall(group, width, atoms):
                solution = local.cheapest(low, links, sign * width, self.deadline)
                if solution is None:
                    continue
                departure = np.zeros(len(self.low))
                departure[atoms] = solution
                found.append((float(price[self._moved(departure)].sum()), departure))
        departure = min(found, key=lambda each: each[0])[1]
        return {int(each) for each in np.flatnonzero(self._moved(departure) & (price > 0))}, departure

    def _rows(self) -> Floats:
        """How many numbers are lost with each set, and one."""
        rows = np.ones(self.structure.size)
        for number in self.structure.numbers:
            rows[[self.structure.index[each] for each in (number.counted, number.base) if each]] += 1
        return rows

    def _moved(self, departure: Floats) -> Flags:
        return np.asarray(np.abs(self.structure.sums(departure)) > MOVED, dtype=np.bool_)

    def _can_fall(self, group: int, width: float, atoms: Positions) -> bool:
        """Whether a set can lose so many cases and have one left."""
        own = np.zeros(len(self.low))
        own[atoms] = self.low[atoms]
        return bool(width <= min(self.cases[group] - 1, -float(self.structure.sums(own)[group])))

    def _near(self, group: int, price: Floats) -> Positions:
        """Atoms of a set and those most like them, by the price of the sets that tell them apart."""
        own = self.structure.sets[[group]].indices
        own = own[np.argsort(self.low[own], kind="stable")][:OWN]
        of_atoms = self.by_atom.T @ price
        shared = (self.by_atom[:, own].T @ sparse.diags_array(price) @ self.by_atom).toarray()
        apart = (of_atoms[own][:, None] + of_atoms[None, :] - 2 * shared).min(axis=0)
        apart[self.low == 0] += 1e-3 * (1 + apart[self.low == 0])  # what cannot fall helps less
        return np.sort(np.argsort(apart, kind="stable")[:NEAR])


@dataclass(frozen=True)
class _Local:
    """A programme over some atoms. Sets that have the same ones of them are moved together: their prices add up."""

    patterns: Matrix
    prices: Floats
    floors: Floats
    aim: int

    @classmethod
    def of(cls, sets: Matrix, group: int, price: Floats, cases: Floats) -> _Local:
        """From all sets, restricted to these atoms."""
        bits = np.packbits(sets.toarray() > 0, axis=1)
        _, first, pattern = np.unique(bits, axis=0, return_index=True, return_inverse=True)
        pattern = pattern.ravel()
        floors = np.full(len(first), np.inf)
        counted = cases > 0
        np.minimum.at(floors, pattern[counted], cases[counted] - 1)
        return cls(sets[first], np.asarray(np.bincount(pattern, price), dtype=np.float64), floors, int(pattern[group]))

    def cheapest(self, low: Floats, links: Matrix, width: float, deadline: Deadline) -> Floats | None:
        """The deviations of the atoms that move the aim by a width, which is negative downwards; None if none do."""
        size, count = self.patterns.shape[1], len(self.prices)
        one = sparse.eye_array(count, format="csr")
        sums = sparse.block_array([[self.patterns, -one, one], [links, None, None]])
        zero = np.zeros(sums.shape[0])
        high = np.full(size + 2 * count, np.inf)
        below = np.concatenate([low, np.zeros(2 * count)])
        high[size + count :] = self.floors
        up, down = size + self.aim, size + count + self.aim
        below[up], high[up] = max(width, 0), max(width, 0)
        below[down], high[down] = max(-width, 0), max(-width, 0)
        programme = Programme(sums, Bounds(zero, zero), Bounds(below, high), deadline=deadline, simplex="dual")
        solution = programme.cheapest_if_any(np.concatenate([np.zeros(size), self.prices, self.prices]))
        return None if solution is None else solution[:size]
