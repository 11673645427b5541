"""Sums over regions, subregions, income groups and the world, with the share observed and simulated intervals."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.regional.inputs import SEXES
from transforms.regional.uncertainty import Draws

WORLD = "X01"
BOTH = "total"
Mask = NDArray[np.bool_]
Numbers = NDArray[np.float64]


def group_masks(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    """The world and every region, subregion and income group, with their rows; a code stands once."""
    yield WORLD, np.ones(len(frame), dtype=bool)
    seen = {WORLD}
    for scheme in ("region", "subregion", "income"):
        for code in sorted(set(frame[scheme]) - seen):
            seen.add(code)
            yield code, (frame[scheme] == code).to_numpy()


def sex_masks(frame: pd.DataFrame) -> Iterator[tuple[str, Mask]]:
    """Both sexes together, and each."""
    yield BOTH, np.ones(len(frame), dtype=bool)
    for sex in SEXES:
        yield sex, (frame["sex"] == sex).to_numpy()


def aggregate(margins: pd.DataFrame, draws: Draws, level: float) -> pd.DataFrame:
    """One row a group, sex, measure and status of migration: value, error, lower, upper, share_observed.

    Measures: population and labour_force (persons), participation (share). Bounds hold `level` of the draws, `error`
    is their standard deviation.
    `share_observed` is the share of the group's migrants that live where participation is observed.
    """
    observed = (margins["migrants"] * ~margins["is_imputed"]).to_numpy()
    rows = []
    for code, in_group in group_masks(margins):
        for sex, of_sex in sex_masks(margins):
            mask = in_group & of_sex
            migrants = float(margins["migrants"].to_numpy()[mask].sum())
            share = float(observed[mask].sum() / migrants) if migrants else 0.0
            for measure, status, value, drawn in _sums(margins, draws, mask):
                if np.isfinite(value):
                    lower, upper = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2])
                    spread = float(drawn.std())
                    rows.append((code, sex, measure, status, value, spread, float(lower), float(upper), share))
    columns = ["group", "sex", "measure", "status", "value", "error", "lower", "upper", "share_observed"]
    return pd.DataFrame(rows, columns=columns)


def _sums(margins: pd.DataFrame, draws: Draws, mask: Mask) -> Iterator[tuple[str, str, float, Numbers]]:
    """Measure, status, value and draws of one group and sex."""
    names = ("population", "labour_force", "migrants", "migrant_labour_force")
    points = np.array([margins[name].to_numpy()[mask].sum() for name in names])
    drawn = np.array([getattr(draws, name)[mask].sum(axis=0) for name in names])
    for status, base, force in (
        ("total", (0,), (1,)),
        ("migrant", (2,), (3,)),
        ("non_migrant", (0, 2), (1, 3)),
    ):
        people, workers = _difference(points, base), _difference(points, force)
        people_drawn, workers_drawn = _difference(drawn, base), _difference(drawn, force)
        yield "population", status, float(people), people_drawn
        yield "labour_force", status, float(workers), workers_drawn
        with np.errstate(invalid="ignore", divide="ignore"):
            yield "participation", status, float(workers / people) if people else np.nan, workers_drawn / people_drawn


def _difference(values: Numbers, positions: tuple[int, ...]) -> Numbers:
    first, *rest = positions
    return np.asarray(values[first] - sum(values[each] for each in rest), dtype=np.float64)


def aggregate_parts(parts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Migrants in the labour force of each group and sex by a classification of its own (`age` or `activity`)."""
    rows = [
        (code, sex, name, float(found["migrant_labour_force"].sum()))
        for code, in_group in group_masks(parts)
        for sex, of_sex in sex_masks(parts)
        for name, found in parts[in_group & of_sex].groupby(by)
    ]
    return pd.DataFrame(rows, columns=["group", "sex", by, "value"])
