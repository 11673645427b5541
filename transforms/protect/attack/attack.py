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

from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import EXACT, Programme
from transforms.protect.attack.system import Publication, System
from transforms.protect.structure.groups import Floats, Structure

SHOTS = 24  # random directions that are tried before numbers are attacked one by one
FEW = 4
QUANTITIES = ("cases", "value")


@dataclass(frozen=True)
class Need:
    """How wide the interval of a group must stay: in cases, and in mean weights of the partition for its value."""

    group: int
    cases: float
    value: float


@dataclass(frozen=True)
class Exposed:
    """A withheld group that can be worked out too closely."""

    group: int
    quantity: str
    width: float
    needed: float


class Attack:
    """The attack on one publication. `low` and `high` are how far below and above the truth the cases and the value of
    each group were found to lie; `seen` are those of an earlier attack, when no more was published than now."""

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
        nothing = np.zeros((2, len(QUANTITIES), len(structure.groups)))
        self.low: Floats
        self.high: Floats
        self.low, self.high = nothing if seen is None else seen.copy()

    @property
    def seen(self) -> Floats:
        """How far below and above the truth every group was found to lie."""
        return np.array([self.low, self.high])

    def too_close(self, needs: Iterable[Need]) -> list[Exposed]:
        """The groups that can be worked out more closely than allowed, with their widths."""
        wanted = list(needs)
        self.shoot(wanted, few=FEW)
        return [exposed for need in wanted if (exposed := self._exposed(need)) is not None]

    def finds_none(self, needs: Iterable[Need]) -> bool:
        """Whether no group can be worked out more closely than allowed. Stops at the first that can."""
        wanted = list(needs)
        self.shoot(wanted, few=FEW)
        return all(self._exposed(need) is None for need in wanted)

    def shoot(self, needs: list[Need], *, few: int = 0) -> None:
        """Widen many groups at once by going as far as possible in random directions. Most groups are then wide enough.

        Stops when only a `few` widths are too small, and attacking each by itself is faster.
        """
        random = np.random.default_rng(self.system.size)
        groups = np.array([need.group for need in needs], dtype=np.int64)
        needed = np.array([(need.cases, need.value) for need in needs]).reshape(len(needs), 2).T
        for _ in range(SHOTS):
            quantity, at = np.nonzero(self.high[:, groups] - self.low[:, groups] < needed)
            if len(at) <= few:
                return
            cost = np.zeros((2, len(self.structure.groups)))
            cost[quantity, groups[at]] = random.choice((-1, 1), size=len(at)) / needed[quantity, at]
            self._solve(cost)

    def is_narrow(self, need: Need) -> bool:
        """Whether no solution so far shows the group to be as uncertain as needed."""
        return any(
            self._width(quantity, need.group) < needed * (1 - EXACT)
            for quantity, needed in enumerate((need.cases, need.value))
        )

    def _exposed(self, need: Need) -> Exposed | None:
        """The exposure of a group that is too close, found by its own programmes unless other solutions show it to be
        wide enough."""
        for quantity, needed in enumerate((need.cases, need.value)):
            for sign in (-1.0, 1.0):
                if self._width(quantity, need.group) < needed:
                    cost = np.zeros((2, len(self.structure.groups)))
                    cost[quantity, need.group] = sign
                    self._solve(cost)
            width = self._width(quantity, need.group)
            if width < needed * (1 - EXACT):
                return Exposed(need.group, QUANTITIES[quantity], width, needed)
        return None

    def _width(self, quantity: int, group: int) -> float:
        return float(self.high[quantity, group] - self.low[quantity, group])

    def _solve(self, cost_of_groups: Floats) -> None:
        """Record how far every group is from the truth in a solution of the least cost."""
        cost = self.system.cost(cost_of_groups)
        if not np.any(cost):
            return
        departures = self.system.departures(self.programme.cheapest(cost))
        # Cases and value are equivalent where every case has the same weight.
        both = departures[:2] if self.system.is_weighted else departures.repeat(2, axis=0)
        for quantity, departure in enumerate(both):
            seen = self.structure.sums(departure)
            self.low[quantity] = np.minimum(self.low[quantity], seen)
            self.high[quantity] = np.maximum(self.high[quantity], seen)
