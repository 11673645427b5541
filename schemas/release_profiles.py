"""Release profiles: which protection applies to the sources of a release (`release_profiles.yaml`)."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import RootModel, model_validator

from schemas.declaration import Declaration, Trilingual
from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.protection import load_protection
from schemas.source import Source
from schemas.wave import Note
from schemas.yaml_lines import Location, load_model, refuse_faults

RELEASE_PROFILES_FILE = Path(__file__).parent / "release_profiles.yaml"
DEFAULT_RELEASE_PROFILE = "public"
UNPROTECTED = "none"
CONFIDENTIALITY = "Confidentiality"
EXPERIMENTAL = (
    "Disclosure control is experimental: somebody who knows the tables, or compares waves, may still work out numbers "
    "that are withheld. Do not rely on it alone."
)
"""What a release says of itself while protected numbers are in it."""

AnySource = TypeVar("AnySource", bound=Source)


class ReleaseProfile(Declaration):
    """One profile. `minimum` gives the protection of sources that declare none, by their kind.

    `name` is the key that it is declared under.
    """

    name: str = ""
    label: Trilingual
    protection: Literal["declared", "none"]
    minimum: dict[Literal["survey", "register"], str] = {}
    note: Trilingual | None = None

    @model_validator(mode="after")
    def _minimum_of_declared(self) -> ReleaseProfile:
        if self.minimum and self.protection == UNPROTECTED:
            raise ValueError("`minimum` needs `protection: declared`")
        if (self.note is not None) != (self.protection == UNPROTECTED):
            raise ValueError("a profile without protection, and only such a one, says so in `note`")
        return self

    @property
    def is_open(self) -> bool:
        """Whether its releases are for everybody: confidential numbers are withheld in them."""
        return self.protection != UNPROTECTED

    def may_show(self, name: str) -> bool:
        """Whether what a release made under the profile of that name holds may be read, compared and gone back to under
        this one: where it protects at least as much."""
        try:
            other = load_release_profile(name)
        except DeclarationError:
            return not self.is_open
        return not self.is_open or (other.is_open and self.minimum.items() <= other.minimum.items())


class _Profiles(RootModel[dict[str, ReleaseProfile]]):
    """The whole file."""


@cache
def load_release_profile(name: str = DEFAULT_RELEASE_PROFILE) -> ReleaseProfile:
    """A profile by name. Raises DeclarationError that names file and line, or the profiles there are."""
    profiles, lines = load_model(_Profiles, RELEASE_PROFILES_FILE)
    refuse_faults(RELEASE_PROFILES_FILE, lines, _faults(profiles.root))
    if name not in profiles.root:
        raise DeclarationError(
            f"there is no release profile '{name}'{nearest(name, profiles.root)}",
            where=str(RELEASE_PROFILES_FILE),
            remedy=f"set ILMS_RELEASE_PROFILE to one of: {', '.join(profiles.root)}",
        )
    return profiles.root[name].model_copy(update={"name": name})


@cache
def release_profiles() -> tuple[str, ...]:
    """The names of all release profiles."""
    return tuple(load_model(_Profiles, RELEASE_PROFILES_FILE)[0].root)


def _faults(profiles: dict[str, ReleaseProfile]) -> Iterator[tuple[Location, str]]:
    for name, profile in profiles.items():
        if profile.name:
            yield (name, "name"), f"a profile is called by its key, '{name}'; leave `name` out"
        for kind, protection in profile.minimum.items():
            try:
                load_protection(protection)
            except DeclarationError as error:
                yield (name, "minimum", kind), f"{error.what}; {error.remedy}"


def under_profile(source: AnySource, profile: ReleaseProfile) -> AnySource:
    """The source with the protection that applies in a release of that profile.

    Where a protection that it declares does not apply, a note says so with every number.
    """
    applied = applied_protection(source.protection, source.kind, synthetic=source.synthetic, profile=profile)
    if applied == source.protection:
        return source
    changes: dict[str, object] = {"protection": applied}
    if applied == UNPROTECTED and profile.note is not None:
        changes["notes"] = [*source.notes, Note(type=CONFIDENTIALITY, text=profile.note)]
    return source.model_copy(update=changes)


def applied_protection(declared: str, kind: str, *, synthetic: bool, profile: ReleaseProfile) -> str:
    """The protection that applies under a profile to a source of that kind which declares another, or none."""
    if profile.protection == UNPROTECTED:
        return UNPROTECTED
    if declared == UNPROTECTED and not synthetic:
        return {str(name): minimum for name, minimum in profile.minimum.items()}.get(kind, UNPROTECTED)
    return declared
