"""Sums over regions, subregions, income groups, communities and the world, with shares observed and intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.regional.frames import ACTIVITY_GROUPS, AGE_GROUPS, AGGREGATES
from transforms.regional.inputs import SEXES
from transforms.regional.uncertainty import Draws

WORLD = "X01"
BOTH = "total"
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def group_masks(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    """The world and every region, subregion, income group and community, with their rows; each code occurs once.

    Communities overlap; one without a member among the rows is left out.
    """
    yield WORLD, np.ones(len(frame), dtype=bool)
    seen = {WORLD}
    for scheme in ("region", "subregion", "income"):
        for code in sorted(set(frame[scheme]) - seen):
            seen.add(code)
            yield code, (frame[scheme] == code).to_numpy()
    memberships = frame["communities"].str.split()
    for code in sorted({code for each in memberships for code in each}):
        yield code, np.array([code in each for each in memberships], dtype=bool)


def sex_masks(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    """Both sexes together, and each."""
    yield BOTH, np.ones(len(frame), dtype=bool)
    for sex in SEXES:
        yield sex, (frame["sex"] == sex).to_numpy()


def aggregate(margins: pd.DataFrame, draws: Draws, level: float) -> pd.DataFrame:
    """Every measure of each group and sex, by status of migration (frames.AGGREGATES).

    Measures: population, labour_force and employment (persons), participation (share). Bounds hold `level` of the
    draws, `error` is their standard deviation. `share_observed` is the share of the group's migrants that live where
    participation is observed; for employment, of its migrants in the labour force where unemployment is too.
    """
    rows = []
    for code, in_group in group_masks(margins):
        for sex, of_sex in sex_masks(margins):
            mask = in_group & of_sex
            shares = _shares_observed(margins[mask])
            for measure, status, value, drawn in _sums(margins, draws, mask):
                if np.isfinite(value):
                    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
                    spread = float(drawn.std())
                    rows.append(
                        (code, sex, measure, status, value, spread, float(lower), float(upper), shares[measure])
                    )
    return AGGREGATES.of(pd.DataFrame(rows, columns=AGGREGATES.names))


def _shares_observed(margins: pd.DataFrame) -> dict[str, float]:
    """By measure, the share of a group's migrants that is observed."""
    observed = ~margins["is_imputed"]
    migrants, workers = margins["migrants"].sum(), margins["migrant_labour_force"].sum()
    share = float(margins.loc[observed, "migrants"].sum() / migrants) if migrants else 0.0
    both = observed & ~margins["employment_is_imputed"]
    employed = float(margins.loc[both, "migrant_labour_force"].sum() / workers) if workers else 0.0
    return {"population": share, "labour_force": share, "participation": share, "employment": employed}


def _sums(margins: pd.DataFrame, draws: Draws, mask: Mask) -> Iterator[tuple[str, str, float, Numbers]]:
    """Measure, status, value and draws of one group and sex."""
    names = ("population", "labour_force", "migrants", "migrant_labour_force", "employed", "migrant_employment")
    points = np.array([margins[name].to_numpy()[mask].sum() for name in names])
    drawn = np.array([getattr(draws, name)[mask].sum(axis=0) for name in names])
    for status, base, force, work in (
        ("total", (0,), (1,), (4,)),
        ("migrant", (2,), (3,), (5,)),
        ("non_migrant", (0, 2), (1, 3), (4, 5)),
    ):
        people, workers = _difference(points, base), _difference(points, force)
        people_drawn, workers_drawn = _difference(drawn, base), _difference(drawn, force)
        yield "population", status, float(people), people_drawn
        yield "labour_force", status, float(workers), workers_drawn
        yield "employment", status, float(_difference(points, work)), _difference(drawn, work)
        with np.errstate(invalid="ignore", divide="ignore"):
            yield "participation", status, float(workers / people) if people else np.nan, workers_drawn / people_drawn


def _difference(values: Numbers, positions: tuple[int, ...]) -> Numbers:
    first, *rest = positions
    return np.asarray(values[first] - sum(values[each] for each in rest), dtype=np.float64)


def aggregate_ages(ages: pd.DataFrame) -> pd.DataFrame:
    """Migrants in the labour force of each group and sex by age (frames.AGE_GROUPS), from frames.BY_AGE."""
    return AGE_GROUPS.of(_by_part(ages.assign(observed=ages["migrant_labour_force"]), "age", "migrant_labour_force"))


def aggregate_activities(activities: pd.DataFrame) -> pd.DataFrame:
    """Employed migrants of each group and sex by activity (frames.ACTIVITY_GROUPS), from frames.BY_ACTIVITY."""
    observed = activities["migrant_employment"].where(activities["origin"] != "imputed", 0.0)
    return ACTIVITY_GROUPS.of(_by_part(activities.assign(observed=observed), "activity", "migrant_employment"))


def _by_part(parts: pd.DataFrame, by: str, column: str) -> pd.DataFrame:
    rows = [
        (
            code,
            sex,
            name,
            float(found[column].sum()),
            float(inside["observed"].sum() / max(inside[column].sum(), 1e-12)),
        )
        for code, in_group in group_masks(parts)
        for sex, of_sex in sex_masks(parts)
        for inside in [parts[in_group & of_sex]]
        for name, found in inside.groupby(by)
    ]
    return pd.DataFrame(rows, columns=["group", "sex", by, "value", "share_observed"])
