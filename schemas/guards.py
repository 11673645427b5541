"""Guards of surveys: what is too unlikely to be published before a person has looked.

A file of another wave, a part of a file, two columns interchanged or one mistyped number make numbers that nothing else
would stop. Each guard has a default that no file of the sources declared here comes near; a source whose files really
are so declares another one and says `because`.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration


class Guards(Declaration):
    """The limits beyond which a partition of a survey stops.

    weight_ratio    the heaviest record against the mean weight of the others. Weights of the sources declared here
                    reach 24 times the mean; a lost decimal mark, or two fields run together, makes hundreds
    contribution    share of the sum of a number (hours, earnings ...) that one record may hold, among persons of one
                    sex and place of birth, where it is also beyond `weight_ratio`
    unknown         share of answers to one question that may be unknown; 0.46 is the most in the sources declared here
    out_of_range    share of numbers that may lie outside their bounds (concepts.yaml), and of arrivals after the
                    survey; a few are typing errors, many are another column or a special code
    contradicting   share of arrivals that may lie before birth, of adults who may be left out of the questions on work,
                    and of records that may stand for nobody
    records_change  change of the number of records, and of the persons that they stand for, against the files accepted
                    before, of the same wave and of the one next to it. Where a wave declares its `records`, or a
                    `population_figure`, these count instead
    unknown_rise    how much larger the share of unknown answers to a question may be than in the files accepted before
    mostly_unknown  questions that few answer: variable -> why; `unknown` does not hold for them
    """

    weight_ratio: float = Field(default=100, gt=1)
    contribution: float = Field(default=0.1, gt=0, le=1)
    unknown: float = Field(default=0.5, ge=0, le=1)
    out_of_range: float = Field(default=0.05, ge=0, le=1)
    contradicting: float = Field(default=0.25, ge=0, le=1)
    records_change: float = Field(default=0.2, ge=0)
    unknown_rise: float = Field(default=0.2, ge=0)
    mostly_unknown: dict[str, str] = {}
    because: str | None = None

    @model_validator(mode="after")
    def _reason_given(self) -> Guards:
        fields = {name: field for name, field in type(self).model_fields.items() if name != "mostly_unknown"}
        changed = [name for name, field in fields.items() if getattr(self, name) != field.default]
        if changed and not self.because:
            raise ValueError(f"say in `because` why {', '.join(changed)} is not the default here")
        return self


WavePart = Literal["year", "quarter", "month"]


class WaveInFile(Declaration):
    """Which wave the file itself says it is: expressions over its columns that give a number in every record.

    year, quarter, month   such as raw.year, or left(raw.serial, 4); 2024-Q3 has one year, one quarter and three months
    select                 the file holds several waves, and only the wave's own records are read
    """

    year: str | None = None
    quarter: str | None = None
    month: str | None = None
    select: bool = False

    @property
    def expressions(self) -> dict[WavePart, str]:
        """The part of the wave's name -> the expression that gives it."""
        parts: dict[WavePart, str | None] = {"year": self.year, "quarter": self.quarter, "month": self.month}
        return {part: expression for part, expression in parts.items() if expression is not None}
