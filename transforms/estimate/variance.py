"""Value and variance of an indicator in every cell, by the declared design, and the standard error that follows.

`estimate_sums` takes the variance of y, or of y over x, between the units of the design; `Estimates.standard_error`
brings its root to the published value, on the scale that the indicator's measure gives (transforms.measures).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import duckdb
import numpy as np
import pyarrow as pa
from scipy.special import stdtrit

from transforms.estimate.domains import Domains
from transforms.estimate.sample import Floats
from transforms.estimate.squares import UNSCALED, SquareScales
from transforms.measures import Scale, Sums
from transforms.relation import Relation, load_table

CONFIDENCE = 0.95
ESTIMATE = ("cell", "n", "y", "x", "degrees_of_freedom", "se", "t")
"""The columns of a table of one indicator's estimates, a row per cell: `Estimates`, but `se` for the variance."""
LEFT_OF_ROUNDING = 1e-13


@dataclass(frozen=True)
class Estimates:
    """One number of each per cell, in the order of cells; nothing is on the published scale yet.

    n                   cases of the counted population
    y, x                the total of a count, or numerator and denominator of a ratio, in persons or in persons times
                        the variable's unit; x is zero for a total
    degrees_of_freedom  of the standard error
    variance            of y, or of x times the ratio; nan where the sample does not show it
    """

    n: Floats
    y: Floats
    x: Floats
    degrees_of_freedom: Floats
    variance: Floats

    @property
    def t(self) -> Floats:
        """The two-sided 95 % quantile of Student's t; nan without degrees of freedom."""
        usable = np.where(self.degrees_of_freedom > 0, self.degrees_of_freedom, np.nan)
        return np.asarray(stdtrit(usable, (1 + CONFIDENCE) / 2))

    def standard_error(self, scale: Scale) -> Floats:
        """The standard error of the published value; nan where the sample does not show it."""
        error = np.sqrt(np.maximum(self.variance, 0)) * scale.times
        return np.asarray((divided(error, self.x) if scale.over_x else error) / scale.unit)


def estimate_sums(domains: Domains, sums: Sums, scales: SquareScales = UNSCALED) -> Estimates:
    """The estimates of an indicator that is made of some sums of the domains.

    `scales` bring back the squares of persons as units, which were summed in units of their own.
    """
    found = ESTIMATORS[domains.sample.design.rules.units](domains, sums, scales)
    return _where_estimable(found, sums)


def _where_estimable(found: Estimates, sums: Sums) -> Estimates:
    """The estimates without the variances that the sample does not show, which would look perfectly precise.

    Where no stratum has cases in two sampling units, there are no degrees of freedom, and nothing is known of how a
    rate, a mean or a gap differs between units. A total differs from that of the units without a case; it is without a
    variance only where these are none.
    """
    alone = found.degrees_of_freedom <= 0
    if sums.is_total:
        alone &= np.nan_to_num(found.variance) <= 0
    return replace(found, variance=np.where(alone, np.nan, found.variance))


def _between_psus(domains: Domains, sums: Sums, _: SquareScales) -> Estimates:
    """Linearised variance under a stratified design, PSUs taken as drawn with replacement.

    Wolter, Introduction to Variance Estimation, 2007, chapter 6; the same as svytotal and svyratio of R's survey. A
    total is linear as it is; the linear variable of a ratio is z = y - ratio x. PSUs of the sample without a case in
    the cell count with z = 0. A stratum of a single PSU gives nothing, its own square (adjust, as R's survey does), or
    the mean of the others (average).
    """
    y, x, ratio = _ratio(domains, sums)
    z, squares = domains.by_stratum(sums.y), domains.products(sums.y, sums.y)
    size = squares
    if sums.x is not None:
        rate = ratio[:, np.newaxis]
        z = z - rate * domains.by_stratum(sums.x)
        of_x = rate**2 * domains.products(sums.x, sums.x)
        squares, size = squares - 2 * rate * domains.products(sums.y, sums.x) + of_x, squares + of_x
    units = domains.sample.units
    spread = squares - z**2 / units
    spread = np.where(spread > LEFT_OF_ROUNDING * size, spread, 0)
    alone = z**2 if domains.sample.design.single_psu == "adjust" else np.zeros_like(z)
    of_strata = np.where(units > 1, spread * units / np.maximum(units - 1, 1), alone)
    base_units = domains.units_with(sums.base)
    with_cases = (base_units > 0).sum(axis=1)
    variance = of_strata.sum(axis=1)
    if domains.sample.design.single_psu == "average":
        usable = ((base_units > 0) & (units > 1)).sum(axis=1)
        variance = variance * divided(with_cases, usable)
    return Estimates(domains.totals[sums.n], y, x, base_units.sum(axis=1) - with_cases, variance)


