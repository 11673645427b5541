"""Linear programmes over one set of solutions, each solved from where the last one ended (HiGHS, simplex)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import highspy
import numpy as np
from scipy import sparse

from schemas.errors import IlmsError
from transforms.protect.attack.deadline import Deadline
from transforms.protect.structure.groups import Floats, Matrix

EXACT = 1e-6
MOMENT = 0.01  # seconds, in which no programme ends
STRATEGIES = {"primal": 4, "dual": 1}  # HiGHS's option simplex_strategy


@dataclass(frozen=True)
class Bounds:
    """The lower and upper bounds of some unknowns, or of some sums of them."""

    low: Floats
    high: Floats

    def hold(self, values: Floats, size: float) -> bool:
        """Whether values are within the bounds, as far as a calculation with numbers of that size can tell."""
        off = EXACT * (1 + size)
        return bool(np.all(values >= self.low - off) and np.all(values <= self.high + off))


class Programme:
    """Bounded unknowns with bounded `sums`, and costs to minimise.

    After a change of costs the last solution is still feasible, and the primal simplex continues from it. Raises
    GateError when the time is up.
    """

    def __init__(
        self,
        sums: Matrix,
        of_sums: Bounds,
        of_unknowns: Bounds,
        *,
        deadline: Deadline,
        simplex: Literal["primal", "dual"] = "primal",
    ) -> None:
        self.size = sums.shape[1]
        self.deadline = deadline
        self._sums, self._of_sums, self._of_unknowns = sparse.csc_array(sums), of_sums, of_unknowns
        self._every = np.arange(self.size, dtype=np.int32)
        self._solver = highspy.Highs()
        options = highspy.HighsOptions()
        options.output_flag = False
        options.simplex_strategy = STRATEGIES[simplex]
        self._require_success(self._solver.passOptions(options))
        self._require_success(self._solver.passModel(_model(self._sums, of_sums, of_unknowns)))

    def cheapest(self, cost: Floats) -> Floats:
        """A solution of the least cost.

        Raises IlmsError when HiGHS finds no valid solution, neither from the last one nor from the start.
        """
        solution = self.cheapest_if_any(cost)
        if solution is None:
            raise _failed("infeasible")
        return solution

    def cheapest_if_any(self, cost: Floats) -> Floats | None:
        """A solution of the least cost; None where there is none at all."""
        self._require_success(self._solver.changeColsCost(self.size, self._every, cost))
        for _ in range(2):
            status = self._solved()
            if status == highspy.HighsModelStatus.kInfeasible:
                return None
            solution = self._solution() if status == highspy.HighsModelStatus.kOptimal else None
            if solution is not None:
                return solution
            self._require_success(self._solver.clearSolver())  # after many changes a basis may be of little use
        raise _failed(self._solver.modelStatusToString(status))

    def _solution(self) -> Floats | None:
        """What HiGHS found, unless it is out of bounds."""
        solution = np.array(self._solver.getSolution().col_value)
        size = float(np.abs(solution).max(initial=0.0))
        sums = self._of_sums.hold(self._sums @ solution, size)
        return solution if sums and self._of_unknowns.hold(solution, size) else None

    def _solved(self) -> highspy.HighsModelStatus:
        """How a run ended, which goes on while there is time: HiGHS stops by the clock, which runs on while the machine
        does other things."""
        while True:
            # HiGHS adds up the time of all its runs.
            ends = self._solver.getRunTime() + self.deadline.left()
            self._require_success(self._solver.setOptionValue("time_limit", ends))
            self._solver.run()
            status: highspy.HighsModelStatus = self._solver.getModelStatus()
            if status != highspy.HighsModelStatus.kTimeLimit:
                return status
            if self.deadline.left() < MOMENT:
                raise self.deadline.missed()

    def _require_success(self, status: highspy.HighsStatus) -> None:
        if status == highspy.HighsStatus.kError:
            raise _failed("an error")


def _model(sums: Matrix, of_sums: Bounds, of_unknowns: Bounds) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = sums.shape
    model.col_cost_ = np.zeros(sums.shape[1])
    model.col_lower_, model.col_upper_ = of_unknowns.low, of_unknowns.high
    model.row_lower_, model.row_upper_ = of_sums.low, of_sums.high
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.num_row_, matrix.num_col_ = sums.shape
    matrix.start_, matrix.index_, matrix.value_ = sums.indptr, sums.indices, sums.data
    return model


def _failed(status: str) -> IlmsError:
    return IlmsError(
        f"the attack on the published numbers could not be carried out (HiGHS: {status})",
        why="without it, it is not known whether the withheld numbers are safe",
        remedy="run it again; if it fails again, report it as a fault of the pipeline",
    )
