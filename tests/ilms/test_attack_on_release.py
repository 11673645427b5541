"""A release with a confidential number that can be worked out is never published."""

from __future__ import annotations

import json
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from small_departures import PARTITION, Departures
from small_register import SmallRegister

from ilms.release.catalogue_rows import code_rows, indicator_rows, source_row
from schemas.errors import PublishError
from schemas.protection import Suppression
from schemas.release_profiles import EXPERIMENTAL
from transforms.protect import stage
from transforms.protect.primary import unsafe_sets
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Pattern
from warehouse.files import opened
from warehouse.layout import Layout
from warehouse.release.build import publish, standing
from warehouse.release.confidentiality import RefusedPartitions
from warehouse.release.database import open_release
from warehouse.release.inputs import ReleaseInputs, ReleasePartition
from warehouse.release.manifest import InputFile, InputVintage, read_manifest

PROFILE = "suppression_of_registers"


@pytest.fixture
def departures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Departures:
    return Departures(SmallRegister(tmp_path, monkeypatch), protection=PROFILE)


def to_publish(departures: Departures, core: Path | None) -> ReleaseInputs:
    """What a release of the register alone is made of."""
    partition = ReleasePartition(
        PARTITION, "ready", icls_basis="", synthetic=False, vintage="v", cells=departures.published,
        protection=PROFILE, core=core, records=departures.records,
    )  # fmt: skip
    return ReleaseInputs(
        partitions=[partition],
        sources=[source_row(departures.source)],
        indicators=indicator_rows(),
        codes=code_rows(),
        vintages=[],
        declarations_hash="d",
        software_version="1",
        release_profile="guarded",
    )


def test_a_protected_release_says_under_which_profile_and_that_the_attack_failed(departures: Departures) -> None:
    departures.protect()
    layout = Layout(departures.folder / "home")
    publish(layout, to_publish(departures, departures.core))
    manifest = json.loads((layout.current() / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["release_profile"] == "guarded"
    assert manifest["partitions"][0]["protection"] == PROFILE
    assert manifest["warnings"] == [EXPERIMENTAL]
    with open_release(layout.current()) as connection:
        assert connection.execute("select protection from partition").fetchall() == [(PROFILE,)]
        found = connection.execute("select stage, check_id, success, unexpected from quality_result").fetchall()
    assert found == [("release", "attack_on_withheld_numbers", True, 0)]


def test_a_guess_of_the_files_of_a_protected_partition_cannot_be_confirmed(departures: Departures) -> None:
    """A small file can be guessed. Its vintage, its checksum and its size stand nowhere, and the vintage of the same
    files is the same in the next release, but not in another home."""
    departures.protect()
    file = InputFile(name="departures.csv", bytes=918273, sha256="ab" * 32, address="mirror:departures.csv")
    vintage = InputVintage(source=PARTITION.source, wave=PARTITION.wave, vintage="fedcba987654", files=(file,))
    inputs = replace(to_publish(departures, departures.core), vintages=[vintage])
    inputs = replace(inputs, partitions=[replace(inputs.partitions[0], vintage=vintage.vintage)])
    given = []
    for name, version in (("home", "1"), ("home", "2"), ("other", "1")):
        layout = Layout(departures.folder / name)
        publish(layout, replace(inputs, software_version=version))
        manifest = read_manifest(layout.current())
        with open_release(layout.current()) as connection:
            of_numbers = connection.execute("select distinct vintage from observation").fetchall()
        assert of_numbers == [(manifest.partitions[0].vintage,)] == [(manifest.inputs[0].vintage,)]
        given.append((manifest.inputs, manifest.fingerprint))
        for place in (path for path in layout.current().rglob("*") if path.suffix in (".json", ".gz", ".csv", ".html")):
            with opened(place) as stream:
                text = stream.read().decode(errors="replace")
            assert not [each for each in (file.sha256, vintage.vintage, str(file.bytes)) if each in text], place
        assert stat.S_IMODE(layout.vintage_key().stat().st_mode) == 0o600
        assert publish(layout, replace(inputs, software_version=version)).is_new is False
        assert standing(layout, replace(inputs, software_version=version)) is not None
    assert given[0][0] == given[1][0] != given[2][0]
    assert given[0][1] != given[2][1]


def test_protection_that_is_weakened_stops_the_release(departures: Departures, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only numbers that are unsafe by themselves are withheld, and the audit of the stage looks away."""

    def weak(structure: Structure, profile: Suppression, **_: object) -> Pattern:
        unsafe = frozenset(unsafe_sets(structure, profile))
        return Pattern(structure, unsafe, unsafe)

    with monkeypatch.context() as patch:
        patch.setattr(stage, "find_pattern", weak)
        patch.setattr(stage, "audit", lambda *_, **__: [])
        departures.protect()
    layout = Layout(departures.folder / "home")
    with pytest.raises(RefusedPartitions, match="2 confidential number"):
        publish(layout, to_publish(departures, departures.core))
    assert not layout.current().exists()
    assert not [path for path in layout.releases().iterdir() if path.is_dir()]


def test_without_the_records_nothing_protected_is_published(departures: Departures) -> None:
    departures.protect()
    with pytest.raises(PublishError, match="records of a protected source are missing"):
        publish(Layout(departures.folder / "home"), to_publish(departures, None))