def _between_replicates(domains: Domains, sums: Sums, _: SquareScales) -> Estimates:
    """How far the replicates' estimates lie from the full sample's, or from their mean.

    Wolter, chapters 3 to 5; the same as svrepdesign of R's survey. Unit 0 is the full weight. A ratio that a replicate
    cannot give, because it holds nobody of the cell, is left out. Replicates that change the denominator and never the
    ratio change the weights of all cases alike: these are of one sampling unit, and there are no degrees of freedom.
    """
    sample = domains.sample
    y = domains.by_unit(sums.y)
    x = np.zeros_like(y) if sums.x is None else domains.by_unit(sums.x)
    estimates = y if sums.x is None else divided(y, x)
    full, replicated = estimates[:, 0], estimates[:, 1:]
    centre = full
    if sample.design.replicates is not None and sample.design.replicates.centre == "mean":
        counted = np.where(np.isfinite(replicated) & (sample.factors > 0), replicated, 0)
        centre = divided(counted.sum(axis=1), (np.isfinite(replicated) & (sample.factors > 0)).sum(axis=1))
    departures = np.where(np.isfinite(replicated), replicated - centre[:, np.newaxis], 0)
    variance = (sample.factors * departures**2).sum(axis=1)
    degrees = np.minimum(sample.degrees_of_freedom, domains.totals[sums.base] - 1)
    if sums.x is None:
        return Estimates(domains.totals[sums.n], y[:, 0], x[:, 0], degrees, variance)
    is_changed = (np.abs(x - x[:, :1]) > LEFT_OF_ROUNDING * x[:, :1]).any(axis=1)
    is_same = (variance <= LEFT_OF_ROUNDING * full**2) & (full != 0) & (y[:, 0] != x[:, 0])
    degrees = np.where(is_changed & is_same, 0, degrees)
    return Estimates(domains.totals[sums.n], y[:, 0], x[:, 0], degrees, variance * x[:, 0] ** 2)


def _between_persons(domains: Domains, sums: Sums, scales: SquareScales) -> Estimates:
    """Persons as independent units, drawn with replacement, times the declared design effect.

    svydesign(ids = ~1, weights = ~w) of R's survey.
    """
    y, x, ratio = _ratio(domains, sums)
    yy, xy, xx = (
        scale * domains.totals[name] if name is not None else np.zeros_like(y)
        for scale, name in zip(scales, (sums.yy, sums.xy, sums.xx), strict=True)
    )
    units = domains.sample.units[0]
    squares = yy - 2 * ratio * xy + ratio**2 * xx
    spread = squares - (y - ratio * x) ** 2 / units
    variance = domains.sample.design.design_effect * spread * (units / (units - 1) if units > 1 else np.nan)
    return Estimates(domains.totals[sums.n], y, x, domains.totals[sums.base] - 1, variance)


ESTIMATORS: Mapping[str, Callable[[Domains, Sums, SquareScales], Estimates]] = MappingProxyType(
    {"psus": _between_psus, "replicates": _between_replicates, "persons": _between_persons}
)
"""By what the variance is taken between."""


def _ratio(domains: Domains, sums: Sums) -> tuple[Floats, Floats, Floats]:
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


def create_estimate(
    connection: duckdb.DuckDBPyConnection, estimates: Estimates, scale: Scale, name: str = "estimate"
) -> Relation:
    """A table of estimates, keyed by `cell` (columns of ESTIMATE); `se` is in the published unit, nan is null."""
    columns = {
        "cell": pa.array(np.arange(len(estimates.n)), pa.int32()),
        "n": pa.array(estimates.n.astype(np.int64)),
        "degrees_of_freedom": pa.array(estimates.degrees_of_freedom.astype(np.int64)),
        **{name: pa.array(getattr(estimates, name), from_pandas=True) for name in ("y", "x", "t")},
        "se": pa.array(estimates.standard_error(scale), from_pandas=True),
    }
    return load_table(connection, name, pa.table({column: columns[column] for column in ESTIMATE}))
