"""Sets of few persons that stand in no row, and that any combination of known sets tells.

A set that is told has no more persons than it is told to have, nor has any kind of persons in it. So the kinds of which
what is published allows few are looked for, and what holds them down is what tells.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import sparse

from bench.disclosure.alternatives import Alternatives
from bench.disclosure.evidence import Equation
from bench.disclosure.known import added, alike
from bench.disclosure.universe import Flags, Floats

EXACT = 1e-6
SPAN = (0.5, 2.0)
"""What persons may weigh where nothing is asked of weights: anything around one."""


@dataclass(frozen=True)
class Combination:
    """The kinds of persons of a set that is told, and how many they are."""

    members: Flags
    cases: int


class Combinations:
    """The search for such sets. `cases` are the persons of each kind; `untried` counts kinds that were not looked at
    before the deadline."""

    def __init__(
        self,
        matrix: Floats,
        of_cases: Sequence[Equation],
        withheld: Iterable[int],
        cases: Floats,
        *,
        deadline: float,
    ) -> None:
        merged, self._of_kinds = alike(matrix)
        self._cases = added(cases, self._of_kinds, merged.shape[1])
        quantities = (self._cases, self._cases, self._cases)
        self._others = Alternatives(merged, [of_cases], withheld, quantities, SPAN, deadline=deadline)
        self.untried = 0

    def few(self, fewest: int, width: float) -> list[Combination]:
        """The sets of fewer than `fewest` persons whose number is certain to less than a `width`."""
        found: dict[bytes, Combination] = {}
        for members in self._held_down(fewest):
            wide = self._others.widths(sparse.csr_array(members.astype(np.float64)[None, :]), np.array([width]))
            number = int(self._cases[members].sum())
            if wide[0] < width - EXACT and number < fewest:
                found.setdefault(np.packbits(members).tobytes(), Combination(members[self._of_kinds], number))
        return list(found.values())

    def _held_down(self, fewest: int) -> Iterator[Flags]:
        """For each kind of which there can only be few, those that what is known ties it to."""
        below = fewest - self._cases
        self._others.raise_kinds(below)
        for kind in np.flatnonzero(self._others.highest < below - EXACT):
            if self._others.highest[kind] < below[kind] - EXACT:
                holds = self._others.holding_down(int(kind))
                if holds is None:
                    self.untried += 1
                elif self._others.highest[kind] < below[kind] - EXACT:
                    yield holds > EXACT
