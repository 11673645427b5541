"""Protection profiles: what happens to confidential numbers before they are published (`protection.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, RootModel, model_validator

from schemas.declaration import Declaration, Trilingual
from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.perturbation import Coarse, ContributionNoise, CountNoise, Percent, ValueBase
from schemas.yaml_lines import load_model

PROTECTION_FILE = Path(__file__).parent / "protection.yaml"


EARLIER_RELEASES = Field(
    description="whether numbers that readers have seen may only be replaced by others where both together tell nothing"
    " of few persons"
)


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
    label: Trilingual
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
    attack_time_out_seconds: float = Field(gt=0)
    means: Coarse = Field(description="which means, ratios and gaps are given, and how coarsely")
    quantiles: Coarse = Field(description="which quantiles are given, and how coarsely")
    maximum_trials: int = Field(ge=0)
    earlier_releases: Literal["respected", "ignored"] = EARLIER_RELEASES
    newly_withheld_percent: Percent = Field(
        description="how many per cent of the numbers that readers have seen a revision may take away so that nobody"
        " can work out the persons by whom it differs; where more would be needed, the earlier numbers stand"
    )

    @model_validator(mode="after")
    def _contributions_for_dominance(self) -> Suppression:
        if (self.contributions is None) != (self.dominance is None and self.p_percent is None):
            raise ValueError("`dominance` and `p_percent` need `contributions`, and nothing else does")
        return self


class Perturbation(_Profile):
    """Every number is moved a little, at random and the same way for the same persons in every table.

    Rounding moves counts to multiples; cell keys move them by a few cases.
    """

    method: Literal["rounding", "cell_key"]
    counts: CountNoise = Field(description="how far counts of cases are moved")
    contributions: ContributionNoise = Field(description="how far totals are moved, by their largest contribution")
    values: ValueBase = Field(description="what the values of counts are rounded to")
    rates_above_hundred: Literal["capped", "withheld"] = Field(
        description="what is given of a rate whose published part is larger than its whole: 100, or nothing"
    )
    means: Coarse = Field(description="which means, ratios and gaps are given, and how coarsely")
    quantiles: Coarse = Field(description="which quantiles are given, and how coarsely")
    dominance: Dominance | None = Field(default=None, description="a mean whose total does not meet it is withheld")
    p_percent: PPercent | None = Field(default=None, description="a mean whose total does not meet it is withheld")
    earlier_releases: Literal["respected", "ignored"] = EARLIER_RELEASES

    @model_validator(mode="after")
    def _rounded_to_multiples(self) -> Perturbation:
        if (self.counts.multiples_of > 1) != (self.method == "rounding"):
            raise ValueError("`multiples_of` above 1 makes `method: rounding`, and nothing else does")
        return self

    @model_validator(mode="after")
    def _means_of_several(self) -> Perturbation:
        for name, of in (("means", self.means), ("quantiles", self.quantiles)):
            if of.minimum < self.counts.maximum + 2:
                raise ValueError(
                    f"`minimum` of `{name}` must be {self.counts.maximum + 2} or more: perturbed cases are compared "
                    "with it, and they may be that many more than there are"
                )
        return self


ProtectionProfile = NoProtection | Suppression | Perturbation


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
    return profile.method in ("none", "suppression")


def withholds(profile: ProtectionProfile) -> bool:
    """Whether anything beside the protected numbers themselves, such as counts of records, must be withheld."""
    return profile.method != "none"
