"""Perturbed numbers by the cell key method: the same persons get the same noise, in every table, version and run.

Every person has a record key, which cannot be worked out without the secret seed. The key of a group is the sum of its
persons' keys (Fraser and Wooton, A proposed method for confidentialising tabular output to protect against
differencing, UNECE work session on statistical data confidentiality 2005), so it depends on nothing but the persons.
From the key, the seed and a purpose follows a draw: one for the cases, one for their weights, one for the total of each
variable. As the key is hashed, the draws of two groups do not tell that of their union.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from schemas.errors import DeclarationError
from schemas.perturbation import CountNoise, ValueBase
from schemas.protection import Perturbation
from transforms.protect.maximum_entropy import contribution_deviations, count_deviations
from transforms.protect.structure.groups import Floats, Structure
from transforms.protect.structure.records import KEY_SPACE, Joint

SHORTEST_SEED = 16
DRAWS = 2**53
CASES, WEIGHTS = "cases", "weights"


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
    """What may be published of every group.

    cases   perturbed cases
    weight  persons, rounded to `base`
    of      by variable: the factor that perturbs the total of a variable, and so its mean
    base    what values are rounded to, in persons; None where they are as exact as the cases
    """

    cases: Floats
    weight: Floats
    of: Mapping[str, Floats]
    base: float | None


def perturbed(structure: Structure, joint: Joint, profile: Perturbation, seed: str) -> Perturbed:
    """What may be published of every group.

    A value is the group's mean weight times its perturbed cases, as in the Australian TableBuilder (Thompson, Broadfoot
    and Elazar, UNECE work session 2013), moved by a multiple of the largest weight, with a draw of its own, and
    rounded: it does not disclose the mean weight. Where all weights are equal there is nothing to hide in them, and a
    value follows from its cases.
    """
    keys = set_keys(structure, joint)
    true_cases, weight = structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)
    cases = moved(true_cases, draws(keys, CASES, seed), profile.counts)
    noise = contribution_deviations(profile.contributions)
    of = {
        variable: 1 + _share(structure, variable) * looked_up(draws(keys, variable, seed), *noise)
        for variable in structure.atoms.totals
    }
    low, high = structure.weight_range
    if low == high:
        return Perturbed(cases, cases * high, of, None)
    base = value_base(profile.values, joint)
    largest = largest_of(structure, structure.atoms.largest)
    scaled = np.divide(weight * cases, true_cases, out=np.zeros_like(weight), where=true_cases > 0)
    value = scaled + largest * looked_up(draws(keys, WEIGHTS, seed), *noise)
    rounded = base * np.round(value / base)
    return Perturbed(cases, np.where(cases > 0, np.maximum(rounded, 0), 0), of, base)


def set_keys(structure: Structure, joint: Joint) -> Floats:
    """The key of each set: the sum of its record keys.

    Where a table of a register counts the same persons as another, the records of the other count.
    """
    of_atoms = joint.spread(joint.keys, len(structure.atoms.cases))
    keys = structure.sums(of_atoms)
    left = structure.sets.toarray() > 0 if structure.links.shape[0] else np.zeros((0, 0), dtype=np.bool_)
    for start, end in zip(structure.links.indptr[:-1], structure.links.indptr[1:], strict=True):
        atoms, signs = structure.links.indices[start:end], structure.links.data[start:end]
        parts = atoms[signs > 0]
        counted_elsewhere = left[:, parts].all(axis=1) & (len(parts) > 0)
        keys[counted_elsewhere] -= signs @ of_atoms[atoms]
        left[np.ix_(counted_elsewhere, parts)] = False
    return keys % KEY_SPACE


def draws(keys: Floats, purpose: str, seed: str) -> Floats:
    """A number from 0 to 1, itself excluded, for each key: the start of SHA-256 over the seed, the purpose and the
    key."""
    hashed = (hashlib.sha256(f"{seed}|{purpose}|{int(key)}".encode()).digest() for key in keys)
    return np.array([(int.from_bytes(each[:8], "big") >> 11) / DRAWS for each in hashed])


def moved(cases: Floats, drawn: Floats, noise: CountNoise) -> Floats:
    """Each count, moved by the deviation that a draw gives it."""
    result = np.zeros_like(cases)
    for count in np.unique(cases).astype(int):
        here = cases == count
        result[here] = count + looked_up(drawn[here], *count_deviations(noise, _alike(count, noise)))
    return result


def _alike(cases: int, noise: CountNoise) -> int:
    """The smallest count that has the same deviations."""
    start = noise.repeated_from
    return cases if cases < start else start + (cases - start) % noise.multiples_of


def looked_up(drawn: Floats, moves: Floats, chances: Floats) -> Floats:
    """The deviation for each draw."""
    places = np.searchsorted(np.cumsum(chances), drawn, side="right")
    return np.asarray(moves[np.minimum(places, len(moves) - 1)], dtype=np.float64)


def value_base(declared: ValueBase, joint: Joint) -> float:
    """What the values of counts are rounded to, in persons."""
    if declared.persons is not None:
        return declared.persons
    cases = joint.cases.sum()
    return round_number(float(declared.cases or 1) * float(joint.weight.sum()) / float(cases) if cases else 1.0)


def round_number(at_least: float) -> float:
    """The smallest of 1, 2, 5, 10, 20, 50 and so on, and of their tenths, that is not below a positive number."""
    power = 10.0 ** math.floor(math.log10(at_least))
    return next(each * power for each in (1.0, 2.0, 5.0, 10.0) if each * power >= at_least)


def contributions(structure: Structure, of_atoms: list[tuple[float, ...]], position: int) -> list[float]:
    """The contributions to a set that are among the largest of its atoms."""
    start, end = structure.sets.indptr[position : position + 2]
    return [each for atom in structure.sets.indices[start:end] for each in of_atoms[atom]]


def largest_of(structure: Structure, of_atoms: list[tuple[float, ...]]) -> Floats:
    """The largest contribution to each set."""
    of_each, sets = np.array([max(each, default=0.0) for each in of_atoms]), structure.sets
    rows = zip(sets.indptr[:-1], sets.indptr[1:], strict=True)
    return np.array([of_each[sets.indices[start:end]].max(initial=0.0) for start, end in rows])


def _share(structure: Structure, variable: str) -> Floats:
    """The share of the largest contribution in the total of a variable, for each group."""
    totals = structure.sums(structure.atoms.totals[variable])
    largest = largest_of(structure, structure.atoms.largest_of[variable])
    return np.divide(largest, totals, out=np.zeros_like(totals), where=totals > 0)
