"""Simulated draws of migrants in the labour force: uncertainty from imputation, samples and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.editions import Method
from transforms.regional.impute import LeftOut
from transforms.regional.inputs import SEXES, Tables
from transforms.regional.solve import expit, logit, solve

Numbers = NDArray[np.float64]
MEDIAN_OF_NORMAL = 0.6744897501960817
"""The median absolute value of a standard normal: turns a median absolute difference into a standard deviation."""


@dataclass(frozen=True)
class Revision:
    """How far the values of a benchmark move when its producer revises it, in logarithms.

    Each area (and sex) moves as far as it did last time, but no less than is `typical`; all together by `common`.
    """

    by_area: pd.Series
    typical: float
    common: float

    def of(self, key: pd.MultiIndex) -> Numbers:
        """The spread of each (area, sex)."""
        last = self.by_area.reindex(key).fillna(0.0).to_numpy(dtype=np.float64)
        return np.asarray(np.maximum(last, self.typical), dtype=np.float64)


@dataclass(frozen=True)
class BenchmarkErrors:
    """The revisions of population, participation and employment (log odds), and migrant stock."""

    population: Revision
    rate: Revision
    employment: Revision
    stock: Revision


@dataclass(frozen=True)
class ImputationErrors:
    """The errors of imputed log odds, from leaving out each area in turn.

    Their spread, the correlation between the sexes of one area, and the jackknife: the values imputed to areas that do
    not report, one row for each area left out.
    """

    spread: float
    correlation: float
    jackknife: Numbers


@dataclass(frozen=True)
class Draws:
    """One row for each area and sex in the order of the margins, one column for each draw."""

    population: Numbers
    labour_force: Numbers
    migrants: Numbers
    migrant_labour_force: Numbers
    employed: Numbers
    migrant_employment: Numbers


def revisions(tables: Tables, year: int) -> BenchmarkErrors:
    """How the two latest vintages of each benchmark differ in the nearest year that both have.

    The typical revision is the weighted median of the absolute differences, as a standard deviation; areas are weighted
    as they count in a sum, rates by the population. The revision common to all areas is kept separate.
    """
    rate, employed = (
        tables.rate[tables.rate["indicator"] == name].assign(age="15+", value=lambda table: table["value"] / 100)
        for name in ("lfpr_15plus", "epr_15plus")
    )
    both = employed.merge(rate, on=["vintage", "area", "sex", "year", "age"], suffixes=("", "_force"))
    employment = both.assign(value=both["value"] / both["value_force"])
    people = tables.population[tables.population["age"] == "15+"].groupby(["area", "sex"])["value"].mean()
    return BenchmarkErrors(
        population=_revision(tables.population, year),
        rate=_revision(rate, year, people),
        employment=_revision(employment, year, people),
        stock=_revision(tables.stock, year),
    )


def _revision(table: pd.DataFrame, year: int, people: pd.Series | None = None) -> Revision:
    """The revision of counts; where `people` gives the population of rates, the revision of rates in log odds."""
    chosen = table[(table["age"] == "15+") & table["sex"].isin(SEXES) & (table["value"] > 0)]
    latest = sorted(chosen["vintage"].unique())[-2:]
    wide = chosen[chosen["vintage"].isin(latest)].pivot_table(
        index=["area", "sex", "year"], columns="vintage", values="value"
    )
    both = wide.dropna()
    years = sorted(both.index.unique("year"), key=lambda known: (abs(known - year), -known))
    if len(latest) < 2 or not years:
        return Revision(pd.Series(dtype=float), 0.0, 0.0)
    pair = both.xs(years[0], level="year")
    old, new = pair.to_numpy().T
    change = np.log(new / old) if people is None else logit(new) - logit(old)
    weights = (old + new) / 2 if people is None else people.reindex(pair.index).fillna(0.0).to_numpy()
    shared = float(np.average(change, weights=weights))
    moved = pd.Series(np.abs(change - shared), index=pair.index)
    order = np.argsort(moved.to_numpy())
    middle = np.searchsorted(np.cumsum(weights[order]), weights.sum() / 2)
    typical = float(moved.to_numpy()[order][min(middle, len(order) - 1)]) / MEDIAN_OF_NORMAL
    return Revision(moved, typical, abs(shared))


def imputation_errors(observed: pd.DataFrame, left_out: LeftOut) -> ImputationErrors:
    """From leaving out each of the observed areas (with log_odds)."""
    errors = observed[["area", "sex"]].assign(error=left_out.observed - observed["log_odds"])
    wide = errors.pivot(index="area", columns="sex", values="error")
    spread = float(np.sqrt(np.nanmean(wide.to_numpy() ** 2)))
    pairs = wide.dropna()
    product = float((pairs.prod(axis=1)).mean()) if len(pairs.columns) == 2 and len(pairs) else 0.0
    correlation = float(np.clip(product / spread**2, 0.0, 0.99)) if spread else 0.0
    return ImputationErrors(spread, correlation, left_out.wanted)


def simulate(
    margins: pd.DataFrame,
    imputation: ImputationErrors,
    of_employment: ImputationErrors,
    benchmarks: BenchmarkErrors,
    method: Method,
) -> Draws:
    """Draw every area and sex of the margins (with log_odds, variance, is_imputed, and the same of employment).

    The errors of the two sexes of an area are correlated as found by leaving areas out. The same seed gives the
    same draws.
    """
    draws = method.simulation.draws
    random = np.random.Generator(np.random.PCG64(method.simulation.seed))
    area = pd.factorize(margins["area"])[0]
    key = pd.MultiIndex.from_frame(margins[["area", "sex"]])
    log_odds = margins["log_odds"].to_numpy()[:, None] + _odds_errors(margins, area, imputation, random, draws)

    def moved(revision: Revision) -> Numbers:
        by_area = random.standard_normal((area.max() + 1, draws))[area] * revision.of(key)[:, None]
        return np.asarray(by_area + random.standard_normal(draws) * revision.common, dtype=np.float64)

    population = margins["population"].to_numpy()[:, None] * np.exp(moved(benchmarks.population))
    share = expit(logit(margins["participation"].to_numpy())[:, None] + moved(benchmarks.rate))
    stock = margins["migrants"].to_numpy()[:, None] * np.exp(moved(benchmarks.stock))
    migrants = np.minimum(stock, population * method.maximum_migrant_share)
    labour_force = population * share
    workers = solve(population, migrants, labour_force, log_odds)
    employed_share = (margins["employed"] / margins["labour_force"]).to_numpy()[:, None]
    employed = labour_force * expit(logit(employed_share) + moved(benchmarks.employment))
    renamed = margins[["area", "sex"]].assign(
        is_imputed=margins["employment_is_imputed"], variance=margins["employment_variance"]
    )
    odds = margins["employment_log_odds"].to_numpy()[:, None]
    odds = odds + _odds_errors(renamed, area, of_employment, random, draws)
    return Draws(population, labour_force, migrants, workers, employed, solve(labour_force, workers, employed, odds))


def _odds_errors(
    margins: pd.DataFrame,
    area: NDArray[np.int64],
    imputation: ImputationErrors,
    random: np.random.Generator,
    draws: int,
) -> Numbers:
    """Errors of the log odds: sampling and harmonisation where observed, the area's own deviation where imputed."""
    imputed = margins["is_imputed"].to_numpy()
    spread = np.where(imputed, imputation.spread, np.sqrt(margins["variance"].astype(float).fillna(0.0).to_numpy()))
    together = random.standard_normal((area.max() + 1, draws))[area]
    apart = random.standard_normal((len(margins), draws))
    rho = imputation.correlation
    errors = spread[:, None] * (np.sqrt(rho) * together + np.sqrt(1 - rho) * apart)
    errors[imputed] += _model_errors(imputation.jackknife, random, draws)
    return np.asarray(errors, dtype=np.float64)


def _model_errors(jackknife: Numbers, random: np.random.Generator, draws: int) -> Numbers:
    """Errors common to imputed areas, since one model imputes them: those of the jackknife, with its covariances."""
    deviations = jackknife - jackknife.mean(axis=0)
    scale = np.sqrt((len(jackknife) - 1) / len(jackknife))
    return np.asarray(scale * deviations.T @ random.standard_normal((len(jackknife), draws)), dtype=np.float64)
