"""Our own national estimates as reports: participation, unemployment and broad activity by migrant status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

from schemas.statuses import CONFIDENTIAL
from transforms.regional.frame import Frame
from transforms.regional.frames import NATIONAL_ACTIVITIES, NATIONAL_RATES

ADULTS = "AGE_YTHADULT_YGE15"
SEXES = {"SEX_M": "male", "SEX_F": "female", "SEX_T": "total"}
CODES = {
    "CBR": ("foreign_born", "CBR_BIR_FOREIGN", "CBR_BIR_NATIVE"),
    "CCT": ("foreign_citizens", "CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"),
}
"""Classification -> the basis, and the codes of migrants and of others."""
PARTICIPATION, UNEMPLOYMENT, EMPLOYED = "MST_TEAP_SEX_AGE_{}_RT", "MST_TUNE_SEX_AGE_{}_RT", "MST_TEMP_SEX_ECO_{}_NB"
ACTIVITIES = {"ECO_SECTOR_AGR": "agriculture", "ECO_SECTOR_IND": "industry", "ECO_SECTOR_SER": "services"}
RELIABLE = ("", "A", "B", "P")
USED = frozenset(each.format(code) for each in (PARTICIPATION, UNEMPLOYMENT, EMPLOYED) for code in CODES)
"""The indicators that the estimates take from us."""
RATES = ["migrant", "migrant_se", "non_migrant", "non_migrant_se"]


@dataclass(frozen=True)
class National:
    """Our own estimates of all countries: rates (frames.NATIONAL_RATES) and frames.NATIONAL_ACTIVITIES."""

    participation: pd.DataFrame
    unemployment: pd.DataFrame
    activities: pd.DataFrame


NOTHING_NATIONAL = National(NATIONAL_RATES.empty(), NATIONAL_RATES.empty(), NATIONAL_ACTIVITIES.empty())


def national_estimates(cells: Iterable[pd.DataFrame]) -> National:
    """The national estimates in the cells of several sources (each the observations of one partition)."""
    every = list(cells)
    return National(
        _together(NATIONAL_RATES, [national_rates(each, PARTICIPATION) for each in every]),
        _together(NATIONAL_RATES, [national_rates(each, UNEMPLOYMENT) for each in every]),
        _together(NATIONAL_ACTIVITIES, [national_activities(each) for each in every]),
    )


def are_withheld(cells: pd.DataFrame) -> bool:
    """Whether numbers that the estimates would take are withheld: these are imputed, as if nobody had reported them.

    Anything else would let a reader work them out, as a group's total less what its other countries report.
    """
    return bool((cells["indicator"].isin(USED) & (cells["obs_status"] == CONFIDENTIAL)).any())


def _together(frame: Frame, parts: Iterable[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return frame.of(pd.concat(filled, ignore_index=True)) if filled else frame.empty()


def national_rates(cells: pd.DataFrame, indicator: str = PARTICIPATION) -> pd.DataFrame:
    """The rates and standard errors of migrants and others of 15 and over (frames.NATIONAL_RATES), by sex.

    Only numbers of normal status are used: an unreliable rate is no better than an imputed one, and a withheld one must
    not be worked out. The basis is that of the indicator, place of birth or citizenship.
    """
    adults = cells[(cells["classif1"] == ADULTS) & cells["sex"].isin(["SEX_M", "SEX_F"])]
    wanted = _of_indicator(adults, indicator)
    parts = []
    for basis, migrant, other in CODES.values():
        rates = wanted[wanted["classif2"].isin([migrant, other])]
        wide = rates.pivot_table(
            index=["ref_area", "sex", "time", "source"], columns="classif2", values=["obs_value", "se"], aggfunc="first"
        )
        columns = [(value, group) for group in (migrant, other) for value in ("obs_value", "se")]
        if set(columns) <= set(wide.columns):
            named = wide[columns].set_axis(RATES, axis=1)
            parts.append(_identified(named.dropna().reset_index(), basis))
    return _together(NATIONAL_RATES, parts)


def national_activities(cells: pd.DataFrame) -> pd.DataFrame:
    """Employed migrants by broad activity, by sex and for both sexes together (frames.NATIONAL_ACTIVITIES).

    A sex is used only where every activity has a number of normal status: two of three are no structure.
    """
    wanted = _of_indicator(cells[cells["classif1"].isin(ACTIVITIES)], EMPLOYED)
    parts = []
    for basis, migrant, _ in CODES.values():
        found = wanted[(wanted["classif2"] == migrant) & wanted["obs_value"].notna()]
        key = ["ref_area", "sex", "time", "source"]
        whole = found.groupby(key)["classif1"].transform("nunique") == len(ACTIVITIES)
        kept = found[whole].assign(activity=lambda rows: rows["classif1"].map(ACTIVITIES))
        parts.append(_identified(kept.rename(columns={"obs_value": "migrants"}), basis))
    return _together(NATIONAL_ACTIVITIES, parts)


def _of_indicator(cells: pd.DataFrame, indicator: str) -> pd.DataFrame:
    named = [indicator.format(code) for code in CODES]
    return cells[cells["indicator"].isin(named) & cells["obs_status"].fillna("").isin(RELIABLE)]


def _identified(rows: pd.DataFrame, basis: str) -> pd.DataFrame:
    return rows.rename(columns={"ref_area": "area", "source": "origin"}).assign(
        sex=rows["sex"].map(SEXES), year=rows["time"].str[:4].astype(int), basis=basis
    )
