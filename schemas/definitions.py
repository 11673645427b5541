"""The versioned definitions of `definitions.yaml`."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field

from schemas.errors import DeclarationError
from schemas.source import Declaration
from schemas.yaml_lines import load_model

DEFINITIONS_FILE = Path(__file__).parent / "definitions.yaml"
CURRENT_DEFINITION = "icls20_2018"


class MigrantWorker(Declaration):
    """One version of who is an international migrant worker."""

    reference: str
    minimum_age: int = Field(ge=0)
    labour_force: list[Literal["employed", "unemployed"]] = Field(min_length=1)
    exclude: list[Literal["foreign_military_or_diplomatic", "tourist_not_working", "service_from_abroad"]]
    residents_when_not_asked: bool


class Definitions(Declaration):
    """The whole file: definition -> version -> parameters."""

    international_migrant_worker: dict[str, MigrantWorker]


@cache
def load_definitions() -> Definitions:
    """Every definition. Raises DeclarationError that names file and line."""
    definitions, _ = load_model(Definitions, DEFINITIONS_FILE)
    return definitions


def migrant_worker(version: str = CURRENT_DEFINITION) -> MigrantWorker:
    """The parameters of one version of the definition of an international migrant worker."""
    versions = load_definitions().international_migrant_worker
    if version not in versions:
        raise DeclarationError(
            f"there is no version '{version}' of the definition of international migrant workers",
            where=str(DEFINITIONS_FILE),
            remedy=f"use one of: {', '.join(versions)}",
        )
    return versions[version]
