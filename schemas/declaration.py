"""What every declaration is made of: a base that refuses unknown keys, and texts in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.yaml_scalars import LARGEST

SMALLEST = 1e-12

Language = Literal["en", "fr", "es"]
"""The ILO's working languages."""
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Declaration(BaseModel):
    """Base of every declaration: unknown keys are errors, values do not change after loading, numbers are finite."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="after")
    def _numbers_that_compute(self) -> Self:
        for name in type(self).model_fields:
            for number in _numbers(getattr(self, name)):
                if abs(number) > LARGEST or 0 < abs(number) < SMALLEST:
                    raise ValueError(f"`{name}` is {number:.3g}; numbers lie between {SMALLEST:g} and {LARGEST:g}")
        return self


def _numbers(value: object) -> Iterator[float]:
    """The numbers of a field, of a list or of the values of a mapping."""
    found = value if isinstance(value, list) else list(value.values()) if isinstance(value, dict) else [value]
    return (each for each in found if isinstance(each, int | float))


class Text(Declaration):
    """A text in the ILO's three working languages; French and Spanish may be left out."""

    en: str = Field(description="in English", examples=["Labour force survey"])
    fr: str | None = Field(default=None, description="in French", examples=["Enquête sur la main-d'œuvre"])
    es: str | None = Field(default=None, description="in Spanish", examples=["Encuesta de fuerza de trabajo"])

    def spoken(self, language: Language) -> str:
        """The text in a language, in English where it has none in that language."""
        return {"en": self.en, "fr": self.fr, "es": self.es}[language] or self.en


class Trilingual(Text):
    """A text of our own in the ILO's three working languages: a declaration that lacks one is not loaded."""

    fr: str = Field(min_length=1, description="in French", examples=["Enquête sur la main-d'œuvre"])
    es: str = Field(min_length=1, description="in Spanish", examples=["Encuesta de fuerza de trabajo"])


class Range(Declaration):
    """Whole numbers from `from` to `to`, both included; open where left out."""

    start: int | None = Field(
        default=None, alias="from", description="the first number, itself included; open where left out", examples=[16]
    )
    end: int | None = Field(
        default=None, alias="to", description="the last number, itself included; open where left out", examples=[19]
    )

    @model_validator(mode="after")
    def _not_empty(self) -> Range:
        if self.start is not None and self.end is not None and self.start > self.end:
            raise ValueError(f"from {self.start} to {self.end} holds no number")
        return self

    def holds(self, number: int) -> bool:
        """Whether the range holds a number."""
        return (self.start is None or number >= self.start) and (self.end is None or number <= self.end)

    def contains(self, other: Range) -> bool:
        """Whether every number of another range lies in it."""
        return (self.start is None or (other.start is not None and other.start >= self.start)) and (
            self.end is None or (other.end is not None and other.end <= self.end)
        )

    def meets(self, other: Range) -> bool:
        """Whether some number lies in both."""
        return (self.start is None or other.end is None or other.end >= self.start) and (
            self.end is None or other.start is None or other.start <= self.end
        )

    @property
    def label(self) -> str:
        """The range as a reader writes it: 20-34, 65+, up to 4."""
        if self.start is None:
            return f"up to {self.end}"
        if self.end is None:
            return f"{self.start}+"
        return str(self.start) if self.start == self.end else f"{self.start}-{self.end}"
