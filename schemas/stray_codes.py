"""How many records of a wave may hold codes that no codebook has before the partition stops."""

from __future__ import annotations

from pydantic import Field

from schemas.declaration import Declaration


class StrayCodes(Declaration):
    """A few records with codes of unknown meaning, which count as unknown: both limits hold for all codes together."""

    records: int = Field(ge=1, description="the most records of a wave that may hold such codes", examples=[2])
    share: float = Field(
        gt=0, le=0.01, description="the largest share of the records of a wave that they may be", examples=[0.0001]
    )
    because: str = Field(
        min_length=1,
        description="what is known of such codes; it stands in the note that travels with the numbers",
        examples=["in most quarters one or two records hold 0, which the codebook does not list"],
    )

    def allow(self, records: int, of: int) -> bool:
        """Whether so many records of all those of a wave are no more than declared."""
        return records <= self.records and records <= self.share * of
