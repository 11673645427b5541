"""The persons of a partition by everything that the published tables tell apart.

The attacker is given which of these kinds of persons occur, which is more than a reader knows: what he cannot work out
with it, nobody can work out without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np

from bench.disclosure.release import Row

Flags: TypeAlias = "np.ndarray[Any, np.dtype[np.bool_]]"
Floats: TypeAlias = "np.ndarray[Any, np.dtype[np.float64]]"
Positions: TypeAlias = "np.ndarray[Any, np.dtype[np.int64]]"
Given: TypeAlias = Mapping[tuple[str, str, str], set[str]]
"""The codes that rows give, by table, indicator and breakdown."""


@dataclass(frozen=True)
class Counted:
    """Whom a row is about.

    members   the kinds of persons that it counts
    base      those whom its degrees of freedom count, where these are others: of a share, its denominator; of a gap,
              all whom it compares. A confidential row may then be so because of them
    unit      how many persons are one of a count; None where the row gives no number of persons
    is_share  whether it gives the members as a percentage of the base
    """

    members: Flags
    base: Flags | None = None
    unit: float | None = None
    is_share: bool = False


@dataclass(frozen=True)
class Magnitude:
    """What a row says of variables such as earnings.

    members      the kinds of persons who have a value of them
    variables    their names
    is_quantile  whether the row gives a value in their order; otherwise one made of totals
    unit         the size of the published unit
    """

    members: Flags
    variables: tuple[str, ...]
    is_quantile: bool
    unit: float


@dataclass(frozen=True)
class Squaring:
    """How standard errors follow from the squares of weights, where persons are the sampling units.

    persons  those in the sample
    effect   what variances are multiplied by
    """

    persons: float
    effect: float

    @property
    def times(self) -> float:
        """What the sum of squared deviations is multiplied by."""
        return self.effect * self.persons / (self.persons - 1)


@dataclass(frozen=True)
class Kinds:
    """The truth about each kind of person, used only to judge the attacker: how many there are, the sum of their
    weights, and of each of them the weight, the values of variables and the identifier."""

    cases: Floats
    weight: Floats
    weights: Sequence[Floats]
    amounts: Mapping[str, Sequence[Floats]] = field(default_factory=dict)
    persons: Sequence[Sequence[str]] = ()

    @property
    def squares(self) -> Floats:
        """The sum of the squares of their weights."""
        return np.array([float((each**2).sum()) for each in self.weights])

    @property
    def differ(self) -> bool:
        """Whether persons have different weights; where all have the same, everybody knows it."""
        return float(np.ptp(np.concatenate([np.zeros(0), *self.weights]))) > 0 if self.cases.any() else False


class Universe(ABC):
    """Kinds of persons: those in the same populations and the same class of every breakdown.

    squaring  where persons are the sampling units: how standard errors follow from squares of weights; the degrees of
              freedom are then the cases of the denominator less one
    """

    squaring: Squaring | None = None
    kinds: Kinds

    @abstractmethod
    def counted(self, row: Row) -> Counted:
        """Whom a row is about."""

    def magnitude(self, _row: Row) -> Magnitude | None:
        """What it says of variables; None where it says nothing of any."""
        return None

    def equal(self) -> list[tuple[Flags, Flags]]:
        """Different kinds that have the same number of cases together, as the source declares."""
        return []


def classes_of(leaves: Sequence[str]) -> tuple[list[str], Positions]:
    """The different classes that occur, and which of them each kind is in."""
    names, numbers = np.unique(np.asarray(leaves, dtype=str), return_inverse=True)
    return [str(name) for name in names], numbers.astype(np.int64)
