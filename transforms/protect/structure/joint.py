"""Joint records: how many there are of each combination of everything that distinguishes them; and the sets they make.

From these follows which groups are the same persons, whatever their definitions, and which records every number counts
alike. Combinations that nobody has are no atoms: an attacker may know of them, for example from the zeros published.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from transforms.protect.structure.groups import (
    Atoms,
    Flags,
    Group,
    Leaves,
    Matrix,
    Number,
    Packed,
    Positions,
    Structure,
)

BLOCK = 4096


@dataclass(frozen=True)
class Classified:
    """The leaf of one dimension in which each combination is: its position in `names`."""

    names: tuple[str, ...]
    at: Positions

    @classmethod
    def of(cls, values: Sequence[object]) -> Classified:
        """From the leaf of each combination."""
        names = sorted({str(value) for value in values})
        position = {name: at for at, name in enumerate(names)}
        return cls(tuple(names), np.array([position[str(value)] for value in values], dtype=np.int64))

    def within(self, leaves: Leaves) -> Flags:
        """The combinations in some leaves."""
        taken = np.array([name in leaves for name in self.names], dtype=np.bool_)
        return np.asarray(taken[self.at], dtype=np.bool_) if len(self.names) else np.zeros(0, dtype=np.bool_)


@dataclass(frozen=True)
class JointRecords:
    """Every combination of populations and leaves that occurs: where it belongs, and its quantities."""

    inside: Mapping[str, Flags]
    leaves: Mapping[str, Classified]
    atoms: Atoms

    @classmethod
    def of(
        cls, populations: Sequence[str], dimensions: Sequence[str], rows: Sequence[Sequence[Any]], atoms: Atoms
    ) -> JointRecords:
        """From rows that begin with a flag for each population and the leaf of each dimension."""
        count = len(populations)
        inside = {name: np.array([row[at] for row in rows], dtype=np.bool_) for at, name in enumerate(populations)}
        leaves = {name: Classified.of([row[at] for row in rows]) for at, name in enumerate(dimensions, start=count)}
        return cls(inside, leaves, atoms)

    def members(self, group: Group) -> Flags:
        """The combinations in a group."""
        found = self.inside[group.population].copy()
        for name, leaves in group.leaves:
            found &= self.leaves[name].within(leaves)
        return found

    def within(self, where: Mapping[str, str]) -> Flags:
        """The combinations in one leaf of some dimensions."""
        found = np.ones(len(self.atoms.cases), dtype=np.bool_)
        for name, leaf in where.items():
            found &= self.leaves[name].within(frozenset([leaf]))
        return found


def assemble(
    joint: JointRecords,
    numbers: Iterable[Number],
    weight_range: tuple[float, float],
    *,
    equal: Sequence[tuple[Flags, Flags]] = (),
) -> tuple[Structure, Positions]:
    """The structure of some numbers, and the atom of every combination. `equal`: sums that must be the same."""
    numbers = tuple(numbers)
    index: dict[Group, int] = {}
    positions: dict[bytes, int] = {}
    rows: list[Packed] = []
    for group in dict.fromkeys(each for number in numbers for each in (number.counted, number.base) if each):
        bits = np.packbits(joint.members(group))
        index[group] = positions.setdefault(bits.tobytes(), len(rows))
        if index[group] == len(rows):
            rows.append(bits)
    sides = [np.packbits(side) for pair in equal for side in pair]
    every = np.array([*rows, *sides], dtype=np.uint8).reshape(len(rows) + len(sides), -1)
    first, atom_of = _alike(every, len(joint.atoms.cases))
    members = _columns(every, first)
    sets, of_sides = members[: len(rows)], members[len(rows) :]
    links = sparse.csr_array(of_sides[::2] - of_sides[1::2])
    links.eliminate_zeros()
    atoms = joint.atoms.merged(atom_of, len(first))
    return Structure(numbers, atoms, index, sets, links, weight_range), atom_of


def _alike(every: Packed, count: int) -> tuple[Positions, Positions]:
    """The first of the combinations that are in the same sets, and for each combination which one that is."""
    keys: dict[bytes, int] = {}
    first: list[int] = []
    atom_of = np.zeros(count, dtype=np.int64)
    for start in range(0, count, BLOCK):
        bits = np.unpackbits(every[:, start // 8 : (start + BLOCK) // 8], axis=1)[:, : count - start]
        for offset, packed in enumerate(np.packbits(bits.T, axis=1)):
            at = keys.setdefault(packed.tobytes(), len(first))
            if at == len(first):
                first.append(start + offset)
            atom_of[start + offset] = at
    return np.array(first, dtype=np.int64), atom_of


def _columns(every: Packed, chosen: Positions) -> Matrix:
    """Some columns of rows of bits, as a sparse matrix of ones."""
    rows = [np.flatnonzero((each[chosen // 8] >> (7 - chosen % 8)) & 1) for each in every]
    lengths = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate(rows) if rows else np.zeros(0, dtype=np.int64)
    return sparse.csr_array((np.ones(len(columns)), columns, lengths), shape=(len(rows), len(chosen)))
