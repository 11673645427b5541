"""What can be worked out of perturbed counts: exact counts and mean weights, and persons whom equal values betray."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from bench.disclosure.bounded import confined
from bench.disclosure.evidence import Evidence
from bench.disclosure.universe import Floats
from schemas.perturbation import CountNoise

SAME = 1e-9
BELIEVED = 0.8
FEW_ROWS = 3
FEW = 5
WIDTH = 3
"""How many cases must be open in the count of a set of few persons."""
PASSES = 20
FARTHEST = 12
"""How far from the published count an exact one is sought."""


@dataclass(frozen=True)
class Profile:
    """Sets that the same published count and value link, and whose common attributes and mean weight fit one person.

    sets        how many they are
    n           the published count
    persons     how many persons the smallest and the largest of them have in truth
    indicators  those of their rows, and by what these are broken down: what would be known of the person
    """

    sets: int
    n: int
    persons: tuple[int, int]
    indicators: tuple[str, ...]

    @property
    def message(self) -> str:
        """In words, without what it would tell of the person."""
        few, many = self.persons
        return (
            f"{self.sets} sets published with n = {self.n}, of {few} to {many} persons, are linked and fit one person:"
            f" {', '.join(self.indicators)}"
        )


@dataclass
class Readable:
    """What the attacker reads in the perturbed rows of a partition, as sets of persons.

    counts     sets whose exact count follows from mean weights that are exact, where the attacker's answers are right
               so often that he can believe them
    answers    how many exact counts he arrived at, and how many of them are right
    confined   sets whose count is certain, as sums confine it and no noise is larger than declared, and sets of few
               persons of whose count all published ones together leave less open than the protection interval
    untried    sets of which that is not known, as time was up
    weights    sets whose value per published case is exactly the mean weight of its persons
    profiles   the persons whom equal values across tables single out, with their weight
    averaged   sets for which different rows give different counts, so that these can be averaged
    """

    counts: set[int] = field(default_factory=set)
    answers: tuple[int, int] = (0, 0)
    confined: set[int] = field(default_factory=set)
    untried: int = 0
    weights: set[int] = field(default_factory=set)
    profiles: list[Profile] = field(default_factory=list)
    averaged: set[int] = field(default_factory=set)


def read_perturbed(evidence: Evidence, matrix: Floats, noise: CountNoise, *, deadline: float) -> Readable:
    """Attack the perturbed rows; the truth is used to say which of the attacker's numbers are right.

    `noise` is how counts are moved, as it is declared.
    """
    farthest = noise.maximum
    kinds = evidence.universe.kinds
    cases, weight = matrix @ kinds.cases, matrix @ kinds.weight
    readable = Readable(averaged=set(evidence.contradicted))
    both = {
        place: (int(said.number), evidence.weights[place].number)
        for place, said in evidence.cases.items()
        if place in evidence.weights and said.number > 0 and cases[place] > 0
    }
    for place, (n, value) in both.items():
        is_mean = abs(value / n - weight[place] / cases[place]) <= SAME * value / n and n != cases[place]
        if is_mean and kinds.differ:
            readable.weights.add(place)
    sums = list(_sums_of_two(matrix, sorted(both)))
    answers = [
        (place, count)
        for whole, one, other in sums
        for place, count in _counts([both[each][1] / both[each][0] for each in (whole, one, other)], both, (one, other))
    ]
    right = {place for place, count in answers if count == cases[place]}
    readable.answers = (len(answers), sum(int(count == cases[place]) for place, count in answers))
    if readable.answers[1] > BELIEVED * len(answers):
        readable.counts = right
    readable.confined = {
        place
        for place, count in _confined({each: n for each, (n, _) in both.items()}, sums, farthest)
        if count == cases[place]
    }
    few = [place for place, true in enumerate(cases) if 0 < true < FEW]
    published = {place: int(said.number) for place, said in evidence.cases.items()}
    bounded = confined(matrix, published, noise, few, kinds.cases, WIDTH, deadline=deadline)
    readable.confined |= bounded.narrow
    readable.untried = bounded.untried
    readable.profiles = list(_profiles(evidence, matrix, both, farthest))
    return readable


def _sums_of_two(matrix: Floats, places: list[int]) -> Iterator[tuple[int, int, int]]:
    """Sets that two others make up."""
    members = matrix[places].astype(np.float32)
    shared, own = members @ members.T, members.sum(axis=1)
    inside = (shared >= own[None, :] - 0.5) & (own[None, :] < own[:, None]) & (own[None, :] > 0)
    for whole in range(len(places)):
        parts = np.flatnonzero(inside[whole])
        together = own[parts][:, None] + own[parts][None, :] == own[whole]
        apart = np.triu(shared[np.ix_(parts, parts)] < 0.5, 1)
        for one, other in np.argwhere(together & apart):
            yield places[whole], places[parts[one]], places[parts[other]]


def _counts(
    means: list[float], both: Mapping[int, tuple[int, float]], places: tuple[int, int]
) -> list[tuple[int, int]]:
    """The counts of two parts, where just one pair near the published ones gives the mean weight of the whole."""
    whole, one, other = means
    if abs(one - other) <= SAME * whole:
        return []
    near = (np.arange(max(both[place][0] - FARTHEST, 1), both[place][0] + FARTHEST + 1) for place in places)
    first, second = np.meshgrid(*near, indexing="ij")
    fits = np.argwhere(
        np.abs(one * first + other * second - whole * (first + second)) <= SAME * whole * (first + second)
    )
    if len(fits) != 1:
        return []
    at = tuple(fits[0])
    return [(places[0], int(first[at])), (places[1], int(second[at]))]


def _confined(
    published: Mapping[int, int], sums: Sequence[tuple[int, int, int]], farthest: int
) -> Iterator[tuple[int, int]]:
    """The counts that are certain: a count lies near the published one, and between what its sums leave to it."""
    places = sorted(published)
    at = {place: position for position, place in enumerate(places)}
    n = np.array([published[place] for place in places], dtype=np.int64)
    low, high = np.maximum(n - farthest, 1), n + farthest
    whole, one, other = (np.array([at[each[part]] for each in sums], dtype=np.int64) for part in range(3))
    for _ in range(PASSES):
        np.maximum.at(low, whole, low[one] + low[other])
        np.minimum.at(high, whole, high[one] + high[other])
        for part, rest in ((one, other), (other, one)):
            np.maximum.at(low, part, low[whole] - high[rest])
            np.minimum.at(high, part, high[whole] - low[rest])
    yield from ((places[each], int(low[each])) for each in np.flatnonzero(low == high))


def _profiles(
    evidence: Evidence, matrix: Floats, both: dict[int, tuple[int, float]], farthest: int
) -> Iterator[Profile]:
    """The sets that the same count and value link, where their attributes together with a person's weight, which the
    value per case gives, fit just one person.

    A count that no noise makes of one person is that of several: if their mean weight is somebody's, it is by chance.
    """
    universe = evidence.universe
    cases = matrix @ universe.kinds.cases
    linked: dict[tuple[int, float], list[int]] = {}
    for place, pair in both.items():
        linked.setdefault(pair, []).append(place)
    for (n, value), places in linked.items():
        if len(places) >= FEW_ROWS and n - farthest <= 1:
            common = np.flatnonzero(matrix[places].all(axis=0))
            weights = np.concatenate([np.zeros(0), *(universe.kinds.weights[int(kind)] for kind in common)])
            if (np.abs(weights - value / n) <= SAME * value / n).sum() == 1:
                persons = int(cases[places].min()), int(cases[places].max())
                names = sorted({evidence.rows[place][0].indicator for place in places})
                yield Profile(len(places), n, persons, tuple(names))
