"""Sets that no number counts but that follow from numbers that do: who knows two nested sets knows what is between
them, and who knows the classes of a table knows how many are in none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from schemas.protection import Suppression
from transforms.protect.primary import contributions_needed, unsafe_sets
from transforms.protect.structure.groups import Flags, Matrix, Packed, Structure

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
    extended = _with(structure, np.array(list(found.values())))
    unsafe = unsafe_sets(extended, profile)
    kept = [bits for at, bits in enumerate(found.values(), start=structure.size) if at in unsafe]
    return _with(structure, np.array(kept)) if kept else structure


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


def _with(structure: Structure, more: Packed) -> Structure:
    """The structure with further sets, which are not published."""
    rows: Matrix = sparse.csr_array(np.unpackbits(more, axis=1)[:, : len(structure.atoms.cases)].astype(np.float64))
    sets = sparse.csr_array(sparse.vstack([structure.sets, rows]))
    unpublished = structure.unpublished | frozenset(range(structure.size, structure.size + len(more)))
    return replace(structure, sets=sets, unpublished=unpublished)
