"""What rows about variables such as earnings say of single persons: a value that is one's own, a total that one or two
make up."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.disclosure.evidence import Evidence
from bench.disclosure.release import Row
from bench.disclosure.universe import Flags, Floats, Magnitude, Universe
from schemas.protection import Perturbation, Suppression

SAME = 1e-9
WHOLE = 100
PRECISE = 1e-6


@dataclass
class Single:
    """What single persons can be seen in.

    values     rows whose quantile, or an end of its interval, is the value of just one of their persons
    dominated  rows given though one or two persons make up their total, by the rules of the profile
    """

    values: list[str] = field(default_factory=list)
    dominated: list[str] = field(default_factory=list)


def single_persons(evidence: Evidence, rows: Iterable[Row], profile: Suppression | Perturbation) -> Single:
    """What the given rows say of single persons; their values and weights are the truth, which judges it."""
    universe, found = evidence.universe, Single()
    for row in rows:
        about = None if row.is_withheld else universe.magnitude(row)
        if about is not None and about.is_quantile and _is_value_of_one(universe, row, about, profile):
            found.values.append(row.name)
        elif about is not None and not about.is_quantile and row.value is not None:
            some = (_contributions(universe, about.members, name) for name in about.variables)
            if any(is_dominated(each, profile) for each in some):
                found.dominated.append(row.name)
    if isinstance(profile, Suppression):
        found.dominated += [
            said.row.name
            for place, said in evidence.weights.items()
            if is_dominated(_of_kinds(universe.kinds.weights, evidence.members[place]), profile)
        ]
    return found


def _is_value_of_one(universe: Universe, row: Row, about: Magnitude, profile: Suppression | Perturbation) -> bool:
    """Whether a quantile of a small group, or an end of its interval, is what just one person says. A rounded one may
    stand for any value near it, and is what a person says by chance."""
    values = np.concatenate([_of_kinds(universe.kinds.amounts[name], about.members) for name in about.variables])
    if len(values) >= 2 * profile.quantiles.minimum:
        return False
    is_coarse = row.value is not None and is_rounded(row.value, profile.quantiles.step_percent)
    given = [row.lower, row.upper] if is_coarse else [row.value, row.lower, row.upper]
    numbers = [each * about.unit for each in given if each is not None]
    return any(int((np.abs(values - each) <= SAME * abs(each)).sum()) == 1 for each in numbers)


def is_rounded(value: float, percent: float) -> bool:
    """Whether a value is a multiple of 1, 2 or 5 times a power of ten that is about `percent` of it."""
    limit = abs(value) * percent / WHOLE
    if limit == 0:
        return True
    size = 10.0 ** math.floor(math.log10(limit))
    step = max(times * size for times in (1, 2, 5) if times * size <= limit * (1 + PRECISE))
    return abs(value / step - round(value / step)) <= PRECISE


def is_dominated(contributions: Floats, profile: Suppression | Perturbation) -> bool:
    """Whether the largest contributions make up so much of a total that it tells them, by the rules of a profile."""
    ordered = np.sort(contributions)[::-1]
    total = float(ordered.sum())
    if total <= 0:
        return False
    rule, second = profile.dominance, profile.p_percent
    if rule is not None and ordered[: rule.largest].sum() > rule.percent / WHOLE * total:
        return True
    rest = total - float(ordered[:2].sum())
    return second is not None and rest < second.percent / WHOLE * float(ordered[0])


def _contributions(universe: Universe, members: Flags, name: str) -> Floats:
    kinds = universe.kinds
    return _of_kinds(kinds.weights, members) * _of_kinds(kinds.amounts[name], members)


def _of_kinds(arrays: Sequence[Floats], members: Flags) -> Floats:
    """Those of the persons of some kinds."""
    return np.concatenate([np.zeros(0), *(arrays[int(kind)] for kind in np.flatnonzero(members))])
