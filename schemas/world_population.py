"""The population of every area by the United Nations (`world_population.csv`): what weights are compared with.

The file is made of the declared benchmark X01.population (`python -m ilms.authoring.world_population MIRROR`), so that
the comparison needs neither a network nor a mirror, and is the same on every machine.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

WORLD_POPULATION_FILE = Path(__file__).parent / "world_population.csv"
VINTAGE = "WPP2024"
AGES = "15+"
COLUMNS = ("area", "year", "population")


@dataclass(frozen=True)
class PopulationOfYear:
    """The persons of 15 years and over who live in an area in a year, both sexes together."""

    year: int
    persons: int


@cache
def load_world_population() -> dict[str, tuple[PopulationOfYear, ...]]:
    """Area (ISO 3166-1 alpha-3) -> its population in every year available, in their order."""
    found: dict[str, list[PopulationOfYear]] = {}
    with WORLD_POPULATION_FILE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream, strict=True):
            found.setdefault(row["area"], []).append(PopulationOfYear(int(row["year"]), int(row["population"])))
    return {area: tuple(sorted(years, key=lambda each: each.year)) for area, years in found.items()}


def population_near(area: str, year: int) -> PopulationOfYear | None:
    """The population of an area in the nearest year available, the later of two; None for an area without any."""
    years = load_world_population().get(area, ())
    return min(years, key=lambda each: (abs(each.year - year), -each.year), default=None)
