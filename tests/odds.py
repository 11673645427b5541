"""The inverse of what regional estimates solve: the odds ratio of a known number of migrants in the labour force."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray


def odds_ratio(
    population: ArrayLike, migrants: ArrayLike, labour_force: ArrayLike, x: ArrayLike
) -> NDArray[np.float64]:
    """The odds ratio theta of x migrants in the labour force, against all others."""
    p, m, force, k = (np.asarray(each, dtype=np.float64) for each in (population, migrants, labour_force, x))
    return np.asarray(k * (p - m - force + k) / ((m - k) * (force - k)), dtype=np.float64)
