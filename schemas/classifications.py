"""Classifications: from canonical variables to ILOSTAT's codes, as `classifications.yaml` declares."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel

from schemas.declaration import Declaration, Range, Trilingual
from schemas.source import MISSING_KINDS
from schemas.yaml_lines import load_model

CLASSIFICATIONS_FILE = Path(__file__).parent / "classifications.yaml"


Takes = Literal["all", "others"] | Range | list[str]


class Countries(Declaration):
    """A classification by country: the largest have a code each, the rest and the unknown are `others`.

    prefix   comes before the country's code, as in CBR_BRT_
    largest  how many countries have a code of their own in the table; the full list is in `observation_detail`
    unknown  the code there of persons whose country is not known
    aliases  ISO 3166-1 alpha-3 -> the code that ILOSTAT uses, where it differs
    """

    prefix: str
    codelist: str
    largest: int = Field(ge=1)
    unknown: str
    aliases: dict[str, str] = {}


class Classification(Declaration):
    """One classification: its variable and, per version, what each code takes.

    `dimension` is its id in data structures, where it differs from its own. One without a variable has a single code
    that takes everyone, such as the currency of earnings. `alone` is the code that is published without any other, the
    total included, where a source does not distinguish the classes: its persons are all in that class by definition,
    and what the others hold is not known.
    """

    variable: str | None
    dimension: str | None = None
    label: Trilingual
    alone: str | None = None
    versions: dict[str, dict[str, Takes]]
    countries: Countries | None = None

    @property
    def codes(self) -> dict[str, Takes]:
        """Every code of every version, in order."""
        return {code: takes for version in self.versions.values() for code, takes in version.items()}

    @property
    def is_numeric(self) -> bool:
        """Whether codes are ranges of a number."""
        return any(isinstance(takes, Range) for takes in self.codes.values())

    def lower_bounds(self) -> list[int]:
        """The lower bounds of the finest bands, of which every range is made, ascending."""
        ranges = [takes for takes in self.codes.values() if isinstance(takes, Range)]
        starts = {each.start for each in ranges if each.start is not None}
        after = {each.end + 1 for each in ranges if each.end is not None}
        return sorted(starts | after)

    def total_codes(self) -> list[str]:
        """The codes that take everyone."""
        return [code for code, takes in self.codes.items() if takes == "all"]

    def undistinguished_codes(self) -> list[str]:
        """The codes that are published where a source does not distinguish the classes."""
        return self.total_codes() if self.alone is None else [self.alone]

    def values_of(self, code: str) -> list[str]:
        """The values that a code lists, kinds of missing left out."""
        takes = self.codes[code]
        return [value for value in takes if value not in MISSING_KINDS] if isinstance(takes, list) else []


class _Classifications(RootModel[dict[str, Classification]]):
    """The whole file."""


@cache
def load_classifications() -> dict[str, Classification]:
    """Every classification by id, such as AGE. Raises DeclarationError that names file and line."""
    classifications, _ = load_model(_Classifications, CLASSIFICATIONS_FILE)
    return classifications.root


@cache
def load_versions() -> dict[str, tuple[str, dict[str, list[str]]]]:
    """Every version whose codes are lists of values: the variable, and the known values of each code that has some.

    Where several classifications have a version, it is that of the first, which has all its codes.
    """
    versions = {}
    for classification in load_classifications().values():
        if classification.variable is None:
            continue
        for version, codes in classification.versions.items():
            lists = {code: takes for code, takes in codes.items() if isinstance(takes, list)}
            known = {code: [value for value in takes if value not in MISSING_KINDS] for code, takes in lists.items()}
            values = {code: takes for code, takes in known.items() if takes}
            if len(values) > 1 and version not in versions:
                versions[version] = (classification.variable, values)
    return versions
