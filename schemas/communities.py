"""Regional communities and their members over time, as `communities.yaml` declares them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal

from pydantic import Field, field_validator, model_validator

from schemas.codelists import load_codelist
from schemas.countries import load_countries
from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.yaml_lines import load_model

COMMUNITIES_FILE = Path(__file__).parent / "communities.yaml"
_DAY = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_DAY_OF_YEAR = re.compile(r"(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])")


class Membership(Declaration):
    """Countries that were members over the same days, or were suspended over them, and the text that says so."""

    areas: list[str] = Field(min_length=1, description="countries, ISO 3166-1 alpha-3")
    first_day: str = Field(description="first day, or its month or year where no more is known")
    last_day: str = Field(default="", description="last day, or its month or year; empty while it lasts")
    standing: Literal["member", "suspended"] = "member"
    document: str = Field(description="treaty, declaration or decision")
    verified: Literal["read", "quoted", "not_verified"] = Field(
        description="read in a text of the organisation, quoted where another text says so, or recalled"
    )
    read_at: str = Field(default="", description="where that was read; empty where it was not")
    note: str = ""

    @field_validator("first_day", "last_day")
    @classmethod
    def _is_a_date(cls, value: str) -> str:
        if value and not _DAY.fullmatch(value):
            raise ValueError(f"'{value}' is no date; write 2004-05-01, 2004-05 or 2004")
        return value

    @model_validator(mode="after")
    def _in_order(self) -> Membership:
        if not self.first_day or (self.last_day and self.last_day < self.first_day):
            raise ValueError("the first day is missing, or after the last one")
        if (self.verified == "not_verified") != (not self.read_at):
            raise ValueError("`read_at` says where it was read, unless it is `not_verified`")
        return self

    def holds_on(self, day: str) -> bool:
        """Whether it holds on a day (YYYY-MM-DD).

        Dates without a day or month began before that day, and ended before it: as texts they are in that order.
        """
        return self.first_day <= day and (not self.last_day or self.last_day >= day)


class Community(Declaration):
    """One community: its official site and its members over time."""

    site: str
    members: list[Membership] = Field(min_length=1)


@dataclass(frozen=True)
class Composition:
    """The members of a community in a year, and who joined or left since the year before; in alphabetical order."""

    members: tuple[str, ...]
    joined: tuple[str, ...]
    left: tuple[str, ...]


class Communities(Declaration):
    """Every community by its code in CL_AREA, and the rule of who counts in a year."""

    member_on: str = Field(description="day of the reference year, MM-DD, on which members count")
    suspended: Literal["left_out", "counted"] = Field(description="whether suspended members count")
    communities: dict[str, Community]

    @field_validator("member_on")
    @classmethod
    def _is_a_day_of_the_year(cls, value: str) -> str:
        if not _DAY_OF_YEAR.fullmatch(value):
            raise ValueError(f"'{value}' is no day of a year; write MM-DD")
        return value

    def members(self, year: int) -> Mapping[str, frozenset[str]]:
        """The countries that count in each community in a year."""
        day = f"{year}-{self.member_on}"
        return {
            code: frozenset(
                area
                for each in community.members
                if each.holds_on(day) and (each.standing == "member" or self.suspended == "counted")
                for area in each.areas
            )
            for code, community in self.communities.items()
        }

    def compositions(self, year: int) -> Mapping[str, Composition]:
        """The members of each community in a year, and the changes since the year before."""
        before = self.members(year - 1)
        return {
            code: Composition(tuple(sorted(now)), tuple(sorted(now - before[code])), tuple(sorted(before[code] - now)))
            for code, now in self.members(year).items()
        }


@cache
def load_communities(file: Path = COMMUNITIES_FILE) -> Communities:
    """Every community. Raises DeclarationError that names file and line, for a country that is in two spans at once
    among other things."""
    communities, _ = load_model(Communities, file)
    faults = list(_faults(communities))
    if faults:
        raise DeclarationError(f"{len(faults)} fault(s) in {file.name}: " + "; ".join(faults), where=str(file))
    return communities


def _faults(communities: Communities) -> Iterator[str]:
    areas, countries = load_codelist("CL_AREA").by_code, load_countries()
    for code, community in communities.communities.items():
        if code not in areas:
            yield f"'{code}' is not in CL_AREA; add it to CL_AREA.user_assigned.csv"
        spans = sorted((area, each.first_day, each.last_day) for each in community.members for area in each.areas)
        yield from (f"{code}: '{area}' is not a country" for area, *_ in spans if area not in countries)
        for (area, _, ended), (next_area, begins, _) in pairwise(spans):
            if area == next_area and (not ended or ended >= begins):
                yield f"{code}: {area} is entered twice for the same days"
