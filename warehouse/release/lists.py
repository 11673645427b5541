"""Declared lists as rows of the warehouse: ILOSTAT's series, older and newer ids, reasons, observation statuses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.aliases import load_aliases
from schemas.availability import load_availability_reasons
from schemas.ilostat import load_ilostat_series
from schemas.statuses import load_status_rows
from warehouse.release.inputs import Row


def declared_lists() -> Mapping[str, Sequence[Row]]:
    """Table -> its rows."""
    reasons = load_availability_reasons().items()
    return {
        "ilostat_series": [each.model_dump() for each in load_ilostat_series().values()],
        "indicator_alias": [each.model_dump() for each in load_aliases()],
        "availability_reason": [
            {
                "reason_code": code,
                "state": reason.state,
                "label_en": reason.label.en,
                "label_fr": reason.label.fr,
                "label_es": reason.label.es,
            }
            for code, reason in reasons
        ],
        "obs_status_map": [
            {**row, "to_sdmx": row["to_sdmx"] == "Y", "to_ilo": row["to_ilo"] == "Y"} for row in load_status_rows()
        ],
    }
