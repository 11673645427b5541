"""Employed migrants: from the odds of being employed in the labour force, migrants against others.

The labour force plays the part of the population in participation: with its size, its employed and its migrants known,
an odds ratio gives the employed migrants by the same equation (transforms/regional/solve).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from schemas.editions import Imputation, Method, Odds
from schemas.errors import InputError
from transforms.regional.frames import EMPLOYMENT, ODDS
from transforms.regional.impute import features, impute, leave_one_out
from transforms.regional.inputs import Chosen
from transforms.regional.odds_ratio import by_sex, choose_odds, national_odds
from transforms.regional.solve import logit, solve
from transforms.regional.uncertainty import ImputationErrors, imputation_errors

RATES = {"migrant_unemployment": "migrant", "non_migrant_unemployment": "non_migrant"}


@dataclass(frozen=True)
class Employed:
    """The areas of a year with their employed migrants (frames.EMPLOYMENT), and the errors of imputation."""

    areas: pd.DataFrame
    errors: ImputationErrors


def employment_odds(reported: pd.DataFrame, rules: Odds) -> pd.DataFrame:
    """The log odds ratio of employment of every report that has unemployment rates (frames.ODDS).

    Rates of 15-64 are used for 15+ with the declared error. A rate of 0 or 100 per cent has no finite log odds and is
    left out.
    """
    rates = reported[list(RATES)]
    frame = by_sex(reported[rates.notna().all(axis=1) & (rates > 0).all(axis=1) & (rates < 100).all(axis=1)])
    migrant, other = (frame[name].to_numpy() / 100 for name in RATES)
    sampling = frame["quality"].map(rules.errors).fillna(rules.errors["default"]).to_numpy()
    frame["log_odds"] = logit(other) - logit(migrant)
    frame["variance"] = sampling**2 + np.where(frame["age"] != "15+", rules.error_of_extension**2, 0.0)
    return ODDS.of(frame.rename(columns={"source": "origin"})).reset_index(drop=True)


def national_employment_odds(national: pd.DataFrame) -> pd.DataFrame:
    """The same from our own unemployment rates, with their sampling variance (see odds_ratio.national_odds)."""
    odds = national_odds(national)
    return odds.assign(log_odds=-odds["log_odds"])


def with_employment(
    areas: pd.DataFrame, chosen: Chosen, year: int, method: Method, reports: pd.DataFrame, national: pd.DataFrame
) -> Employed:
    """The employed, and employed migrants, of the areas of a year (frames.PARTICIPATION).

    Areas that do not report are imputed by the declared model. Raises InputError for an area without an employment
    rate, or with more employed than labour force.
    """
    odds = choose_odds(reports, national, year, method.employment)
    named = odds.rename(columns={"origin": "employment_origin"})[
        ["area", "sex", "log_odds", "variance", "employment_origin"]
    ]
    named = named.rename(columns={"log_odds": "employment_log_odds", "variance": "employment_variance"})
    frame = areas.assign(employed=areas["labour_force"] * _share(areas, chosen, year, method))
    frame = frame.merge(named, on=["area", "sex"], how="left")
    frame["employment_is_imputed"] = frame["employment_log_odds"].isna()
    errors = _impute(frame, method.employment_imputation)
    frame["migrant_employment"] = solve(
        frame["labour_force"], frame["migrant_labour_force"], frame["employed"], frame["employment_log_odds"]
    )
    return Employed(EMPLOYMENT.of(frame), errors)


def _share(areas: pd.DataFrame, chosen: Chosen, year: int, method: Method) -> np.ndarray:
    """The employed as a share of the labour force, from the nearest year within the declared limit."""
    key = pd.MultiIndex.from_frame(areas[["area", "sex"]])
    known = chosen.employment.at(year).reindex(key)
    too_old = (known.from_year - year).abs() > method.carry_rates_years
    for lost, what in (
        (known.value.isna() | too_old, f"no employment rate for {year}"),
        (known.value > 1, f"more employed than labour force in {year}"),
    ):
        if lost.any():
            raise InputError(
                f"{what}: {', '.join(sorted(set(key[lost].get_level_values('area'))))}",
                where="inputs of the regional estimates",
                why="employed migrants could not be estimated",
                remedy="take another vintage of the rates in schemas/editions.yaml, or declare a gap",
            )
    return known.value.to_numpy(dtype=np.float64)


def _impute(frame: pd.DataFrame, rules: Imputation) -> ImputationErrors:
    """Fill in the log odds of areas that do not report, in place; returns the errors of imputation where areas do.

    The models use the employed share of the labour force in place of participation; ages are left out.
    """
    shares = frame[["area", "sex", "region", "subregion", "income"]].assign(
        population=frame["labour_force"],
        migrants=frame["migrant_labour_force"],
        participation=frame["employed"] / frame["labour_force"],
    )
    none = pd.Series(0.0, index=pd.MultiIndex.from_frame(frame[["area", "sex"]]))
    seen = features(shares, none, frame["employment_log_odds"])
    imputed = frame["employment_is_imputed"]
    observed = seen[~imputed & (frame["migrant_labour_force"] > 0)].reset_index(drop=True)
    wanted = seen[imputed].reset_index(drop=True)
    frame.loc[imputed, "employment_log_odds"] = impute(observed, wanted, rules)
    errors = imputation_errors(observed, leave_one_out(observed, wanted, rules, [rules.model])[rules.model])
    frame.loc[imputed, "employment_variance"] = errors.spread**2
    return errors
