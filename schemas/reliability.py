"""Reliability profiles: when a number is flagged, and its status when several apply (`reliability.yaml`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel, model_validator

from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.yaml_lines import load_model

RELIABILITY_FILE = Path(__file__).parent / "reliability.yaml"
DEFAULT_RELIABILITY = "ilo"
Percent = Field(default=None, ge=0)


class Reliability(Declaration):
    """One profile: limits of sample cases, item non-response and coefficient of variation, and their precedence."""

    reference: str
    provisional: bool = False
    unreliable_below: int = Field(ge=0)
    not_significant_below: int = Field(ge=0)
    unreliable_nonresponse: float | None = Percent
    not_significant_nonresponse: float | None = Percent
    unreliable_cv: float | None = Percent
    not_significant_cv: float | None = Percent
    precedence: list[Literal["C", "S", "U", "B", "I", "E", "P"]]

    @model_validator(mode="after")
    def _limits_in_order(self) -> Reliability:
        if sorted(self.precedence) != sorted("CSUBIEP"):
            raise ValueError("`precedence` lists each of C, S, U, B, I, E, P once")
        if self.not_significant_below > self.unreliable_below:
            raise ValueError("`not_significant_below` cannot be above `unreliable_below`")
        for name in ("nonresponse", "cv"):
            lower, upper = getattr(self, f"unreliable_{name}"), getattr(self, f"not_significant_{name}")
            if lower is not None and upper is not None and upper < lower:
                raise ValueError(f"`not_significant_{name}` cannot be below `unreliable_{name}`")
        return self


class _Profiles(RootModel[dict[str, Reliability]]):
    """The whole file."""


@cache
def load_reliability(profile: str = DEFAULT_RELIABILITY) -> Reliability:
    """A profile by name. Raises DeclarationError that names file and line, or the profiles there are."""
    profiles, _ = load_model(_Profiles, RELIABILITY_FILE)
    if profile not in profiles.root:
        raise DeclarationError(
            f"there is no reliability profile '{profile}'{nearest(profile, profiles.root)}",
            where=str(RELIABILITY_FILE),
            remedy=f"use one of: {', '.join(profiles.root)}",
        )
    return profiles.root[profile]
