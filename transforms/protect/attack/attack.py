"""The attack: how closely can a withheld number be worked out from everything that is published?

A withheld number lies between the smallest and the largest value compatible with everything published (module system):
two linear programmes give these, and their difference is its width. But every solution, for whichever number, shows how
far all numbers may be from the truth. So programmes are solved only for numbers that no solution so far shows to be
uncertain enough: a number may pass by any solution, and fails only by its own programmes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from schemas.errors import IlmsError
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import EXACT, Programme
from transforms.protect.attack.system import Publication, System
from transforms.protect.structure.groups import Floats, Structure

SHOTS = 24  # random directions that are tried before numbers are attacked one by one
FEW = 4


@dataclass(frozen=True)
class Need:
    """How wide the interval of a set must stay, in cases, and in mean weights for its value."""

    group: int
    width: float


@dataclass(frozen=True)
class Exposed:
    """A withheld set that can be worked out too closely."""

    group: int
    width: float
    needed: float


class Attack:
    """The attack on one publication. `low` and `high` are how far below and above the truth each set was found to lie;
    `seen` are those of an earlier attack, when no more was published than now."""

    def __init__(
        self,
        structure: Structure,
        publication: Publication,
        *,
        least: float = 1.0,
        deadline: Deadline = NEVER,
        seen: Floats | None = None,
    ) -> None:
        self.structure = structure
        self.system = System(structure, publication, least=least)
        self.programme = Programme(self.system.sums, self.system.of_sums, self.system.of_unknowns, deadline=deadline)
        self.low: Floats
        self.high: Floats
        self.low, self.high = np.zeros((2, structure.size)) if seen is None else seen.copy()

    @property
    def seen(self) -> Floats:
        """How far below and above the truth every set was found to lie."""
        return np.array([self.low, self.high])

    def too_close(self, needs: Iterable[Need]) -> list[Exposed]:
        """The sets that can be worked out more closely than allowed, with their widths."""
        wanted = list(needs)
        self.shoot(wanted, few=FEW)
        return [exposed for need in wanted if (exposed := self._exposed(need)) is not None]

    def finds_none(self, needs: Iterable[Need]) -> bool:
        """Whether no set can be worked out more closely than allowed. Stops at the first that can."""
        wanted = list(needs)
        self.shoot(wanted, few=FEW)
        return all(self._exposed(need) is None for need in wanted)

    def shoot(self, needs: list[Need], *, few: int = 0) -> None:
        """Widen many sets at once by going as far as possible in random directions. Most sets are then wide enough.

        Stops when only a `few` widths are too small, and attacking each by itself is faster.
        """
        random = np.random.default_rng(self.system.size)
        groups = np.array([need.group for need in needs], dtype=np.int64)
        needed = np.array([need.width for need in needs])
        for _ in range(SHOTS):
            at = np.flatnonzero(self.high[groups] - self.low[groups] < needed)
            if len(at) <= few:
                return
            cost = np.zeros(self.structure.size)
            cost[groups[at]] = random.choice((-1, 1), size=len(at)) / needed[at]
            self._solve(cost)

    def is_narrow(self, need: Need) -> bool:
        """Whether no solution so far shows the set to be as uncertain as needed."""
        return self._width(need.group) < need.width * (1 - EXACT)

    def _exposed(self, need: Need) -> Exposed | None:
        """The exposure of a set that is too close, found by its own programmes unless other solutions show it to be
        wide enough."""
        for sign in (-1.0, 1.0):
            if self._width(need.group) < need.width:
                cost = np.zeros(self.structure.size)
                cost[need.group] = sign
                self._solve(cost)
        return Exposed(need.group, self._width(need.group), need.width) if self.is_narrow(need) else None

    def _width(self, group: int) -> float:
        return float(self.high[group] - self.low[group])

    def _solve(self, cost_of_sets: Floats) -> None:
        """Record how far every set is from the truth in a solution of the least cost.

        Raises IlmsError for a solution that changes what is published.
        """
        cost = self.system.cost(cost_of_sets)
        if not np.any(cost):
            return
        departures = self.system.departures(self.programme.cheapest(cost))
        if not self.system.holds(departures):
            raise IlmsError(
                "the attack on the published numbers found records that do not agree with them",
                why="without a valid attack, it is not known whether the withheld numbers are safe",
                remedy="run it again; if it fails again, report it as a fault of the pipeline",
            )
        moved = self.structure.sums(departures)
        self.low, self.high = np.minimum(self.low, moved), np.maximum(self.high, moved)
