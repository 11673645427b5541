"""Known errors of the producer in a survey's records."""

from __future__ import annotations

from pydantic import Field

from schemas.declaration import Declaration, Identifier


class Correction(Declaration):
    """A known error of the producer in some records."""

    wave: str = Field(description="the wave whose file has the error", examples=["2019"])
    where: str = Field(
        description="expression over raw.<column> that holds for the wrong records", examples=["raw.age = '200'"]
    )
    set: dict[Identifier, str] = Field(
        description="our column -> the expression that gives what should stand there", examples=[{"age": "'20'"}]
    )
    rows: int = Field(
        ge=1,
        description="how many records it corrects; where that is another number in a file, as in a corrected "
        "delivery, the partition stops",
        examples=[3],
    )
    because: str = Field(
        description="what the error is, and how it is known", examples=["the producer's erratum of May 2020"]
    )
