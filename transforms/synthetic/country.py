"""The fictitious country that a generated survey is drawn from: `generator.yaml` and `jobs.csv` of the source."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError, model_validator

from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.yaml_lines import load_model

Group = Literal["native_men", "native_women", "migrant_men", "migrant_women"]
GROUPS: tuple[Group, ...] = ("native_men", "native_women", "migrant_men", "migrant_women")
HouseholdKind = Literal["single", "couple", "family", "lone_parent", "extended", "sharers"]
Reason = Literal["employment", "job_search", "family", "education", "forced", "other"]
Schooling = Literal["low", "middle", "high"]


class Area(Declaration):
    """A stratum: the urban or the rural part of a region."""

    psus: int = Field(ge=2)
    migrant_households: float = Field(ge=0, le=1)
    live_in_workers: float = Field(default=0, ge=0, le=1)


class Region(Declaration):
    """A region; `population` is thousands of residents in each wave, `men` their share per thousand."""

    code: str
    name: str
    population: dict[str, int]
    men: int = Field(gt=0, lt=1000)
    urban_share: float = Field(gt=0, lt=1)
    urban: Area
    rural: Area


class AgeGroup(Declaration):
    """An age group from `start` years on: its share per thousand of all men and of all women."""

    start: int
    men: int
    women: int


class Origin(Declaration):
    """A country of origin: its code in the file and the profile of its migrants."""

    code: str
    name: str
    share: float
    profile: str


class Profile(Declaration):
    """Migrants from a group of origins: who they are, why they come, and their schooling."""

    women: float
    schooling: dict[Schooling, float]
    reasons: dict[Reason, float]


class Labour(Declaration):
    """Shares by age group from 15 years on: in the labour force, and of those unemployed."""

    participation: list[float]
    unemployment: list[float]


class Wave(Declaration):
    """One wave: columns that it names otherwise, and how its unemployment differs from the declared one."""

    renamed: dict[str, str] = {}
    unemployment: float = 1.0


class Country(Declaration):
    """Everything the generator needs to know. Codes are those of the generated file."""

    seed: int
    file: str
    member: str
    delimiter: str = ";"
    home_code: str
    households_per_psu: int = Field(ge=2)
    households_per_frame_psu: tuple[int, int]
    household_response: float = Field(gt=0, le=1)
    persons_per_household: float
    waves: dict[str, Wave]
    regions: list[Region]
    ages: list[AgeGroup]
    households: dict[HouseholdKind, dict[Literal["native", "migrant"], float]]
    origins: list[Origin]
    profiles: dict[str, Profile]
    schooling: dict[str, dict[Schooling, float]]
    education: dict[Schooling, dict[str, float]]
    labour: dict[Group, Labour]
    statuses: dict[str, dict[str, float]]
    earnings_spread: list[float] = Field(min_length=2)

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Country:
        for sex in ("men", "women"):
            if sum(getattr(group, sex) for group in self.ages) != 1000:
                raise ValueError(f"the shares of the age groups of {sex} must add up to 1000")
        for region in self.regions:
            if set(region.population) != set(self.waves):
                raise ValueError(f"region {region.code} must give its population in each wave")
        for origin in self.origins:
            if origin.profile not in self.profiles:
                raise ValueError(f"origin {origin.code} names the profile '{origin.profile}', which is not declared")
        for name, labour in self.labour.items():
            if not len(labour.participation) == len(labour.unemployment) == len(self.ages) - 1:
                raise ValueError(f"labour of {name} needs one share for each age group from 15 years on")
        return self

    @property
    def minimum_age(self) -> int:
        """The age from which the questions on work are asked: the start of the second age group."""
        return self.ages[1].start

    def profile_of(self, origin: str) -> str:
        """The profile of migrants from a country, which is also used for those who go there."""
        return next(each.profile for each in self.origins if each.code == origin)

    def age_group(self, age: int) -> int:
        """Position of the age group that an age falls in."""
        return max(index for index, group in enumerate(self.ages) if age >= group.start)

    def population(self, wave: str) -> dict[tuple[str, str, int], int]:
        """Residents of each region, sex ('1' men, '2' women) and age group; they add up to the region's population."""
        cells: dict[tuple[str, str, int], int] = {}
        for region in self.regions:
            men = region.population[wave] * region.men
            for sex, name, total in (("1", "men", men), ("2", "women", region.population[wave] * 1000 - men)):
                counts = [total * getattr(group, name) // 1000 for group in self.ages]
                counts[-1] += total - sum(counts)
                cells.update({(region.code, sex, index): count for index, count in enumerate(counts)})
        return cells


@dataclass(frozen=True)
class Job:
    """A kind of job: ISCO-08 unit group, ISIC division, who does it, and what it pays and takes."""

    occupation: str
    industry: str
    schooling: Schooling
    statuses: str
    shares: dict[Group, float]
    rural: float
    earnings: float
    hours: int
    formal: float
    citizens_only: bool


class _JobRow(Declaration):
    """One line of jobs.csv."""

    occupation: str = Field(pattern=r"^\d{4}$")
    industry: str = Field(pattern=r"^\d{2}$")
    label: str
    schooling: Schooling
    statuses: str
    native_men: float
    native_women: float
    migrant_men: float
    migrant_women: float
    rural: float
    earnings: float = Field(gt=0)
    hours: int = Field(gt=0, lt=99)
    formal: float = Field(ge=0, le=1)
    citizens_only: bool


@cache
def load_country(folder: Path) -> tuple[Country, tuple[Job, ...]]:
    """The country and its jobs. Raises DeclarationError naming file and line of what is wrong."""
    country, _ = load_model(Country, folder / "generator.yaml")
    file = folder / "jobs.csv"
    with file.open(encoding="utf-8", newline="") as stream:
        reader = csv.DictReader(stream)
        return country, tuple(_job(row, country, f"{file}, line {reader.line_num}") for row in reader)


def _job(row: dict[str, str], country: Country, where: str) -> Job:
    try:
        read = _JobRow.model_validate(row)
    except ValidationError as error:
        faults = "; ".join(f"{fault['loc']}: {fault['msg']}" for fault in error.errors(include_url=False))
        raise DeclarationError(f"the job cannot be read: {faults}", where=where, remedy="correct the line") from error
    if read.statuses not in country.statuses:
        raise DeclarationError(
            f"the job names the statuses '{read.statuses}'",
            where=where,
            remedy=f"use one of {', '.join(country.statuses)}",
        )
    return Job(
        occupation=read.occupation,
        industry=read.industry,
        schooling=read.schooling,
        statuses=read.statuses,
        shares={group: float(getattr(read, group)) for group in GROUPS},
        rural=read.rural,
        earnings=read.earnings,
        hours=read.hours,
        formal=read.formal,
        citizens_only=read.citizens_only,
    )
