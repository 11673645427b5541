"""The canonical person variables, as `concepts.yaml` declares them."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, RootModel, model_validator

from schemas.declaration import Declaration, Trilingual
from schemas.source import MissingKind
from schemas.yaml_lines import load_model

CONCEPTS_FILE = Path(__file__).parent / "concepts.yaml"
ILOSTAT_WORKING_AGE = 15
COUNTRY_VALUES = ("abroad", "stateless")


class Coarser(Declaration):
    """A coarser variable that follows from this one: each of its values, and the values here that make it."""

    variable: str
    groups: dict[str, list[str]]


class Concept(Declaration):
    """One canonical variable: its type, universe, values, kinds of missing and reference.

    One with `bands` may be known in bands of years: then it is empty and `<name>_from` and `<name>_to` stand beside it.
    """

    label: Trilingual
    type: Literal["identifier", "category", "country", "integer", "number"]
    role: Literal["declared", "question", "derived"] = "declared"
    universe: Literal[
        "everyone",
        "working_age",
        "employed",
        "employees",
        "outside_labour_force",
        "migrants",
        "non_citizens",
        "living_abroad",
    ]
    required: bool = False
    values: dict[str, str] = {}
    minimum: float | None = None
    maximum: float | None = None
    bands: bool = False
    aggregates: bool = Field(
        default=False, description="whether records may hold several values at once, where the producer gives them so"
    )
    missing: list[MissingKind] = []
    codelist: str | None = None
    coarser: Coarser | None = None
    reference: str = Field(min_length=1)

    @model_validator(mode="after")
    def _values_for_categories(self) -> Concept:
        if (self.type == "category") != bool(self.values):
            raise ValueError("a category, and only a category, lists its values")
        grouped = [value for group in self.coarser.groups.values() for value in group] if self.coarser else []
        if self.coarser and sorted(grouped) != sorted(self.values):
            raise ValueError("the groups of a coarser variable hold each value once")
        return self

    @property
    def is_numeric(self) -> bool:
        """Numbers are held with their kind of missing beside them, in `<name>_missing`."""
        return self.type in ("integer", "number")


class _Concepts(RootModel[dict[str, Concept]]):
    """The whole file: concept name -> concept."""


@cache
def load_concepts() -> dict[str, Concept]:
    """Every canonical variable by name, in the order of the file."""
    concepts, _ = load_model(_Concepts, CONCEPTS_FILE)
    return concepts.root


@cache
def banded() -> tuple[str, ...]:
    """The variables that may be known in bands."""
    return tuple(name for name, concept in load_concepts().items() if concept.bands)


@cache
def aggregated() -> tuple[str, ...]:
    """The variables of which records may hold several values at once, such as `1+2`."""
    return tuple(name for name, concept in load_concepts().items() if concept.aggregates)


def core_columns() -> dict[str, str]:
    """Columns of a core table and their DuckDB types, in order."""
    columns = {
        "person_id": "VARCHAR",
        "household_id": "VARCHAR",
        "weight": "DOUBLE",
        "stratum": "VARCHAR",
        "psu": "VARCHAR",
        "replicate_weights": "DOUBLE[]",
    }
    for name, concept in load_concepts().items():
        if name in columns or concept.role == "question":
            continue
        columns[name] = {"integer": "INTEGER", "number": "DOUBLE"}.get(concept.type, "VARCHAR")
        if concept.is_numeric:
            columns[f"{name}_missing"] = "VARCHAR"
        if concept.bands:
            columns |= {f"{name}_from": "INTEGER", f"{name}_to": "INTEGER"}
    return columns
