"""One edition: every step in order, for its reference year and its back series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from schemas.editions import Method, Profile
from transforms.regional.ages import age_gap, age_profile
from transforms.regional.aggregate import aggregate, aggregate_parts
from transforms.regional.compare import left_out_table
from transforms.regional.disaggregate import by_age
from transforms.regional.impute import features, impute, leave_one_out
from transforms.regional.inputs import SEXES, Chosen, Tables, choose
from transforms.regional.margins import margins
from transforms.regional.odds_ratio import KEPT, choose_odds, national_odds, reported_odds, without_odds
from transforms.regional.solve import solve
from transforms.regional.uncertainty import BenchmarkErrors, Draws, imputation_errors, revisions, simulate

NO_NATIONAL = pd.DataFrame(
    columns=["area", "sex", "year", "basis", "origin", "migrant", "migrant_se", "non_migrant", "non_migrant_se"]
)


@dataclass(frozen=True)
class YearEstimate:
    """One year: `areas` has one row an area and sex; `seen` are its features for imputation, in the same order."""

    year: int
    areas: pd.DataFrame
    seen: pd.DataFrame
    profile: pd.DataFrame
    models: Mapping[str, pd.DataFrame]
    used: str
    draws: Draws

    @property
    def left_out(self) -> pd.DataFrame:
        """Areas left out, by the model used (see `models` for every one): compare.left_out_table."""
        return self.models[self.used]


@dataclass(frozen=True)
class Prepared:
    """What all years of an edition share."""

    chosen: Chosen
    method: Method
    reports: pd.DataFrame
    national: pd.DataFrame
    errors: BenchmarkErrors
    unusable: int


def prepare(tables: Tables, profile: Profile, method: Method, national: pd.DataFrame = NO_NATIONAL) -> Prepared:
    """Choose the inputs and bring every report to a log odds ratio. `national`: see odds_ratio.national_odds."""
    chosen = choose(tables, profile, method)
    covered = tables.reported[tables.reported["area"].isin(chosen.areas)]
    profiles = {int(year): age_profile(chosen, int(year), method.prime_age_weight) for year in covered["year"].unique()}
    ours = national[national["area"].isin(chosen.areas) & national["sex"].isin(SEXES)]
    return Prepared(
        chosen=chosen,
        method=method,
        reports=reported_odds(covered, profiles, method.odds),
        national=national_odds(ours) if len(ours) else pd.DataFrame(columns=KEPT),
        errors=revisions(tables, profile.year),
        unusable=int(without_odds(covered).sum()),
    )


def estimate_year(prepared: Prepared, year: int, *, scaled_to: float | None = None) -> YearEstimate:
    """Estimate every area and sex of a year. `scaled_to` scales migrants to that many in the world, for comparison."""
    method, chosen = prepared.method, prepared.chosen
    frame = margins(chosen, year, method)
    if scaled_to is not None:
        frame["migrants_input"] *= scaled_to / frame["migrants_input"].sum()
        frame["migrants"] = frame["migrants_input"].clip(upper=frame["population"] * method.maximum_migrant_share)
    profile = age_profile(chosen, year, method.prime_age_weight)
    odds = choose_odds(prepared.reports, prepared.national, year, method.odds)
    frame = frame.merge(odds.rename(columns={"year": "odds_year"}), on=["area", "sex"], how="left")
    frame["is_imputed"] = frame["log_odds"].isna()
    seen = features(frame, age_gap(profile)).assign(log_odds=frame["log_odds"])
    observed, wanted = _split(frame, seen)
    name, rules = method.imputation.model, method.imputation
    left_out = leave_one_out(observed, wanted, rules)
    frame.loc[frame["is_imputed"], "log_odds"] = impute(observed, wanted, rules)[name]
    frame["migrant_labour_force"] = solve(
        frame["population"], frame["migrants"], frame["labour_force"], frame["log_odds"]
    )
    spread = imputation_errors(observed, left_out[name].observed)
    frame.loc[frame["is_imputed"], "variance"] = spread.spread**2
    draws = simulate(frame, left_out[name].wanted, spread, prepared.errors, method)
    known = frame[~frame["is_imputed"] & (frame["migrants"] > 0)].reset_index(drop=True)
    models = {model: left_out_table(known, each.observed) for model, each in left_out.items()}
    return YearEstimate(year, frame, seen, profile, models, name, draws)


def _split(frame: pd.DataFrame, seen: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of the rows observed and of those to impute. An area without migrants teaches nothing."""
    taught = ~frame["is_imputed"] & (frame["migrants"] > 0)
    return seen[taught].reset_index(drop=True), seen[frame["is_imputed"]].reset_index(drop=True)


def with_model(prepared: Prepared, model: str) -> Prepared:
    """The same inputs with another imputation model."""
    imputation = prepared.method.imputation.model_copy(update={"model": model})
    return replace(prepared, method=prepared.method.model_copy(update={"imputation": imputation}))


def aggregates_of(estimate: YearEstimate, level: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The aggregates of a year (transforms/regional/aggregate), and its migrants in the labour force by age."""
    whole = aggregate(estimate.areas, estimate.draws, level)
    ages = aggregate_parts(by_age(estimate.areas, estimate.profile), "age")
    return whole, ages
