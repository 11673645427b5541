"""Sets of few persons that no number counts, and that any combination of published numbers tells: of everybody, less
who works, less who is outside the labour force, the same of the native-born taken away.

There are too many combinations to try. But a set that is told has no more persons than it is told to have, nor has any
of its atoms. So the atoms that can only be few are looked for (linear programmes), and what keeps them few is the set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from scipy import sparse

from schemas.protection import Suppression
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import EXACT, Bounds, Programme
from transforms.protect.attack.system import Publication, System
from transforms.protect.differences import with_sets
from transforms.protect.structure.groups import Atoms, Flags, Floats, Packed, Structure

AT_ONCE = 500  # atoms that a programme raises together
IN_VAIN = 3  # programmes that raise none, before each atom that is left is looked at by itself


def with_combinations(
    structure: Structure, publication: Publication, profile: Suppression, *, deadline: Deadline = NEVER
) -> Structure:
    """The structure with every set of few persons that a combination of disclosed sets tells, as sets that are not
    published."""
    known = {bits.tobytes() for bits in structure.packed}
    found: dict[bytes, Packed] = {}
    for members in _told(structure, publication, profile.minimum_frequency, deadline):
        bits = np.packbits(members)
        if bits.tobytes() not in known and structure.atoms.cases[members].sum() < profile.minimum_frequency:
            found.setdefault(bits.tobytes(), bits)
    return with_sets(structure, np.array(list(found.values()))) if found else structure


def _told(structure: Structure, publication: Publication, minimum: int, deadline: Deadline) -> Iterator[Flags]:
    """The atoms of which there can only be few, each with those that what is disclosed ties it to."""
    cases = structure.atoms.cases
    system = System(_in_cases(structure), replace(publication, rates=()))
    is_open = np.zeros(len(cases), dtype=np.bool_)
    is_open[system.open] = True
    for atom in np.flatnonzero(~is_open & (cases > 0) & (cases < minimum)):
        yield np.arange(len(cases)) == atom
    if not system.size:
        return
    below = minimum - cases[system.open]
    highest = _raised(system, below, deadline)
    programme = Programme(system.sums, system.of_sums, system.of_unknowns, deadline=deadline)
    for atom in np.flatnonzero(highest < below - EXACT):
        if highest[atom] < below[atom] - EXACT:
            cost = np.zeros(system.size)
            cost[atom] = -1.0
            np.maximum(highest, programme.cheapest(cost), out=highest)
            if highest[atom] < below[atom] - EXACT:
                members = np.zeros(len(cases), dtype=np.bool_)
                members[system.open] = -(system.sums.T @ programme.prices()) > EXACT
                yield members


def _raised(system: System, below: Floats, deadline: Deadline) -> Floats:
    """How far above the truth each unknown is seen, after some programmes for many of them at once.

    Each unknown is split in two, of which the first stops at `below` and alone counts, so that many get there; not all
    at once, as there are only so many persons.
    """
    highest, upper = np.zeros(len(below)), np.maximum(below, 0)
    sums = sparse.hstack([system.sums, system.sums])
    low, high = system.of_unknowns.low, system.of_unknowns.high
    bounds = Bounds(np.concatenate([0 * upper, low]), np.concatenate([upper, high]))
    programme = Programme(sums, system.of_sums, bounds, deadline=deadline)
    in_vain, draw = 0, np.random.default_rng(len(below))
    while in_vain < IN_VAIN:
        lacks = np.flatnonzero(highest < below - EXACT)
        if not len(lacks):
            break
        some = draw.permutation(lacks)[:AT_ONCE]
        cost = np.zeros(2 * len(below))
        cost[some] = -draw.uniform(0.5, 1.0, len(some)) / below[some]
        solution = programme.cheapest(cost)
        np.maximum(highest, solution[: len(below)] + solution[len(below) :], out=highest)
        in_vain = 0 if (highest[lacks] >= below[lacks] - EXACT).any() else in_vain + 1
    return highest


def _in_cases(structure: Structure) -> Structure:
    """The same persons, all of the same weight: what is asked is how many there are."""
    cases = structure.atoms.cases
    return replace(structure, atoms=Atoms(cases, cases, cases, structure.atoms.largest), weight_range=(1.0, 1.0))
