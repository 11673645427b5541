"""A sample with replicate weights: the scans sum each of them like the full weight, and the variance of a cell is taken
over the replicates' estimates.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from schemas.partition import Partition
from schemas.sample_design import Replicates
from schemas.survey import Survey
from transforms.estimate.coding import WEIGHT_UNITS
from transforms.estimate.domains import Domains, Floats
from transforms.estimate.estimates import Estimates, divided
from transforms.estimate.replicates import degrees_of_freedom
from transforms.estimate.sample import Sample, scaled
from transforms.estimate.scores import SampledUnits
from transforms.estimate.squares import SquareScales
from transforms.measures import Scale, Sums
from transforms.relation import Relation, create_view
from transforms.sql import load_sql

LEFT_OF_ROUNDING = 1e-13


@dataclass(frozen=True)
class SampleOfReplicates(Sample):
    """The units are the full weight, number 0, which alone has cases, and its replicates.

    replicates          as declared
    factors             the factor of each replicate's squared deviation
    degrees_of_freedom  those of the whole sample
    """

    replicates: Replicates
    factors: Floats
    degrees_of_freedom: int
    is_replicated: ClassVar[bool] = True

    @property
    def weights(self) -> list[str]:
        """The full one, then the replicates."""
        return ["weight", *(f"replicate_{number}" for number in range(1, self.count))]

    def records(self, core: Relation) -> str:
        """Joins copy a list whole, but no column that is not read: each replicate weight has a column."""
        columns = (f"replicate_weights[{number}] as {name}" for number, name in enumerate(self.weights) if number)
        return f"(select * exclude (replicate_weights), {', '.join(columns)} from {core})"

    def create_persons(self, core: Relation, query: str, columns: Sequence[str]) -> Relation:
        """A view: with all replicate weights, a table would not fit into memory."""
        return create_view(core.connection, "persons", query, columns=columns)

    def atoms_query(
        self,
        persons: Relation,
        keys: Mapping[str, str],
        where: str,
        variables: Iterable[str],
        _squares: Mapping[str, str],
    ) -> str:
        """Query of the atoms: a row per combination of the `keys` (SQL by name) and replicate, without squares."""
        names = list(variables)
        return load_sql(__file__, "atoms_replicate").substitute(
            persons=persons,
            coded=",\n    ".join(f"{sql} as {name}" for name, sql in keys.items()),
            keys=",\n        ".join(keys),
            in_any_population=where,
            weight_sums=", ".join(f"cast({WEIGHT_UNITS} * sum({weight}) as bigint)" for weight in self.weights),
            value_sums="".join(f",\n        {_weighted(name, self.weights)}" for name in names),
            last=self.count - 1,
            values_of_replicates="".join(f",\n    unnest(wv_{name}) as wv_{name}" for name in names),
        )

    def below_query(self, valued: Relation, bounds: Relation, _squares: Mapping[str, str]) -> str:
        """Query of the cases and weights at or below the quantile and in all, per cell and replicate."""
        return load_sql(__file__, "below_replicate").substitute(
            valued=valued,
            bounds=bounds,
            below=", ".join(f"coalesce(sum({weight}) filter (value <= q), 0)" for weight in self.weights),
            in_all=", ".join(f"sum({weight})" for weight in self.weights),
            last=self.count - 1,
        )

    def units(self) -> SampledUnits:
        """The replicates by number, without the full weight."""
        return SampledUnits(None, np.arange(1, self.count).astype(str))

    def scores(self, domains: Domains, sums: Sums, scale: Scale, cells: Sequence[int]) -> Floats:
        """The deviations of the replicates' estimates, each times the square root of its factor."""
        y = domains.by_unit(sums.y, cells)
        x = np.ones_like(y) if sums.x is None else domains.by_unit(sums.x, cells)
        departures = self._departures(divided(y, x))
        return scaled(np.sqrt(self.factors) * departures, np.ones(len(y)), scale)

    def _departures(self, estimates: Floats) -> Floats:
        """How far each replicate's estimate is from the full sample's, or from their mean; zero where there is none."""
        full, replicated = estimates[:, 0], estimates[:, 1:]
        centre = full
        if self.replicates.centre == "mean":
            counted = np.where(np.isfinite(replicated) & (self.factors > 0), replicated, 0)
            centre = divided(counted.sum(axis=1), (np.isfinite(replicated) & (self.factors > 0)).sum(axis=1))
        return np.asarray(np.where(np.isfinite(replicated), replicated - centre[:, np.newaxis], 0))

    def _between_units(self, domains: Domains, sums: Sums, _: SquareScales) -> Estimates:
        """Variance from the deviations of the replicates' estimates from the full sample's, or from their mean.

        Wolter, Introduction to Variance Estimation, 2007, chapters 3 to 5; the same as svrepdesign of R's survey. Unit
        0 is the full weight. A ratio that a replicate cannot give, because it has nobody in the cell, is left out.
        Replicates that change the denominator and never the ratio change the weights of all cases alike: the cases are
        then of one sampling unit, and there are no degrees of freedom.
        """
        y = domains.by_unit(sums.y)
        x = np.zeros_like(y) if sums.x is None else domains.by_unit(sums.x)
        estimates = y if sums.x is None else divided(y, x)
        full, departures = estimates[:, 0], self._departures(estimates)
        variance = (self.factors * departures**2).sum(axis=1)
        degrees = np.minimum(self.degrees_of_freedom, domains.totals[sums.base] - 1)
        if sums.x is None:
            return Estimates(domains.totals[sums.n], y[:, 0], x[:, 0], degrees, variance)
        is_changed = (np.abs(x - x[:, :1]) > LEFT_OF_ROUNDING * x[:, :1]).any(axis=1)
        is_same = (variance <= LEFT_OF_ROUNDING * full**2) & (full != 0) & (y[:, 0] != x[:, 0])
        degrees = np.where(is_changed & is_same, 0, degrees)
        return Estimates(domains.totals[sums.n], y[:, 0], x[:, 0], degrees, variance * x[:, 0] ** 2)


def _weighted(name: str, weights: Sequence[str]) -> str:
    """SQL of a list of a variable's sums, one by each weight."""
    sums = (f"coalesce(sum(cast(cast({weight} as double) * {name} as decimal(38, 8))), 0)" for weight in weights)
    return f"[{', '.join(sums)}] as wv_{name}"


def read_replicates(core: Relation, source: Survey, partition: Partition) -> SampleOfReplicates:
    """The replicate weights of the person records."""
    design = source.design
    replicates = design.replicates
    if replicates is None:
        raise TypeError(f"{partition.key}: a replicate design without replicates cannot be declared")
    factors = np.array(replicates.variance_factors)
    degrees = degrees_of_freedom(core, replicates)
    return SampleOfReplicates(design, len(factors) + 1, replicates, factors, degrees)
