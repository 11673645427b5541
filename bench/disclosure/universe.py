"""The persons of a partition by everything that the published tables tell apart.

The attacker is given which of these kinds of persons occur, which is more than a reader knows: what he cannot work out
with it, nobody can work out without it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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

    members  the kinds of persons that it counts
    base     for a share, those of its denominator
    unit     how many persons are one of a count; None where the row gives no number of persons
    """

    members: Flags
    base: Flags | None = None
    unit: float | None = None


@dataclass(frozen=True)
class Kinds:
    """The truth about each kind of person, used only to judge the attacker: how many there are, the sum of their
    weights, and the weight of each of them."""

    cases: Floats
    weight: Floats
    weights: Sequence[Floats]

    @property
    def differ(self) -> bool:
        """Whether persons have different weights; where all have the same, everybody knows it."""
        return float(np.ptp(np.concatenate([np.zeros(0), *self.weights]))) > 0 if self.cases.any() else False


class Universe(ABC):
    """Kinds of persons: those in the same populations and the same class of every breakdown.

    persons_as_units  the degrees of freedom of a standard error are the cases of its denominator less one
    """

    persons_as_units: bool = False
    kinds: Kinds

    @abstractmethod
    def counted(self, row: Row) -> Counted | None:
        """Whom a row is about; None where its measure leaves out cases in a way that depends on the data."""

    def equal(self) -> list[tuple[Flags, Flags]]:
        """Different kinds that have the same number of cases together, as the source declares."""
        return []


def classes_of(leaves: Sequence[str]) -> tuple[list[str], Positions]:
    """The different classes that occur, and which of them each kind is in."""
    names, numbers = np.unique(np.asarray(leaves, dtype=str), return_inverse=True)
    return [str(name) for name in names], numbers.astype(np.int64)
