"""Other persons who fit everything that is published: those there are, with more or fewer of each kind.

Whatever such persons show to be uncertain is so, and they are found much faster than the ends of an interval: all who
come or go have the same weight, so that every kind has one unknown, and what its persons can weigh are its bounds.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from scipy import sparse

from bench.disclosure.evidence import Equation
from bench.disclosure.known import rows_of_equations, smallest
from bench.disclosure.programme import Between, Programme
from bench.disclosure.universe import Floats, Positions

SHOTS = 40
AT_ONCE = 500
IN_VAIN = 3
FEW = 4
EXACT = 1e-6


class Alternatives:
    """Changes of the numbers of persons of each kind that leave everything said as it is.

    `quantities` are the cases, the weights and the squares of weights of each kind, in mean weights, `lightest` and
    `heaviest` what a person may weigh. `lowest` and `highest`: how far below and above the truth each kind was seen.
    """

    def __init__(
        self,
        matrix: Floats,
        said: Sequence[Sequence[Equation]],
        withheld: Iterable[int],
        quantities: tuple[Floats, Floats, Floats],
        span: tuple[float, float],
        *,
        deadline: float,
    ) -> None:
        self._sets = sparse.csr_array(matrix)
        cases = self._sets @ quantities[0]
        self.lowest, self.highest = np.zeros(matrix.shape[1]), np.zeros(matrix.shape[1])
        least = _least(quantities, *span)
        nothing = [(terms, 0.0) for some in said for terms, _ in some]
        unmoved = rows_of_equations(matrix, nothing)
        known = {place for terms, _ in nothing if len(terms) == 1 for place in terms}
        some = smallest(matrix, set(withheld) - known, known)
        self._rows = sparse.vstack([unmoved.sums, self._sets[some]]) if some else unmoved.sums
        self._of_rows = Between.exactly(unmoved.numbers).and_(Between.from_(np.minimum(1.0 - cases[some], 0.0)))
        self._bounds = Between(np.minimum(least, 0.0), np.full(len(least), 1 + float(quantities[0].sum())))
        self._programme = Programme(self._rows, self._of_rows, self._bounds, deadline=deadline)
        self._has_any = bool(self._programme.has_any())

    def widths(self, sets: Any, needed: Floats) -> Floats:
        """How uncertain sets (rows of a sparse array) are seen to be, in cases; it stops at what is needed."""
        low, high = np.zeros((2, sets.shape[0]))
        draw = np.random.default_rng(1)

        def see(cost: Floats) -> None:
            moved = sets @ self._moved(sets.T @ cost)
            np.minimum(low, moved, out=low)
            np.maximum(high, moved, out=high)

        for _ in range(SHOTS if self._has_any else 0):
            narrow = _narrow(high - low, needed)
            if len(narrow) <= FEW:
                break
            cost = np.zeros(sets.shape[0])
            cost[narrow] = draw.choice((-1.0, 1.0), len(narrow)) / needed[narrow]
            see(cost)
        for at in _narrow(high - low, needed) if self._has_any else ():
            for sign in (-1.0, 1.0):
                if high[at] - low[at] < needed[at] and not self._programme.is_late:
                    cost = np.zeros(sets.shape[0])
                    cost[at] = sign
                    see(cost)
        return np.asarray(high - low, dtype=np.float64)

    def raise_kinds(self, below: Floats) -> None:
        """See each kind above the truth by so much, as far as a few programmes for many at once show it: what counts in
        these is the part of a kind's rise up to there, so that as many as possible rise."""
        rows, upper = sparse.hstack([self._rows, self._rows]), below.clip(0)
        bounds = Between(upper * 0, upper).and_(self._bounds)
        programme = Programme(rows, self._of_rows, bounds, deadline=self._programme.deadline)
        in_vain, draw = 0 if programme.has_any() else IN_VAIN, np.random.default_rng(2)
        while in_vain < IN_VAIN and not programme.is_late:
            low = np.flatnonzero(self.highest < below - EXACT)
            some = draw.permutation(low)[:AT_ONCE]
            cost = np.zeros(2 * len(below))
            cost[some] = -draw.uniform(0.5, 1.0, len(some)) / below[some]
            found = programme.cheapest(cost) if len(some) else None
            if found is None:
                return
            np.maximum(self.highest, found[: len(below)] + found[len(below) :], out=self.highest)
            in_vain = 0 if (self.highest[low] >= below[low] - EXACT).any() else in_vain + 1

    def holding_down(self, kind: int) -> Floats | None:
        """Raise a kind as far as possible, and say how much each kind is in the combination of known sets that keeps
        it from going further; None where that is not known in time."""
        cost = np.zeros(self._rows.shape[1])
        cost[kind] = -1.0
        if self._has_any and not self._programme.is_late:
            self._moved(cost)
        if not self._has_any or self._programme.is_late:
            return None
        return np.asarray(-(self._rows.T @ self._programme.prices()), dtype=np.float64)

    def _moved(self, cost: Floats) -> Floats:
        found = self._programme.cheapest(cost)
        moved = np.zeros(len(cost)) if found is None else found
        np.minimum(self.lowest, moved, out=self.lowest)
        np.maximum(self.highest, moved, out=self.highest)
        return moved


def fits(quantities: tuple[Floats, Floats, Floats], lightest: float, heaviest: float) -> bool:
    """Whether persons of such weights can have the quantities of each kind."""
    return bool((_least(quantities, lightest, heaviest) <= EXACT).all())


def _narrow(widths: Floats, needed: Floats) -> Positions:
    return np.flatnonzero(widths < needed * (1 - EXACT))


def _least(quantities: tuple[Floats, Floats, Floats], lightest: float, heaviest: float) -> Floats:
    """How many persons of weight one each kind can lose so that somebody of such weights can be what is left; above
    zero where not even the truth can."""
    cases, weight, squares = quantities
    margins = (
        (cases, 1.0),
        (weight - lightest * cases, 1.0 - lightest),
        (heaviest * cases - weight, heaviest - 1.0),
        ((lightest + heaviest) * weight - lightest * heaviest * cases - squares, (1 - lightest) * (heaviest - 1)),
    )
    return np.asarray(-np.minimum.reduce([margin / of_one for margin, of_one in margins]), dtype=np.float64)
