"""Declared lists as rows of the warehouse: ILOSTAT's series, ids, definitions, reasons, statuses, members."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from schemas.aliases import load_aliases
from schemas.availability import load_availability_reasons
from schemas.communities import load_communities
from schemas.ilostat import load_ilostat_series
from schemas.programmes import load_programmes
from schemas.standards import Standards, definitions_of_indicators, load_standards
from schemas.statuses import load_status_rows
from warehouse.release.inputs import Row


def declared_lists() -> Mapping[str, Sequence[Row]]:
    """Table -> its rows."""
    reasons = load_availability_reasons().items()
    standards = load_standards()
    return {
        "definition": [_definition(standards, name) for name in standards.definitions],
        "indicator_definition": [
            {"indicator": indicator, "definition": name}
            for indicator, names in definitions_of_indicators().items()
            for name in names
        ],
        "ilostat_series": [each.model_dump() for each in load_ilostat_series().values()],
        "indicator_alias": [each.model_dump() for each in load_aliases()],
        "community_member": _community_members(),
        "programme": _programmes(),
        "programme_series": _programme_series(),
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


def _community_members() -> Sequence[Row]:
    declared = load_communities()
    return [
        each.model_dump(exclude={"areas"})
        | {"community": code, "ref_area": area, "counts": each.standing == "member" or declared.suspended == "counted"}
        for code, community in declared.communities.items()
        for each in community.members
        for area in each.areas
    ]


def _programmes() -> Sequence[Row]:
    return [
        each.model_dump(exclude={"series", "label"})
        | {"programme": name, "label_en": each.label.en, "label_fr": each.label.fr, "label_es": each.label.es}
        for name, each in load_programmes().items()
    ]


def _programme_series() -> Sequence[Row]:
    return [
        {
            "programme": name,
            "source_id": series.source,
            "indicator": series.indicator,
            "code": series.code,
            "wave": wave,
        }
        for name, programme in load_programmes().items()
        for series in programme.series
        for wave in series.waves or [""]
    ]


def _definition(standards: Standards, name: str) -> Row:
    found = standards.definitions[name]
    document = standards.documents[found.document]
    return {
        "definition": name,
        "term_en": found.term.en,
        "term_fr": found.term.fr,
        "term_es": found.term.es,
        "says": found.says,
        "says_fr": found.says_fr,
        "says_es": found.says_es,
        "document": document.title,
        "paragraph": found.paragraph,
        "address": document.address,
        "verified": found.verified,
        "read_at": " ".join(found.read_at),
        "not_verified": found.not_verified,
    }
