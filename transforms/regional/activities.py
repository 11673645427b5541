"""Employed migrants by broad activity, raked to the employed migrants of each area and sex."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.editions import Activities
from schemas.errors import InputError
from transforms.regional.frames import BY_ACTIVITY, NATIONAL_ACTIVITIES
from transforms.regional.inputs import SEXES

Numbers = NDArray[np.float64]
CELLS = (("subregion",), ("region",), ())
KEYS = ["area", "sex", "region", "subregion", "income", "communities"]
BOTH = "total"
OBSERVED, RAKED, IMPUTED = "observed", "raked", "imputed"
SMALLEST_SHARE = 1e-6


def choose_structures(national: pd.DataFrame, year: int, rules: Activities) -> pd.DataFrame:
    """One source and year for each area (frames.NATIONAL_ACTIVITIES): the basis named first, then the nearest year."""
    ranked = national.assign(
        rank=national["basis"].map({basis: number for number, basis in enumerate(rules.bases)}),
        away=(national["year"] - year).abs(),
    )
    ranked = ranked[ranked["rank"].notna() & (ranked["away"] <= rules.window_years)]
    best = ranked.sort_values(["area", "rank", "away", "year", "origin"]).drop_duplicates("area")
    return NATIONAL_ACTIVITIES.of(ranked.merge(best[["area", "basis", "year", "origin"]]))


def by_activity(margins: pd.DataFrame, structure: pd.DataFrame) -> pd.DataFrame:
    """Employed migrants by activity (frames.BY_ACTIVITY): they add up to those of the margins.

    `structure` is that of the areas that report, by sex or for both sexes together (frames.NATIONAL_ACTIVITIES).
    observed  the area reports the structure of the sex
    raked     it reports that of both sexes only: the imputed structures of the sexes are raked to it
    imputed   the pooled structure of the areas that report in its subregion, else its region, else the world
    The result is empty when no area reports by sex.
    """
    by_sex = structure[structure["sex"].isin(SEXES)]
    if by_sex.empty:
        return BY_ACTIVITY.empty()
    reported = by_sex.pivot_table(index=["area", "sex"], columns="activity", values="migrants", aggfunc="sum")
    reported = reported[reported.sum(axis=1) > 0]
    index = pd.MultiIndex.from_frame(margins[["area", "sex"]])
    known = reported.div(reported.sum(axis=1), axis=0).reindex(index)
    origin = pd.Series(np.where(known.isna().any(axis=1), IMPUTED, OBSERVED), index=index)
    shares = _imputed(margins, reported, known)
    counts = shares.to_numpy() * margins["migrant_employment"].to_numpy()[:, None]
    _rake_to_both_sexes(counts, origin, structure, list(reported.columns))
    parts = [
        margins[KEYS].assign(activity=activity, migrant_employment=counts[:, number], origin=origin.to_numpy())
        for number, activity in enumerate(reported.columns)
    ]
    return BY_ACTIVITY.of(pd.concat(parts, ignore_index=True))


def _imputed(margins: pd.DataFrame, reported: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """The shares of every area and sex, unchanged for those that report."""
    activities = list(reported.columns)
    grouped = reported.reset_index().merge(margins[KEYS], on=["area", "sex"])
    shares = known.copy()
    for cell in CELLS:
        sums = grouped.groupby(["sex", *cell])[activities].sum()
        at = margins["sex"] if not cell else pd.MultiIndex.from_frame(margins[["sex", *cell]])
        shares = shares.fillna(sums.div(sums.sum(axis=1), axis=0).reindex(at).set_axis(shares.index))
    # A sex that no area reports takes the structure of the other.
    return shares.fillna(reported.sum() / reported.sum().sum())


def _rake_to_both_sexes(counts: Numbers, origin: pd.Series, structure: pd.DataFrame, activities: list[str]) -> None:
    """Rake the imputed sexes of areas that report only both sexes together to their report, in place."""
    both = structure[structure["sex"] == BOTH].pivot_table(
        index="area", columns="activity", values="migrants", aggfunc="sum"
    )
    areas = origin.index.get_level_values("area").to_numpy()
    for area, reported in both.reindex(columns=activities).iterrows():
        rows = np.flatnonzero((areas == area) & (origin == IMPUTED).to_numpy())
        inside = areas == area
        if len(rows) < inside.sum() or not inside.any() or not reported.sum() > 0:
            continue
        columns = reported.to_numpy(dtype=np.float64) / reported.sum() * counts[rows].sum()
        seed = counts[rows] + SMALLEST_SHARE * counts[rows].sum()
        counts[rows] = rake(seed, counts[rows].sum(axis=1), columns)
        origin.iloc[rows] = RAKED


def rake(seed: Numbers, rows: Numbers, columns: Numbers, *, tolerance: float = 1e-10, most: int = 1000) -> Numbers:
    """The table with the seed's odds ratios and the given row and column sums (iterative proportional fitting).

    Raises InputError when the sums do not agree, or a row or column of the seed is empty where its sum is not.
    """
    table = np.asarray(seed, dtype=np.float64).copy()
    total = float(np.sum(rows))
    if not np.isclose(total, np.sum(columns), rtol=1e-9):
        raise InputError("row sums and column sums do not add up to the same total", remedy="scale one of them first")
    for axis, sums in ((1, rows), (0, columns)):
        if np.any((table.sum(axis=axis) == 0) & (np.asarray(sums) > 0)):
            raise InputError("a row or column to rake is empty", why="no factor can bring it to its sum")
    for _ in range(most):
        table *= np.divide(rows, table.sum(axis=1), where=table.sum(axis=1) > 0, out=np.zeros(len(rows)))[:, None]
        table *= np.divide(columns, table.sum(axis=0), where=table.sum(axis=0) > 0, out=np.zeros(len(columns)))
        if np.max(np.abs(table.sum(axis=1) - rows)) <= tolerance * max(total, 1.0):
            return table
    raise InputError("raking does not converge", why="the sums cannot be met", remedy="look for zeros in the seed")
