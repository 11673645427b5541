"""Age bands of the population and of migrants, and the labour force participation of each band."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd

from schemas.errors import InputError
from transforms.regional.bands import BANDS
from transforms.regional.frames import AGE_PROFILE, AGE_PROFILES
from transforms.regional.inputs import SEXES, Chosen, Yearly
from transforms.regional.solve import expit, logit

LEAST, MOST = 0.005, 0.995


def age_profile(chosen: Chosen, year: int, prime_age_weight: float) -> pd.DataFrame:
    """The age profile of every area and sex (frames.AGE_PROFILE), indexed by area and sex.

    Participation is known for 25-54 and 65+, and for 15-64 as a whole. The split of the rest between 15-24 and 55-64
    follows a rule: 55-64 lies between 65+ and 25-54, in log odds, by the weight of the latter, and 15-24 gets the
    remainder. An area whose migrants' ages are not known takes those of all migrants of the sex. Raises InputError when
    an area lacks ages.
    """
    index = pd.MultiIndex.from_product([chosen.areas, SEXES], names=["area", "sex"])
    population = _of_year(chosen.population_bands, year).reindex(index)
    migrants = _of_year(chosen.migrant_bands, year)
    world = migrants.groupby("sex").sum()
    migrants = migrants.reindex(index)
    lost = migrants.isna().any(axis=1)
    migrants.loc[lost] = world.reindex(migrants.index[lost].get_level_values("sex")).to_numpy()
    lacking = sorted(set(population.index[population.isna().any(axis=1)].get_level_values("area")))
    if lacking:
        raise InputError(f"the population of {', '.join(lacking)} has no ages", where=f"regional estimates, {year}")
    rates = _rates(chosen, population, year, prime_age_weight)
    profile = pd.concat(
        [
            population.div(population.sum(axis=1), axis=0).add_prefix("population_"),
            migrants.div(migrants.sum(axis=1), axis=0).add_prefix("migrants_"),
            rates.add_prefix("rate_"),
        ],
        axis=1,
    )
    return AGE_PROFILE.indexed(profile)


def age_profiles(chosen: Chosen, years: Iterable[int], prime_age_weight: float) -> pd.DataFrame:
    """The age profiles of several years (frames.AGE_PROFILES), indexed by year, area and sex."""
    profiles = [age_profile(chosen, year, prime_age_weight).reset_index().assign(year=year) for year in years]
    together = pd.concat(profiles, ignore_index=True) if profiles else AGE_PROFILES.empty()
    return AGE_PROFILES.of(together).set_index(list(AGE_PROFILES.key))


def _of_year(bands: Yearly, year: int) -> pd.DataFrame:
    return bands.at(year).value.unstack("age")


def _rates(chosen: Chosen, population: pd.DataFrame, year: int, weight: float) -> pd.DataFrame:
    """Participation of each band."""
    known = _of_year(chosen.rate, year).reindex(population.index)
    prime, older, below_65 = known["25-54"], known["65+"], known["15-64"]
    working = below_65 * population[["15-24", "25-54", "55-64"]].sum(axis=1)
    between = weight * logit(prime.clip(LEAST, MOST)) + (1 - weight) * logit(older.clip(LEAST, MOST))
    late = pd.Series(expit(between), index=population.index)
    rest = working - prime * population["25-54"]
    young = ((rest - late * population["55-64"]) / population["15-24"]).clip(LEAST, MOST)
    late = ((rest - young * population["15-24"]) / population["55-64"]).clip(LEAST, MOST)
    return pd.DataFrame({"15-24": young, "25-54": prime, "55-64": late, "65+": older})


def age_gap(profile: pd.DataFrame) -> pd.Series:
    """The log odds ratio of participation that would follow from migrants' ages alone.

    It compares a population with the migrants' ages with the whole population, both with the participation of the whole
    population at each age.
    """
    as_migrants = sum(profile[f"migrants_{band}"] * profile[f"rate_{band}"] for band in BANDS)
    as_everyone = sum(profile[f"population_{band}"] * profile[f"rate_{band}"] for band in BANDS)
    return pd.Series(logit(as_migrants) - logit(as_everyone), index=profile.index, name="age_gap")


def extend_to_15_plus(rate: np.ndarray, share_65: np.ndarray, rate_65: np.ndarray) -> np.ndarray:
    """A 15-64 rate converted to a 15+ rate: persons of 65 and over have the participation of the whole population of
    that age."""
    extended: np.ndarray = (1 - share_65) * rate + share_65 * rate_65
    return extended
