"""Which numbers are unsafe by themselves: those with too few cases, or with one or two dominant contributions.

A case contributes its weight to a count, and its weight times the variable to the total behind a mean.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence

import numpy as np

from schemas.protection import NoProtection, Perturbation, ProtectionProfile, Suppression
from transforms.protect.attack.attack import Need
from transforms.protect.attack.system import exchanged_weight
from transforms.protect.structure.groups import Structure


def contributions_needed(profile: ProtectionProfile) -> int:
    """How many of the largest contributions a profile uses: its rules, and noise that follows the largest."""
    if isinstance(profile, NoProtection):
        return 0
    dominance = profile.dominance.largest if profile.dominance else 0
    return max(dominance, 2 if profile.p_percent else 0, 1 if isinstance(profile, Perturbation) else 0)


def is_dominated(largest: Sequence[float], total: float, profile: Suppression | Perturbation) -> bool:
    """Whether the (n, k) rule or the p% rule of a profile makes a number unsafe, by its largest contributions."""
    ordered = sorted(largest, reverse=True)
    if not ordered or total <= 0:
        return False
    dominance, p_percent = profile.dominance, profile.p_percent
    if dominance is not None and sum(ordered[: dominance.largest]) > total * dominance.percent / 100:
        return True
    return p_percent is not None and total - sum(ordered[:2]) < ordered[0] * p_percent.percent / 100


def unsafe_sets(structure: Structure, profile: Suppression) -> set[int]:
    """The sets that are unsafe by themselves. A set without cases is safe: a zero discloses nothing about anybody."""
    cases, weight = structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)
    unsafe = {int(group) for group in np.flatnonzero((cases > 0) & (cases < profile.minimum_frequency))}
    wanted = contributions_needed(profile)
    if wanted:
        for group in np.flatnonzero(cases >= profile.minimum_frequency):
            if is_dominated(_largest(structure, int(group), wanted), float(weight[group]), profile):
                unsafe.add(int(group))
        for variable, groups in mean_sets(structure).items():
            totals = structure.sums(structure.atoms.totals[variable])
            unsafe |= {
                group
                for group in groups
                if is_dominated(_largest(structure, group, wanted, variable), float(totals[group]), profile)
            }
    return unsafe


def mean_sets(structure: Structure) -> dict[str, list[int]]:
    """The sets of which the mean of a variable is published, by variable."""
    found: dict[str, set[int]] = {}
    for number in structure.numbers:
        if number.variable is not None:
            found.setdefault(number.variable, set()).add(structure.index[number.counted])
    return {variable: sorted(groups) for variable, groups in found.items()}


def _largest(structure: Structure, group: int, wanted: int, variable: str | None = None) -> list[float]:
    """The largest contributions to a set: weights, or weights times a variable."""
    of_atoms = structure.atoms.largest if variable is None else structure.atoms.largest_of[variable]
    row = structure.sets[[group]]
    return heapq.nlargest(wanted, (weight for atom in row.indices for weight in of_atoms[atom]))


def needs_of(
    structure: Structure,
    unsafe: set[int],
    withheld: set[int],
    profile: Suppression,
    *,
    hidden: frozenset[int] = frozenset(),
) -> list[Need]:
    """How uncertain each withheld set must stay, the unsafe ones first and the smallest first.

    Of sets that are `hidden`, what has changed since an earlier release must stay as uncertain as a few persons. Its
    value is as uncertain as its cases times the exchanged weight.
    """
    cases, weight = structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)
    declared, value = profile.protection, weight / exchanged_weight(structure)
    share = declared.percent / 100
    order = sorted(withheld, key=lambda each: (each not in unsafe, cases[each], each))
    return [
        Need(
            each,
            max(declared.cases, share * float(cases[each]), share * float(value[each]))
            if each in unsafe
            else max(declared.secondary_cases, declared.cases if each in hidden else 0),
        )
        for each in order
    ]
