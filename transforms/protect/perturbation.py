"""Perturbed counts: random rounding and cell keys, the same for the same persons in every table and every run.

Every person has a record key, drawn by a hash that cannot be worked out without the secret seed. A group's key is the
sum of its persons' keys, so it does not depend on the table or the version in which the group is published.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np

from schemas.errors import DeclarationError
from schemas.protection import CellKey, Rounding
from transforms.protect.structure.groups import Floats, Structure
from transforms.protect.structure.records import KEY_SPACE, Joint

SHORTEST_SEED = 16


def check_seed(seed: str | None) -> str:
    """The seed, if it is long enough not to be guessed. Raises DeclarationError, which never quotes it."""
    if seed is None or len(seed) < SHORTEST_SEED:
        raise DeclarationError(
            f"a secret seed of {SHORTEST_SEED} characters or more is needed",
            why="anyone who knows or guesses the seed can undo the perturbation",
            remedy="set ILMS_PROTECTION_SEED to a random text, keep it out of every release, and never change it",
        )
    return seed


@dataclass(frozen=True)
class Perturbed:
    """The cases of every group as they may be published, and the weight (persons) that follows them at its mean."""

    cases: Floats
    weight: Floats


def perturbed(structure: Structure, joint: Joint, profile: Rounding | CellKey, seed: str) -> Perturbed:
    """What may be published for every group, by rounding or by cell keys."""
    size = len(structure.atoms.cases)
    if isinstance(profile, Rounding) and profile.additive:
        counts = rounded_along(joint.cases, profile.base, uniform_of(seed))
        weight = joint.weight / joint.cases * counts
        return Perturbed(structure.sums(joint.spread(counts, size)), structure.sums(joint.spread(weight, size)))
    cases, weight = structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)
    drawn = (structure.sums(joint.spread(joint.keys, size)) % KEY_SPACE) / KEY_SPACE
    if isinstance(profile, Rounding):
        counts = rounded(cases, drawn, profile.base)
    else:
        moved = [n + deviation(int(n), u, profile) for n, u in zip(cases, drawn, strict=True)]
        counts = np.array(moved, dtype=np.float64)
    return Perturbed(counts, np.divide(weight * counts, cases, out=np.zeros_like(weight), where=cases > 0))


def uniform_of(seed: str) -> float:
    """A number from 0 to 1 determined by the seed alone."""
    return int.from_bytes(hashlib.sha256(f"{seed}|start".encode()).digest()[:4], "big") / KEY_SPACE


def rounded(cases: Floats, drawn: Floats, base: int) -> Floats:
    """Round to the multiple of `base` below or above, the nearer with the higher probability, so that counts are
    unbiased."""
    below, over = np.divmod(cases, base)
    return np.asarray(base * (below + (drawn < over / base)), dtype=np.float64)


def rounded_along(cases: Floats, base: int, start: float) -> Floats:
    """Round each to a multiple of `base`, so that every sum of neighbours is within `base` of the truth.

    Running totals, moved by a random start, are rounded down; the differences are the rounded counts. As margins are
    sums of the rounded counts, they add up exactly in all tables. Cases are whole numbers, so a whole start is enough,
    and no quotient falls on the wrong side of a multiple.
    """
    moved = np.cumsum(cases) + min(np.floor(start * base), base - 1)
    return np.asarray(np.diff(base * (moved // base), prepend=0.0), dtype=np.float64)


def deviation(cases: int, drawn: float, profile: CellKey) -> int:
    """The deviation of a count for a number drawn from 0 to 1; zero for a count of zero."""
    if cases == 0:
        return 0
    row = profile.perturbation[min(cases, len(profile.perturbation)) - 1]
    reached = 0.0
    for move, share in sorted(row.deviations.items()):
        reached += share
        if drawn < reached:
            return move
    return max(row.deviations)
