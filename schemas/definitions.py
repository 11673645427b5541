"""The versioned definitions of `definitions.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import Field

from schemas.declaration import Declaration
from schemas.errors import DeclarationError
from schemas.yaml_lines import load_model

DEFINITIONS_FILE = Path(__file__).parent / "definitions.yaml"
CURRENT_DEFINITION = "icls20_2018"

Definition = TypeVar("Definition", bound=Declaration)


class MigrantWorker(Declaration):
    """One version of who is an international migrant worker."""

    reference: str
    minimum_age: int = Field(ge=0)
    labour_force: list[Literal["employed", "unemployed"]] = Field(min_length=1)
    exclude: list[Literal["foreign_military_or_diplomatic", "tourist_not_working", "service_from_abroad"]]
    residents_when_not_asked: bool


class ReturnWorker(Declaration):
    """One version of who is a return international migrant worker; a limit that is left out does not apply."""

    reference: str
    minimum_months_abroad: int | None = Field(default=None, ge=0)
    maximum_months_since_return: int | None = Field(default=None, ge=0)
    enough_when_not_asked: bool
    residents_when_not_asked: bool


class ForWorkMigrant(Declaration):
    """One version of who is a for-work international migrant."""

    reference: str
    reasons: list[str] = Field(min_length=1)
    exclude: list[Literal["foreign_military_or_diplomatic", "tourist_not_working", "service_from_abroad"]]


class RecruitmentCost(Declaration):
    """One version of which persons have a recruitment cost in months of earnings."""

    reference: str
    zero_cost_counts: bool


class TimeRelatedUnderemployment(Declaration):
    """One version of time-related underemployment: fewer hours than the threshold, which a source may set itself."""

    reference: str
    hours: Literal["hours_actual", "hours_usual"]
    threshold: float = Field(gt=0)


class Definitions(Declaration):
    """The whole file: definition -> version -> parameters."""

    international_migrant_worker: dict[str, MigrantWorker]
    return_international_migrant_worker: dict[str, ReturnWorker]
    for_work_international_migrant: dict[str, ForWorkMigrant]
    recruitment_cost: dict[str, RecruitmentCost]
    time_related_underemployment: dict[str, TimeRelatedUnderemployment]


@cache
def load_definitions() -> Definitions:
    """Every definition. Raises DeclarationError that names file and line."""
    definitions, _ = load_model(Definitions, DEFINITIONS_FILE)
    return definitions


def migrant_worker(version: str = CURRENT_DEFINITION) -> MigrantWorker:
    """The parameters of one version of the definition of an international migrant worker."""
    return _version(load_definitions().international_migrant_worker, version, "international migrant workers")


def return_worker(version: str = CURRENT_DEFINITION) -> ReturnWorker:
    """The parameters of one version of the definition of a return international migrant worker."""
    return _version(
        load_definitions().return_international_migrant_worker, version, "return international migrant workers"
    )


def for_work_migrant(version: str = CURRENT_DEFINITION) -> ForWorkMigrant:
    """The parameters of one version of the definition of a for-work international migrant."""
    return _version(load_definitions().for_work_international_migrant, version, "for-work international migrants")


def recruitment_cost(version: str = "sdg_2022") -> RecruitmentCost:
    """The parameters of one version of the recruitment cost in months of earnings."""
    return _version(load_definitions().recruitment_cost, version, "the recruitment cost")


def time_related_underemployment(version: str = "icls19_2013") -> TimeRelatedUnderemployment:
    """The parameters of one version of the definition of time-related underemployment."""
    return _version(load_definitions().time_related_underemployment, version, "time-related underemployment")


def _version(versions: dict[str, Definition], version: str, what: str) -> Definition:
    if version not in versions:
        raise DeclarationError(
            f"there is no version '{version}' of the definition of {what}",
            where=str(DEFINITIONS_FILE),
            remedy=f"use one of: {', '.join(versions)}",
        )
    return versions[version]
