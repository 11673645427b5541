"""Sets of few persons that stand in no row, and that two or three known sets leave over."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from bench.disclosure.universe import Floats, Positions

Shared: TypeAlias = "np.ndarray[Any, np.dtype[np.float32]]"


@dataclass(frozen=True)
class Difference:
    """A set, less one or two sets that lie in it and apart: so many persons are left."""

    whole: int
    parts: tuple[int, ...]
    cases: int


def small_differences(matrix: Floats, cases: Mapping[int, float], fewest: int) -> list[Difference]:
    """The differences of known sets that hold at least one person and fewer than `fewest`; each set of persons once.

    `matrix` says which kinds of persons are in each set, `cases` how many persons a known set has.
    """
    known = sorted(cases)
    members = matrix[known] > 0
    sizes = np.array([cases[place] for place in known])
    shared = members.astype(np.float32) @ members.T.astype(np.float32)
    found: dict[bytes, Difference] = {}
    for pairs in (False, True):  # the shortest way to a set is told
        for whole, parts in _parts(shared):
            left = sizes[whole] - sizes[parts]
            single = ((int(part),) for part in parts[(left > 0) & (left < fewest)])
            for some in _pairs(parts, sizes[parts], left, shared, fewest) if pairs else single:
                rest = members[whole] & ~members[list(some)].any(axis=0)
                number = int(sizes[whole] - sizes[list(some)].sum())
                each = Difference(known[whole], tuple(known[part] for part in some), number)
                found.setdefault(np.packbits(rest).tobytes(), each)
    return list(found.values())


def _parts(shared: Shared) -> Iterator[tuple[int, Positions]]:
    """Each set, and those that lie in it."""
    own = np.diag(shared)
    for whole in range(len(shared)):
        yield whole, np.flatnonzero((shared[whole] >= own - 0.5) & (own < own[whole]) & (own > 0))


def _pairs(parts: Positions, sizes: Floats, left: Floats, shared: Shared, fewest: int) -> Iterator[tuple[int, int]]:
    """Two parts that lie apart and together leave few: of each, those among the others that have the right size."""
    order = np.argsort(sizes, kind="stable")
    ordered = sizes[order]
    first = np.searchsorted(ordered, left - fewest, side="right")
    last = np.searchsorted(ordered, left, side="left")
    for at in np.flatnonzero(last > first):
        for other in order[first[at] : last[at]]:
            if parts[at] < parts[other] and shared[parts[at], parts[other]] < 0.5:
                yield int(parts[at]), int(parts[other])
