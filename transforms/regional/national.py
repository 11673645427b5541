"""Our own national estimates as reports: participation, unemployment and broad activity by migrant status."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import pandas as pd

ADULTS = "AGE_YTHADULT_YGE15"
SEXES = {"SEX_M": "male", "SEX_F": "female", "SEX_T": "total"}
CODES = {
    "CBR": ("foreign_born", "CBR_BIR_FOREIGN", "CBR_BIR_NATIVE"),
    "CCT": ("foreign_citizens", "CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"),
}
"""By classification: the basis, and the codes of migrants and of others."""
PARTICIPATION, UNEMPLOYMENT, EMPLOYED = "MST_TEAP_SEX_AGE_{}_RT", "MST_TUNE_SEX_AGE_{}_RT", "MST_TEMP_SEX_ECO_{}_NB"
ACTIVITIES = {"ECO_SECTOR_AGR": "agriculture", "ECO_SECTOR_IND": "industry", "ECO_SECTOR_SER": "services"}
RELIABLE = ("", "A", "B", "P")
RATE_COLUMNS = ["area", "sex", "year", "basis", "origin", "migrant", "migrant_se", "non_migrant", "non_migrant_se"]
ACTIVITY_COLUMNS = ["area", "sex", "year", "basis", "origin", "activity", "migrants"]


@dataclass(frozen=True)
class National:
    """Our own estimates of all countries: rates (RATE_COLUMNS) and employed migrants by activity (ACTIVITY_COLUMNS)."""

    participation: pd.DataFrame
    unemployment: pd.DataFrame
    activities: pd.DataFrame


NOTHING_NATIONAL = National(
    pd.DataFrame(columns=RATE_COLUMNS), pd.DataFrame(columns=RATE_COLUMNS), pd.DataFrame(columns=ACTIVITY_COLUMNS)
)


def national_estimates(cells: Iterable[pd.DataFrame]) -> National:
    """What the cells of several sources say (each the observations of one partition)."""
    every = list(cells)
    return National(
        _together(RATE_COLUMNS, [national_rates(each, PARTICIPATION) for each in every]),
        _together(RATE_COLUMNS, [national_rates(each, UNEMPLOYMENT) for each in every]),
        _together(ACTIVITY_COLUMNS, [national_activities(each) for each in every]),
    )


def _together(columns: list[str], frames: Iterable[pd.DataFrame]) -> pd.DataFrame:
    filled = [frame for frame in frames if len(frame)]
    return pd.concat(filled, ignore_index=True) if filled else pd.DataFrame(columns=columns)


def national_rates(cells: pd.DataFrame, indicator: str = PARTICIPATION) -> pd.DataFrame:
    """The rates and standard errors of migrants and others of 15 and over, in per cent (RATE_COLUMNS), by sex.

    Only numbers of normal status serve: an unreliable rate is no better than an imputed one. The basis is that of the
    indicator, place of birth or citizenship.
    """
    adults = cells[(cells["classif1"] == ADULTS) & cells["sex"].isin(["SEX_M", "SEX_F"])]
    wanted = _of_indicator(adults, indicator)
    frames = []
    for basis, migrant, other in CODES.values():
        rates = wanted[wanted["classif2"].isin([migrant, other])]
        wide = rates.pivot_table(
            index=["ref_area", "sex", "time", "source"], columns="classif2", values=["obs_value", "se"], aggfunc="first"
        )
        columns = [(value, group) for group in (migrant, other) for value in ("obs_value", "se")]
        if set(columns) <= set(wide.columns):
            named = wide[columns].set_axis(RATE_COLUMNS[-4:], axis=1)
            frames.append(_identified(named.dropna().reset_index(), basis)[RATE_COLUMNS])
    return _together(RATE_COLUMNS, frames)


def national_activities(cells: pd.DataFrame) -> pd.DataFrame:
    """Employed migrants by broad activity, by sex and for both together (ACTIVITY_COLUMNS).

    A sex stands only with every activity, each of normal status: two of three do not make a structure.
    """
    wanted = _of_indicator(cells[cells["classif1"].isin(ACTIVITIES)], EMPLOYED)
    frames = []
    for basis, migrant, _ in CODES.values():
        found = wanted[(wanted["classif2"] == migrant) & wanted["obs_value"].notna()]
        key = ["ref_area", "sex", "time", "source"]
        whole = found.groupby(key)["classif1"].transform("nunique") == len(ACTIVITIES)
        kept = found[whole].assign(activity=lambda rows: rows["classif1"].map(ACTIVITIES))
        frames.append(_identified(kept.rename(columns={"obs_value": "migrants"}), basis)[ACTIVITY_COLUMNS])
    return _together(ACTIVITY_COLUMNS, frames)


def _of_indicator(cells: pd.DataFrame, indicator: str) -> pd.DataFrame:
    named = [indicator.format(code) for code in CODES]
    return cells[cells["indicator"].isin(named) & cells["obs_status"].fillna("").isin(RELIABLE)]


def _identified(rows: pd.DataFrame, basis: str) -> pd.DataFrame:
    return rows.rename(columns={"ref_area": "area", "source": "origin"}).assign(
        sex=rows["sex"].map(SEXES), year=rows["time"].str[:4].astype(int), basis=basis
    )
