"""The parameters of perturbation: how far counts, values and means may lie from the estimates (`protection.yaml`)."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, model_validator

from schemas.declaration import Declaration

Percent = Annotated[float, Field(gt=0, le=100)]


class CountNoise(Declaration):
    """How counts of cases are moved: on average by zero, with a given variance, and otherwise as evenly as possible.

    The parameters are those of the cell key method as statistical offices use it (D, V and js of the R package ptable;
    Giessing, Computational issues in the design of transition probabilities, Privacy in Statistical Databases 2016).
    """

    maximum: int = Field(ge=1, le=100, description="the largest deviation, in sample cases (D)")
    variance: float = Field(gt=0, description="the variance of the deviations, the same for every count above zero (V)")
    smallest: int = Field(
        default=1, ge=1, le=100, description="the smallest count that is given, besides zero (js and one more)"
    )
    multiples_of: int = Field(default=1, ge=1, le=100, description="every count becomes a multiple of it")

    @model_validator(mode="after")
    def _possible(self) -> CountNoise:
        for cases in range(1, self.repeated_from + self.multiples_of):
            moves = self.moves(cases)
            if not moves or moves[0] > 0 or moves[-1] < 0:
                raise ValueError(f"`maximum` leaves a count of {cases} nowhere to go")
            least = -max(move for move in moves if move <= 0) * min(move for move in moves if move >= 0)
            most = -moves[0] * moves[-1]
            if not least < self.variance < most:
                raise ValueError(f"for a count of {cases} the variance must lie between {least} and {most}")
        return self

    @property
    def repeated_from(self) -> int:
        """From this count on, all counts with the same remainder have the same deviations."""
        return self.maximum + self.smallest

    def moves(self, cases: int) -> tuple[int, ...]:
        """The deviations that a count may have, in ascending order; zero cases stay zero."""
        reached = range(max(0, cases - self.maximum), cases + self.maximum + 1)
        allowed = (each for each in reached if each % self.multiples_of == 0 and (each == 0 or each >= self.smallest))
        return tuple(each - cases for each in allowed) if cases else (0,)


class ContributionNoise(Declaration):
    """How totals are moved so that the largest contribution to them cannot be read: by a multiple of it.

    A person contributes the weight to a count, and weight times earnings, say, to the total behind a mean.
    """

    maximum: float = Field(gt=0, le=10, description="the largest deviation, in multiples of the largest contribution")
    variance: float = Field(gt=0, description="the variance of the deviations, in the same multiples squared")

    @model_validator(mode="after")
    def _possible(self) -> ContributionNoise:
        if self.variance >= self.maximum**2:
            raise ValueError("the variance must be below the square of the maximum")
        return self


class ValueBase(Declaration):
    """What the values of counts are rounded to: a number of persons, or what some sample cases stand for on average.

    The latter is raised to the next of 1, 2, 5, 10, 20, 50 and so on.
    """

    persons: float | None = Field(default=None, gt=0, description="a number of persons")
    cases: float | None = Field(default=None, gt=0, description="as many persons as these sample cases stand for")

    @model_validator(mode="after")
    def _one_of_them(self) -> ValueBase:
        if (self.persons is None) == (self.cases is None):
            raise ValueError("declare either `persons` or `cases`")
        return self


class Coarse(Declaration):
    """From how many cases on a mean or quantile is given, and how coarsely."""

    minimum: int = Field(ge=2, description="with fewer sample cases it is withheld")
    step_percent: Percent = Field(
        description="it is rounded to 1, 2 or 5 times a power of ten, at most this many per cent of it"
    )
