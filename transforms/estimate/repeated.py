"""How many persons are behind the cases of each cell, where persons were asked in several waves of a period.

A person may be in one cell in one wave and in another in the next, so that persons do not add up as cases do: those of
a total are counted anew, and not from its parts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, kron

from transforms.estimate.domains import Floats
from transforms.estimate.persons import PERSON, Persons
from transforms.estimate.plan import Scan
from transforms.estimate.rollup import Rollup
from transforms.measures import Part

Columns = dict[str, NDArray[np.int64]]


@dataclass(frozen=True)
class Repeated:
    """The persons of a scan, who may have several records."""

    persons: Persons
    scan: Scan

    @cached_property
    def _records(self) -> Columns:
        """The number of the person, and what the scan distinguishes of the coding; each combination once."""
        coding = self.persons.coding
        columns = {PERSON: PERSON, **coding.keys(self.scan)}
        query = (
            f"select distinct {', '.join(f'{sql} as {name}' for name, sql in columns.items())}"
            f" from {self.persons.relation} where {coding.in_any(self.scan.populations)}"
        )
        found: dict[str, Any] = self.persons.relation.connection.execute(query).fetchnumpy()
        return {name: np.asarray(column).astype(np.int64) for name, column in found.items()}

    def count(self, part: Part, rollups: Sequence[Rollup], cells: csr_array | None = None) -> Floats:
        """The persons of a part in every cell of some roll-ups; `cells` adds up other combinations of their leaves.

        Most persons have the same leaves in all their records, and are added up like cases. Those of the others are
        spread over the cells first, and each counts once where any of its records is.
        """
        records, coding = self._records, self.persons.coding
        held = np.ones(len(records[PERSON]), dtype=np.bool_)
        for bits in (coding.populations[part.population], *(coding.has[name] for name in part.variables)):
            held &= (records[bits.column] & bits.mask) != 0
        leaves = [(records[bits.column][held] & bits.mask) >> bits.shift for bits in (each.bits for each in rollups)]
        widths = [each.matrix.shape[1] for each in rollups]
        combinations = int(np.prod(widths))
        of_person = np.unique(records[PERSON][held] * combinations + np.ravel_multi_index(leaves, widths))
        person, combination = np.divmod(of_person, combinations)
        _, which, times = np.unique(person, return_inverse=True, return_counts=True)
        alone = times[which] == 1
        rollup = reduce(kron, (each.matrix for each in rollups)).tocsr() if cells is None else cells
        counted = rollup @ np.bincount(combination[alone], minlength=combinations)
        several = csr_array(
            (np.ones(int((~alone).sum()), dtype=np.int64), (combination[~alone], which[~alone])),
            shape=(combinations, len(times)),
        )
        return np.asarray(counted + np.diff((rollup @ several).tocsr().indptr), dtype=np.float64)
