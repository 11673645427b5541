"""Linear programmes over one set of solutions, each begun where the last one ended (HiGHS)."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy import sparse

from bench.disclosure.universe import Floats
from schemas.errors import IlmsError

WITHOUT_END = (
    highspy.HighsModelStatus.kUnbounded,
    highspy.HighsModelStatus.kUnboundedOrInfeasible,
    highspy.HighsModelStatus.kTimeLimit,
)
PRIMAL = 4  # HiGHS's number of the simplex that stays feasible when costs change


@dataclass(frozen=True)
class Between:
    """The smallest and the largest that some numbers may be."""

    low: Floats
    high: Floats

    @classmethod
    def exactly(cls, numbers: Floats) -> Between:
        """Nothing but these."""
        return cls(numbers, numbers)

    @classmethod
    def from_(cls, low: Floats) -> Between:
        """These or more."""
        return cls(low, np.full(len(low), np.inf))

    def and_(self, other: Between) -> Between:
        """Those of this one, then those of another."""
        return Between(np.concatenate([self.low, other.low]), np.concatenate([self.high, other.high]))


class Programme:
    """Unknowns within their bounds, of which sums (the `rows`) are within theirs. `deadline`: in seconds of the
    monotonic clock."""

    def __init__(self, rows: Any, of_rows: Between, of_unknowns: Between, *, deadline: float) -> None:
        self.deadline = deadline
        self._size = int(rows.shape[1])
        self._solver = highspy.Highs()
        self._solver.setOptionValue("output_flag", False)
        self._solver.passModel(_model(sparse.csc_array(rows), of_rows, of_unknowns))

    @property
    def is_late(self) -> bool:
        """Whether the time is up."""
        return time.monotonic() > self.deadline

    def has_any(self) -> bool | None:
        """Whether there is a solution; None where that is not known in time."""
        status = self._run()
        if status == highspy.HighsModelStatus.kTimeLimit:
            return None
        self._solver.setOptionValue("presolve", "off")  # each programme begins where the last one ended
        self._solver.setOptionValue("simplex_strategy", PRIMAL)
        return bool(status == highspy.HighsModelStatus.kOptimal)

    def cheapest(self, cost: Floats) -> Floats | None:
        """The solution of the least cost; None where there is no end to it, or no time left."""
        self._solver.changeColsCost(self._size, np.arange(self._size, dtype=np.int32), cost)
        for _ in range(2):
            status = self._run()
            if status == highspy.HighsModelStatus.kOptimal:
                return np.array(self._solver.getSolution().col_value)
            if status in WITHOUT_END:
                return None
            self._solver.clearSolver()  # after many changes a basis may be of little use
        raise IlmsError(
            f"a linear programme was not solved (HiGHS: {self._solver.modelStatusToString(status)})",
            why="the attack cannot say how close it comes",
        )

    def prices(self) -> Floats:
        """How much the last solution's cost owes to each row."""
        return np.array(self._solver.getSolution().row_dual)

    def _run(self) -> Any:
        left = max(self.deadline - time.monotonic(), 0.0)
        self._solver.setOptionValue("time_limit", self._solver.getRunTime() + left)  # HiGHS adds up all its runs
        self._solver.run()
        return self._solver.getModelStatus()


def _model(rows: Any, of_rows: Between, of_unknowns: Between) -> highspy.HighsLp:
    model = highspy.HighsLp()
    model.num_row_, model.num_col_ = rows.shape
    model.col_cost_ = np.zeros(rows.shape[1])
    model.col_lower_, model.col_upper_ = of_unknowns.low, of_unknowns.high
    model.row_lower_, model.row_upper_ = of_rows.low, of_rows.high
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.num_row_, matrix.num_col_ = rows.shape
    matrix.start_, matrix.index_, matrix.value_ = rows.indptr, rows.indices, rows.data
    return model
