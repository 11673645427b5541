"""The interval to which the equations confine a set of persons: linear programmes over all persons that fit them."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from bench.disclosure.evidence import Equation
from bench.disclosure.universe import Floats
from schemas.errors import IlmsError

ASSUMED = (4.0, 40.0, 4000.0)
"""How many times smaller or larger than the mean weights that are published the attacker takes a weight to be: the
first of these that fits."""
EXACT = 1e-6
CASES, WEIGHTS = 0, 1
TANGENTS = (0.5, 0.9, 1.0, 1.1, 2.0)
"""Mean weights at which the squares of weights are held above their tangent: the nearer squares are to what equal
weights give, the nearer to the mean each weight must be."""
WITHOUT_END = (
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
    highspy.HighsModelStatus.kTimeLimit,
)
PRIMAL = 4  # HiGHS's number of the simplex that stays feasible when costs change


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
    seconds of the monotonic clock.
    """

    def __init__(
        self,
        matrix: Floats,
        said: Sequence[Sequence[Equation]],
        withheld: Iterable[int],
        *,
        deadline: float,
    ) -> None:
        self.untried = 0
        self._deadline = deadline
        self._matrix = sparse.csr_array(matrix)
        self._kinds = matrix.shape[1]
        self.unit = _mean_weight(said[0], said[1])
        said = [each for power, each in enumerate(said) if each or power <= WEIGHTS]
        self._powers = len(said)
        some = list(withheld)
        fixed = [self._about(self._combined(each), power) for power, each in enumerate(said)]
        self._rows = sparse.vstack([*fixed, self._about(self._matrix[some], CASES)] if some else fixed)
        numbers = [value / self.unit**power for power, each in enumerate(said) for _, value in each]
        self._low = np.array([*numbers, *(1.0 for _ in some)])
        self._high = np.array([*numbers, *(np.inf for _ in some)])
        self._solver = self._feasible()

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

    def _combined(self, equations: Sequence[Equation]) -> Any:
        terms_of = [(at, place, factor) for at, (terms, _) in enumerate(equations) for place, factor in terms.items()]
        at, place, factor = (list(each) for each in zip(*terms_of, strict=True)) if terms_of else ([], [], [])
        factors = sparse.csr_array((factor, (at, place)), shape=(len(equations), self._matrix.shape[0]))
        return factors @ self._matrix

    def _feasible(self) -> Any:
        """A solver with a first solution; None where there is none in time."""
        for times in ASSUMED:
            solver = self._solver_for(1 / times, times)
            status = self._run(solver)
            if status == highspy.HighsModelStatus.kTimeLimit:
                return None
            if status == highspy.HighsModelStatus.kOptimal:
                solver.setOptionValue("presolve", "off")  # each programme begins where the last one ended
                solver.setOptionValue("simplex_strategy", PRIMAL)
                return solver
        raise IlmsError("no persons fit what is published", why="the attack cannot say how close it comes")

    def _run(self, solver: Any) -> Any:
        left = max(self._deadline - time.monotonic(), 0.0)
        solver.setOptionValue("time_limit", solver.getRunTime() + left)  # HiGHS adds up the time of all its runs
        solver.run()
        return solver.getModelStatus()

    def _solver_for(self, low: float, high: float) -> Any:
        between = self._between(low, high)
        rows = sparse.csc_array(sparse.vstack([self._rows, between]))
        zero, free = np.zeros(between.shape[0]), np.full(between.shape[0], np.inf)
        model = highspy.HighsLp()
        model.num_row_, model.num_col_ = rows.shape
        model.col_cost_ = np.zeros(rows.shape[1])
        model.col_lower_, model.col_upper_ = np.zeros(rows.shape[1]), np.full(rows.shape[1], np.inf)
        model.row_lower_ = np.concatenate([self._low, zero])
        model.row_upper_ = np.concatenate([self._high, free])
        model.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        model.a_matrix_.num_row_, model.a_matrix_.num_col_ = rows.shape
        model.a_matrix_.start_, model.a_matrix_.index_, model.a_matrix_.value_ = rows.indptr, rows.indices, rows.data
        solver = highspy.Highs()
        solver.setOptionValue("output_flag", False)
        solver.passModel(model)
        return solver

    def narrow(self, needs: Mapping[int, tuple[float, float]]) -> list[Interval]:
        """The sets confined to less than they need: that many cases, or that much value in persons."""
        places = sorted(needs)
        chosen = self._matrix[places]
        need = np.array([[needs[place][0], needs[place][1] / self.unit] for place in places]).reshape(-1, 2)
        low, high = np.full((2, len(places)), np.inf), np.full((2, len(places)), -np.inf)
        narrow = set()
        for at in range(len(places)):
            for quantity in (CASES, WEIGHTS):
                for sign in (1.0, -1.0) if self._solver is not None else ():
                    if high[quantity, at] - low[quantity, at] >= need[at, quantity]:
                        continue
                    found = self._extreme(chosen[[at]], quantity, sign)
                    if found is not None:
                        each = np.array([chosen @ found[: self._kinds], chosen @ found[self._kinds : 2 * self._kinds]])
                        low, high = np.minimum(low, each), np.maximum(high, each)
                    else:  # without a bound
                        high[quantity, at] = np.inf
            if self._solver is None or time.monotonic() > self._deadline:  # the last programme may be unfinished
                self.untried = len(places) - at
                break
            if (high[:, at] - low[:, at] < need[at] - EXACT).any():
                narrow.add(at)
        return [
            Interval(places[at], (low[0, at], high[0, at]), (low[1, at] * self.unit, high[1, at] * self.unit))
            for at in sorted(narrow)
        ]

    def _extreme(self, row: Any, quantity: int, sign: float) -> Floats | None:
        cost = np.zeros(self._powers * self._kinds)
        cost[row.indices + quantity * self._kinds] = sign
        self._solver.changeColsCost(len(cost), np.arange(len(cost), dtype=np.int32), cost)
        status = self._run(self._solver)
        if status == highspy.HighsModelStatus.kOptimal:
            return np.array(self._solver.getSolution().col_value)
        if status in WITHOUT_END:
            return None
        raise IlmsError(
            f"a linear programme was not solved (HiGHS: {self._solver.modelStatusToString(status)})",
            why="the attack cannot say how close it comes",
        )


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
