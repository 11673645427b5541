"""Figures that others publish, which the numbers of a survey are compared with."""

from __future__ import annotations

from typing import Literal, Self

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier, Text
from schemas.periods import ALL_WAVES, Waves

Beyond = Literal["note", "flag", "stop"]
BOTH_SEXES = "SEX_T"


class Number(Declaration):
    """A number of a release, whatever its area and period."""

    indicator: str = Field(description="the indicator", examples=["MST_TEMP_SEX_AGE_CCT_NB"])
    sex: str = Field(default=BOTH_SEXES, description="code of the sex", examples=["SEX_F"])
    classif1: str = Field(default="", description="code of the first classification", examples=["AGE_YTHADULT_Y15-64"])
    classif2: str = Field(default="", description="code of the second classification", examples=["CCT_CIT_NONCIT"])

    @property
    def said(self) -> str:
        """The number by its codes."""
        return " ".join(filter(None, (self.indicator, self.sex, self.classif1, self.classif2)))


class SurveyFigure(Declaration):
    """Figures that others publish, how near the survey's numbers are expected to be, and what is done beyond that."""

    waves: Waves = Field(
        default=ALL_WAVES,
        description="the waves whose numbers are compared, longer periods that are made of them too",
        examples=["from 2022"],
    )
    published: str | None = Field(
        default=None,
        description="the source of published figures (kind `published`) whose numbers of the same period are taken",
        examples=["X01.eurostat_lfs"],
    )
    beside: list[Identifier] = Field(
        default=[],
        description="figures of benchmarks by their names in schemas/compared_figures.yaml (`numbers`), which says "
        "what numbers they stand beside",
        examples=[["participation_rate"]],
    )
    value: float | None = Field(
        default=None, description="the figure itself, in the unit of the indicator", examples=[2678.4]
    )
    se: float | None = Field(
        default=None, gt=0, description="the standard error that is published with `value`", examples=[41.2]
    )
    reference: str | None = Field(
        default=None,
        description="who published `value`, where, and when",
        examples=["Statistical office, Yearbook 2024, page 12"],
    )
    numbers: list[Number] = Field(
        default=[],
        description="the numbers that are compared: those of `published`, or the one that `value` is of",
        examples=[
            [{"indicator": "MST_TEMP_SEX_AGE_CCT_NB", "classif1": "AGE_YTHADULT_Y15-64", "classif2": "CCT_CIT_NONCIT"}]
        ],
    )
    per_cent: float = Field(
        default=5, gt=0, description="how far a number may be from the figure, in per cent of the figure", examples=[3]
    )
    errors: float = Field(
        default=3,
        ge=0,
        description="how far it may be in standard errors: of the number, and of the figure where one is published. A "
        "number is beyond what is allowed where it is further away by both measures",
        examples=[2],
    )
    beyond: Beyond = Field(
        default="note",
        description="what is done with a number beyond that: note, it says so, and those of the same group; flag, it "
        "is marked unreliable (U) as well; stop, the wave is not accepted, which needs `value`",
        examples=["flag"],
    )
    because: Text | None = Field(
        default=None,
        description="why they differ, where that is known",
        examples=[{"en": "the survey covers towns only"}],
    )

    @model_validator(mode="after")
    def _one_origin(self) -> Self:
        if sum((self.published is not None, bool(self.beside), self.value is not None)) != 1:
            raise ValueError("give exactly one of published, beside or value: where the figures come from")
        if bool(self.beside) == bool(self.numbers):
            raise ValueError("`numbers` says what is compared with `published` or `value`, and nothing else")
        if self.value is not None and (self.reference is None or len(self.numbers) != 1):
            raise ValueError("`value` is of one of `numbers`, and needs a `reference`")
        if self.value is None and (self.se is not None or self.reference is not None):
            raise ValueError("`se` and `reference` belong to `value`")
        if self.beyond == "stop" and self.value is None:
            raise ValueError(
                "only a `value` can stop a wave: figures of another source are revised without any fault in this one"
            )
        return self
