"""What a publication leaves open: a linear system of all records compatible with it.

The unknowns are the cases of every atom, the sum of their weights and of their squared weights. Known is what the
published file discloses: the cases of every number that is not withheld, the value of every count, the squares behind
its standard error, the ratio behind every rate; that withheld numbers are not zero, as zeros are published; which
tables share margins; and the smallest and largest weight, although an outsider would not know them.

Everything is measured as a deviation from the truth, which changes no width and keeps the equations free of rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from transforms.protect.attack.linear import EXACT, Bounds
from transforms.protect.attack.reduction import distinct, propagate, smallest
from transforms.protect.structure.groups import Floats, Matrix, Positions, Structure

ENOUGH = 100  # an atom is bounded by this many times all cases of the partition

Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"


@dataclass(frozen=True)
class Publication:
    """What a file discloses of each group: its cases, its value, the squares of its weights; and rates of two groups.

        `withheld` are the groups of confidential rows that no other row discloses; `totals` says of which groups the
        mean of a
    variable is disclosed.
    """

    cases: Flags
    value: Flags
    squares: Flags
    rates: tuple[tuple[int, int, float], ...] = ()
    withheld: frozenset[int] = frozenset()
    totals: Mapping[str, Flags] = field(default_factory=dict)

    @classmethod
    def without(cls, structure: Structure, withheld: Iterable[int], *, squares: bool) -> Publication:
        """Everything but some groups; `squares`: whether standard errors disclose the squares of weights."""
        disclosed = np.ones(len(structure.groups), dtype=np.bool_)
        disclosed[list(withheld)] = False
        return cls(disclosed, disclosed, disclosed & squares, withheld=frozenset(withheld))


class System:
    """The linear system of one publication, in the deviations of `open` atoms, those that do not follow directly.

    Quantities are cases, value and squares, the last two in mean weights. Where weights differ, an atom has other
    unknowns, which `of_quantities` turns into these quantities (`_of_quantities`). `sums` of unknowns are within
    `of_sums`, the unknowns themselves within `of_unknowns`. `least` is the minimum of a withheld group, as zeros are
    published.
    """

    def __init__(self, structure: Structure, publication: Publication, *, least: float = 1.0) -> None:
        atoms = structure.atoms
        self.structure, self.publication = structure, publication
        self.unit = float(atoms.weight.sum() / max(atoms.cases.sum(), 1)) or 1.0
        low, high = (weight / self.unit for weight in structure.weight_range)
        self.is_weighted = high - low > EXACT
        self.group_cases = structure.sums(atoms.cases)
        truth = self._truth()
        self.of_quantities = _of_quantities(low, high)[: len(truth), : len(truth)] if self.is_weighted else np.eye(1)
        self.open = self._open()
        unknowns = np.maximum(np.linalg.solve(self.of_quantities, truth)[:, self.open], 0)
        equal = self._equal()
        below, limits = self._below(unknowns, low, high, least)
        self.sums = sparse.csc_array(sparse.vstack([equal, below]))
        zero = np.zeros(equal.shape[0])
        least_sums = np.concatenate([zero, np.full(below.shape[0], -np.inf)])
        self.of_sums = Bounds(least_sums, np.concatenate([zero, limits]))
        most = ENOUGH * (1 + truth.sum(axis=1).max()) * (1 + high)
        self.of_unknowns = Bounds(-unknowns.ravel(), np.full(self.size, most))

    @property
    def size(self) -> int:
        """The number of unknowns."""
        return len(self.of_quantities) * len(self.open)

    def departures(self, solution: Floats) -> Floats:
        """The deviation of every atom from the truth, in a row for each quantity."""
        result = np.zeros((len(self.of_quantities), len(self.structure.atoms.cases)))
        result[:, self.open] = self.of_quantities @ solution.reshape(len(self.of_quantities), -1)
        return result

    def cost(self, of_groups: Floats) -> Floats:
        """The costs of the unknowns, from those of the cases and of the value of every group."""
        of_atoms = np.asarray(self.structure.of_groups.T @ of_groups.T)[self.open].T
        if not self.is_weighted:
            of_atoms = of_atoms.sum(axis=0, keepdims=True)
        return np.asarray(self.of_quantities[: len(of_atoms)].T @ of_atoms).ravel()

    def _truth(self) -> Floats:
        """A row per quantity: without squares where nothing discloses them, and cases alone where all weights are
        equal."""
        atoms = self.structure.atoms
        truth = np.array([atoms.cases, atoms.weight / self.unit, atoms.weight_squared / self.unit**2])
        return truth[: (3 if self.publication.squares.any() else 2) if self.is_weighted else 1]

    def _published(self) -> tuple[Flags, Flags, Flags]:
        """The groups for which each quantity is disclosed."""
        disclosed = self.publication
        if self.is_weighted:
            return disclosed.cases, disclosed.value, disclosed.squares
        return (disclosed.cases | disclosed.value | disclosed.squares,) * 3

    def _open(self) -> Positions:
        """Atoms with some quantity that is neither known to be zero nor determined by solving one equation after the
        other."""
        free, is_open = self._free_atoms(), np.zeros(len(self.structure.atoms.cases), dtype=np.bool_)
        seen: list[Matrix] = []
        for quantity, disclosed in enumerate(self._published()[: len(self.of_quantities)]):
            has_rates = quantity == min(1, len(self.of_quantities) - 1)
            rows = [self._groups(disclosed), self.structure.links, *(self._rates() if has_rates else ())]
            each = sparse.csr_array(sparse.vstack(rows)[:, free])
            if not any(each.shape == other.shape and (each != other).nnz == 0 for other in seen):
                is_open[free[propagate(each)]] = True
                seen.append(each)
        return np.flatnonzero(is_open)

    def _free_atoms(self) -> Positions:
        """Atoms that are not known to be empty."""
        structure = self.structure
        if structure.zeros_known:
            return np.flatnonzero(structure.atoms.cases > 0)
        zero = self.publication.cases & (self.group_cases == 0)
        in_zero = structure.members[np.flatnonzero(zero[structure.group_of_member])].sum(axis=0)
        return np.flatnonzero(in_zero == 0)

    def _equal(self) -> Matrix:
        """What must be zero: deviations of published groups, differences of shared margins, deviations of rates."""
        cases, value, squares = self._published()
        links, of = self.structure.links, self.of_quantities
        if not self.is_weighted:
            return self._combined([self._groups(cases), links, *self._rates()], of[0])
        own = np.eye(len(of))
        # Where both cases and value are disclosed, and squares too, each unknown is determined by itself: fewer
        # coefficients.
        parts = [self._combined([self._groups(cases & value), links], own[at]) for at in range(2)]
        parts.append(self._combined([self._groups(cases & ~value)], of[0]))
        parts.append(self._combined([self._groups(value & ~cases), *self._rates()], of[1]))
        if len(of) > 2:
            parts.append(self._combined([self._groups(value & squares), links], own[2]))
            parts.append(self._combined([self._groups(squares & ~value)], of[2]))
        return sparse.csr_array(sparse.vstack(parts))

    def _groups(self, disclosed: Flags) -> Matrix:
        return self.structure.of_groups[np.flatnonzero(disclosed)]

    def _rates(self) -> list[Matrix]:
        of_groups = self.structure.of_groups
        rates = self.publication.rates
        return [
            sparse.csr_array(of_groups[[counted]] - rate / 100 * of_groups[[base]]) for counted, base, rate in rates
        ]

    def _combined(self, rows: list[Matrix], by: Floats) -> Matrix:
        """Equations of one combination of the unknowns of each atom."""
        of_open = distinct(sparse.csr_array(sparse.vstack(rows))[:, self.open])
        return sparse.csr_array(sparse.kron(by[None, :], of_open))

    def _below(self, unknowns: Floats, low: float, high: float, least: float) -> tuple[Matrix, Floats]:
        """Squares are bounded by the value; withheld groups have at least one case."""
        rows: list[Matrix] = []
        limits: list[Floats] = []
        if len(unknowns) > 2:
            by = np.array([-high, -low, 1.0])
            rows.append(sparse.kron(by[None, :], sparse.eye_array(len(self.open))))
            limits.append(-by @ unknowns)
        withheld, groups = self._withheld_in_open()
        rows.append(sparse.kron(-self.of_quantities[:1], groups))
        limits.append(self.group_cases[withheld] - least)
        return sparse.csr_array(sparse.vstack(rows)), np.maximum(np.concatenate(limits), 0)

    def _withheld_in_open(self) -> tuple[Positions, Matrix]:
        """The smallest withheld groups with no case known to be in them, and their open atoms."""
        cases = self.structure.atoms.cases
        withheld = np.flatnonzero(~self.publication.cases & (self.group_cases > 0))
        groups = sparse.csr_array(self.structure.of_groups[withheld][:, self.open])
        unknown = groups @ cases[self.open] == self.group_cases[withheld]
        withheld, groups = withheld[unknown], groups[np.flatnonzero(unknown)]
        kept = smallest(groups)
        return withheld[kept], sparse.csr_array(groups[kept])


def _of_quantities(low: float, high: float) -> Floats:
    """Cases, value and squares from non-negative unknowns, where each case has a weight from `low` to `high`.

    The unknowns are the value above the minimum for that many cases, the value below the maximum, and the squares above
    their minimum when no weight is below `low`.
    """
    of_cases, of_value = np.array([1, 1, 0]) / (high - low), np.array([high, low, 0]) / (high - low)
    return np.array([of_cases, of_value, low * of_value + [0, 0, 1]])
