"""Agreements between countries compared with where migrants come from: what a source of corridors declares.

`schemas/sources/X01/<name>/source.yaml` with `kind: corridors` and three tables in long form (schemas/benchmark.py):

  stock      destination, origin, year, sex, value, and what the destination's figures are: foreign_born,
             foreign_citizens, refugees_added, imputed (1 or 0). An origin that is not named is `other`
  agreement  agreement, first_party, second_party, year signed
  provision  agreement, social_protection (1 or 0), for the agreements whose text is coded

A wave is a year of the stock.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from schemas.benchmark import LongTables, benchmark_faults
from schemas.declaration import Declaration
from schemas.published_indicator import Published, PublishedIndicator
from schemas.source import Runnable
from schemas.source_kind import SourceKind
from schemas.yaml_lines import Location, line_of, load_model

CORRIDOR_INDICATORS_FILE = Path(__file__).parent / "corridor_indicators.yaml"
UNNAMED = "other"
"""Countries of origin that the producer does not name."""
RECENT_YEARS = 20
"""An agreement signed fewer years ago is a recent one; the labels of CL_AGR say so."""
TABLES = {
    "stock": (
        "destination",
        "origin",
        "year",
        "sex",
        "value",
        "foreign_born",
        "foreign_citizens",
        "refugees_added",
        "imputed",
    ),
    "agreement": ("agreement", "first_party", "second_party", "year"),
    "provision": ("agreement", "social_protection"),
}
"""The tables of a source of corridors, and the columns that each must have."""


class Registry(Declaration):
    """What the registry of agreements covers."""

    ends: int = Field(
        ge=1900, le=2100, description="the last year that the registry of agreements covers", examples=[2022]
    )
    undated: int | None = Field(
        default=None,
        description="what the producer writes for the year of an agreement without a date, which counts from `ends` on",
        examples=[9999],
    )


class Corridors(LongTables, Runnable):
    """A source of corridors: `source.yaml` with its tables."""

    kind: Literal["corridors"] = Field(description="that it is a source of corridors", examples=["corridors"])
    registry: Registry = Field(description="what the registry of agreements covers", examples=[{"ends": 2022}])

    @property
    def icls_basis(self) -> str:
        """Corridors follow no resolution on the labour force."""
        return ""


class CorridorIndicator(PublishedIndicator):
    """One indicator: its dimensions, its unit, and whose migrants it is about.

    side  destination: those in a country; origin: those from it
    """

    measure: Literal["rate"]
    side: Literal["destination", "origin"]


class _File(Declaration):
    indicators: dict[str, CorridorIndicator]


@cache
def load_corridor_indicators() -> Mapping[str, CorridorIndicator]:
    """Every indicator of corridors. Raises DeclarationError that names file and line."""
    declared, _ = load_model(_File, CORRIDOR_INDICATORS_FILE)
    return MappingProxyType(declared.indicators)


def corridor_faults(corridors: Corridors, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """What is wrong with a declaration beyond its form, each fault with its line in the file."""
    yield from benchmark_faults(corridors, file, lines, others=(UNNAMED,))
    for wave in corridors.waves:
        if len(wave) != len("2024"):
            yield f"line {line_of(lines, ('waves', wave))}: '{wave}' is not a year, and a wave is a year of the stock"
    for name, columns in TABLES.items():
        if name not in corridors.tables:
            yield f"line {line_of(lines, ('tables',))}: there is no table '{name}'"
            continue
        for column in sorted(set(columns) - set(corridors.tables[name].columns)):
            yield f"line {line_of(lines, ('tables', name))}: table '{name}' has no column '{column}'"


def _published() -> Mapping[str, Published]:
    indicators = load_corridor_indicators()
    return {name: Published(each, each.measure, each.classifications) for name, each in indicators.items()}


CORRIDORS = SourceKind("corridors", "source of corridors", Corridors, corridor_faults, _published)
"""Published tables of the world with a row for each pair of countries."""
