"""What is made under one release profile never reaches a release of another: an office may look at all its numbers in
the home from which it publishes protected ones."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest
from guarded_register import GUARDED, WAVE, declare_guarded, deliver_flows, flows
from quick_release import leave_out_structures
from three_registers import FIRST, declare, run

from expectations.checks import NOT_SHOWN
from ilms.authoring.check import check_source
from ilms.commands.releases import chosen_release, release_lines
from ilms.pipeline.estimates import NOT_TOLD, notes_of_records
from ilms.pipeline.fingerprints import core_mark
from ilms.release.decisions import waiting
from ilms.release.standing import NOT_SAID
from ilms.settings import Settings
from schemas.errors import PublishError
from schemas.loader import load_runnable
from schemas.release_profiles import EXPERIMENTAL
from warehouse.release.history import history_rows
from warehouse.release.life import point_to
from warehouse.release.manifest import read_manifest
from warehouse.release.quality import REPORT, REPORTS
from warehouse.release.quality.page import NO_EARLIER
from warehouse.release.quality.words import ReportWords
from warehouse.release.states import readable_releases, require_shown, shown_release
from warehouse.service.limits import Limits
from warehouse.service.shelf import Shelf

FLOWS = flows(unknown=3)
"""Three of whom no nationality is known: in an internal release, a check of the gate counts them."""
WITHHELD = "select count(*) from observation where obs_status = 'C'"
VINTAGE_KEY = "vintage.key"
"""The secret by which a guarded release names the files it is made of."""
TIMES_AND_NAMES = {"release_id", "created_at", "files", "fingerprint", "inputs", "log"}


@dataclass(frozen=True)
class Homes:
    """Two homes of the same register, with the same secret: one ran `internal` and then `guarded`, the other the other
    way round."""

    internal_first: Settings
    guarded_first: Settings
    releases: dict[tuple[str, str], Path]


@pytest.fixture(scope="module")
def homes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homes]:
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        folder = tmp_path_factory.mktemp("profiles")
        patch.setenv("ILMS_SOURCES", str(folder / "sources"))
        declare_guarded(folder, maximum_unknown_share=0.0001)
        base = Settings(home=folder / "first", mirror=folder / "mirror", release_rules="none")
        deliver_flows(base, FLOWS)
        first, second = base, replace(base, home=folder / "second")
        releases = {}
        for settings, profiles in ((first, ("internal", "guarded")), (second, ("guarded", "internal"))):
            for profile in profiles:
                outcome = run(replace(settings, release_profile=profile), FIRST)
                assert outcome.failed == {}
                releases[settings.home.name, profile] = outcome.publication.folder
            if settings is first:
                shutil.copytree(first.home, second.home, ignore=lambda _, names: {*names} - {VINTAGE_KEY})
        yield Homes(replace(first, release_profile="guarded"), replace(second, release_profile="guarded"), releases)


def tables(release: Path) -> dict[str, list[tuple[object, ...]]]:
    """Every table of a release, but for the times of its fetch."""
    with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
        names = [name for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall()]
        return {name: connection.execute(f"from {name} order by all").fetchall() for name in names}


@pytest.mark.parametrize("profile", ["guarded", "internal"])
def test_a_release_is_that_of_a_fresh_home_whatever_was_run_before(homes: Homes, profile: str) -> None:
    one, other = homes.releases["first", profile], homes.releases["second", profile]
    assert tables(one) == tables(other)
    manifests = [json.loads((folder / "manifest.json").read_text()) for folder in (one, other)]
    same = [{name: each[name] for name in each.keys() - TIMES_AND_NAMES} for each in manifests]
    assert same[0] == same[1]
    for name in manifests[0]["files"]:
        if name.endswith((".parquet", ".html", ".csv")) and name not in REPORTS.values():
            assert (one / name).read_bytes() == (other / name).read_bytes(), name


def test_a_guarded_quality_report_is_not_compared_with_an_internal_release(homes: Homes) -> None:
    """It is that of a fresh home, where there was none to compare with, but for its own id and time."""
    pages = []
    for home in ("first", "second"):
        folder = homes.releases[home, "guarded"]
        page = (folder / REPORT).read_text().replace(folder.name, "")
        pages.append(re.sub("made on [0-9: -]+UTC", "", page))
    assert pages[0] == pages[1]
    assert ReportWords("en")(NO_EARLIER) in pages[0]
    later = (homes.releases["second", "internal"] / REPORT).read_text()
    assert f"Compared with release {homes.releases['second', 'guarded'].name}" in later


def test_no_count_of_records_stands_in_a_guarded_release(homes: Homes) -> None:
    with duckdb.connect(str(homes.releases["first", "guarded"] / "warehouse.duckdb"), read_only=True) as connection:
        assert connection.execute(WITHHELD).fetchall()[0][0] > 0
        counted = "select distinct observed from quality_result where stage <> 'release' and observed <> ''"
        assert connection.execute(counted).fetchall() == [(NOT_SHOWN,)]
        counts = "select count(checked), count(unexpected) from quality_result where stage <> 'release'"
        assert connection.execute(counts).fetchall() == [(0, 0)]
        assert connection.execute("select distinct persons from partition").fetchall() == [(None,)]
        notes = connection.execute("select distinct note_source from observation").fetchall()
    with duckdb.connect(str(homes.releases["first", "internal"] / "warehouse.duckdb"), read_only=True) as connection:
        seen = connection.execute("select count(unexpected) from quality_result").fetchall()[0][0]
    assert seen > 0
    assert all(EXPERIMENTAL in note for (note,) in notes)


def test_a_remark_of_harmonising_tells_no_count_of_a_confidential_source(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor does what was kept before the source became confidential: its records are then harmonised anew."""
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    remarks = ["sex: 2 record(s) with a code that no map has ('7') count as unknown", "Gibraltar counts as abroad"]
    marks = []
    for protection, told in (("none", remarks), ("suppression_of_registers", [NOT_TOLD, remarks[1]])):
        declare(tmp_path, FIRST, waves=(WAVE,), protection=protection)
        source = load_runnable(FIRST)
        assert notes_of_records(source, remarks) == told
        marks.append(core_mark(source, GUARDED, "vintage"))
    assert marks[0] != marks[1]


