"""Guards of surveys: what is too unlikely to be published before a person has looked at it.

A file of another wave, a part of a file, two columns interchanged or one mistyped number give numbers that nothing else
would stop. Each guard has a default that no file of the sources declared here comes near; a source whose files really
exceed it declares another limit and says why (`because`).
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier
from schemas.plausibility import OwnLimits, OwnMaximum


class Guards(Declaration):
    """The limits beyond which a partition of a survey stops."""

    weight_ratio: float = Field(
        default=100,
        gt=1,
        description="the heaviest record against the mean weight of the others. Weights of the sources declared "
        "here reach 24 times the mean; a lost decimal mark, or two fields run together, makes "
        "hundreds",
        examples=[200],
    )
    contribution: float = Field(
        default=0.1,
        gt=0,
        le=1,
        description="share of the sum of a number (hours, earnings ...) that one record may hold, among persons "
        "of one sex and place of birth, where it is also beyond `weight_ratio`",
        examples=[0.2],
    )
    unknown: float = Field(
        default=0.5,
        ge=0,
        le=1,
        description="share of answers to one question that may be unknown or refused; 0.46 is the most in the sources "
        "declared here",
        examples=[0.7],
    )
    out_of_range: float = Field(
        default=0.05,
        ge=0,
        le=1,
        description="share of numbers that may lie outside their bounds (concepts.yaml), and of arrivals after "
        "the survey; a few are typing errors, many are another column or a special code",
        examples=[0.1],
    )
    contradicting: float = Field(
        default=0.25,
        ge=0,
        le=1,
        description="share of arrivals that may lie before birth, of adults who may be left out of the questions "
        "on work, of records that may stand for nobody, and of persons in employment whose job is not in universe",
        examples=[0.3],
    )
    records_change: float = Field(
        default=0.2,
        ge=0,
        description="change of the number of records, and of the persons that they stand for, against the files "
        "accepted before, of the same wave and of the one next to it. Where a wave declares its "
        "`records`, or a `population_figure`, these count instead",
        examples=[0.5],
    )
    unknown_rise: float = Field(
        default=0.2,
        ge=0,
        description="how much larger the share of unknown answers to a question may be than in the files accepted "
        "before",
        examples=[0.3],
    )
    mostly_unknown: dict[str, str] = Field(
        default={},
        description="questions that few answer: variable -> why; `unknown` does not apply to them",
        examples=[{"monthly_earnings": "half of the employees refuse"}],
    )
    plausible: dict[Identifier, OwnLimits] = Field(
        default={},
        description="limits of headline figures, and of the weighted population against the United Nations', that are "
        "this source's own (plausibility.yaml): figure -> minimum, maximum, because",
        examples=[{"unemployment_rate": {"minimum": 0.05, "because": "the producer publishes 0.07 per cent"}}],
    )
    because: str | None = Field(
        default=None,
        description="why a limit is not the default one",
        examples=["some cells of the sample are very small"],
    )

    @model_validator(mode="after")
    def _reason_given(self) -> Guards:
        own_reasons = ("mostly_unknown", "plausible")
        fields = {name: field for name, field in type(self).model_fields.items() if name not in own_reasons}
        changed = [name for name, field in fields.items() if getattr(self, name) != field.default]
        if changed and not self.because:
            raise ValueError(f"say in `because` why {', '.join(changed)} is not the default here")
        return self


class RegisterGuards(Declaration):
    """The limits beyond which a partition of a register stops."""

    plausible: dict[Identifier, OwnMaximum] = Field(
        default={},
        description="limits of figures of its tables that are this register's own (plausibility.yaml, `registers`): "
        "figure -> maximum, waves, because",
        examples=[{"change": {"maximum": 20, "waves": ["2021"], "because": "the borders were closed in 2020"}}],
    )


WavePart = Literal["year", "quarter", "month"]


class WaveInFile(Declaration):
    """The wave as the file itself gives it: expressions over its columns that give a number in every record."""

    year: str | None = Field(
        default=None, description="expression that gives the year in every record", examples=["left(raw.serial, 4)"]
    )
    quarter: str | None = Field(
        default=None,
        description="expression that gives the quarter; a quarter has one year, one quarter and three months",
        examples=["raw.trimester"],
    )
    month: str | None = Field(default=None, description="expression that gives the month", examples=["raw.month"])
    select: bool = Field(
        default=False,
        description="the file holds several waves, and only the wave's own records are read",
        examples=[True],
    )

    @property
    def expressions(self) -> dict[WavePart, str]:
        """The part of the wave's name -> the expression that gives it."""
        parts: dict[WavePart, str | None] = {"year": self.year, "quarter": self.quarter, "month": self.month}
        return {part: expression for part, expression in parts.items() if expression is not None}
