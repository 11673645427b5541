"""The limits within which figures of a survey are plausible (`plausibility.yaml`), and those that a source sets
itself."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pydantic import Field, model_validator

from schemas.declaration import Declaration, Identifier, Trilingual
from schemas.periods import ALL_WAVES, Waves
from schemas.yaml_lines import load_model

PLAUSIBILITY_FILE = Path(__file__).parent / "plausibility.yaml"
POPULATION = "population"
"""What the limits of the weighted population are called in `guards: plausible`, beside the names of the figures."""


class Limits(Declaration):
    """The limits between which a figure lies, both included."""

    minimum: float = Field(ge=0)
    maximum: float = Field(ge=0)

    @model_validator(mode="after")
    def _in_order(self) -> Limits:
        if self.minimum >= self.maximum:
            raise ValueError(f"minimum {self.minimum:g} is not below maximum {self.maximum:g}")
        return self


class PopulationLimits(Limits):
    """The weighted persons of 15 years and over, relative to those of the United Nations in a year at most `years`
    away."""

    years: int = Field(ge=0)


class Figure(Limits):
    """One figure: the persons it is computed over, its value, its limits, and which sources have it.

    `of` and `value` are SQL over the columns of the core table. `cases` are the records that a lower limit needs,
    `needs` the variables of which the source must ask at least one, `without` the populations that it must be able to
    identify.
    """

    label: Trilingual
    unit: Trilingual
    of: str
    value: str
    cases: int | None = Field(default=None, ge=1)
    needs: list[Identifier] = Field(min_length=1)
    without: list[Identifier] = []
    look_at: str


class RegisterFigure(Declaration):
    """What a figure of a register's table can be at most, and how many must be counted before it is judged."""

    unit: str
    maximum: float = Field(gt=0)
    cases: int = Field(ge=1)


class RegisterFigures(Declaration):
    """The figures of a register; `plausibility.yaml` says of each what it is."""

    change: RegisterFigure
    inhabitants: RegisterFigure
    inhabitants_of_partner: RegisterFigure
    unknown: RegisterFigure
    one_sex_cases: int = Field(ge=1)

    @classmethod
    def names(cls) -> tuple[str, ...]:
        """The figures whose limits a register may set itself."""
        return tuple(name for name, field in cls.model_fields.items() if field.annotation is RegisterFigure)

    def figure(self, name: str) -> RegisterFigure:
        """One of `names`."""
        found: RegisterFigure = getattr(self, name)
        return found


class Plausibility(Declaration):
    """The whole file. `cases` are the records that an upper limit needs."""

    population: PopulationLimits
    cases: int = Field(ge=1)
    figures: dict[Identifier, Figure]
    of_every_job: list[Identifier]
    registers: RegisterFigures


class OwnLimits(Declaration):
    """Limits that a source sets itself for a figure, and why; a limit left out is that of all sources."""

    minimum: float | None = Field(
        default=None, ge=0, description="the smallest plausible value in this source", examples=[0.05]
    )
    maximum: float | None = Field(
        default=None, ge=0, description="the largest plausible value in this source", examples=[70]
    )
    because: str = Field(
        min_length=1, description="why it may be so", examples=["the producer publishes 0.07 per cent"]
    )

    @model_validator(mode="after")
    def _some_limit(self) -> OwnLimits:
        if self.minimum is None and self.maximum is None:
            raise ValueError("give `minimum`, `maximum` or both")
        return self

    def over(self, limits: Limits) -> tuple[float, float]:
        """Minimum and maximum, those of all sources where it gives none. Raises ValueError unless one is below the
        other.
        """
        minimum = limits.minimum if self.minimum is None else self.minimum
        maximum = limits.maximum if self.maximum is None else self.maximum
        if minimum >= maximum:
            raise ValueError(f"minimum {minimum:g} is not below maximum {maximum:g}")
        return minimum, maximum


class OwnMaximum(Declaration):
    """The largest value that a register sets itself for a figure of its tables, where, and why."""

    maximum: float = Field(gt=0, description="the largest plausible value in this register", examples=[20])
    waves: Waves = Field(
        default=ALL_WAVES, description="the waves of which it is true; all where left out", examples=[["2021"]]
    )
    because: str = Field(
        min_length=1,
        description="why such a value can occur",
        examples=["the borders were closed in 2020 and opened in 2021"],
    )


@cache
def load_plausibility() -> Plausibility:
    """The limits of every figure. Raises DeclarationError that names file and line of every fault."""
    return load_model(Plausibility, PLAUSIBILITY_FILE)[0]


def limited() -> dict[str, Limits]:
    """Everything that `guards: plausible` may name, with the limits that hold where it does not."""
    declared = load_plausibility()
    return {POPULATION: declared.population, **declared.figures}
