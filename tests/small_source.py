"""A small labour force survey, declared in a few lines: what the tests of several rooms start from."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from schemas.survey import Survey

Declare = Callable[..., Survey]
RawTable = Callable[[Iterable[tuple[Any, ...]]], Path]
Row = dict[str, Any]  # of a table, by column, as DuckDB gives it
Cells = dict[tuple[str, ...], Row]  # numbers by the columns that tell them apart
MakeCells = Callable[..., Cells]

SMALL_SOURCE: dict[str, Any] = {
    "kind": "survey",
    "title": {"en": "Small labour force survey"},
    "producer": "Statistics Office of Nowhere",
    "citation": "Small labour force survey, 2024",
    "licence": "CC0",
    "landing_page": "https://example.org/lfs",
    "source_type": "BA",
    "icls_basis": "19",
    "minimum_age": 15,
    "cadence": "annual",
    "schedule": "0 6 1 * *",
    "coverage": {"complete": True},
    "read": {"format": "delimited"},
    "design": {"kind": "clustered", "weight": {"column": "w"}, "stratum": "str", "psu": "psu"},
    "waves": {"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs/{wave}/lfs.csv"}]}},
    "variables": {
        "person_id": {"column": "id"},
        "sex": {"column": "sexcode", "map": "sex"},
        "age": {"column": "years"},
        "birth_status": {"column": "born", "map": "birth"},
        "citizenship_status": {"missing": "not_asked"},
        "labour_force_status": {"column": "act", "map": "activity"},
    },
}
SMALL_COLUMNS = ["id", "str", "psu", "w", "sexcode", "years", "born", "act"]
SMALL_CODES = """map,code,value,label
sex,1,male,Man
sex,2,female,Woman
birth,1,native,Here
birth,2,foreign,Abroad
birth,9,unknown,No answer
activity,1,employed,Works
activity,2,unemployed,Seeks work
activity,3,outside,Neither
activity,,not_in_universe,Child
"""
