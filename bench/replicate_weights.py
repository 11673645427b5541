"""Replicate weights of a stratified sample, made by each method from its weights, strata and PSUs.

Made for a real sample, so that the engine can be compared with R for methods of which there is no open file. The
arithmetic is that of Wolter, Introduction to Variance Estimation (2007), chapters 3 to 5; successive differences are
those of Fay and Train (1995), with a Hadamard matrix of order 80 after Paley.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from scipy.linalg import hadamard

Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"


def jackknife_n(weight: Floats, stratum: Sequence[str], psu: Sequence[str]) -> tuple[Floats, list[float]]:
    """Every PSU left out in turn, the others of its stratum weighted up; and the factor of each replicate."""
    units = sorted(set(zip(stratum, psu, strict=True)))
    columns, factors = [], []
    strata, psus = np.array(stratum), np.array(psu)
    for name, out in units:
        count = sum(1 for each, _ in units if each == name)
        inside = strata == name
        factor = np.where(inside, count / (count - 1), 1.0) * ~(inside & (psus == out))
        columns.append(weight * factor)
        factors.append((count - 1) / count)
    return np.column_stack(columns), factors


def jackknife_1(weight: Floats, psu: Sequence[str], groups: int) -> Floats:
    """PSUs distributed to groups, each group left out in turn."""
    group_of = {unit: number % groups for number, unit in enumerate(sorted(set(psu)))}
    group = np.array([group_of[unit] for unit in psu])
    return np.column_stack([weight * (group != out) * groups / (groups - 1) for out in range(groups)])


def half_samples(weight: Floats, stratum: Sequence[str], psu: Sequence[str], fay: float = 0.0) -> Floats:
    """The PSUs of every stratum in two halves; balanced replicates weight one half by 2 - fay, the other by fay."""
    strata = sorted(set(stratum))
    order = 2 ** int(np.ceil(np.log2(len(strata) + 1)))
    signs = hadamard(order)
    rank = {unit: number for number, unit in enumerate(sorted(set(zip(stratum, psu, strict=True))))}
    half = np.array([1 if rank[unit] % 2 else -1 for unit in zip(stratum, psu, strict=True)])
    row = np.array([strata.index(name) + 1 for name in stratum])
    return np.column_stack([weight * (1 + (1 - fay) * half * signs[row, column]) for column in range(order)])


def successive_differences(weight: Floats, psu: Sequence[str]) -> Floats:
    """80 replicates: PSUs in order, each with two successive rows of a Hadamard matrix."""
    signs = paley(79)
    rank = {unit: number for number, unit in enumerate(sorted(set(psu)))}
    first = np.array([1 + rank[unit] % 78 for unit in psu])
    return np.asarray(weight[:, None] * (1 + 2**-1.5 * (signs[first] - signs[first + 1])))


def bootstrap(weight: Floats, stratum: Sequence[str], psu: Sequence[str], replicates: int) -> Floats:
    """In every stratum one PSU fewer than it has, drawn with replacement (Rao, Wu and Yue, 1992)."""
    draw = random.Random(1)  # noqa: S311 - the same replicates each time
    units: dict[str, list[str]] = {}
    for name, unit in sorted(set(zip(stratum, psu, strict=True))):
        units.setdefault(name, []).append(unit)
    columns = []
    for _ in range(replicates):
        times = {(name, unit): 0.0 for name, inside in units.items() for unit in inside}
        for name, inside in units.items():
            for _ in range(len(inside) - 1):
                times[name, draw.choice(inside)] += len(inside) / (len(inside) - 1)
        columns.append(weight * [times[unit] for unit in zip(stratum, psu, strict=True)])
    return np.column_stack(columns)


def paley(prime: int) -> Floats:
    """A Hadamard matrix of order prime + 1, for a prime that leaves 3 when divided by 4."""
    squares = {number * number % prime for number in range(1, prime)}
    kind = np.array([0, *(1 if number in squares else -1 for number in range(1, prime))])
    jacobsthal = kind[(np.arange(prime)[:, None] - np.arange(prime)[None, :]) % prime]
    skew = np.zeros((prime + 1, prime + 1))
    skew[0, 1:], skew[1:, 0], skew[1:, 1:] = 1, -1, jacobsthal
    return skew + np.eye(prime + 1)
