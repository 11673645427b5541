"""What every indicator declares, whatever kind of record it is made of."""

from __future__ import annotations

from pydantic import Field

from schemas.declaration import Declaration, Text


class PublishedIndicator(Declaration):
    """Its words, its dimensions, its unit and where it comes from."""

    title: Text
    definition: str
    dimensions: list[str] = Field(min_length=1, max_length=3)
    unit_measure: str
    unit_mult: int
    decimals: int
    reference: str

    @property
    def classifications(self) -> tuple[str, ...]:
        """The classifications that stand in classif1 and classif2: all but sex, in their order."""
        return tuple(dimension for dimension in self.dimensions if dimension != "SEX")
