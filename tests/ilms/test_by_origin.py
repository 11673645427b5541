"""One declaration for a sample in the mirror and for the producer's own file: what differs is declared by origin."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest
from http_server import File, Site, serving
from small_source import Declare
from two_surveys import survey_file

from ilms.pipeline.stages import run_partition
from ilms.release.candidates import release_inputs
from ilms.release.standing import AGAIN
from ilms.settings import Settings
from schemas.errors import DeclarationError
from schemas.partition import Partition
from warehouse.intake.vintage import latest_vintage

SOURCE = "ZZZ.small"
KEY = f"{SOURCE}|2024"
SAMPLE = "usual residents; a sample of 40 records"
WHOLE = survey_file(1, records=400)
FIRST_RECORDS = "".join(WHOLE.splitlines(keepends=True)[:41])


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def from_mirror(tmp_path: Path) -> Settings:
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "sample.csv").write_text(FIRST_RECORDS)
    return Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")


def zipped(**members: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.csv", content)
    return packed.getvalue()


def declared(declare: Declare, server: Site, **whole: Any) -> None:
    """A survey of which the mirror holds 40 records, and the producer all 400 in a zip with the households."""
    address = server.on("/lfs_2024.zip", File(zipped(person=WHOLE, household="hh,rooms\n1,3\n")))
    producer = {
        "files": [{"name": "lfs.zip", "address": address.replace("2024", "{year}")}],
        "read": {"member": "person.csv"},
        "records": 400,
        "coverage": {"complete": True, "population": {"en": "usual residents"}},
        "citation": "Small labour force survey",
        **whole,
    }
    wave = {"files": [{"name": "sample.csv", "mirror": "sample.csv"}], "records": 40}
    declare(
        SOURCE,
        citation="Small labour force survey, sample",
        coverage={"complete": False, "population": {"en": SAMPLE}},
        waves={"2024": {**wave, "by_origin": {"producer": producer}}},
        fetch={"pause_seconds": 0},
    )


def published(settings: Settings) -> tuple[int, str, str, str, str]:
    """How many persons stand behind the numbers, their note on the source, its citation and coverage, and why they are
    not those of today, if so."""
    inputs = release_inputs(settings.layout, settings.profile, None)
    (item,) = (each for each in inputs.partitions if each.partition == Partition.parse(KEY))
    (row,) = (each for each in inputs.sources if each["source_id"] == SOURCE)
    notes = duckdb.execute(f"select distinct note_source from read_parquet('{item.cells}')").fetchall()
    assert len(notes) == 1
    return item.persons or 0, notes[0][0], str(row["citation"]), str(row["coverage"]), item.reason


def origin(settings: Settings) -> str:
    """Where the files came from that were fetched last, as their manifest says."""
    vintage = latest_vintage(settings.layout, Partition.parse(KEY))
    assert vintage is not None
    assert vintage.origin == json.loads((vintage.folder / "vintage.json").read_text())["origin"]
    return vintage.origin


def run(settings: Settings) -> None:
    list(run_partition(settings, KEY))


def test_a_sample_and_the_whole_file_are_published_as_what_they_are(
    declare: Declare, server: Site, from_mirror: Settings
) -> None:
    declared(declare, server)
    run(from_mirror)
    persons, note, citation, coverage, reason = published(from_mirror)
    assert (persons, citation, coverage) == (40, "Small labour force survey, sample", SAMPLE)
    assert SAMPLE in note
    assert origin(from_mirror) == "mirror"
    declared(declare, server, citation="Another", coverage={"complete": False})
    assert published(from_mirror)[4] == "", "what holds for the producer's file alone leaves the sample's numbers"

    online = replace(from_mirror, online=True)
    declared(declare, server)
    run(online)
    persons, note, citation, coverage, reason = published(online)
    assert (persons, citation, coverage, reason) == (400, "Small labour force survey", "usual residents", "")
    assert "sample" not in note
    assert origin(online) == "producer"
    declared(declare, server, coverage={"complete": False})
    assert published(online)[4] == f"They come from an earlier declaration; {AGAIN}."


def test_what_is_declared_for_one_origin_is_checked_too(declare: Declare, server: Site) -> None:
    with pytest.raises(DeclarationError, match="layout"):
        declared(declare, server, read={"format": "fixed_width"})
