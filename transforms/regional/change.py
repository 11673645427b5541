"""The components of a change of migrants in the labour force: population, migrant share, participation, revision."""

from __future__ import annotations

import numpy as np
import pandas as pd

from transforms.regional.aggregate import group_masks, sex_masks
from transforms.regional.frames import CONTRIBUTIONS

COMPONENTS = ("population", "migrant_share", "participation", "other")
KEY = ["area", "sex"]
SCHEMES = ["region", "subregion", "income", "communities"]


def contributions(before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    """The components of the change of a group (frames.CONTRIBUTIONS), which add up to the change exactly.

    Migrants in the labour force are population x share of migrants x their participation. The change of a product is
    split by logarithmic means, so that the order of the factors does not matter; a change from or to zero is `other`.
    Areas keep the groups that they have after the change, so a change of income class or membership is no component.
    """
    both = before[[*KEY, "population", "migrants", "migrant_labour_force"]].merge(
        after[[*KEY, *SCHEMES, "population", "migrants", "migrant_labour_force"]], on=KEY, suffixes=("_0", "_1")
    )
    first, last = both["migrant_labour_force_0"].to_numpy(), both["migrant_labour_force_1"].to_numpy()
    plain = (first > 0) & (last > 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        same = np.isclose(first, last, rtol=1e-12)
        mean = np.where(same, first, (last - first) / np.log(last / first))
        population = np.log(both["population_1"] / both["population_0"])
        share = np.log(both["migrants_1"] / both["migrants_0"]) - population
        participation = np.log(last / first) - population - share
    parts = {"population": population, "migrant_share": share, "participation": participation}
    for name, part in parts.items():
        both[name] = np.where(plain, mean * part, 0.0)
    both["other"] = np.where(plain, 0.0, last - first)
    rows = [
        (code, sex, component, float(both.loc[in_group & of_sex, component].sum()))
        for code, in_group in group_masks(both)
        for sex, of_sex in sex_masks(both)
        for component in COMPONENTS
    ]
    return CONTRIBUTIONS.of(pd.DataFrame(rows, columns=CONTRIBUTIONS.names))
