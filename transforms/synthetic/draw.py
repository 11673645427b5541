"""Random draws that give the same results on every Python and every machine.

Only `random.Random(seed).random()` is used, whose sequence Python guarantees, and only arithmetic that IEEE 754 rounds
in one way: no logarithms or exponentials, whose last digit depends on the C library.
"""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar

Value = TypeVar("Value")


class Choices(Generic[Value]):
    """Values with shares, to pick from. The shares need not add up to one; values without a share are left out."""

    def __init__(self, shares: Iterable[tuple[Value, float]]) -> None:
        kept = [(value, share) for value, share in shares if share > 0]
        if not kept:
            raise ValueError("there is nothing to choose from: no value has a share above zero")
        self.values = [value for value, _ in kept]
        self.bounds: list[float] = []
        total = 0.0
        for _, share in kept:
            total += share
            self.bounds.append(total)

    def at(self, position: float) -> Value:
        """The value at a position of at least 0 and below 1."""
        found = bisect_right(self.bounds, position * self.bounds[-1])
        return self.values[min(found, len(self.values) - 1)]


class Draw:
    """One stream of draws; the same seed gives the same stream."""

    def __init__(self, seed: int) -> None:
        self.uniform = random.Random(seed).random  # noqa: S311 - a made-up survey, not a secret

    def chance(self, probability: float) -> bool:
        """True with this probability."""
        return self.uniform() < probability

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included, all equally likely."""
        return low + int(self.uniform() * (high - low + 1))

    def pick(self, choices: Choices[Value]) -> Value:
        """One of the choices, by its share."""
        return choices.at(self.uniform())

    def along(self, quantiles: Sequence[float]) -> float:
        """A number from a distribution with these quantiles, given at equal steps from lowest to highest."""
        position = self.uniform() * (len(quantiles) - 1)
        step = int(position)
        return quantiles[step] + (quantiles[step + 1] - quantiles[step]) * (position - step)
