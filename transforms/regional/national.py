"""Our own national estimates as reports of participation by migrant status."""

from __future__ import annotations

import pandas as pd

ADULTS = "AGE_YTHADULT_YGE15"
SEXES = {"SEX_M": "male", "SEX_F": "female"}
GROUPS = {
    "MST_TEAP_SEX_AGE_CBR_RT": ("foreign_born", "CBR_BIR_FOREIGN", "CBR_BIR_NATIVE"),
    "MST_TEAP_SEX_AGE_CCT_RT": ("foreign_citizens", "CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"),
}
RELIABLE = ("", "A", "B", "P")


def national_rates(cells: pd.DataFrame) -> pd.DataFrame:
    """Area, sex, year, basis, origin, and the rates and standard errors of migrants and others (per cent).

    `cells` are observations of one source. Only numbers of normal status serve: an unreliable rate is no better than
    an imputed one. The basis is that of the indicator, place of birth or citizenship.
    """
    adults = cells[
        (cells["classif1"] == ADULTS) & cells["sex"].isin(SEXES) & cells["obs_status"].fillna("").isin(RELIABLE)
    ]
    frames = []
    for indicator, (basis, migrant, other) in GROUPS.items():
        rates = adults[(adults["indicator"] == indicator) & adults["classif2"].isin([migrant, other])]
        wide = rates.pivot_table(
            index=["ref_area", "sex", "time", "source"], columns="classif2", values=["obs_value", "se"], aggfunc="first"
        )
        wanted = [(value, group) for group in (migrant, other) for value in ("obs_value", "se")]
        if not set(wanted) <= set(wide.columns):
            continue
        named = wide[wanted].set_axis(["migrant", "migrant_se", "non_migrant", "non_migrant_se"], axis=1)
        frames.append(named.dropna().reset_index().assign(basis=basis))
    if not frames:
        return pd.DataFrame()
    found = pd.concat(frames, ignore_index=True)
    return pd.DataFrame(
        {
            "area": found["ref_area"],
            "sex": found["sex"].map(SEXES),
            "year": found["time"].str[:4].astype(int),
            "basis": found["basis"],
            "origin": found["source"],
            **{name: found[name] for name in ("migrant", "migrant_se", "non_migrant", "non_migrant_se")},
        }
    )
