"""Value and variance of an indicator in every cell, and the resulting standard error.

A sample gives the variance of y, or of y over x, between its units (`transforms.estimate.sample`); here its square root
is brought to the scale of the published value, given by the indicator's measure (`transforms.measures`).
"""

from __future__ import annotations

from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

from transforms.estimate.domains import Domains, Floats
from transforms.measures import Scale, Sums
from transforms.relation import Relation, load_table

CONFIDENCE = 0.95
ESTIMATE = ("cell", "n", "persons", "y", "x", "degrees_of_freedom", "se", "t")
"""The columns of a table of one indicator's estimates, a row per cell: `Estimates`, but `se` for the variance."""


@dataclass(frozen=True)
class Estimates:
    """One number of each per cell, in the order of cells; nothing is on the published scale yet.

    n                   cases of the counted population
    y, x                the total of a count, or numerator and denominator of a ratio, in persons or in persons times
                        the variable's unit; x is zero for a total
    degrees_of_freedom  of the standard error
    variance            of y, or of x times the ratio; nan where the sample cannot give it
    persons             distinct persons behind the cases (transforms.estimate.repeated); None where each is one
    """

    n: Floats
    y: Floats
    x: Floats
    degrees_of_freedom: Floats
    variance: Floats
    persons: Floats | None = None

    @property
    def t(self) -> Floats:
        """The two-sided 95 % quantile of Student's t; nan without degrees of freedom."""
        usable = np.where(self.degrees_of_freedom > 0, self.degrees_of_freedom, np.nan)
        return np.asarray(stdtrit(usable, (1 + CONFIDENCE) / 2))

    def standard_error(self, scale: Scale) -> Floats:
        """The standard error of the published value; nan where the sample cannot give it."""
        error = np.sqrt(np.maximum(self.variance, 0)) * scale.times
        return np.asarray((divided(error, self.x) if scale.over_x else error) / scale.unit)


def ratio_of(domains: Domains, sums: Sums) -> tuple[Floats, Floats, Floats]:
    """y, x and their ratio, which is zero for totals and where there is no denominator."""
    y = domains.totals[sums.y]
    if sums.x is None:
        return y, np.zeros_like(y), np.zeros_like(y)
    x = domains.totals[sums.x]
    return y, x, np.nan_to_num(divided(y, x))


def divided(numerator: Floats, denominator: Floats) -> Floats:
    """A quotient; nan where the denominator is zero."""
    out = np.full(numerator.shape, np.nan)
    np.divide(numerator, denominator, out=out, where=denominator != 0)
    return out


def _whole(counted: Floats | None, cells: int) -> pa.Array:
    return pa.nulls(cells, pa.int64()) if counted is None else pa.array(counted.astype(np.int64))


def create_estimate(
    connection: duckdb.DuckDBPyConnection, estimates: Estimates, scale: Scale, name: str = "estimate"
) -> Relation:
    """A table of estimates, keyed by `cell` (columns of ESTIMATE); `se` is in the published unit, nan is null."""
    columns = {
        "cell": pa.array(np.arange(len(estimates.n)), pa.int32()),
        "n": pa.array(estimates.n.astype(np.int64)),
        "persons": _whole(estimates.persons, len(estimates.n)),
        "degrees_of_freedom": pa.array(estimates.degrees_of_freedom.astype(np.int64)),
        **{name: pa.array(getattr(estimates, name), from_pandas=True) for name in ("y", "x", "t")},
        "se": pa.array(estimates.standard_error(scale), from_pandas=True),
    }
    return load_table(connection, name, pa.table({column: columns[column] for column in ESTIMATE}))
