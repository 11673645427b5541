"""Migrants in the labour force, from the margins of an area and sex and the odds ratio of participation.

With population P, labour force L, migrants M and x migrants in the labour force, the odds ratio of migrants against
others is theta = x (P - M - L + x) / ((M - x)(L - x)), hence

    (theta - 1) x^2 - [P - M - L + theta (M + L)] x + theta M L = 0,   max(0, M + L - P) <= x <= min(M, L)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

Numbers = NDArray[np.float64]


def solve(population: ArrayLike, migrants: ArrayLike, labour_force: ArrayLike, log_odds: ArrayLike) -> Numbers:
    """Migrants in the labour force x; arrays broadcast.

    The root is written as 2c / (-b + sqrt(b^2 - 4ac)), which has no division by theta - 1 and so is exact at theta = 1,
    where x = M L / P. Raises ValueError when there are more migrants, or more labour force, than population.
    """
    p, m, force = (np.asarray(each, dtype=np.float64) for each in (population, migrants, labour_force))
    if np.any(m > p) or np.any(force > p) or np.any(m < 0) or np.any(force < 0):
        raise ValueError("migrants and labour force must lie between 0 and the population")
    theta = np.exp(np.asarray(log_odds, dtype=np.float64))
    a, minus_b, c = theta - 1, p - m - force + theta * (m + force), theta * m * force
    root = np.sqrt(np.maximum(minus_b**2 - 4 * a * c, 0.0))
    with np.errstate(invalid="ignore", divide="ignore"):
        x = np.where(c > 0, 2 * c / (minus_b + root), 0.0)
    return np.clip(x, np.maximum(0.0, m + force - p), np.minimum(m, force))


def logit(share: ArrayLike) -> Numbers:
    """The logarithm of the odds of a share."""
    values = np.asarray(share, dtype=np.float64)
    return np.asarray(np.log(values) - np.log1p(-values), dtype=np.float64)


def expit(log_odds: ArrayLike) -> Numbers:
    """The share whose log odds these are."""
    return np.asarray(1 / (1 + np.exp(-np.asarray(log_odds, dtype=np.float64))), dtype=np.float64)
