"""What a publication leaves open: a linear system of other records that are compatible with it.

The unknowns are how far the cases of each atom are from the truth. Each case more or less has the same weight, so that
one unknown moves the cases, the value and the squares of an atom together. Of the other records that an attacker must
reckon with, these are some. An interval that they show is there; one that they do not show is taken as disclosed.

Known is what the published file discloses: every set of which a number is not withheld, whether by its cases, its
value, its standard error or as the denominator of a rate; the ratio of two sets whose rate is published; that
withheld numbers are not zero, as zeros are published; which tables share sums; which combinations nobody has; and the
smallest and largest weight, although an outsider would not know them.

Everything is measured as a deviation from the truth, which changes no width and keeps the equations free of rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
from scipy import sparse

from transforms.protect.attack.linear import EXACT, Bounds
from transforms.protect.attack.reduction import independent, propagate, remainders, smallest
from transforms.protect.structure.groups import Flags, Floats, Matrix, Positions, Structure

LIGHT = 0.2  # the share of cases with a smaller weight than the one that alternatives exchange


@dataclass(frozen=True)
class Publication:
    """Which sets a file discloses, by any number, and the rates of two sets that it gives besides.

    `withheld` are the sets of confidential rows that no other row discloses; `totals` says of which sets the mean of a
    variable is disclosed.
    """

    disclosed: Flags
    rates: tuple[tuple[int, int, float], ...] = ()
    withheld: frozenset[int] = frozenset()
    totals: Mapping[str, Flags] = field(default_factory=dict)

    @classmethod
    def without(cls, structure: Structure, withheld: Iterable[int]) -> Publication:
        """Everything but some sets, and those that no number counts."""
        hidden = frozenset(withheld)
        disclosed = np.ones(structure.size, dtype=np.bool_)
        disclosed[[*hidden, *structure.unpublished]] = False
        return cls(disclosed, withheld=hidden)

    def with_known(self, sets: frozenset[int]) -> Publication:
        """The same to whom some sets are known from elsewhere."""
        disclosed = self.disclosed.copy()
        disclosed[list(sets)] = True
        return replace(self, disclosed=disclosed, withheld=self.withheld - sets)

    def of_sets(self, size: int) -> Publication:
        """The same of a structure that has further sets, which no number counts."""
        more = (0, size - len(self.disclosed))
        totals = {variable: np.pad(flags, more) for variable, flags in self.totals.items()}
        return replace(self, disclosed=np.pad(self.disclosed, more), totals=totals)


class System:
    """The linear system of one publication, in the deviations of `open` atoms, those that do not follow directly.

    `sums` of unknowns are within `of_sums`, the unknowns themselves within `of_unknowns`. `least` is the minimum of a
    withheld set, as zeros are published.
    """

    def __init__(self, structure: Structure, publication: Publication, *, least: float = 1.0) -> None:
        self.structure, self.publication = structure, publication
        self.cases = structure.sums(structure.atoms.cases)
        equal = self._equal()
        self.open = propagate(equal)
        equal = independent(sparse.csr_array(equal[:, self.open]))
        low = lowest(structure)[self.open]
        withheld, sets = self._withheld_in_open(low)
        self.sums = sparse.csc_array(sparse.vstack([equal, sets]))
        zero = np.zeros(equal.shape[0])
        floor = np.minimum(least - self.cases[withheld], 0)
        self.of_sums = Bounds(np.concatenate([zero, floor]), np.concatenate([zero, np.full(len(floor), np.inf)]))
        self.of_unknowns = Bounds(low, np.full(len(low), 1 + structure.atoms.cases.sum()))

    @property
    def size(self) -> int:
        """The number of unknowns."""
        return len(self.open)

    def departures(self, solution: Floats) -> Floats:
        """The deviation of every atom from the truth."""
        result = np.zeros(len(self.structure.atoms.cases))
        result[self.open] = solution
        return result

    def cost(self, of_sets: Floats) -> Floats:
        """The costs of the unknowns, from those of every set."""
        return np.asarray(self.structure.sets.T @ of_sets, dtype=np.float64)[self.open]

    def holds(self, departures: Floats) -> bool:
        """Whether everything published stays as it is, within what a calculation may be off."""
        moved = self.structure.sums(departures)[self.publication.disclosed]
        apart = np.asarray(self.structure.links @ departures)
        scale = 1 + float(np.abs(departures).sum())
        return bool(np.all(np.abs(moved) <= EXACT * scale) and np.all(np.abs(apart) <= EXACT * scale))

    def _equal(self) -> Matrix:
        """What must be zero: deviations of published sets, differences of shared sums, deviations of rates."""
        sets = self.structure.sets
        rates = [sets[[counted]] - rate / 100 * sets[[base]] for counted, base, rate in self.publication.rates]
        parts = [remainders(self.structure, self.publication.disclosed), self.structure.links, *rates]
        return sparse.csr_array(sparse.vstack(parts))

    def _withheld_in_open(self, low: Floats) -> tuple[Positions, Matrix]:
        """The smallest withheld sets that could become empty, and their open atoms."""
        withheld = np.flatnonzero(~self.publication.disclosed & (self.cases > 0))
        sets = sparse.csr_array(self.structure.sets[withheld][:, self.open])
        emptied = -(sets @ low) > self.cases[withheld] - 1
        withheld, sets = withheld[emptied], sets[np.flatnonzero(emptied)]
        kept = smallest(sets)
        return withheld[kept], sparse.csr_array(sets[kept])


def exchanged_weight(structure: Structure) -> float:
    """The weight of the cases that alternatives have more or fewer: a light one, as most atoms can spare such cases."""
    atoms = structure.atoms
    somebody = np.flatnonzero(atoms.cases > 0)
    mean = atoms.weight[somebody] / atoms.cases[somebody]
    order = np.argsort(mean, kind="stable")
    reached = np.cumsum(atoms.cases[somebody][order])
    at = np.searchsorted(reached, LIGHT * reached[-1]) if len(order) else 0
    return float(mean[order][at]) if len(order) else 1.0


def lowest(structure: Structure) -> Floats:
    """How far the cases of each atom can fall, each with the exchanged weight, until no persons of weights from the
    smallest to the largest could have what is left: cases, value, and squares."""
    atoms, unit = structure.atoms, exchanged_weight(structure)
    low, high = structure.weight_range
    if high - low <= EXACT * unit:
        return -atoms.cases
    of_case = _margins(np.ones(1), np.array([unit]), np.array([unit**2]), low, high)
    of_atoms = _margins(atoms.cases, atoms.weight, atoms.weight_squared, low, high)
    ratios = [of_atom / each[0] for of_atom, each in zip(of_atoms, of_case, strict=True) if each[0] > 0]
    return np.asarray(-np.maximum(np.minimum.reduce([atoms.cases, *ratios]), 0), dtype=np.float64)


def _margins(cases: Floats, value: Floats, squares: Floats, low: float, high: float) -> tuple[Floats, ...]:
    """What must not be negative where every weight is from `low` to `high`: value above its minimum and below its
    maximum, and the same for squares."""
    return (
        value - low * cases,
        high * cases - value,
        squares - low * value,
        (low + high) * value - low * high * cases - squares,
    )
