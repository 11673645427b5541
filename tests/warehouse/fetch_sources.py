"""Made-up sources that only have to be fetched, and fetching them."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from schemas.partition import Partition
from schemas.survey import Survey
from warehouse.accepted import AcceptedVintage, accept_vintage
from warehouse.intake.access import Access
from warehouse.intake.client import Patience
from warehouse.intake.fetch import fetch_wave
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

PARTITION = Partition("ABC.lfs", "2024")
PATIENCE = Patience(connect_seconds=0.5, silence_seconds=0.5, attempts=3, first_pause=0.01, longest_pause=0.05)
PERSONS = b"sex;age\n1;34\n2;51\n"


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
            "fetch": {"pause_seconds": 0, **fetch},
            "read": {"format": "delimited"},
            "design": {"kind": "persons", "weight": {"column": "weight"}, "reason": "no design variables in the file"},
            "waves": {wave: {"files": list(files), "settings": settings or {}}},
            "variables": {},
            "columns": {},
            "code_maps": {},
        }
    )


def mirror_of_regions(folder: Path) -> Path:
    """A mirror with one wave of the survey, a file a region."""
    wave = folder / "mirror/lfs/2024"
    wave.mkdir(parents=True)
    for region in ("north", "south"):
        (wave / f"persons_{region}.csv").write_bytes(PERSONS + region.encode())
    return folder / "mirror"


def fetch(
    declared: Survey,
    layout: Layout,
    mirror: Path | None = None,
    *,
    online: bool = False,
    wave: str = "2024",
    local: Sequence[Path] = (),
) -> Vintage:
    """Fetch a wave of the declared source, without much patience."""
    partition = Partition(PARTITION.source, wave)
    return fetch_wave(declared, partition, layout, Access(mirror, online, tuple(local)), patience=PATIENCE)


def regions(**other: Any) -> dict[str, Any]:
    """The declaration of the files of that mirror, with what a test adds."""
    return {"name": "persons_*.csv", "mirror": "lfs/{year}/persons_*.csv", "many": 2, **other}


def names(vintage: Vintage) -> list[str]:
    return [file.name for file in vintage.files]


def pass_everything(layout: Layout, vintage: Vintage) -> None:
    """What the estimate stage does once the numbers of a vintage have passed all that they must."""
    accepted = AcceptedVintage(vintage=vintage.id, accepted_at=vintage.fetched_at, bytes=vintage.bytes)
    accept_vintage(layout, PARTITION, accepted)
