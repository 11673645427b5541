"""What every indicator declares, whatever kind of record it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import Field

from schemas.declaration import Declaration, Trilingual


class PublishedIndicator(Declaration):
    """Its words, its dimensions, its unit and where it comes from."""

    title: Trilingual
    definition: Trilingual
    dimensions: list[str] = Field(min_length=1, max_length=3)
    unit_measure: str
    unit_mult: int
    decimals: int
    reference: Trilingual

    @property
    def classifications(self) -> tuple[str, ...]:
        """The classifications that stand in classif1 and classif2: all but sex, in their order."""
        return tuple(dimension for dimension in self.dimensions if dimension != "SEX")


@dataclass(frozen=True)
class Published:
    """One indicator as it is published.

    declared         its words, dimensions and unit
    measure          count, rate, mean, quantile, ratio, gap or change
    classifications  what stands in classif1 and classif2: ids of classifications in data structures, without sex
    kinds            the kinds of source that give it; its words and unit are those of the first
    """

    declared: PublishedIndicator
    measure: str
    classifications: tuple[str, ...]
    kinds: tuple[str, ...] = ()


def no_indicators() -> Mapping[str, Published]:
    """The empty catalogue of a kind whose numbers are only an input of others."""
    return {}
