"""Made-up sources that only have to be fetched."""

from __future__ import annotations

from typing import Any

from schemas.partition import Partition
from schemas.survey import Survey

PARTITION = Partition("ABC.lfs", "2024")


def source(*files: dict[str, Any], wave: str = "2024", settings: dict[str, str] | None = None, **fetch: Any) -> Survey:
    """A source with one wave of these files; other arguments are its `fetch` declaration."""
    return Survey.model_validate(
        {
            "id": PARTITION.source,
            "kind": "survey",
            "title": {"en": "Labour Force Survey"},
            "producer": "National Statistical Office",
            "citation": "Labour Force Survey, microdata",
            "licence": "CC BY 4.0",
            "landing_page": "https://example.org/lfs",
            "source_type": "BA",
            "icls_basis": "19",
            "minimum_age": 15,
            "cadence": "annual",
            "schedule": "@yearly",
            "coverage": {"complete": True},
            "fetch": fetch,
            "read": {"format": "delimited"},
            "design": {"kind": "persons", "weight": {"column": "weight"}, "reason": "no design variables in the file"},
            "waves": {wave: {"files": list(files), "settings": settings or {}}},
            "variables": {},
            "columns": {},
            "code_maps": {},
        }
    )
