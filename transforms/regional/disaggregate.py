"""Migrants in the labour force by age and by broad activity, raked to the margins of each area and sex."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.errors import InputError
from transforms.regional.ages import BANDS
from transforms.regional.solve import expit, logit, solve

Numbers = NDArray[np.float64]
STEPS = 60
WIDEST = 12.0
LARGEST_SHARE = 0.99
CELLS = (("subregion",), ("region",), ())


def by_age(margins: pd.DataFrame, profile: pd.DataFrame) -> pd.DataFrame:
    """One row an area, sex and band: migrants and migrant_labour_force, adding to those of the margins.

    Every band has the same odds ratio, moved by what makes the bands add up; each stays within its own margins. The
    structure by age is a rule, not an observation: no country reports it here.
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
    keys = margins[["area", "sex", "region", "subregion", "income"]]
    return pd.concat(
        [
            keys.assign(age=band, migrants=migrants[:, number], migrant_labour_force=found[:, number])
            for number, band in enumerate(BANDS)
        ],
        ignore_index=True,
    )


def _bands(shares: pd.DataFrame, name: str) -> Numbers:
    return shares[[f"{name}_{band}" for band in BANDS]].to_numpy(dtype=np.float64)


def _shifted(population: Numbers, rates: Numbers, wanted: Numbers) -> Numbers:
    """The labour force of each band: its rates, moved together in log odds until the bands add up to the whole."""
    odds = logit(rates)
    low, high = np.full(len(wanted), -WIDEST), np.full(len(wanted), WIDEST)
    for _ in range(STEPS):
        middle = (low + high) / 2
        total = (population * expit(odds + middle[:, None])).sum(axis=1)
        low, high = np.where(total < wanted, middle, low), np.where(total < wanted, high, middle)
    return np.asarray(population * expit(odds + ((low + high) / 2)[:, None]), dtype=np.float64)


def _within(values: Numbers, limits: Numbers) -> Numbers:
    """Values brought within limits; what is over goes to the other bands of the row, where there is room."""
    kept = np.minimum(values, limits)
    over = (values - kept).sum(axis=1, keepdims=True)
    room = limits - kept
    return np.asarray(kept + over * room / np.maximum(room.sum(axis=1, keepdims=True), 1e-12), dtype=np.float64)


def rake(seed: Numbers, rows: Numbers, columns: Numbers, *, tolerance: float = 1e-10, most: int = 1000) -> Numbers:
    """The table nearest to the seed, in its odds ratios, with these row and column sums (iterative fitting).

    Raises InputError when the sums do not agree, or a row or column of the seed is empty where its sum is not.
    """
    table = np.asarray(seed, dtype=np.float64).copy()
    total = float(np.sum(rows))
    if not np.isclose(total, np.sum(columns), rtol=1e-9):
        raise InputError("row sums and column sums do not add up to the same", remedy="scale one of them first")
    for axis, sums in ((1, rows), (0, columns)):
        if np.any((table.sum(axis=axis) == 0) & (np.asarray(sums) > 0)):
            raise InputError("a row or column to rake is empty", why="no factor can bring it to its sum")
    for _ in range(most):
        table *= np.divide(rows, table.sum(axis=1), where=table.sum(axis=1) > 0, out=np.zeros(len(rows)))[:, None]
        table *= np.divide(columns, table.sum(axis=0), where=table.sum(axis=0) > 0, out=np.zeros(len(columns)))
        if np.max(np.abs(table.sum(axis=1) - rows)) <= tolerance * max(total, 1.0):
            return table
    raise InputError(
        "raking does not come to an end", why="the sums cannot be met", remedy="look for zeros in the seed"
    )


def by_activity(margins: pd.DataFrame, structure: pd.DataFrame) -> pd.DataFrame:
    """One row an area, sex and activity: migrants, adding to migrant_labour_force; nothing when nobody reports.

    `structure` has area, sex, activity and migrants, for areas that report. Others take the structure of the areas
    that report in their subregion, region or the world, and are flagged `imputed`.
    """
    keys = ["area", "sex", "region", "subregion", "income"]
    if structure.empty:
        return pd.DataFrame(columns=[*keys, "activity", "migrant_labour_force", "imputed"])
    reported = structure.pivot_table(index=["area", "sex"], columns="activity", values="migrants", aggfunc="sum")
    grouped = reported.fillna(0).reset_index().merge(margins[keys], on=["area", "sex"])
    activities = list(reported.columns)
    shares = pd.DataFrame(np.nan, index=pd.MultiIndex.from_frame(margins[["area", "sex"]]), columns=activities)
    shares.update(reported.div(reported.sum(axis=1), axis=0))
    imputed = shares.isna().any(axis=1).to_numpy()
    for cell in CELLS:
        sums = grouped.groupby(["sex", *cell])[activities].sum()
        at = margins["sex"] if not cell else pd.MultiIndex.from_frame(margins[["sex", *cell]])
        known = sums.div(sums.sum(axis=1), axis=0).reindex(at).set_axis(shares.index)
        shares = shares.fillna(known)
    counts = shares.to_numpy() * margins["migrant_labour_force"].to_numpy()[:, None]
    return pd.concat(
        [
            margins[keys].assign(activity=activity, migrant_labour_force=counts[:, number], imputed=imputed)
            for number, activity in enumerate(activities)
        ],
        ignore_index=True,
    )
