"""Sums per cell and sampling unit, as sparse matrices, and what variances need of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

Floats = NDArray[np.float64]


class Domains:
    """The sums of some cells, each by sampling unit (cells by units), and what the variance needs of them.

    Weights are in persons, weighted values in persons times the variable's unit, squares in square units (`squares`).
    """

    def __init__(self, sums: Mapping[str, csr_array], totals: Mapping[str, Floats]) -> None:
        """`totals` are the sums per cell over all units."""
        self.sums = sums
        self.totals = totals
        self._by_stratum: dict[tuple[str, ...], Floats] = {}

    def by_unit(self, name: str, cells: Sequence[int] | None = None) -> Floats:
        """A sum per cell and unit, of some cells where these are named."""
        sums = self.sums[name]
        return np.asarray((sums if cells is None else sums[list(cells)]).toarray())

    def by_stratum(self, name: str, strata: csr_array) -> Floats:
        """A sum per cell and stratum; `strata` is 1 where a unit is in a stratum, units by strata."""
        return self._kept(("sum", name), strata, lambda: self.sums[name])

    def products(self, one: str, other: str, strata: csr_array) -> Floats:
        """Per cell and stratum, the sum over units of the products of two sums."""
        return self._kept(("product", one, other), strata, lambda: self.sums[one].multiply(self.sums[other]))

    def units_with(self, name: str, strata: csr_array) -> Floats:
        """Per cell and stratum, the units that have some cases."""
        return self._kept(("units", name), strata, lambda: (self.sums[name] > 0).astype(np.float64))

    def _kept(self, key: tuple[str, ...], strata: csr_array, by_unit: Callable[[], csr_array]) -> Floats:
        """Cached: indicators of the same cells share most of these sums. The strata are those of the one sample."""
        if key not in self._by_stratum:
            self._by_stratum[key] = np.asarray((by_unit() @ strata).toarray())
        return self._by_stratum[key]


def matrices(
    values: Mapping[str, NDArray[Any]], rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]
) -> dict[str, csr_array]:
    """Matrices with entries in the same places, in one order whatever the order in which the places came."""
    order = np.lexsort((columns, rows))
    starts = np.searchsorted(rows[order], np.arange(shape[0] + 1))
    return {name: csr_array((each[order], columns[order], starts), shape=shape) for name, each in values.items()}
