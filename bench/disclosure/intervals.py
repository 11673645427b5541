"""The interval to which the equations confine a set of persons: linear programmes over all persons that fit them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from scipy import sparse

from bench.disclosure.alternatives import Alternatives, fits
from bench.disclosure.evidence import Equation
from bench.disclosure.known import added, alike, rows_of_equations, smallest
from bench.disclosure.programme import Between, Programme
from bench.disclosure.universe import Floats, Kinds
from schemas.errors import IlmsError

ASSUMED = (4.0, 40.0, 4000.0)
"""How many times smaller or larger than the mean weights that are published the attacker takes a weight to be: the
first of these that fits."""
EXACT = 1e-6
CASES, WEIGHTS = 0, 1
TANGENTS = (0.5, 0.9, 1.0, 1.1, 2.0)
"""Mean weights at which the squares of weights are held above their tangent: the nearer squares are to what equal
weights give, the nearer to the mean each weight must be."""


@dataclass(frozen=True)
class Interval:
    """Between what the cases and the value of a set must lie; the value in persons."""

    place: int
    cases: tuple[float, float]
    value: tuple[float, float]


class Confined:
    """All numbers and weights of persons that fit the equations.

    `said` are the equations about cases, weights and squares of weights. The unknowns are the persons of each kind,
    then their weight in mean weights, and where something is said of them, the squares of their weights. Sets that are
    withheld hold somebody, as zeros are published. `untried` counts those that were not tried before the deadline, in
    seconds of the monotonic clock. The `truth` saves programmes: what other persons close to it show to be uncertain
    needs none.
    """

    def __init__(
        self,
        matrix: Floats,
        said: Sequence[Sequence[Equation]],
        withheld: Iterable[int],
        *,
        truth: Kinds,
        deadline: float,
    ) -> None:
        self.untried = 0
        self._deadline = deadline
        merged, of_kinds = alike(matrix)
        self._matrix = sparse.csr_array(merged)
        self._kinds = merged.shape[1]
        self.unit = _mean_weight(said[0], said[1])
        said = [each for power, each in enumerate(said) if each or power <= WEIGHTS]
        self._powers = len(said)
        known = {place for terms, number in said[CASES] if len(terms) == 1 and number > 0 for place in terms}
        some = smallest(merged, withheld, known)
        written = [rows_of_equations(merged, each) for each in said]
        fixed = [self._about(each.sums, power) for power, each in enumerate(written)]
        self._rows = sparse.vstack([*fixed, self._about(self._matrix[some], CASES)] if some else fixed)
        numbers = np.concatenate([each.numbers / self.unit**power for power, each in enumerate(written)])
        self._of_rows = Between.exactly(numbers).and_(Between.from_(np.ones(len(some))))
        amounts = (truth.cases, truth.weight / self.unit, truth.squares / self.unit**2)
        cases, weight, squares = (added(each, of_kinds, self._kinds) for each in amounts)
        self._quantities = (cases, weight, squares)
        self._times = self._assumed()
        self._said, self._withheld = said, some

    def _about(self, rows: Any, power: int) -> Any:
        """Rows about the cases, the weights or the squares of weights of kinds of persons."""
        return sparse.hstack([rows if each == power else rows * 0 for each in range(self._powers)])

    def _between(self, low: float, high: float) -> Any:
        """What is at least zero for persons whose weights lie between two, in mean weights, for each kind: of cases,
        weights and squares of weights."""
        factors = [(-low, 1.0, 0.0), (high, -1.0, 0.0)]
        if self._powers > len(factors):
            factors += [(-low * high, low + high, -1.0), *((each**2, -2 * each, 1.0) for each in TANGENTS)]
        each = sparse.eye_array(self._kinds)
        rows = [sparse.hstack([factor * each for factor in some[: self._powers]]) for some in factors]
        return sparse.vstack(rows)

    def _assumed(self) -> float:
        """How many times smaller or larger than the mean a weight is taken to be. Where the truth fits, it is one of
        the solutions."""
        for times in ASSUMED:
            if self._is_solution(times) or self._programme_for(times).has_any() is not False:
                return times
        raise IlmsError("no persons fit what is published", why="the attack cannot say how close it comes")

    def _is_solution(self, times: float) -> bool:
        """Whether the truth is what is said, and within what weights are taken to be."""
        at = self._rows @ np.concatenate(self._quantities[: self._powers])
        off = EXACT * (1 + np.abs(at))
        is_said = (at >= self._of_rows.low - off) & (at <= self._of_rows.high + off)
        return bool(is_said.all()) and fits(self._quantities, 1 / times, times)

    @cached_property
    def _programme(self) -> Programme | None:
        """The programme, with a first solution; None where there is none in time."""
        programme = self._programme_for(self._times)
        return programme if programme.has_any() else None

    def _programme_for(self, times: float) -> Programme:
        between = self._between(1 / times, times)
        of_rows = self._of_rows.and_(Between.from_(np.zeros(between.shape[0])))
        free = Between.from_(np.zeros(self._powers * self._kinds))
        return Programme(sparse.vstack([self._rows, between]), of_rows, free, deadline=self._deadline)

    def narrow(self, needs: Mapping[int, tuple[float, float]]) -> list[Interval]:
        """The sets confined to less than they need: that many cases, or that much value in persons."""
        places = sorted(needs)
        need = np.array([[needs[place][0], needs[place][1] / self.unit] for place in places]).reshape(-1, 2)
        seen = np.zeros(len(places))
        if self._is_solution(self._times):
            span = (1 / self._times, self._times)
            sets, said = self._matrix.toarray(), self._said
            others = Alternatives(sets, said, self._withheld, self._quantities, span, deadline=self._deadline)
            seen = others.widths(self._matrix[places], need.max(axis=1))
        rest = np.flatnonzero(seen < need.max(axis=1) * (1 - EXACT))
        return self._by_programmes([places[at] for at in rest], need[rest])

    def _by_programmes(self, places: list[int], need: Floats) -> list[Interval]:
        chosen = self._matrix[places]
        low, high = np.full((2, len(places)), np.inf), np.full((2, len(places)), -np.inf)
        narrow = set()
        for at in range(len(places)):
            for quantity, sign in ((CASES, 1.0), (CASES, -1.0), (WEIGHTS, 1.0), (WEIGHTS, -1.0)):
                if self._programme is None or high[quantity, at] - low[quantity, at] >= need[at, quantity]:
                    continue
                found = self._programme.cheapest(self._cost(chosen[[at]], quantity, sign))
                if found is not None:
                    each = np.array([chosen @ found[: self._kinds], chosen @ found[self._kinds : 2 * self._kinds]])
                    low, high = np.minimum(low, each), np.maximum(high, each)
                else:  # without a bound
                    high[quantity, at] = np.inf
            if self._programme is None or time.monotonic() > self._deadline:  # the last one may be unfinished
                self.untried = len(places) - at
                break
            if (high[:, at] - low[:, at] < need[at] - EXACT).any():
                narrow.add(at)
        return [
            Interval(places[at], (low[0, at], high[0, at]), (low[1, at] * self.unit, high[1, at] * self.unit))
            for at in sorted(narrow)
        ]

    def _cost(self, row: Any, quantity: int, sign: float) -> Floats:
        cost = np.zeros(self._powers * self._kinds)
        cost[row.indices + quantity * self._kinds] = sign
        return cost


def _mean_weight(of_cases: Sequence[Equation], of_weights: Sequence[Equation]) -> float:
    """The mean weight of the largest set whose cases and value are both published; 1 where there is none."""
    cases = {next(iter(terms)): value for terms, value in of_cases if len(terms) == 1}
    both = [
        (cases[place], value)
        for terms, value in of_weights
        if len(terms) == 1 and (place := next(iter(terms))) in cases
    ]
    most, value = max(both, default=(0.0, 0.0))
    return value / most if most > 0 and value > 0 else 1.0
