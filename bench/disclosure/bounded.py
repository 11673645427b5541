"""How closely perturbed counts confine those before perturbation, when everybody knows how far a count may be moved."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from bench.disclosure.known import added, alike
from bench.disclosure.programme import Between, Programme
from bench.disclosure.universe import Floats
from schemas.perturbation import CountNoise

EXACT = 1e-6


@dataclass(frozen=True)
class Bounded:
    """The sets confined to fewer than so many cases, and how many were not tried before the deadline."""

    narrow: frozenset[int]
    untried: int


def possible(given: int, noise: CountNoise) -> tuple[int, int]:
    """The smallest and the largest count that may have become a published one."""
    before = range(max(0, given - noise.maximum), given + noise.maximum + 1)
    found = [n for n in before if given - n in noise.moves(n)]
    return found[0], found[-1]


def confined(
    matrix: Floats,
    published: Mapping[int, int],
    noise: CountNoise,
    places: Iterable[int],
    cases: Floats,
    width: int,
    *,
    deadline: float,
) -> Bounded:
    """The sets among `places` of which all published counts together leave less than `width` open.

    `cases` are the persons of each kind in truth. Others who fit what is published as well show at once that most sets
    are open: one kind alone with more persons, or with fewer. Linear programmes are left for the rest.
    """
    merged, of_kinds = alike(matrix)
    truth = added(cases, of_kinds, merged.shape[1])
    sets = sparse.csr_array(merged)
    given = sorted(published)
    ends = np.array([possible(published[place], noise) for place in given], dtype=np.float64).reshape(-1, 2)
    known = sets[given]
    at = known @ truth
    room = Between(np.minimum(ends[:, 0] - at, 0.0), np.maximum(ends[:, 1] - at, 0.0))
    up, down = _least_of_sets(known, room.high), np.minimum(truth, _least_of_sets(known, -room.low))
    wanted = [place for place in places if _most(sets[[place]], up) + _most(sets[[place]], down) < width]
    if not wanted:
        return Bounded(frozenset(), 0)
    programme = Programme(known, room, Between.from_(-truth), deadline=deadline)
    programme.has_any()
    narrow: set[int] = set()
    for number, place in enumerate(wanted):
        least, most = (_end(programme, sets[[place]], sign) for sign in (1.0, -1.0))
        if time.monotonic() > deadline:
            return Bounded(frozenset(narrow), len(wanted) - number)
        whole = float((sets[[place]] @ truth)[0])
        if np.floor(whole + most + EXACT) - np.ceil(whole + least - EXACT) < width:
            narrow.add(place)
    return Bounded(frozenset(narrow), 0)


def _least_of_sets(sets: Any, room: Floats) -> Floats:
    """For each kind the least room of the sets that it is in."""
    of_kinds = sparse.csc_array(sets)
    least = np.full(of_kinds.shape[1], np.inf)
    for kind in range(of_kinds.shape[1]):
        some = of_kinds.indices[of_kinds.indptr[kind] : of_kinds.indptr[kind + 1]]
        least[kind] = room[some].min(initial=np.inf)
    return least


def _most(row: Any, room: Floats) -> float:
    return float(room[row.indices].max(initial=0.0))


def _end(programme: Programme, row: Any, sign: float) -> float:
    """The least (or with a minus the most) that a set can be moved."""
    cost = np.zeros(row.shape[1])
    cost[row.indices] = sign
    found = programme.cheapest(cost)
    return -sign * np.inf if found is None else float((row @ found)[0])
