"""A small register of departures for employment, with few people to some countries: what has to be protected there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from small_register import SmallRegister

from schemas.partition import Partition
from schemas.register import Register
from transforms.protect import ProtectedFlows, ProtectionReport, protect_cells

PARTITION = Partition("ZZZ.permits", "2024")
SEED = "a seed of the tests, long enough"
FACTS = {"concept": "employment_abroad", "direction": "out", "unit": "departures"}
SEXES = {"event": {"constant": "registered"}, "sex": {"column": "sex", "map": "sex"}}
TABLES: dict[str, Any] = {
    "countries": {
        "title": "Departures by destination",
        "file": "countries.csv",
        "read": {"format": "delimited"},
        "value": {"column": "number"},
        "variables": {**SEXES, "partner_country": {"column": "country", "map": "country", "country": "name"}},
        "feeds": {"MNA_OEMP_SEX_CDS_NB": "every_wave"},
    },
    "skills": {
        "title": "Departures by skill",
        "file": "skills.csv",
        "read": {"format": "delimited"},
        "value": {"column": "number"},
        "variables": {**SEXES, "skill": {"column": "skill", "map": "skill"}},
        "feeds": {"MNA_OEMP_SEX_OCU_NB": "every_wave"},
    },
}
COLUMNS = """column,every_wave
countries.sex,Sex
countries.country,Country
countries.number,Number
skills.sex,Sex
skills.skill,Skill
skills.number,Number
"""
CODES = """map,code,value,label
sex,M,male,
sex,F,female,
country,Elsewhere,other,
skill,high,high,
skill,low,low,
"""
# One woman went to Malta and two to Fiji; men by skill 60 and 86, women 40 and 45.
COUNTRIES = """Sex,Country,Number
M,Kuwait,70
F,Kuwait,30
M,Malta,25
F,Malta,1
M,Fiji,31
F,Fiji,2
M,Qatar,20
F,Qatar,52
"""
SKILLS = """Sex,Skill,Number
M,high,60
M,low,86
F,high,40
F,low,45
"""


class Departures:
    """The register, its numbers, and what protection makes of them."""

    def __init__(self, register: SmallRegister, **changes: Any) -> None:
        self.small = register
        self.folder: Path = register.folder
        declared: dict[str, Any] = {
            "facts": FACTS,
            "tables": TABLES,
            "waves": {"2024": {"files": [{"name": f"{name}.csv", "mirror": f"{name}.csv"} for name in TABLES]}},
            "agreements": [{"parts": "countries", "whole": "skills", "by": ["sex"]}],
            **changes,
        }
        self.source: Register = register.declare(columns=COLUMNS, codes=CODES, **declared)
        self.count(COUNTRIES, SKILLS)
        self.core, self.cells = self.folder / "core.parquet", self.folder / "cells.parquet"
        self.published = self.folder / "published.parquet"
        self.work = self.folder / "scratch"
        self.work.mkdir(exist_ok=True)

    def count(self, countries: str, skills: str) -> None:
        """Make the core and the numbers from other files."""
        self.small.harmonise(self.source, {"countries.csv": countries, "skills.csv": skills})

    @property
    def records(self) -> ProtectedFlows:
        """Its flow records as protection reads them."""
        return ProtectedFlows(self.source)

    def protect(self, profile: str = "suppression_of_registers") -> ProtectionReport:
        """Write `published`."""
        return protect_cells(
            self.cells, self.core, self.records, PARTITION, profile, self.published, self.work, seed=SEED
        )
