"""What is said of sets of persons, as rows of a linear programme with as few and as short ones as say it all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from bench.disclosure.evidence import Equation
from bench.disclosure.universe import Flags, Floats, Positions

TERMS = 1e-12


@dataclass(frozen=True)
class Rows:
    """Sums over kinds of persons and what they are."""

    sums: Any
    numbers: Floats


def alike(matrix: Floats) -> tuple[Floats, Positions]:
    """Sets by kinds of persons that are in the same ones, and which of these every kind is."""
    bits = np.packbits(matrix.T > 0, axis=1)
    _, first, which = np.unique(bits, axis=0, return_index=True, return_inverse=True)
    return matrix[:, first], which.ravel().astype(np.int64)


def added(quantity: Floats, of_kinds: Positions, size: int) -> Floats:
    """A quantity of kinds of persons, for `size` kinds into which they were put together."""
    return np.asarray(np.bincount(of_kinds, quantity, minlength=size), dtype=np.float64)


def smallest(matrix: Floats, places: Iterable[int], known: Iterable[int]) -> list[int]:
    """Those of some sets that hold no other of them, and nobody who is known to be there: who knows that somebody is in
    each of these knows it of all."""
    some = np.array(sorted(places, key=lambda place: (matrix[place].sum(), place)), dtype=np.int64)
    there = np.array(sorted({*known}), dtype=np.int64)
    members = matrix[some].astype(np.float32)
    holds_known = _holds(members, matrix[there].astype(np.float32)).any(axis=1) if len(there) else np.zeros(len(some))
    inside = _holds(members, members)
    holds_another = np.tril(inside, -1).any(axis=1)
    return [int(place) for place in some[~holds_another & ~holds_known.astype(np.bool_)]]


def _holds(wholes: Any, parts: Any) -> Any:
    """Which sets (rows) hold which others (columns), of those that hold anybody."""
    sizes = parts.sum(axis=1)
    return (wholes @ parts.T >= sizes[None, :] - 0.5) & (sizes[None, :] > 0)


def rows_of_equations(matrix: Floats, equations: Sequence[Equation]) -> Rows:
    """Equations about sets as sums over kinds of persons.

    Of a set that is known, only what is in none of its known parts is written, and an equation about several sets only
    where one of them is not known: what is left out follows from the others.
    """
    known = {place: number for terms, number in equations if len(terms) == 1 for place in terms}
    several = [each for each in equations if len(each[0]) > 1 and not all(place in known for place in each[0])]
    alone = _remainders(matrix, known)
    combined = _combined(matrix, several)
    return Rows(
        sparse.vstack([alone.sums, combined]), np.concatenate([alone.numbers, [number for _, number in several]])
    )


def _remainders(matrix: Floats, known: Mapping[int, float]) -> Rows:
    """What is in each known set and in none of those of its known parts, largest first, that lie apart."""
    places = np.array(sorted(known, key=lambda place: (matrix[place].sum(), place)), dtype=np.int64)
    members = matrix[places] > 0
    numbers = np.array([known[int(place)] for place in places])
    shared = members.astype(np.float32) @ members.T.astype(np.float32)
    sizes = np.diag(shared)
    found: dict[bytes, tuple[Flags, float]] = {}
    for at in np.flatnonzero(sizes > 0):
        inside = np.flatnonzero((shared[at] >= sizes - 0.5) & (sizes < sizes[at]) & (sizes > 0))
        rest, number = members[at].copy(), float(numbers[at])
        left = inside[::-1]
        while len(left):
            rest &= ~members[left[0]]
            number -= float(numbers[left[0]])
            left = left[1:][shared[left[0], left[1:]] < 0.5]
        if rest.any():
            found.setdefault(np.packbits(rest).tobytes(), (rest, number))
    some = [rest for rest, _ in found.values()]
    sums = sparse.vstack([sparse.csr_array(each.astype(np.float64)[None, :]) for each in some]) if some else None
    empty = sparse.csr_array((0, matrix.shape[1]))
    return Rows(empty if sums is None else sums, np.array([number for _, number in found.values()]))


def _combined(matrix: Floats, equations: Iterable[Equation]) -> Any:
    rows = [
        sparse.csr_array(sum(factor * matrix[place] for place, factor in terms.items())[None, :])
        for terms, _ in equations
    ]
    return sparse.vstack(rows) if rows else sparse.csr_array((0, matrix.shape[1]))
