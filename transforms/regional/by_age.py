"""Migrants in the labour force by age, raked to the margins of each area and sex."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.regional.bands import BANDS
from transforms.regional.frames import BY_AGE
from transforms.regional.solve import expit, logit, solve

Numbers = NDArray[np.float64]
STEPS = 60
WIDEST = 12.0
LARGEST_SHARE = 0.95


def by_age(margins: pd.DataFrame, profile: pd.DataFrame) -> pd.DataFrame:
    """Migrants, and those in the labour force, by band (frames.BY_AGE): they add up to those of the margins.

    Every band has the same odds ratio, shifted so that the bands add up, within its own margins; where these leave no
    room for that, the bands are scaled. The structure by age follows a rule and is not observed: no country reports it.
    """
    at = pd.MultiIndex.from_frame(margins[["area", "sex"]])
    shares = profile.reindex(at)
    population = _bands(shares, "population") * margins["population"].to_numpy()[:, None]
    force = _shifted(population, _bands(shares, "rate"), margins["labour_force"].to_numpy())
    migrants = _within(_bands(shares, "migrants") * margins["migrants"].to_numpy()[:, None], population * LARGEST_SHARE)
    wanted = margins["migrant_labour_force"].to_numpy()
    low, high = np.full(len(margins), -WIDEST), np.full(len(margins), WIDEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        total = solve(population, migrants, force, middle[:, None]).sum(axis=1)
        low, high = np.where(total < wanted, middle, low), np.where(total < wanted, high, middle)
    found = solve(population, migrants, force, ((low + high) / 2)[:, None])
    # Where nearly everybody of an age is a migrant, ages from two producers may leave no room for the total.
    found *= np.divide(wanted, found.sum(axis=1), where=wanted > 0, out=np.zeros(len(wanted)))[:, None]
    keys = margins[["area", "sex", "region", "subregion", "income", "communities"]]
    parts = [
        keys.assign(age=band, migrants=migrants[:, number], migrant_labour_force=found[:, number])
        for number, band in enumerate(BANDS)
    ]
    return BY_AGE.of(pd.concat(parts, ignore_index=True))


def _bands(shares: pd.DataFrame, name: str) -> Numbers:
    return shares[[f"{name}_{band}" for band in BANDS]].to_numpy(dtype=np.float64)


def _shifted(population: Numbers, rates: Numbers, wanted: Numbers) -> Numbers:
    """The labour force of each band: its rates, shifted together in log odds until the bands add up to the total."""
    odds = logit(rates)
    low, high = np.full(len(wanted), -WIDEST), np.full(len(wanted), WIDEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        total = (population * expit(odds + middle[:, None])).sum(axis=1)
        low, high = np.where(total < wanted, middle, low), np.where(total < wanted, high, middle)
    return np.asarray(population * expit(odds + ((low + high) / 2)[:, None]), dtype=np.float64)


def _within(values: Numbers, limits: Numbers) -> Numbers:
    """Values brought within limits; any excess goes to the other bands of the row, where there is room."""
    kept = np.minimum(values, limits)
    over = (values - kept).sum(axis=1, keepdims=True)
    room = limits - kept
    return np.asarray(kept + over * room / np.maximum(room.sum(axis=1, keepdims=True), 1e-12), dtype=np.float64)
