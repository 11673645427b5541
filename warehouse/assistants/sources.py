"""The sources of a release, the statuses of its numbers, and what it is."""

from __future__ import annotations

from typing import Any

from schemas.reliability import load_reliability
from schemas.statuses import CONFIDENTIAL, NOT_SIGNIFICANT, UNRELIABLE, load_status_rows
from warehouse.assistants.reading import AREAS, STATUSES, Reading, unknown_code
from warehouse.assistants.results import (
    ListedSource,
    ReleaseFacts,
    Source,
    Sources,
    Statuses,
    StatusMeaning,
)
from warehouse.release.manifest import read_manifest
from warehouse.service.errors import no_results

COLUMNS = (
    "source, source_id, ref_area, title_en, title_fr, title_es, producer, citation, licence, landing_page, kind, "
    "synthetic, coverage"
)


def source_of(reading: Reading, source: str) -> Source:
    """A source as numbers name it."""
    found = reading.cursor.execute(f"select {COLUMNS} from source where source = ?", [source])
    names = [each[0] for each in found.description or ()]
    return Source(**_facts(reading, dict(zip(names, found.fetchall()[0], strict=True))))


def list_sources(reading: Reading, area: str | None, limit: int) -> Sources:
    """The sources of an area, or all. Raises RequestError (404) for an area that is no code, or has none."""
    rows = reading.cursor.execute(f"select {COLUMNS} from source order by source").fetchall()
    names = [each.strip() for each in COLUMNS.split(",")]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    if area is not None:
        known = reading.names.of(AREAS)
        areas = {each["ref_area"] for each in found}
        if area not in known and area not in areas:
            raise unknown_code(area, "area", {code: reading.text(text) for code, text in known.items()}, areas)
        found = [each for each in found if each["ref_area"] == area]
        if not found:
            raise no_results(f"No source is of {area}; there are some of: {', '.join(sorted(areas))}.")
    query = "select source, list(wave order by wave) from partition where state = 'published' group by source"
    waves = dict(reading.cursor.execute(query).fetchall())
    return Sources(
        release=reading.mark,
        sources=[
            ListedSource(source=each["source"], waves=waves.get(each["source_id"], []), **_facts(reading, each))
            for each in found[:limit]
        ],
        total=len(found),
        is_truncated=len(found) > limit,
    )


def _facts(reading: Reading, row: dict[str, Any]) -> dict[str, Any]:
    taken = ("producer", "citation", "licence", "landing_page", "kind", "coverage")
    return {name: row[name] or "" for name in taken} | {
        "title": row[f"title_{reading.language}"] or row["title_en"],
        "area": reading.label(AREAS, row["ref_area"]),
        "is_synthetic": bool(row["synthetic"]),
    }


def explain_statuses(reading: Reading, code: str | None) -> Statuses:
    """What the statuses mean, or one of them. Raises RequestError (404) for a code that is none."""
    query = "select coalesce(obs_status, ''), count(*) from observation group by all"
    counted = dict(reading.cursor.execute(query).fetchall())
    rows = {row["ilo"]: row for row in load_status_rows() if row["to_sdmx"] == "Y"}
    if code is not None and code not in rows:
        labels = {each: reading.label(STATUSES, each) for each in rows if each}
        raise unknown_code(code, "status", labels, (each for each in counted if each))
    return Statuses(
        release=reading.mark,
        statuses=[
            StatusMeaning(
                code=each,
                label=reading.label(STATUSES, each or "A"),
                in_sdmx=row["sdmx"],
                rule=". ".join(filter(None, (_rules().get(each, ""), row["remark"]))),
                observations=counted.get(each, 0),
            )
            for each, row in rows.items()
            if code is None or each == code
        ],
    )


def _rules() -> dict[str, str]:
    limits = load_reliability()
    return {
        UNRELIABLE: f"By ILO's limits, fewer than {limits.unreliable_below} sample cases; a source may declare others",
        NOT_SIGNIFICANT: (
            f"By ILO's limits, fewer than {limits.not_significant_below} sample cases; a source may declare others"
        ),
        CONFIDENTIAL: "Withheld so that no person can be recognised: the value is null",
    }


def release_facts(reading: Reading) -> ReleaseFacts:
    """What the release is."""
    manifest = read_manifest(reading.release.folder)
    return ReleaseFacts(
        release=reading.mark,
        observations=manifest.counts.observations,
        indicators=len(reading.release.flows),
        partitions=manifest.counts.partitions,
        warnings=list(manifest.warnings),
        software_version=manifest.software_version,
    )
