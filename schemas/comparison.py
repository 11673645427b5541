"""How much a wave must differ from the one before it to be reported (`comparison.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Trilingual
from schemas.yaml_lines import load_model

COMPARISON_FILE = Path(__file__).parent / "comparison.yaml"


WaveCheck = Literal["headline_numbers", "sample_size", "share_unknown", "composition"]
"""What is looked at of two waves, by the name that table `quality_result` has for it."""

WAVE_CHECKS: tuple[WaveCheck, ...] = ("headline_numbers", "sample_size", "share_unknown", "composition")


class Jump(Declaration):
    """How far a number may be from that of the wave before; beyond all of the limits, it is reported."""

    expected: Trilingual = Field(description="what is expected, in words")
    errors: float | None = Field(
        default=None,
        gt=0,
        description="in standard errors of the difference; a number without one is not compared. Without this limit, "
        "the number has no standard error",
    )
    factor: float = Field(default=1, ge=1, description="so many times the number before, or at most its inverse")
    absolute: float = Field(default=0, ge=0, description="in the unit of the number")


class BetweenWaves(Declaration):
    """What is compared of the published numbers of two waves, and the limits; the file explains each of them."""

    reference: str
    provisional: bool = False
    months: int = Field(ge=1)
    cases: int = Field(ge=1)
    age: str
    both_sexes: str
    totals: list[str] = Field(min_length=1)
    unknown: list[str] = Field(min_length=1)
    numbers: list[str] = Field(min_length=1)
    population: list[str] = Field(min_length=1)
    checks: dict[WaveCheck, Jump]

    @model_validator(mode="after")
    def _complete(self) -> BetweenWaves:
        if missing := [name for name in WAVE_CHECKS if name not in self.checks]:
            raise ValueError(f"`checks` lacks {', '.join(missing)}")
        return self


class ComparedNumbers(Declaration):
    """The numbers whose change over time and whose gap between groups have a standard error of their own, measured from
    the sampling units that two numbers share; the file explains each of them."""

    reference: str
    age: str
    numbers: list[str] = Field(min_length=1)
    groups: dict[str, str] = Field(min_length=1)


class Comparison(Declaration):
    """The limits; the file explains each of them."""

    reference: str
    provisional: bool = False
    total_factor: float = Field(gt=1)
    share_change: float = Field(gt=0, le=100)
    share_new: float = Field(gt=0, le=100)
    values_compared: int = Field(ge=1)
    differences_listed: int = Field(ge=1)
    compared: ComparedNumbers
    between_waves: BetweenWaves


@cache
def load_comparison() -> Comparison:
    """The limits. Raises DeclarationError that names file and line."""
    limits, _ = load_model(Comparison, COMPARISON_FILE)
    return limits
