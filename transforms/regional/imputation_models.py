"""The models that impute log odds ratios of participation, fitted by statsmodels and scikit-learn.

cell_median    the median of the smallest cell with enough areas, relative to the odds ratio that follows from ages
               alone
mixed_effects  random effects of region, subregion, income group and area
ridge          all of them with one penalty
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.editions import Imputation
from schemas.errors import InputError

Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]
GROUPS = ("region", "subregion", "income")
COVARIATES = ("male", "migrant_share", "participation_odds", "age_gap")
CELLS = (("subregion", "income"), ("region", "income"), ("subregion",), ("region",), ("income",), ())
RANDOM_EFFECTS = (("region", "subregion", "income", "area"), ("subregion", "area"), ("area",))
"""The effects of the mixed model; where too few areas report to distinguish them, the next set is tried."""


@dataclass(frozen=True)
class Sample:
    """Areas and sexes as numbers, one per row: codes of area, sex and groups, covariates, and the observed value (or
    NaN).

    Names are coded once, because each model is fitted again for every area left out.
    """

    codes: Mapping[str, Codes]
    covariates: Numbers
    log_odds: Numbers

    def at(self, rows: NDArray[np.bool_]) -> Sample:
        """Some of the rows."""
        codes = {name: found[rows] for name, found in self.codes.items()}
        return replace(self, codes=codes, covariates=self.covariates[rows], log_odds=self.log_odds[rows])

    @property
    def age_gap(self) -> Numbers:
        """The log odds ratio that would follow from the ages of migrants alone."""
        return self.covariates[:, COVARIATES.index("age_gap")]


def encode(features: pd.DataFrame) -> Sample:
    """The features of areas (frames.FEATURES) as numbers."""
    codes = {name: pd.factorize(features[name], sort=True)[0] for name in ("area", "sex", *GROUPS)}
    covariates = features[list(COVARIATES)].to_numpy(dtype=np.float64)
    return Sample(codes, covariates, features["log_odds"].to_numpy(dtype=np.float64))


Model = Callable[[Sample, Sample, Imputation], Numbers]


def cell_median(train: Sample, wanted: Sample, rules: Imputation) -> Numbers:
    """The median, by sex, in the smallest cell with at least `smallest_cell` areas, added to the value that follows
    from ages alone."""
    over_ages = train.log_odds - train.age_gap
    found = np.full(len(wanted.covariates), np.nan)
    for cell in CELLS:
        keys = ("sex", *cell)
        known = np.column_stack([train.codes[key] for key in keys])
        asked = np.column_stack([wanted.codes[key] for key in keys])
        for code in np.unique(asked[np.isnan(found)], axis=0):
            inside = (known == code).all(axis=1)
            if inside.sum() >= rules.smallest_cell:
                found[np.isnan(found) & (asked == code).all(axis=1)] = np.median(over_ages[inside])
    return found + wanted.age_gap


def ridge(train: Sample, wanted: Sample, rules: Imputation) -> Numbers:
    """Ridge regression on standardised covariates and one indicator variable for each group."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def design(sample: Sample) -> Numbers:
        return np.column_stack([sample.covariates, *(_indicators(sample, train, group) for group in GROUPS)])

    model = make_pipeline(StandardScaler(), Ridge(alpha=rules.penalty))
    model.fit(design(train), train.log_odds)
    return np.asarray(model.predict(design(wanted)), dtype=np.float64)


def _indicators(sample: Sample, train: Sample, name: str) -> Numbers:
    """One column for each code in the training sample; the rows of other codes are zero."""
    return np.asarray(sample.codes[name][:, None] == np.unique(train.codes[name]), dtype=np.float64)


def mixed_effects(train: Sample, wanted: Sample, rules: Imputation) -> Numbers:  # noqa: ARG001
    """Fixed effects of the covariates and random effects of region, subregion, income group and area.

    The sexes of one area share its effect; an area that does not report has the effect zero.
    Raises InputError when not even the effects of areas can be fitted.
    """
    kept = _independent(train.covariates)
    for components in RANDOM_EFFECTS:
        try:
            fixed, effects = _fit_mixed(train, kept, components)
        except np.linalg.LinAlgError:
            continue
        columns = [_indicators(wanted, train, name) for name in components]
        predicted = _with_intercept(wanted.covariates[:, kept]) @ fixed + np.column_stack(columns) @ effects
        if np.isfinite(predicted).all():
            return np.asarray(predicted, dtype=np.float64)
    raise InputError("the mixed-effects model cannot be fitted", where="regional estimates", remedy="use another model")


def _fit_mixed(train: Sample, kept: Sequence[int], components: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Fixed effects, and the random effects of each code of each component, in order: one group of all rows."""
    from statsmodels.regression.mixed_linear_model import MixedLM, VCSpec

    matrices = [_indicators(train, train, name) for name in components]
    names = [
        [f"{name} {column}" for column in range(each.shape[1])] for name, each in zip(components, matrices, strict=True)
    ]
    spec = VCSpec(list(components), [[each] for each in names], [[each] for each in matrices])
    exog = _with_intercept(train.covariates[:, kept])
    with warnings.catch_warnings():
        # With few regions a variance of zero is a common and valid result, but every such fit would give a warning.
        warnings.simplefilter("ignore")
        fitted = MixedLM(train.log_odds, exog, groups=np.ones(len(exog)), exog_vc=spec).fit(
            reml=True, method=["lbfgs", "powell"]
        )
        return np.asarray(fitted.fe_params), np.asarray(fitted.random_effects[1.0])


def _with_intercept(covariates: Numbers) -> Numbers:
    return np.column_stack([np.ones(len(covariates)), covariates])


def _independent(covariates: Numbers) -> list[int]:
    """The covariates that are not linear combinations of those before them, whose effects could not be
    distinguished."""
    kept: list[int] = []
    for number in range(covariates.shape[1]):
        columns = _with_intercept(covariates[:, [*kept, number]])
        if np.linalg.matrix_rank(columns / np.abs(columns).max(axis=0).clip(1e-12), tol=1e-6) == columns.shape[1]:
            kept.append(number)
    return kept


MODELS: Mapping[str, Model] = {"cell_median": cell_median, "mixed_effects": mixed_effects, "ridge": ridge}
