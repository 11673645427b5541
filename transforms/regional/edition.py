"""One edition: every step in order, for its reference year and its back series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from schemas.communities import Communities, Composition
from schemas.editions import Imputation, Method, Profile
from transforms.regional.activities import by_activity, choose_structures
from transforms.regional.ages import age_gap, age_profile, age_profiles
from transforms.regional.aggregate import aggregate, aggregate_activities, aggregate_ages
from transforms.regional.by_age import by_age
from transforms.regional.compare import left_out_table
from transforms.regional.employment import employment_odds, national_employment_odds, with_employment
from transforms.regional.frames import AREAS, PARTICIPATION
from transforms.regional.impute import features, impute, leave_one_out
from transforms.regional.inputs import Chosen, Tables, choose
from transforms.regional.margins import margins
from transforms.regional.national import NOTHING_NATIONAL, National
from transforms.regional.odds_ratio import choose_odds, national_odds, reported_odds, smoothed, without_odds
from transforms.regional.solve import solve
from transforms.regional.uncertainty import BenchmarkErrors, Draws, imputation_errors, revisions, simulate


@dataclass(frozen=True)
class Areas:
    """Participation in one year: `frame` (frames.PARTICIPATION), and in the same order `seen` (FEATURES) and
    `profile` (AGE_PROFILE).
    """

    frame: pd.DataFrame
    seen: pd.DataFrame
    profile: pd.DataFrame


@dataclass(frozen=True)
class YearEstimate:
    """One year: `areas` (frames.AREAS), and in the same order `seen` (FEATURES), `profile` (AGE_PROFILE) and `draws`.

    `models` are the areas left out, by every model (LEFT_OUT), `used` is the model of the edition; `activities` are
    employed migrants by activity (BY_ACTIVITY); `communities` are those whose members are summed.
    """

    year: int
    areas: pd.DataFrame
    seen: pd.DataFrame
    profile: pd.DataFrame
    models: pd.DataFrame
    used: str
    draws: Draws
    activities: pd.DataFrame
    communities: Communities

    @property
    def left_out(self) -> pd.DataFrame:
        """Areas left out, by the model used."""
        return self.models[self.models["model"] == self.used].reset_index(drop=True)


@dataclass(frozen=True)
class Aggregates:
    """The aggregates of one year: `whole` by measure and status of migration (frames.AGGREGATES), and migrants in the
    labour force by age (AGE_GROUPS) and employed migrants by broad activity (ACTIVITY_GROUPS). `compositions` are the
    members of each community, `estimated` the areas that are summed.
    """

    whole: pd.DataFrame
    ages: pd.DataFrame
    activities: pd.DataFrame
    compositions: Mapping[str, Composition]
    estimated: frozenset[str]


@dataclass(frozen=True)
class Prepared:
    """What all years of an edition share: its inputs, and the log odds (frames.ODDS) from benchmarks (reports,
    employment) and from our own national estimates (national, unemployment), with our structures by activity
    (NATIONAL_ACTIVITIES).
    """

    chosen: Chosen
    method: Method
    imputation: Imputation
    reports: pd.DataFrame
    national: pd.DataFrame
    employment: pd.DataFrame
    unemployment: pd.DataFrame
    activities: pd.DataFrame
    errors: BenchmarkErrors
    unusable: int


def prepare(tables: Tables, profile: Profile, method: Method, national: National = NOTHING_NATIONAL) -> Prepared:
    """Choose the inputs and convert every report to a log odds ratio."""
    chosen = choose(tables, profile, method)
    covered = tables.reported[tables.reported["area"].isin(chosen.areas) & _within_reach(tables, profile, method)]
    profiles = age_profiles(chosen, map(int, covered["year"].unique()), method.prime_age_weight)
    participation, unemployment, activities = (
        table[table["area"].isin(chosen.areas)]
        for table in (national.participation, national.unemployment, national.activities)
    )
    return Prepared(
        chosen=chosen,
        method=method,
        imputation=Imputation(model=profile.model, **method.imputation.model_dump()),
        reports=smoothed(reported_odds(covered, profiles, method.odds), method.odds.smooth_years),
        national=national_odds(participation),
        employment=smoothed(employment_odds(covered, method.employment), method.employment.smooth_years),
        unemployment=national_employment_odds(unemployment),
        activities=activities,
        errors=revisions(tables, profile.year),
        unusable=int(without_odds(covered).sum()),
    )


def _within_reach(tables: Tables, profile: Profile, method: Method) -> pd.Series:
    """Reports of a year that some year of the edition may use."""
    years, window = profile.years, max(method.odds.window_years, method.employment.window_years)
    return tables.reported["year"].between(years[0] - window, years[-1] + window)


def estimate_areas(prepared: Prepared, year: int, *, scaled_to: float | None = None) -> Areas:
    """Estimate participation in every area and sex of a year, without its uncertainty.

    `scaled_to` scales migrants to that world total, for comparison.
    """
    method, chosen = prepared.method, prepared.chosen
    frame = margins(chosen, year, method)
    if scaled_to is not None:
        frame["migrants_input"] *= scaled_to / frame["migrants_input"].sum()
        frame["migrants"] = frame["migrants_input"].clip(upper=frame["population"] * method.maximum_migrant_share)
    profile = age_profile(chosen, year, method.prime_age_weight)
    odds = choose_odds(prepared.reports, prepared.national, year, method.odds)
    frame = frame.merge(odds.rename(columns={"year": "odds_year"}), on=["area", "sex"], how="left")
    frame["is_imputed"] = frame["log_odds"].isna()
    seen = features(frame, age_gap(profile), frame["log_odds"])
    observed, wanted = _split(frame, seen)
    frame.loc[frame["is_imputed"], "log_odds"] = impute(observed, wanted, prepared.imputation)
    frame["migrant_labour_force"] = solve(
        frame["population"], frame["migrants"], frame["labour_force"], frame["log_odds"]
    )
    return Areas(PARTICIPATION.of(frame), seen, profile)


def estimate_year(prepared: Prepared, year: int, *, scaled_to: float | None = None) -> YearEstimate:
    """Estimate every area and sex of a year, with its uncertainty (see estimate_areas)."""
    method, areas = prepared.method, estimate_areas(prepared, year, scaled_to=scaled_to)
    frame, name = areas.frame, prepared.imputation.model
    observed, wanted = _split(frame, areas.seen)
    left_out = leave_one_out(observed, wanted, prepared.imputation)
    known = frame[~frame["is_imputed"] & (frame["migrants"] > 0)].reset_index(drop=True)
    models = left_out_table(known, left_out)
    spread = imputation_errors(observed, left_out[name])
    frame.loc[frame["is_imputed"], "variance"] = spread.spread**2
    employed = with_employment(frame, prepared.chosen, year, method, prepared.employment, prepared.unemployment)
    draws = simulate(employed.areas, spread, employed.errors, prepared.errors, method)
    activities = by_activity(employed.areas, choose_structures(prepared.activities, year, method.activities))
    origins = activities.drop_duplicates(["area", "sex"])[["area", "sex", "origin"]]
    whole = employed.areas.merge(origins.rename(columns={"origin": "activity_origin"}), on=["area", "sex"], how="left")
    communities = prepared.chosen.communities
    return YearEstimate(year, AREAS.of(whole), areas.seen, areas.profile, models, name, draws, activities, communities)


def _split(frame: pd.DataFrame, seen: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Features of the rows observed and of those to impute. An area without migrants is used for neither."""
    taught = ~frame["is_imputed"] & (frame["migrants"] > 0)
    return seen[taught].reset_index(drop=True), seen[frame["is_imputed"]].reset_index(drop=True)


def aggregates_of(estimate: YearEstimate, level: float) -> Aggregates:
    """The aggregates of a year."""
    return Aggregates(
        whole=aggregate(estimate.areas, estimate.draws, level),
        ages=aggregate_ages(by_age(estimate.areas, estimate.profile)),
        activities=aggregate_activities(estimate.activities),
        compositions=estimate.communities.compositions(estimate.year),
        estimated=frozenset(estimate.areas["area"]),
    )
