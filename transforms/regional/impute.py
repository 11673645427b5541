"""Log odds ratios of areas that do not report, imputed from those that do.

Every model (transforms/regional/imputation_models) has the same covariates: region, subregion, income group, sex, the
share of migrants in the population, participation of the whole population, and the odds ratio that would follow from
the ages of migrants alone (transforms/regional/ages). `combined` is the unweighted mean of all models: their errors
differ, so the mean has smaller errors than most of them, and no weights have to be estimated from the few areas that
report.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.editions import Imputation
from schemas.errors import InputError
from transforms.regional.frames import FEATURES
from transforms.regional.imputation_models import GROUPS, MODELS, Sample, encode
from transforms.regional.solve import logit

Numbers = NDArray[np.float64]
COMBINED = "combined"
NAMES = (*MODELS, COMBINED)
"""Every model, the combination last."""


@dataclass(frozen=True)
class LeftOut:
    """The imputations of a model with areas left out.

    `observed` are the imputed log odds of the areas that report, each imputed from all others; `wanted` those of the
    areas that do not report, one row for each area left out: the jackknife of the model.
    """

    observed: Numbers
    wanted: Numbers


def features(margins: pd.DataFrame, age_gap: pd.Series, log_odds: pd.Series) -> pd.DataFrame:
    """The covariates of each area and sex (frames.FEATURES), in the order of the margins."""
    share = (margins["migrants"] / margins["population"]).clip(lower=1e-6)
    key = pd.MultiIndex.from_frame(margins[["area", "sex"]])
    return FEATURES.of(
        margins[["area", "sex", *GROUPS]].assign(
            male=(margins["sex"] == "male").astype(float),
            migrant_share=logit(share),
            participation_odds=logit(margins["participation"]),
            age_gap=age_gap.reindex(key).to_numpy(),
            log_odds=log_odds,
        )
    )


def impute(observed: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation) -> Numbers:
    """Log odds ratios of `wanted` by the model of the rules, fitted to `observed` (both frames.FEATURES).

    Raises InputError when fewer areas report than the smallest cell holds.
    """
    if observed["area"].nunique() < rules.smallest_cell:
        raise InputError(
            f"only {observed['area'].nunique()} area(s) report what is to be imputed: participation or unemployment by "
            "migrant status",
            where="regional estimates",
            why="the others could not be imputed",
            remedy="widen the window of years in schemas/editions.yaml, or add reports",
        )
    whole, known = _encoded(observed, wanted)
    return _by_models([rules.model], whole.at(known), whole.at(~known), rules)[rules.model]


def leave_one_out(
    observed: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation, names: Sequence[str] = NAMES
) -> Mapping[str, LeftOut]:
    """Each reporting area imputed by several models from all others, leaving out both its sexes together."""
    whole, known = _encoded(observed, wanted)
    left_out = {name: np.full(len(observed), np.nan) for name in names}
    replicates: dict[str, list[Numbers]] = {name: [] for name in names}
    for inside in _folds(whole.codes["area"], known):
        asked = inside | ~known
        imputed = _by_models(names, whole.at(known & ~inside), whole.at(asked), rules)
        for name, found in imputed.items():
            left_out[name][inside[known]] = found[inside[asked]]
            replicates[name].append(found[~inside[asked]])
    return {name: LeftOut(left_out[name], np.array(replicates[name])) for name in names}


def _encoded(observed: pd.DataFrame, wanted: pd.DataFrame) -> tuple[Sample, NDArray[np.bool_]]:
    """Observed and wanted rows together as numbers, and which rows are observed."""
    known = np.arange(len(observed) + len(wanted)) < len(observed)
    return encode(pd.concat([observed, wanted], ignore_index=True)), known


def _by_models(names: Sequence[str], train: Sample, wanted: Sample, rules: Imputation) -> dict[str, Numbers]:
    from threadpoolctl import threadpool_limits

    fitted = MODELS if COMBINED in names else {name: MODELS[name] for name in names}
    # Hundreds of fits to a hundred rows each: starting threads for them takes longer than the fits.
    with threadpool_limits(limits=1):
        found = {name: model(train, wanted, rules) for name, model in fitted.items()}
    every = {**found, COMBINED: np.mean(list(found.values()), axis=0)}
    return {name: every[name] for name in names}


def _folds(areas: NDArray[np.int64], known: NDArray[np.bool_]) -> Iterator[NDArray[np.bool_]]:
    for area in pd.unique(areas[known]):
        yield known & (areas == area)
