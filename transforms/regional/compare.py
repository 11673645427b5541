"""How well each model imputes areas that do report, and the result of an odds ratio of one everywhere."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from transforms.regional.aggregate import group_masks, sex_masks
from transforms.regional.frames import BASELINE, LEFT_OUT
from transforms.regional.impute import LeftOut
from transforms.regional.solve import solve

Numbers = NDArray[np.float64]
TWO_SIDED_90 = 1.6448536269514722


def left_out_table(observed: pd.DataFrame, left_out: Mapping[str, LeftOut]) -> pd.DataFrame:
    """Each area left out (frames.LEFT_OUT), by model: its participation as observed and as imputed.

    The interval comes from the errors of the other areas, so no area determines its own width. `observed` are the
    areas that report, with their margins and log odds.
    """
    parts = [_of_model(observed, found.observed).assign(model=model) for model, found in left_out.items()]
    return LEFT_OUT.of(pd.concat(parts, ignore_index=True))


def _of_model(observed: pd.DataFrame, left_out: Numbers) -> pd.DataFrame:
    squares = (left_out - observed["log_odds"].to_numpy(dtype=np.float64)) ** 2
    own = pd.Series(squares).groupby(observed["area"].to_numpy())
    others = len(squares) - own.transform("size")
    width = TWO_SIDED_90 * np.sqrt((squares.sum() - own.transform("sum")) / others).to_numpy()

    def participation(log_odds: Numbers) -> Numbers:
        found = solve(observed["population"], observed["migrants"], observed["labour_force"], log_odds)
        return np.asarray(100 * found / observed["migrants"].to_numpy(), dtype=np.float64)

    return observed[["area", "sex", "migrants"]].assign(
        observed=participation(observed["log_odds"].to_numpy()),
        imputed=participation(left_out),
        lower=participation(left_out - width),
        upper=participation(left_out + width),
    )


def score(table: pd.DataFrame) -> dict[str, float]:
    """Mean absolute error and bias of participation in points, migrant-weighted and plain; coverage in per cent.

    `weighted_bias_without_largest` leaves out the area with the most migrants, which a weighted mean follows closely.
    """
    error, weight = table["imputed"] - table["observed"], table["migrants"]
    inside = (table["observed"] >= table["lower"]) & (table["observed"] <= table["upper"])
    largest = table.groupby("area")["migrants"].sum().idxmax()
    others = table["area"] != largest
    return {
        "areas": float(table["area"].nunique()),
        "weighted_absolute_error": float(np.average(error.abs(), weights=weight)),
        "weighted_bias": float(np.average(error, weights=weight)),
        "absolute_error": float(error.abs().mean()),
        "bias": float(error.mean()),
        "weighted_absolute_error_without_largest": float(np.average(error[others].abs(), weights=weight[others])),
        "weighted_bias_without_largest": float(np.average(error[others], weights=weight[others])),
        "coverage": float(100 * inside.mean()),
        "weighted_coverage": float(100 * np.average(inside, weights=weight)),
    }


def naive_baseline(margins: pd.DataFrame) -> pd.DataFrame:
    """Migrants in the labour force of each group and sex, as estimated and with the participation of the whole
    population (frames.BASELINE)."""
    naive = solve(margins["population"], margins["migrants"], margins["labour_force"], 0.0)
    estimated = margins["migrant_labour_force"].to_numpy()
    rows = [
        (code, sex, float(estimated[in_group & of_sex].sum()), float(naive[in_group & of_sex].sum()))
        for code, in_group in group_masks(margins)
        for sex, of_sex in sex_masks(margins)
    ]
    return BASELINE.of(pd.DataFrame(rows, columns=BASELINE.names))
