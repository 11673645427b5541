"""Observed log odds ratios of participation, migrants against others."""

from __future__ import annotations

import numpy as np
import pandas as pd

from schemas.editions import Odds
from transforms.regional.ages import extend_to_15_plus
from transforms.regional.frames import CHOSEN_ODDS, ODDS
from transforms.regional.inputs import SEXES
from transforms.regional.solve import logit


def reported_odds(reported: pd.DataFrame, profiles: pd.DataFrame, rules: Odds) -> pd.DataFrame:
    """The log odds ratio of every report (frames.REPORTED), with its variance (frames.ODDS).

    `profiles` are the age profiles of the years reported (frames.AGE_PROFILES), which convert 15-64 rates to 15+. A
    report for both sexes together is used for each sex, with quality pooled_sexes, where the sexes are not reported. A
    rate of 0 or 100 per cent has no finite log odds: see `without_odds`. A report of an area without ages is left out.
    """
    usable = reported[~without_odds(reported)]
    frame = by_sex(usable)
    at = pd.MultiIndex.from_frame(frame[["year", "area", "sex"]])
    ages = profiles.reindex(at)[["migrants_65+", "population_65+", "rate_65+"]].to_numpy()
    extended = (frame["age"] != "15+").to_numpy()
    migrant, other = frame["migrant"].to_numpy() / 100, frame["non_migrant"].to_numpy() / 100
    migrant = np.where(extended, extend_to_15_plus(migrant, ages[:, 0], ages[:, 2]), migrant)
    other = np.where(extended, extend_to_15_plus(other, ages[:, 1], ages[:, 2]), other)
    sampling = frame["quality"].map(rules.errors).fillna(rules.errors["default"]).to_numpy()
    frame["log_odds"] = logit(migrant) - logit(other)
    frame["variance"] = sampling**2 + np.where(extended, rules.error_of_extension**2, 0.0)
    found = frame.rename(columns={"source": "origin"}).dropna(subset="log_odds")
    return ODDS.of(found).reset_index(drop=True)


def smoothed(odds: pd.DataFrame, years: int) -> pd.DataFrame:
    """Each log odds ratio as the mean of its series over that many years around it; unchanged when `years` is 1.

    A series is that of one source, area, sex, basis and age. The variance is not reduced, as errors of neighbouring
    years of one source are not independent.
    """
    if years == 1:
        return odds
    series = ["area", "sex", "basis", "age", "origin"]
    pairs = odds[[*series, "year", "log_odds"]].merge(
        odds[[*series, "year", "log_odds"]], on=series, suffixes=("", "_near")
    )
    near = pairs[(pairs["year"] - pairs["year_near"]).abs() <= years // 2]
    means = near.groupby([*series, "year"])["log_odds_near"].mean().rename("mean").reset_index()
    frame = odds.merge(means, on=[*series, "year"], how="left", validate="many_to_one")
    return frame.assign(log_odds=frame["mean"])[ODDS.names]


def without_odds(reported: pd.DataFrame) -> pd.Series:
    """Reports without a log odds ratio: a rate is missing, or is 0 or 100 per cent. Their areas are imputed."""
    rates = reported[["migrant", "non_migrant"]]
    return rates.isna().any(axis=1) | (rates <= 0).any(axis=1) | (rates >= 100).any(axis=1)


def by_sex(usable: pd.DataFrame) -> pd.DataFrame:
    """Reports by sex, and those for both sexes repeated for each sex that the same source does not report for that
    year."""
    separate = usable[usable["sex"].isin(SEXES)]
    both = usable[~usable["sex"].isin(SEXES)]
    pooled = pd.concat([both.assign(sex=sex, quality="pooled_sexes") for sex in SEXES])
    key = ["area", "sex", "year", "basis"]
    known = pd.MultiIndex.from_frame(separate[key])
    pooled = pooled[~pd.MultiIndex.from_frame(pooled[key]).isin(known)]
    return pd.concat([separate, pooled], ignore_index=True)


def national_odds(national: pd.DataFrame) -> pd.DataFrame:
    """The log odds ratio of our own estimates (frames.NATIONAL_RATES), with their sampling variance."""
    frame = national[~without_odds(national)].copy()
    migrant, other = frame["migrant"] / 100, frame["non_migrant"] / 100
    frame["log_odds"] = logit(migrant) - logit(other)
    # Delta method: the variance of a logit is that of the rate over (p (1 - p))^2.
    frame["variance"] = sum(
        (error / 100 / (share * (1 - share))) ** 2
        for share, error in ((migrant, frame["migrant_se"]), (other, frame["non_migrant_se"]))
    )
    return ODDS.of(frame.assign(age="15+", quality="national")).dropna().reset_index(drop=True)


def choose_odds(reports: pd.DataFrame, national: pd.DataFrame, year: int, rules: Odds) -> pd.DataFrame:
    """One report for each area and sex (frames.CHOSEN_ODDS): the best for a year, its variance increased with its
    distance from the year.

    National estimates take precedence where the rules declare it; then the basis named first, the nearest year within
    the window (the earlier of two equally near), and 15+ before 15-64.
    """
    offered = [table.assign(rank=rank) for rank, table in enumerate((national, reports)) if len(table)]
    both = pd.concat(offered or [reports], ignore_index=True)
    both["carried_years"] = (both["year"] - year).abs()
    both["basis_rank"] = both["basis"].map({basis: number for number, basis in enumerate(rules.bases)})
    both = both[(both["carried_years"] <= rules.window_years) & both["basis_rank"].notna()]
    both["pooled"] = both["quality"] == "pooled_sexes"
    both["short"] = both["age"] != "15+"
    first = ["rank"] if rules.replaced_by_national else []
    order = [*first, "basis_rank", "pooled", "carried_years", "short", "year", "origin"]
    best = both.sort_values(["area", "sex", *order]).drop_duplicates(["area", "sex"])
    away = best["carried_years"] * rules.error_per_root_year**2
    other_basis = np.where(best["basis"] == rules.bases[0], 0.0, rules.error_of_other_basis**2)
    best = best.assign(variance=best["variance"] + away + other_basis)
    return CHOSEN_ODDS.of(best).reset_index(drop=True)
