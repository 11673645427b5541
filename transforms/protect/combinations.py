"""Sets of few persons that no number counts, and that any combination of published numbers tells: of everybody, less
who works, less who is outside the labour force, the same of the native-born taken away.

There are too many combinations to try. But a set that is told stays as it is in whatever other records agree with what
is published: the changes of its atoms add up to nothing. As every atom holds somebody, a set of few persons has few
atoms, and those whose changes add up to nothing in some such records at random are found by sorting.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
from scipy import linalg, sparse

from schemas.protection import Suppression
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.system import Publication, System
from transforms.protect.differences import with_sets
from transforms.protect.structure.groups import Floats, Packed, Positions, Structure

CHANGES = 4  # records at random: the first finds sets, the others confirm them
ZERO = 1e-9
FEWEST = 4
PARTS = 24  # in which pairs are compared, to save memory


def with_combinations(
    structure: Structure, publication: Publication, profile: Suppression, *, deadline: Deadline = NEVER
) -> Structure:
    """The structure with every set of few persons that a combination of disclosed sets tells, as sets that are not
    published. Raises GateError when it has not finished by the deadline."""
    deadline.left()
    known = {bits.tobytes() for bits in structure.packed}
    found: dict[bytes, Packed] = {}
    cases = structure.atoms.cases
    few = np.flatnonzero((cases > 0) & (cases < profile.minimum_frequency))
    changes = _changes(structure, publication)[few]
    for some in _that_add_up_to_nothing(changes, cases[few], profile.minimum_frequency):
        deadline.left()
        members = np.zeros(len(cases), dtype=np.bool_)
        members[few[list(some)]] = True
        bits = np.packbits(members)
        if bits.tobytes() not in known:
            found.setdefault(bits.tobytes(), bits)
    return with_sets(structure, np.array(list(found.values()))) if found else structure


def _changes(structure: Structure, publication: Publication) -> Floats:
    """By how much the persons of each atom change in some other records at random, in which everything disclosed stays
    as it is."""
    system = System(structure, replace(publication, rates=()))
    result = np.zeros((len(structure.atoms.cases), CHANGES))
    if system.size:
        unmoved = sparse.csr_array(system.sums)[np.flatnonzero(system.of_sums.high == 0)].toarray()
        basis = linalg.qr(unmoved.T, mode="economic")[0]
        change = np.random.default_rng(system.size).standard_normal((system.size, CHANGES))
        for _ in range(2):  # the second time for what rounding left
            change -= basis @ (basis.T @ change)
        change[np.abs(change) < ZERO] = 0
        result[system.open] = change
    return result


def _that_add_up_to_nothing(changes: Floats, cases: Floats, minimum: int) -> Iterator[tuple[int, ...]]:
    """Up to four atoms of fewer cases than a minimum whose changes add up to nothing, none of them without need."""
    found: set[tuple[int, ...]] = set()
    for size, matches in ((1, _single), (2, _pairs), (3, _triples), (4, _fours)):
        if size < minimum:
            for some in matches(changes, cases, minimum):
                is_new = not any(part in found for less in range(1, size) for part in combinations(some, less))
                if is_new and cases[list(some)].sum() < minimum and some not in found:
                    found.add(some)
                    yield some


def _single(changes: Floats, _cases: Floats, _minimum: int) -> Iterator[tuple[int, ...]]:
    yield from ((int(each),) for each in np.flatnonzero((np.abs(changes) < ZERO).all(axis=1)))


def _pairs(changes: Floats, _cases: Floats, _minimum: int) -> Iterator[tuple[int, ...]]:
    order = np.argsort(changes[:, 0], kind="stable")
    every = np.arange(len(changes))
    for one, other in _matching(changes[order, 0], changes[:, 0]):
        yield from _confirmed(changes, np.column_stack([every[one], order[other]]))


def _triples(changes: Floats, cases: Floats, minimum: int) -> Iterator[tuple[int, ...]]:
    order = np.argsort(changes[:, 0], kind="stable")
    ordered = changes[order, 0]
    light = np.flatnonzero(cases <= minimum - 3)
    for at, first in enumerate(light):
        second = light[at + 1 :]
        for one, other in _matching(ordered, changes[first, 0] + changes[second, 0]):
            chosen = np.column_stack([np.full(len(one), first), second[one], order[other]])
            yield from _confirmed(changes, chosen)


def _fours(changes: Floats, cases: Floats, minimum: int) -> Iterator[tuple[int, ...]]:
    """Two pairs; those with sums of about the same size at a time, as there are many."""
    light = np.flatnonzero(cases <= minimum - 4)
    if len(light) < FEWEST:
        return
    values = changes[light, 0]
    edges = np.concatenate([[0.0], np.quantile(np.abs(values), np.linspace(0, 1, PARTS))[1:] * 2, [np.inf]])
    for low, high in pairwise(edges):
        pairs, sums = [], []
        for at in range(len(light)):
            added = values[at] + values[at + 1 :]
            inside = np.flatnonzero((np.abs(added) >= low) & (np.abs(added) < high + ZERO))
            pairs.append(np.column_stack([np.full(len(inside), at), inside + at + 1]).astype(np.int32))
            sums.append(added[inside])
        both, total = np.concatenate(pairs), np.concatenate(sums)
        order = np.argsort(total, kind="stable")
        negative = np.flatnonzero(total <= 0)
        for one, other in _matching(total[order], total[negative]):
            yield from _confirmed(changes, light[np.column_stack([both[negative[one]], both[order[other]]])])


def _matching(ordered: Floats, wanted: Floats) -> Iterator[tuple[Positions, Positions]]:
    """Pairs of a wanted number and one that with it adds up to nothing, as positions."""
    first = np.searchsorted(ordered, -wanted - ZERO)
    last = np.searchsorted(ordered, -wanted + ZERO)
    at = np.flatnonzero(last > first)
    while len(at):
        yield at, first[at]
        first[at] += 1
        at = at[last[at] > first[at]]


def _confirmed(changes: Floats, chosen: Positions) -> Iterator[tuple[int, ...]]:
    """Different atoms whose changes add up to nothing every time, in ascending order."""
    is_so = (np.abs(changes[chosen].sum(axis=1)) < ZERO * chosen.shape[1]).all(axis=1)
    for some in chosen[is_so]:
        atoms = tuple(sorted({int(each) for each in some}))
        if len(atoms) == chosen.shape[1]:
            yield atoms
