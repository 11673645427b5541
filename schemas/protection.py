"""Protection profiles: what happens to confidential numbers before they are published (`protection.yaml`)."""

from __future__ import annotations

import math
from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel, model_validator

from schemas.declaration import Declaration, Text
from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.yaml_lines import load_model

PROTECTION_FILE = Path(__file__).parent / "protection.yaml"
Percent = Annotated[float, Field(gt=0, le=100)]


class Dominance(Declaration):
    """The (n, k) rule: the `largest` contributions may not exceed `percent` of the number."""

    largest: int = Field(ge=1)
    percent: Percent


class PPercent(Declaration):
    """The p% rule: what remains beside the two largest must be at least `percent` of the largest."""

    percent: Percent


class Width(Declaration):
    """How wide the interval of a withheld number must stay, for a reader who knows everything that is published."""

    cases: float = Field(gt=0)
    percent: Percent
    secondary_cases: float = Field(gt=0)


class _Profile(Declaration):
    label: Text
    reference: str
    provisional: bool = False


class NoProtection(_Profile):
    """Numbers are published as they are estimated."""

    method: Literal["none"]


class Suppression(_Profile):
    """Unsafe numbers are withheld, and others so that nobody can work them out."""

    method: Literal["suppression"]
    minimum_frequency: int = Field(ge=2)
    dominance: Dominance | None = None
    p_percent: PPercent | None = None
    contributions: Literal["weight"] | None = None
    protection: Width
    time_out_seconds: float = Field(gt=0)
    attack_time_out_seconds: float = Field(gt=0)
    largest_table: int = Field(ge=2)
    maximum_rounds: int = Field(ge=1)
    maximum_trials: int = Field(ge=0)

    @model_validator(mode="after")
    def _contributions_for_dominance(self) -> Suppression:
        if (self.contributions is None) != (self.dominance is None and self.p_percent is None):
            raise ValueError("`dominance` and `p_percent` need `contributions`, and nothing else does")
        return self


class Rounding(_Profile):
    """Counts become multiples of `base` sample cases."""

    method: Literal["rounding"]
    minimum_frequency: int = Field(ge=2)
    base: int = Field(ge=2)
    additive: bool


class Deviations(Declaration):
    """How probable each deviation is for a count of `cases`."""

    cases: int = Field(ge=1)
    deviations: dict[int, float] = Field(min_length=1)

    @model_validator(mode="after")
    def _unbiased(self) -> Deviations:
        if any(share < 0 for share in self.deviations.values()):
            raise ValueError("a probability cannot be negative")
        if not math.isclose(sum(self.deviations.values()), 1, abs_tol=1e-9):
            raise ValueError("the probabilities of a row must add up to 1")
        if not math.isclose(sum(move * share for move, share in self.deviations.items()), 0, abs_tol=1e-9):
            raise ValueError("the deviations of a row must be zero on average")
        if self.cases + min(self.deviations) < 0:
            raise ValueError("a count cannot be moved below zero")
        return self


class CellKey(_Profile):
    """Counts move by a few cases, the same way for the same persons in every table."""

    method: Literal["cell_key"]
    minimum_frequency: int = Field(ge=2)
    perturbation: list[Deviations] = Field(min_length=1)

    @model_validator(mode="after")
    def _every_count(self) -> CellKey:
        if [row.cases for row in self.perturbation] != list(range(1, len(self.perturbation) + 1)):
            raise ValueError(
                "`perturbation` has one row for 1 case, 2 cases and so on; the last stands for all larger counts"
            )
        return self


ProtectionProfile = NoProtection | Suppression | Rounding | CellKey


class _Profiles(RootModel[dict[str, Annotated[ProtectionProfile, Field(discriminator="method")]]]):
    """The whole file."""


@cache
def load_protection(profile: str) -> ProtectionProfile:
    """A protection profile by name. Raises DeclarationError that names file and line, or the profiles there are."""
    profiles, _ = load_model(_Profiles, PROTECTION_FILE)
    if profile not in profiles.root:
        raise DeclarationError(
            f"there is no protection profile '{profile}'{nearest(profile, profiles.root)}",
            where=str(PROTECTION_FILE),
            remedy=f"use one of: {', '.join(profiles.root)}",
        )
    return profiles.root[profile]


def is_additive(profile: ProtectionProfile) -> bool:
    """Whether the margins of tables still add up, as far as their numbers are published."""
    return profile.method in ("none", "suppression") or (profile.method == "rounding" and profile.additive)


def withholds(profile: ProtectionProfile) -> bool:
    """Whether anything beside the protected numbers themselves, such as counts of records, must be withheld."""
    return profile.method != "none"
