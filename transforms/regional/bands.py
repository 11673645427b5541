"""The age bands of the regional estimates, and counts converted to them."""

from __future__ import annotations

import re
from functools import cache

import pandas as pd

BANDS = {"15-24": (15, 24), "25-54": (25, 54), "55-64": (55, 64), "65+": (65, 200)}
START = re.compile(r"(\d+)(?:-\d+|\+)")


def banded(ages: pd.DataFrame) -> pd.DataFrame:
    """Persons by area, sex and band, from five-year age groups on index (area, sex, age); other ages are left out."""
    bands = ages.index.get_level_values("age").map(_band_of)
    kept = ages[bands.notna()]
    keys = [kept.index.get_level_values(name) for name in ("area", "sex")] + [
        pd.Index(bands[bands.notna()], name="age")
    ]
    return kept.groupby(keys).sum(min_count=1)


@cache
def _band_of(age: str) -> str | None:
    """The band of a five-year age group; None of children and of groups that overlap others."""
    found = START.fullmatch(age)
    if found is None or age in ("15+", "15-64"):
        return None
    return next((name for name, (first, last) in BANDS.items() if first <= int(found[1]) <= last), None)
