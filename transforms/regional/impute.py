"""Log odds ratios of areas that do not report, imputed from those that do.

Three models see the same: region, subregion, income group, sex, the share of migrants in the population, participation
of the whole population, and what the ages of migrants alone would make of the odds ratio (transforms/regional/ages).

cell_median    the median of the smallest cell with enough areas, over the odds ratio that ages alone give
mixed_effects  random effects of region, subregion, income group and area (statsmodels)
ridge          all of them with one penalty (scikit-learn)
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from schemas.editions import Imputation
from schemas.errors import InputError
from transforms.regional.solve import logit

Numbers = NDArray[np.float64]
Model = Callable[[pd.DataFrame, pd.DataFrame, Imputation], Numbers]
GROUPS = ("region", "subregion", "income")
COVARIATES = ("male", "migrant_share", "participation_odds", "age_gap")
CELLS = (("subregion", "income"), ("region", "income"), ("subregion",), ("region",), ("income",), ())


def features(margins: pd.DataFrame, age_gap: pd.Series) -> pd.DataFrame:
    """What the models see of each area and sex, in the order of the margins."""
    share = (margins["migrants"] / margins["population"]).clip(lower=1e-6)
    key = pd.MultiIndex.from_frame(margins[["area", "sex"]])
    return pd.DataFrame(
        {
            "area": margins["area"],
            "sex": margins["sex"],
            **{group: margins[group] for group in GROUPS},
            "male": (margins["sex"] == "male").astype(float),
            "migrant_share": logit(share),
            "participation_odds": logit(margins["participation"]),
            "age_gap": age_gap.reindex(key).to_numpy(),
        }
    )


def cell_median(train: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation) -> Numbers:
    """The median, by sex, in the smallest cell that has `smallest_cell` areas, added to what ages alone give."""
    over_ages = train["log_odds"] - train["age_gap"]
    result = pd.Series(np.nan, index=wanted.index)
    for cell in CELLS:
        keys = ["sex", *cell]
        found = over_ages.groupby([train[key] for key in keys]).agg(["median", "count"])
        medians = found.loc[found["count"] >= rules.smallest_cell, "median"]
        at = wanted["sex"] if len(keys) == 1 else pd.MultiIndex.from_frame(wanted[keys])
        result = result.fillna(pd.Series(medians.reindex(at).to_numpy(), index=wanted.index))
    return (result + wanted["age_gap"]).to_numpy(dtype=np.float64)


def ridge(train: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation) -> Numbers:
    """Ridge regression on standardised covariates and one indicator a group."""
    from sklearn.linear_model import Ridge
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def design(frame: pd.DataFrame) -> Numbers:
        indicators = [frame[group] == code for group in GROUPS for code in sorted(train[group].unique())]
        return np.column_stack([*(frame[name] for name in COVARIATES), *indicators]).astype(np.float64)

    model = make_pipeline(StandardScaler(), Ridge(alpha=rules.penalty))
    model.fit(design(train), train["log_odds"].to_numpy())
    return np.asarray(model.predict(design(wanted)), dtype=np.float64)


def mixed_effects(train: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation) -> Numbers:  # noqa: ARG001
    """Fixed effects of the covariates and random effects of region, subregion, income group and area.

    The sexes of one area share its effect; an area that does not report has the effect zero. Where so few areas report
    that these effects cannot be told apart, those of region and income, and then of subregion, are left out.
    Raises InputError when not even the effects of areas can be fitted.
    """
    covariates = _independent(train)
    for components in (("region", "subregion", "income", "area"), ("subregion", "area"), ("area",)):
        try:
            fixed, effects = _fit_mixed(train, covariates, components)
        except np.linalg.LinAlgError:
            continue
        predicted = fixed["Intercept"] + wanted[covariates] @ fixed[covariates]
        for group in (name for name in components if name != "area"):
            by_code = {code: effects.get(f"{group}[C({group})[{code}]]", 0.0) for code in wanted[group].unique()}
            predicted = predicted + wanted[group].map(by_code)
        return np.asarray(predicted, dtype=np.float64)
    raise InputError("the mixed-effects model cannot be fitted", where="regional estimates", remedy="use another model")


def _fit_mixed(
    train: pd.DataFrame, covariates: list[str], components: tuple[str, ...]
) -> tuple[pd.Series, Mapping[str, float]]:
    """Fixed effects, and random effects by the name that statsmodels gives them."""
    import statsmodels.formula.api as smf

    formula = f"log_odds ~ {' + '.join(['1', *covariates])}"
    variances = {name: f"0 + C({name})" for name in components}
    with warnings.catch_warnings():
        # With few regions a variance of zero is a common and sound result, of which every fit would warn.
        warnings.simplefilter("ignore")
        model = smf.mixedlm(formula, train, groups=np.ones(len(train)), vc_formula=variances)
        fitted = model.fit(reml=True, method=["lbfgs", "powell"])
        return fitted.fe_params, fitted.random_effects[1.0]


def _independent(train: pd.DataFrame) -> list[str]:
    """The covariates that say what those before them do not: the effects of others could not be told apart."""
    kept: list[str] = []
    for name in COVARIATES:
        columns = np.column_stack([np.ones(len(train)), *(train[each] for each in (*kept, name))])
        if np.linalg.matrix_rank(columns / np.abs(columns).max(axis=0).clip(1e-12), tol=1e-6) == columns.shape[1]:
            kept.append(name)
    return kept


MODELS: Mapping[str, Model] = {"cell_median": cell_median, "mixed_effects": mixed_effects, "ridge": ridge}


def impute(name: str, observed: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation) -> Numbers:
    """Log odds ratios of `wanted` by a model fitted to `observed` (features and log_odds). Raises InputError."""
    if observed["area"].nunique() < rules.smallest_cell:
        raise InputError(
            f"only {observed['area'].nunique()} area(s) report participation by migrant status",
            where="regional estimates",
            why="nothing could be said about the others",
            remedy="widen the window of years in schemas/editions.yaml, or add reports",
        )
    return MODELS[name](observed, wanted, rules)


def leave_one_out(
    name: str, observed: pd.DataFrame, wanted: pd.DataFrame, rules: Imputation
) -> tuple[Numbers, Numbers]:
    """Each area imputed from all others, both sexes left out together.

    The first array has the imputed log odds of `observed`; the second those of `wanted`, one row for each area left
    out: the jackknife of the model.
    """
    left_out = np.full(len(observed), np.nan)
    replicates = []
    for inside in _folds(observed):
        both = pd.concat([observed[inside], wanted], ignore_index=True)
        imputed = impute(name, observed[~inside], both, rules)
        left_out[inside] = imputed[: inside.sum()]
        replicates.append(imputed[inside.sum() :])
    return left_out, np.array(replicates)


def _folds(observed: pd.DataFrame) -> Iterator[NDArray[np.bool_]]:
    for area in observed["area"].unique():
        yield (observed["area"] == area).to_numpy()
