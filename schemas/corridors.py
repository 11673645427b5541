"""Agreements between countries compared with where migrants come from: what a source of corridors declares.

`schemas/sources/X01/<name>/source.yaml` with `kind: corridors` and three tables in long form (schemas/benchmark.py):

  stock      destination, origin, year, sex, value, and what the destination's figures are: foreign_born,
             foreign_citizens, refugees_added, imputed (1 or 0). An origin that is not named is `other`
  agreement  agreement, first_party, second_party, year signed
  provision  agreement, and for each of PROVISIONS 1, 0 or nothing, for the agreements whose text is coded

A wave is a year of the stock. Declared notes on the indicator or the classification are about agreements.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from pydantic import Field

from schemas.benchmark import LongTables, benchmark_faults
from schemas.codelists import load_codelist
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
PROVISIONS: Mapping[str, str] = {
    "automatic_renewal": "AGR_PROV_RENEWED",
    "quota": "AGR_PROV_QUOTA",
    "amendment": "AGR_PROV_AMENDS",
    "replacement": "AGR_PROV_REPLACES",
    "international_instruments": "AGR_PROV_INSTRUMENTS",
    "exchange_of_information": "AGR_PROV_EXCHANGE",
    "publicity": "AGR_PROV_PUBLICITY",
    "responsibilities": "AGR_PROV_DUTIES",
    "joint_committee": "AGR_PROV_COMMITTEE",
    "no_recruitment_fees": "AGR_PROV_NOFEES",
    "authorised_recruiters": "AGR_PROV_RECRUITERS",
    "unions_at_origin": "AGR_PROV_UNIONORIG",
    "unions_at_destination": "AGR_PROV_UNIONDEST",
    "right_to_join_unions": "AGR_PROV_UNIONJOIN",
    "employers_organisations": "AGR_PROV_EMPLOYERS",
    "civil_society": "AGR_PROV_NGOS",
    "information_for_migrants": "AGR_PROV_MIGRINFO",
    "equal_treatment": "AGR_PROV_EQUAL",
    "women": "AGR_PROV_WOMEN",
    "women_in_detail": "AGR_PROV_WOMENDET",
    "other_protection": "AGR_PROV_OTHERPROT",
    "contract": "AGR_PROV_CONTRACT",
    "model_contract": "AGR_PROV_MODEL",
    "contract_terms": "AGR_PROV_TERMS",
    "wages": "AGR_PROV_WAGES",
    "housing": "AGR_PROV_HOUSING",
    "housing_conditions": "AGR_PROV_HOUSINGCON",
    "housing_inspection": "AGR_PROV_HOUSINGINS",
    "work_inspection": "AGR_PROV_WORKINS",
    "travel_documents": "AGR_PROV_DOCUMENTS",
    "social_protection": "AGR_PROV_SOCIALPROT",
    "disputes": "AGR_PROV_DISPUTES",
    "training": "AGR_PROV_TRAINING",
    "skills_recognition": "AGR_PROV_SKILLS",
    "remittances": "AGR_PROV_REMIT",
    "reintegration": "AGR_PROV_REINTEGR",
    "contract_renewal": "AGR_PROV_RENEWAL",
    "permanent_residence": "AGR_PROV_PERMRES",
}
"""Provisions of agreements -> their codes in CL_AGR."""
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
    "provision": ("agreement", *PROVISIONS),
}
"""The tables of a source of corridors, and the columns that each must have."""


Side = Literal["destination", "origin", "signatory", "abroad"]
"""Whose numbers an indicator has."""


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

    side  destination: those in a country; origin: those from it; signatory: a country's agreements, whoever moves;
          abroad: those from it, by the country where they live
    """

    measure: Literal["rate", "count"]
    side: Side


class _File(Declaration):
    indicators: dict[str, CorridorIndicator]


@cache
def load_corridor_indicators() -> Mapping[str, CorridorIndicator]:
    """Every indicator of corridors. Raises DeclarationError that names file and line."""
    declared, _ = load_model(_File, CORRIDOR_INDICATORS_FILE)
    return MappingProxyType(declared.indicators)


def corridor_faults(corridors: Corridors, file: Path, lines: dict[Location, int]) -> Iterator[str]:
    """What is wrong with a declaration beyond its form, each fault with its line in the file."""
    yield from benchmark_faults(corridors, file, lines, others=(UNNAMED, *load_codelist("CL_AREA").by_code))
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


def _given(_source: Corridors) -> frozenset[str]:
    """All of them: each is made of the three tables that every source has."""
    return frozenset(load_corridor_indicators())


CORRIDORS = SourceKind("corridors", "source of corridors", Corridors, corridor_faults, _published, may_give=_given)
"""Published tables of the world with a row for each pair of countries."""
