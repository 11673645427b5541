"""Which persons each published number counts: groups as they are defined, and sets of persons as they are.

atom    records that every published number counts alike, and so do agreements between tables
group   the persons behind a number, as its indicator and codes define them
set     a union of atoms. Groups of the same persons are one set, however they are defined: the foreign-born of one
        indicator and class "foreign" of another. What discloses one discloses the other
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np

from transforms.relation import Relation

Leaves = frozenset[str]
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
Positions: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Packed: TypeAlias = "np.ndarray[Any, np.dtype[np.uint8]]"
Matrix: TypeAlias = Any  # scipy's sparse arrays have no type annotations


@dataclass(frozen=True)
class Group:
    """The persons of a population in certain leaves of some dimensions. Dimensions of which the group includes every
    leaf are left out."""

    population: str
    leaves: tuple[tuple[str, Leaves], ...]


@dataclass(frozen=True)
class Number:
    """One published row: what it is, whom it counts and, for a rate, the group in its denominator."""

    row: int
    indicator: str
    key: tuple[str, str, str]
    counted: Group
    base: Group | None
    measure: str
    unit: float
    variable: str | None = None


@dataclass(frozen=True)
class Atoms:
    """The quantities of each atom: its cases, the sums of their weights and squared weights, its largest weights.

    `totals` are the sums of weight times a variable, and `largest_of` its largest contributions to them.
    """

    cases: Floats
    weight: Floats
    weight_squared: Floats
    largest: list[tuple[float, ...]]
    totals: Mapping[str, Floats] = field(default_factory=dict)
    largest_of: Mapping[str, list[tuple[float, ...]]] = field(default_factory=dict)

    @classmethod
    def empty(cls, size: int, variables: Iterable[str] = ()) -> Atoms:
        """Atoms without persons."""
        totals = {name: np.zeros(size) for name in variables}
        largest_of: dict[str, list[tuple[float, ...]]] = {name: [()] * size for name in totals}
        return cls(np.zeros(size), np.zeros(size), np.zeros(size), [()] * size, totals, largest_of)

    def merged(self, into: Positions, size: int) -> Atoms:
        """`size` atoms, each made of those that `into` sends to it."""
        order = np.argsort(into, kind="stable")
        together = np.split(order, np.searchsorted(into[order], np.arange(1, size)))

        def added(quantity: Floats) -> Floats:
            return np.asarray(np.bincount(into, quantity, minlength=size), dtype=np.float64)

        def greatest(of: list[tuple[float, ...]]) -> list[tuple[float, ...]]:
            kept = max((len(each) for each in of), default=0)
            return [tuple(heapq.nlargest(kept, (one for at in some for one in of[at]))) for some in together]

        return Atoms(
            added(self.cases),
            added(self.weight),
            added(self.weight_squared),
            greatest(self.largest),
            {name: added(total) for name, total in self.totals.items()},
            {name: greatest(of) for name, of in self.largest_of.items()},
        )


@dataclass(frozen=True)
class Structure:
    """The related numbers of a partition: atoms with their quantities, sets of them, and the numbers of these sets.

    index        the set of every group
    sets         sets by atoms, ones and zeros
    links        sums that are the same in two tables of a register: the difference of each row must be zero
    unpublished  sets that no number counts, but which follow from numbers that do: differences of nested sets
    zeros_known  empty combinations have no row
    """

    numbers: tuple[Number, ...]
    atoms: Atoms
    index: Mapping[Group, int]
    sets: Matrix
    links: Matrix
    weight_range: tuple[float, float]
    unpublished: frozenset[int] = frozenset()
    zeros_known: bool = False

    @property
    def size(self) -> int:
        """How many sets there are."""
        return int(self.sets.shape[0])

    @cached_property
    def packed(self) -> Packed:
        """The atoms of each set in bits."""
        return np.packbits(self.sets.toarray() > 0, axis=1)

    @cached_property
    def sizes(self) -> Positions:
        """How many atoms each set has."""
        return np.asarray(np.diff(self.sets.indptr), dtype=np.int64)

    @cached_property
    def ends(self) -> tuple[Positions, Positions]:
        """The first and the last atom of each set; any atoms of empty ones."""
        if not len(self.sets.indices):
            return np.zeros(self.size, dtype=np.int64), np.zeros(self.size, dtype=np.int64)
        last = len(self.sets.indices) - 1
        first, final = np.minimum(self.sets.indptr[:-1], last), np.maximum(self.sets.indptr[1:] - 1, 0)
        return self.sets.indices[first], self.sets.indices[final]

    def subsets(self, position: int, among: Flags | None = None) -> Positions:
        """The sets with fewer atoms that lie within a set, the largest first; empty ones are left out.

        `among`: which sets are looked at.
        """
        fewer = (self.sizes > 0) & (self.sizes < self.sizes[position])
        inside = np.flatnonzero(fewer if among is None else fewer & among)
        of_set = np.zeros(len(self.atoms.cases), dtype=np.bool_)
        of_set[self.sets.indices[self.sets.indptr[position] : self.sets.indptr[position + 1]]] = True
        for end in self.ends:  # leaves few to be compared atom by atom
            inside = inside[of_set[end[inside]]]
        inside = inside[~np.any(self.packed[inside] & ~self.packed[position], axis=1)]
        return np.asarray(inside[np.argsort(-self.sizes[inside], kind="stable")], dtype=np.int64)

    def in_totals_of(self, variable: str) -> Structure:
        """The same persons, weighted by what each adds to the total of a variable, relative to the mean of a case."""
        total = np.abs(self.atoms.totals[variable])
        unit = float(total.sum() / max(self.atoms.cases[total > 0].sum(), 1)) or 1.0
        scaled = total / unit
        return replace(self, atoms=Atoms(scaled, scaled, scaled, self.atoms.largest), weight_range=(1.0, 1.0))

    def sums(self, quantity: Floats) -> Floats:
        """A quantity of the atoms added up for each set."""
        return np.asarray(self.sets @ quantity, dtype=np.float64)


@dataclass(frozen=True)
class StructuredRecords:
    """The records behind a partition's numbers, and how the numbers made from them are related.

    records   those that some number counts, with columns that distinguish populations and leaves
    columns   these columns: records that agree in all of them are in the same atom
    atom_of   the atom of every combination of these columns, in their order
    """

    structure: Structure
    records: Relation
    columns: tuple[str, ...]
    atom_of: Positions
