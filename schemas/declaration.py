"""What every declaration is made of: a base that refuses unknown keys, and texts in three languages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.yaml_scalars import LARGEST

SMALLEST = 1e-12

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

    en: str
    fr: str | None = None
    es: str | None = None
