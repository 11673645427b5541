"""By how many persons the records behind earlier numbers differ from those of today, in every set that a number counts.

Whoever compares two releases sees of a set its cases and its value: how many persons of which weights were added and
taken away. Persons of the same weight who take each other's place are not seen. A set of which that is true of few
persons tells about them, as a set of few persons does; so does what lies between two such sets.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy import sparse

from schemas.partition import Partition
from schemas.protection import ProtectionProfile
from schemas.tables import OBSERVATION_KEY
from transforms.duck import connect, parquet_rows
from transforms.protect.protected import ProtectedRecords
from transforms.protect.structure.groups import Flags, Floats, Matrix, Positions, Structure
from transforms.relation import create_table


@dataclass(frozen=True)
class Revision:
    """What two versions of the records of a partition have not in common.

    structure  the sets of the numbers of today over the records of both versions
    net        by atom and weight, how many persons more there are today; negative where there are fewer
    """

    structure: Structure
    net: Matrix

    @property
    def persons(self) -> float:
        """How many persons differ: those added or those taken away, whichever are more."""
        return max(float(self.net.maximum(0).sum()), float((-self.net).maximum(0).sum()))

    @cached_property
    def of_sets(self) -> Floats:
        """The same within each set, as a reader sees it who knows of its persons nothing but their weights."""
        return _seen(self._moved)

    def tells_of_few(self, minimum: float, given: Flags) -> Flags:
        """The given sets that differ by fewer persons than a minimum, but by some: by themselves, or where so few are
        in another given set that they are part of, and not in them. What lies between the two may be given itself."""
        differ = self.of_sets
        themselves = {self.structure.packed[each].tobytes() for each in np.flatnonzero(given)}
        few = given & (differ > 0) & (differ < minimum)
        many = given & (differ >= minimum)
        for outer in np.flatnonzero(many):
            inner = self.structure.subsets(int(outer), many)
            near = inner[self._bound(int(outer), inner) < minimum]
            if not len(near):
                continue
            between = _seen(sparse.csr_array(self._moved[[outer] * len(near)] - self._moved[near]))
            rest = self.structure.packed[outer] & ~self.structure.packed[near]
            told = np.array([each.tobytes() in themselves for each in rest])
            few[near[(between > 0) & (between < minimum) & ~told]] = True
        return few

    @cached_property
    def _moved(self) -> Matrix:
        return sparse.csr_array(self.structure.sets @ self.net)

    @cached_property
    def _sides(self) -> Floats:
        """How many persons were added to each set, and taken away."""
        return np.array([_total(self._moved.maximum(0)), _total((-self._moved).maximum(0))])

    def _bound(self, outer: int, inner: Positions) -> Floats:
        """Between a set and its parts at least so many persons differ."""
        apart = np.abs(self._sides[:, [outer]] - self._sides[:, inner])
        return np.asarray(apart.max(axis=0), dtype=np.float64)


def compare_records(
    records: ProtectedRecords,
    now: Path,
    then: Path,
    numbers: Path,
    partition: Partition,
    profile: ProtectionProfile,
    workdir: Path,
) -> Revision:
    """Compare the records behind `numbers` (Parquet, the columns of `observation`) with those of an earlier version.

    Both are read together, under the definitions of today.
    """
    both = workdir / "both_versions.parquet"
    with connect(work=workdir) as connection:
        records.write_both(connection, now, then, both)
        core = records.read(connection, both)
        # Without cases: those of the numbers are of one version alone.
        listed = f"select * replace (cast(null as bigint) as n) from {parquet_rows(numbers)}"
        cells = create_table(connection, "cells", f"{listed} order by {', '.join(OBSERVATION_KEY)}")
        read = records.structured(core, cells, partition, profile)
        combinations, weights, net = (np.array(each) for each in zip(*records.net_of_both(read), strict=True))
    both.unlink()
    distinct, column = np.unique(weights, return_inverse=True)
    shape = (len(read.structure.atoms.cases), len(distinct))
    return Revision(read.structure, sparse.csr_array((net, (read.atom_of[combinations], column)), shape=shape))


def _seen(moved: Matrix) -> Floats:
    return np.maximum(_total(moved.maximum(0)), _total((-moved).maximum(0)))


def _total(matrix: Matrix) -> Floats:
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()