def test_the_gate_of_a_guarded_partition_finds_the_same_whatever_came_before(homes: Homes, tmp_path: Path) -> None:
    """Neither vintages accepted before nor a delivery that failed changes a result of the gate, or tells a count."""
    shutil.copytree(homes.guarded_first.home, tmp_path / "home", symlinks=True)
    settings = replace(homes.guarded_first, home=tmp_path / "home", mirror=tmp_path / "mirror")
    gate = "from quality_result where stage <> 'release' and belongs_to = 'published' order by all"

    def deliver(text: str) -> dict[str, list[tuple[object, ...]]]:
        deliver_flows(settings, text)
        release = run(settings, FIRST).publication.folder
        with duckdb.connect(str(release / "warehouse.duckdb"), read_only=True) as connection:
            queries = {"gate": gate, "told": "select reason from partition where source = 'KIR.permits'"}
            return {name: connection.execute(query).fetchall() for name, query in queries.items()}

    before = deliver(FLOWS)
    ruined = deliver(f"{FLOWS}Atlantis,17\n")
    assert ruined["gate"] == before["gate"]
    assert ruined["told"] == [(f"Its last run failed at stage harmonise; {NOT_SAID}",)]
    revised = deliver(flows(elsewhere=4392, unknown=3))
    assert revised["gate"] == before["gate"]
    assert revised["told"] == [("",)]


def test_a_guarded_home_neither_goes_back_to_nor_compares_nor_shows_an_internal_release(homes: Homes) -> None:
    layout = homes.guarded_first.layout
    internal, guarded = (homes.releases["second", each].name for each in ("internal", "guarded"))
    with pytest.raises(PublishError, match="made under the profile 'internal', and this is 'guarded'") as refused:
        point_to(layout, internal)
    assert "ILMS_RELEASE_PROFILE=internal" in refused.value.remedy
    assert layout.current().resolve().name == internal
    assert [each.id for each in readable_releases(layout)] == [guarded]
    shown = shown_release(layout)
    assert shown and shown.id == guarded
    assert chosen_release(layout, None).name == guarded
    with pytest.raises(PublishError, match="made under the profile"):
        require_shown(layout, chosen_release(layout, internal))
    with pytest.raises(PublishError, match="made under the profile"):
        waiting(layout, internal)
    assert {row[-3] for row in history_rows(layout)} == {guarded}


def test_the_service_of_a_guarded_home_never_serves_an_internal_release(homes: Homes) -> None:
    internal, guarded = (homes.releases["second", each].name for each in ("internal", "guarded"))
    shelf = Shelf(homes.guarded_first.layout, Limits())
    try:
        with shelf.hold() as held:
            assert held.release.id == guarded
        assert [release for _, release in shelf.current_since()] == [guarded]
        with pytest.raises(Exception, match="No release was current then"), shelf.hold(internal):
            pass
    finally:
        shelf.close()


def test_the_list_of_releases_names_profiles_and_says_that_protection_is_experimental(homes: Homes) -> None:
    lines = list(release_lines(homes.internal_first.layout))
    guarded, internal = (homes.releases["first", each].name for each in ("guarded", "internal"))
    assert [line.split()[:2] for line in lines[:2]] == [[guarded, "guarded"], [internal, "internal"]]
    others = [line for line in lines[2:] if not line.startswith("Quality report of ")]
    assert others == [f"{guarded}: {EXPERIMENTAL}"]
    assert EXPERIMENTAL in (homes.releases["first", "guarded"] / "availability.html").read_text()
    assert EXPERIMENTAL not in (homes.releases["first", "internal"] / "availability.html").read_text()


def test_whoever_declares_protection_is_told_that_it_is_experimental(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    for protection, told in (("none", []), ("cell_key", [f"its protection is 'cell_key'. {EXPERIMENTAL}"])):
        declare(tmp_path, FIRST, protection=protection)
        assert [line for line in check_source(FIRST) if line.startswith("its protection")] == told


def test_only_its_owner_may_read_an_internal_release(homes: Homes) -> None:
    internal, guarded = (homes.releases["first", each] for each in ("internal", "guarded"))
    assert internal.stat().st_mode & 0o777 == 0o700
    assert {file.stat().st_mode & 0o777 for file in internal.iterdir() if file.is_file()} == {0o400}
    assert guarded.stat().st_mode & 0o777 == 0o755
    assert {file.stat().st_mode & 0o777 for file in guarded.iterdir() if file.is_file()} == {0o444}
    history = homes.internal_first.layout.history()
    assert history.stat().st_mode & 0o777 == 0o644
    assert replace(homes.internal_first.layout, release_profile="internal").history().stat().st_mode & 0o777 == 0o600
    assert read_manifest(guarded).release_profile == "guarded"


def test_nobody_but_the_owner_may_read_records_and_what_is_made_of_them(homes: Homes) -> None:
    home = homes.internal_first.home
    for room in ("raw", "work", "disclosed", "release_profiles"):
        paths = [home / room, *(home / room).rglob("*")]
        assert len(paths) > 1 or room == "work"
        assert [path for path in paths if path.stat().st_mode & 0o077] == []
