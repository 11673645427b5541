"""Sets that no number counts but that follow from numbers that do: who knows two nested sets knows what is between
them, who knows the classes of a table knows how many are in none, and who knows a set and two in it that lie apart
knows how many are in neither."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from schemas.protection import Suppression
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.primary import contributions_needed, unsafe_sets
from transforms.protect.structure.groups import Flags, Floats, Matrix, Packed, Positions, Structure

PAIRS = 65_536  # that are compared at a time
DOMINATED = 4  # a difference of more than this many times the minimum frequency is not examined for dominance


def with_differences(structure: Structure, profile: Suppression) -> Structure:
    """The structure with every difference that is unsafe by itself, as sets that are not published."""
    limit = profile.minimum_frequency * (DOMINATED if contributions_needed(profile) else 1)
    known = {bits.tobytes() for bits in structure.packed}
    found: dict[bytes, Packed] = {}
    safe = np.ones(structure.size, dtype=np.bool_)
    safe[list(unsafe_sets(structure, profile))] = False
    for bits in (*_between_nested(structure, limit, safe), *_in_no_class(structure, limit)):
        if bits.tobytes() not in known:
            found.setdefault(bits.tobytes(), bits)
    if not found:
        return structure
    extended = with_sets(structure, np.array(list(found.values())))
    unsafe = unsafe_sets(extended, profile)
    kept = [bits for at, bits in enumerate(found.values(), start=structure.size) if at in unsafe]
    return with_sets(structure, np.array(kept)) if kept else structure


def with_left_over(
    structure: Structure, disclosed: Flags, profile: Suppression, *, deadline: Deadline = NEVER
) -> Structure:
    """The structure with every set of few persons that a disclosed set less two others leaves over, as sets that are
    not published.

    Of the sets that could be published there are too many such differences, most of which are never told: only those of
    sets that are `disclosed` count. Raises GateError when it has not finished by the deadline.
    """
    known = {bits.tobytes() for bits in structure.packed}
    found: dict[bytes, Packed] = {}
    for bits in _less_two(structure, profile.minimum_frequency, disclosed, deadline):
        if bits.tobytes() not in known:
            found.setdefault(bits.tobytes(), bits)
    return with_sets(structure, np.array(list(found.values()))) if found else structure


def _less_two(structure: Structure, limit: float, among: Flags, deadline: Deadline) -> Iterator[Packed]:
    """What a set and two of its parts that lie apart leave over, where that has fewer cases than a limit."""
    cases = structure.sums(structure.atoms.cases)
    some = among & (cases > 0)
    for whole in np.flatnonzero(some):
        deadline.left()
        parts = structure.subsets(int(whole), some)
        parts = parts[np.argsort(cases[parts], kind="stable")]
        for one, other in _pairs(cases[parts], float(cases[whole]), limit):
            first, second = structure.packed[parts[one]], structure.packed[parts[other]]
            apart = ~np.any(first & second, axis=1)
            yield from structure.packed[whole] & ~(first[apart] | second[apart])


def _pairs(cases: Floats, whole: float, limit: float) -> Iterator[tuple[Positions, Positions]]:
    """The pairs of parts, in ascending order of cases, that together have fewer than the whole by less than a limit."""
    missing = whole - cases
    start = np.maximum(np.searchsorted(cases, missing - limit, side="right"), np.arange(1, len(cases) + 1))
    many = np.maximum(np.searchsorted(cases, missing, side="left") - start, 0)
    before = np.cumsum(many) - many
    for at in range(0, int(many.sum()), PAIRS):
        each = np.arange(at, min(at + PAIRS, int(many.sum())))
        one = np.searchsorted(before + many, each, side="right")
        yield one, start[one] + each - before[one]


def _between_nested(structure: Structure, limit: float, safe: Flags) -> Iterator[Packed]:
    """The differences of nested sets, both safe by themselves, that have fewer cases than a limit."""
    cases = structure.sums(structure.atoms.cases)
    for outer in np.flatnonzero((cases > 0) & safe):
        near = (cases < cases[outer]) & (cases > cases[outer] - limit) & safe
        if near.any():
            for inner in structure.subsets(int(outer), near):
                yield structure.packed[outer] & ~structure.packed[inner]


def _in_no_class(structure: Structure, limit: float) -> Iterator[Packed]:
    """What is in a set and in none of its parts by one breakdown, where that has fewer cases than a limit."""
    breakdowns: dict[tuple[object, ...], set[int]] = {}
    for number in structure.numbers:
        for at in range(len(number.key)):
            others = number.key[:at] + number.key[at + 1 :]
            breakdowns.setdefault((number.indicator, at, others), set()).add(structure.index[number.counted])
    for some in {frozenset(some) for some in breakdowns.values() if len(some) > 1}:
        among = np.zeros(structure.size, dtype=np.bool_)
        among[list(some)] = True
        for whole in sorted(some):
            parts = structure.subsets(whole, among)
            if len(parts) > 1:
                rest = structure.packed[whole] & ~np.bitwise_or.reduce(structure.packed[parts])
                if 0 < np.unpackbits(rest)[: len(structure.atoms.cases)] @ structure.atoms.cases < limit:
                    yield rest


def with_sets(structure: Structure, more: Packed) -> Structure:
    """The structure with further sets, which are not published."""
    rows: Matrix = sparse.csr_array(np.unpackbits(more, axis=1)[:, : len(structure.atoms.cases)].astype(np.float64))
    sets = sparse.csr_array(sparse.vstack([structure.sets, rows]))
    unpublished = structure.unpublished | frozenset(range(structure.size, structure.size + len(more)))
    return replace(structure, sets=sets, unpublished=unpublished)
