"""Which persons each published number counts, and how the numbers of a partition are related.

atom    persons of one combination of leaves (transforms/estimate/rollup.py) within and outside the same populations
group   the persons behind a number: a union of atoms. Two numbers of the same group disclose the same count, whatever
        their table and classification version
table   the atoms of one set of dimensions. Tables share margins: their common totals are the same
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, TypeAlias

import numpy as np
from scipy import sparse

from transforms.relation import Relation

Leaves = frozenset[str]
Signature = tuple[bool, ...]
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Positions: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Matrix: TypeAlias = Any  # scipy's sparse arrays have no type annotations


@dataclass(frozen=True)
class Group:
    """The persons behind a number: those of a population (its signatures) in certain leaves of some dimensions.

    Dimensions of which the group includes every leaf are left out, so that equal groups are equal objects.
    """

    population: frozenset[int]
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
class Table:
    """The atoms of one set of dimensions: all combinations of leaves that occur, with or without persons."""

    dimensions: tuple[str, ...]
    populations: tuple[str, ...]
    leaves: Mapping[str, tuple[str, ...]]
    signatures: tuple[Signature, ...]
    offset: int

    @property
    def shape(self) -> tuple[int, ...]:
        """Signatures, then the leaves of each dimension."""
        return (len(self.signatures), *(len(self.leaves[name]) for name in self.dimensions))

    @property
    def size(self) -> int:
        """How many atoms the table has."""
        return int(np.prod(self.shape))

    def atoms(self, members: Iterable[int], leaves: Mapping[str, Leaves]) -> Positions:
        """Positions, in the whole system, of the atoms with those signatures and in those leaves."""
        axes = [sorted(members)]
        for name in self.dimensions:
            taken = leaves.get(name)
            axes.append([i for i, leaf in enumerate(self.leaves[name]) if taken is None or leaf in taken])
        grid = np.meshgrid(*(np.array(axis, dtype=np.int64) for axis in axes), indexing="ij")
        return self.offset + np.ravel_multi_index([axis.ravel() for axis in grid], self.shape)


@dataclass(frozen=True)
class Universe:
    """The populations of a partition, and in which of them the same persons are: the signatures that occur."""

    populations: tuple[str, ...]
    signatures: tuple[Signature, ...]

    def members(self, population: str) -> frozenset[int]:
        """The signatures that lie in a population."""
        at = self.populations.index(population)
        return frozenset(i for i, signature in enumerate(self.signatures) if signature[at])

    def on(self, populations: Iterable[str]) -> list[Signature]:
        """Each signature, restricted to some populations."""
        at = [self.populations.index(name) for name in populations]
        return [tuple(signature[i] for i in at) for signature in self.signatures]

    def projected(self, populations: Iterable[str]) -> tuple[Signature, ...]:
        """The different signatures that some populations distinguish, without that of persons in none."""
        return tuple(sorted({signature for signature in self.on(populations) if any(signature)}))


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


@dataclass(frozen=True)
class Structure:
    """The related numbers of a partition: tables of atoms with their quantities, groups, and published numbers.

    members   groups by atoms, a row for each table that identifies a group; `group_of_member` gives the group
    links     margins that tables share: each row is the difference of two margins, which must be zero
    zeros_known   empty combinations have no row, so they are known to be empty
    """

    tables: tuple[Table, ...]
    groups: tuple[Group, ...]
    numbers: tuple[Number, ...]
    universe: Universe
    atoms: Atoms
    members: Matrix
    group_of_member: Positions
    links: Matrix
    weight_range: tuple[float, float]
    zeros_known: bool = False

    @cached_property
    def first_member(self) -> Positions:
        """For each group the row of `members` that represents it; its other rows are in tables that share it."""
        return np.unique(self.group_of_member, return_index=True)[1].astype(np.int64)

    @cached_property
    def of_groups(self) -> Matrix:
        """Groups by atoms: the atoms of each group, in one of its tables."""
        return sparse.csr_array(self.members[self.first_member])

    @cached_property
    def index(self) -> dict[Group, int]:
        """The position of every group."""
        return {group: position for position, group in enumerate(self.groups)}

    def in_totals_of(self, variable: str) -> Structure:
        """The same persons, weighted by what each adds to the total of a variable, relative to the mean of a case."""
        total = np.abs(self.atoms.totals[variable])
        unit = float(total.sum() / max(self.atoms.cases[total > 0].sum(), 1)) or 1.0
        scaled = total / unit
        return replace(self, atoms=Atoms(scaled, scaled, scaled, self.atoms.largest), weight_range=(1.0, 1.0))

    def unweighted(self) -> Structure:
        """The same persons, each with weight one."""
        atoms = Atoms(self.atoms.cases, self.atoms.cases, self.atoms.cases, self.atoms.largest)
        return replace(self, atoms=atoms, weight_range=(1.0, 1.0))

    def sums(self, quantity: Floats) -> Floats:
        """A quantity of the atoms added up for each group."""
        return np.asarray(self.of_groups @ quantity, dtype=np.float64)


@dataclass(frozen=True)
class StructuredRecords:
    """The records behind a partition's numbers, and how the numbers made from them are related.

    records  those that some number counts, with columns that distinguish populations and leaves
    """

    structure: Structure
    records: Relation


def assemble(
    tables: tuple[Table, ...],
    numbers: tuple[Number, ...],
    atoms: Atoms,
    universe: Universe,
    weight_range: tuple[float, float],
) -> Structure:
    """The structure of some numbers, from their tables."""
    groups = tuple(dict.fromkeys(group for number in numbers for group in (number.counted, number.base) if group))
    members, of_member = _members(tables, groups, universe)
    return Structure(tables, groups, numbers, universe, atoms, members, of_member, _links(tables), weight_range)


def _members(tables: Iterable[Table], groups: tuple[Group, ...], universe: Universe) -> tuple[Matrix, Positions]:
    """One row for each group in each table that identifies it; and the group of each row."""
    rows: list[Positions] = []
    of_row: list[int] = []
    size = 0
    populations = {group.population for group in groups}
    for table in tables:
        size = table.offset + table.size
        projected = universe.on(table.populations)
        places = {population: _signatures_in(table, population, projected) for population in populations}
        for position, group in enumerate(groups):
            signatures = places[group.population]
            if signatures is not None and {name for name, _ in group.leaves} <= set(table.dimensions):
                rows.append(table.atoms(signatures, dict(group.leaves)))
                of_row.append(position)
    return _matrix(rows, size), np.array(of_row, dtype=np.int64)


def _signatures_in(table: Table, population: frozenset[int], projected: Sequence[Signature]) -> list[int] | None:
    """The signatures of a table that make up a population; None where the table cannot distinguish it from others.

    `projected` is each signature of the partition restricted to the table's populations.
    """
    members = {projected[i] for i in population}
    is_distinct = frozenset(i for i, each in enumerate(projected) if each in members) == population
    held = all(any(each) for each in members)  # a table has no atoms of persons in none of its populations
    return [table.signatures.index(each) for each in members] if is_distinct and held else None


def _links(tables: tuple[Table, ...]) -> Matrix:
    """What tables have in common: each row is the difference between the same margin of two tables, which is zero."""
    plus: list[Positions] = []
    minus: list[Positions] = []
    for one, other in itertools.combinations(tables, 2):
        populations = [name for name in one.populations if name in other.populations]
        dimensions = [name for name in one.dimensions if name in other.dimensions]
        of_one, of_other = (_by_projection(table, populations) for table in (one, other))
        for leaves in itertools.product(*(one.leaves[name] for name in dimensions)):
            where = {name: frozenset([leaf]) for name, leaf in zip(dimensions, leaves, strict=True)}
            for signature in sorted(of_one.keys() | of_other.keys()):
                plus.append(one.atoms(of_one.get(signature, []), where))
                minus.append(other.atoms(of_other.get(signature, []), where))
    size = tables[-1].offset + tables[-1].size if tables else 0
    return sparse.csr_array(_matrix(plus, size) - _matrix(minus, size))


def _by_projection(table: Table, populations: list[str]) -> dict[Signature, list[int]]:
    """The signatures of a table by their restriction to some populations; those in none are left out."""
    at = [table.populations.index(name) for name in populations]
    result: dict[Signature, list[int]] = {}
    for position, signature in enumerate(table.signatures):
        projected = tuple(signature[i] for i in at)
        if any(projected):
            result.setdefault(projected, []).append(position)
    return result


def _matrix(rows: list[Positions], size: int) -> Matrix:
    lengths = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return sparse.csr_array((np.ones(len(columns)), columns, lengths), shape=(len(rows), size))
