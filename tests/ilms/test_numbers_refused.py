"""Protected numbers that do not withstand the attack on a release hold up no other partition."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from guarded_register import GUARDED, WAVE, declare_guarded, deliver_flows, flows
from quick_release import leave_out_structures
from three_registers import FIRST, SECOND, ask, deliver, run, states

from ilms.pipeline import fingerprints
from ilms.pipeline.stages import run_partition
from ilms.pipeline.status import read_status
from ilms.release.publish import standing_release
from ilms.release.refused import KEPT as KEPT_REASON
from ilms.release.standing import NOT_SAID
from ilms.settings import Settings
from schemas.partition import Partition
from schemas.protection import Suppression
from transforms.protect import AttackReport, ProtectedRecords, attack_published, stage
from transforms.protect.primary import unsafe_sets
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Pattern
from warehouse.release.diff import compare_releases
from warehouse.release.inputs import KEPT
from warehouse.release.pointer import time_of
from warehouse.withdrawal import decide

WEAK, OTHER = GUARDED, Partition(SECOND, WAVE)
"""In the first, two persons are from Nepal, who follow from the total unless something else is withheld, too."""
ATTACK = "warehouse.release.confidentiality.attack_published"
OURS = f"from observation where split_part(source, ':', 2) = '{FIRST}' order by all"
TOLD = f"select classif1, obs_status, obs_value, n {OURS}"
WITHHELD = f"select count(*) from observation where obs_status = 'C' and split_part(source, ':', 2) = '{FIRST}'"


def _weak(structure: Structure, profile: Suppression, **_: object) -> Pattern:
    """Only what is unsafe by itself."""
    unsafe = frozenset(unsafe_sets(structure, profile))
    return Pattern(structure, unsafe, unsafe)


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Settings]:
    """A home of two registers that none has run in."""
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        place = tmp_path_factory.mktemp("refused")
        patch.setenv("ILMS_SOURCES", str(place / "sources"))
        settings = Settings(place / "home", place / "mirror", release_rules="none", release_profile="guarded")
        for source in (FIRST, SECOND):
            declare_guarded(place, source)
            deliver(settings, source, WAVE, 1000)
        deliver_flows(settings, flows())
        yield settings


def accept_weak(settings: Settings, folder: Path, *, software: str | None = None) -> Settings:
    """The home with numbers of the first register accepted by software that protected less."""
    house = settings if settings.home.is_relative_to(folder) else replace(settings, home=folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "find_pattern", _weak)
        patch.setattr(stage, "audit", lambda *_, **__: [])
        patch.setattr("warehouse.release.disclosed.known_earlier", lambda *_: None)
        if software:
            patch.setattr(fingerprints, "rooms_hash", lambda *_: software)
        list(run_partition(house, WEAK.key))
    return house


@pytest.fixture(scope="module")
def released(guarded: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The home after its first release, of both registers as they should be."""
    folder = tmp_path_factory.mktemp("released")
    house = replace(guarded, home=folder / "home", mirror=folder / "mirror")
    shutil.copytree(str(guarded.mirror), folder / "mirror")
    assert run(house, FIRST, SECOND).failed == {}
    return house


@pytest.fixture
def refused(released: Settings, tmp_path: Path) -> Settings:
    """A copy of that home, in which newer numbers of the first register were accepted that are not safe."""
    for name in ("home", "mirror"):
        shutil.copytree(released.home.parent / name, tmp_path / name, symlinks=True)
    house = replace(released, home=tmp_path / "home", mirror=tmp_path / "mirror")
    deliver_flows(house, flows(elsewhere=5000))
    return accept_weak(house, tmp_path)


def test_numbers_that_earlier_software_protected_are_made_anew(guarded: Settings, tmp_path: Path) -> None:
    house = accept_weak(guarded, tmp_path, software="of an earlier version")
    assert run(house, SECOND).failed == {}
    assert {key: state for key, (state, *_) in states(house).items()} == {
        WEAK.key: "published", OTHER.key: "published",
    }  # fmt: skip
    assert ask(house, WITHHELD)[0][0] > 1


def test_numbers_that_are_no_safer_anew_are_left_out_and_the_others_published(
    guarded: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = accept_weak(guarded, tmp_path)
    assert list(run(house, SECOND).failed) == [WEAK.key]
    found = states(house)
    assert {key: state for key, (state, *_) in found.items()} == {WEAK.key: "failed", OTHER.key: "published"}
    assert found[WEAK.key][-1] == f"Its last run failed at stage publish; {NOT_SAID}"
    assert ask(house, f"select count(*) from observation where split_part(source, ':', 2) = '{FIRST}'") == [(0,)]
    status = read_status(house.layout, WEAK)
    assert status is not None
    assert (status.state, status.error_kind) == ("failed", "gate")
    assert "can be worked out" in status.reason
    assert f"the release cannot take the numbers of {WEAK.key}" in caplog.text


def test_what_the_current_release_has_of_it_is_given_again(refused: Settings) -> None:
    """The register whose numbers are refused keeps those that readers know; the others are renewed."""
    before, first = ask(refused, TOLD), refused.layout.current().resolve()
    deliver(refused, SECOND, WAVE, 2000)
    outcome = run(refused, SECOND)
    assert list(outcome.failed) == [WEAK.key]
    assert "can be worked out" in outcome.failed[WEAK.key]
    assert ask(refused, TOLD) == before
    assert {note.count(KEPT) for (note,) in ask(refused, f"select note_source {OURS}")} == {1}
    state, since, reason = states(refused)[WEAK.key]
    assert (state, reason) == ("published", f"{KEPT_REASON} Its last run failed at stage publish; {NOT_SAID}")
    assert since == time_of(first.name).isoformat()
    told = compare_releases(first, outcome.publication.folder).declared
    assert f"{WEAK.key}: its numbers stand. {reason}" in told
    checks = f"select count(*) from quality_result where source = '{FIRST}' and stage = 'release' and success"
    assert ask(refused, checks) == [(1,)]


def test_what_was_refused_is_not_attacked_again_until_something_changes(
    refused: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    attacked = []

    def counted(
        rows: Path, core: Path, records: ProtectedRecords, partition: Partition, *rest: Any, **more: Any
    ) -> AttackReport:
        attacked.append(partition)
        return attack_published(rows, core, records, partition, *rest, **more)

    monkeypatch.setattr(ATTACK, counted)
    assert list(run(refused, SECOND).failed) == [WEAK.key]
    assert attacked == [WEAK]
    told, folder = ask(refused, TOLD), refused.layout.current().resolve()
    standing = standing_release(refused)
    assert standing is not None
    assert standing.folder == folder
    again = run(refused, SECOND)
    assert (list(again.failed), again.publication.is_new) == ([WEAK.key], False)
    deliver(refused, SECOND, WAVE, 2000)
    assert list(run(refused, SECOND).failed) == [WEAK.key]
    assert attacked == [WEAK, OTHER]
    assert ask(refused, TOLD) == told

    deliver_flows(refused, flows(elsewhere=6000))
    assert run(refused, FIRST).failed == {}
    assert attacked == [WEAK, OTHER, WEAK]
    assert ask(refused, TOLD) != told


def test_what_a_person_withdrew_is_not_given_again(refused: Settings) -> None:
    decide(refused.layout, WEAK, "withdrawn", by="Ana", why="a test")
    assert run(refused, SECOND).failed == {}
    assert states(refused)[WEAK.key][0] == "withdrawn"
    assert ask(refused, TOLD) == []


def test_numbers_that_are_found_unsafe_themselves_are_not_given_again(guarded: Settings, tmp_path: Path) -> None:
    """They went out when the attack knew less."""
    house = accept_weak(guarded, tmp_path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ATTACK, lambda *_, **__: AttackReport("", "", 0, ""))
        assert run(house, SECOND).failed == {}
    assert ask(house, TOLD) != []
    shutil.rmtree(house.layout.attacks_folder())
    house = replace(house, mirror=shutil.copytree(str(guarded.mirror), tmp_path / "mirror"))
    deliver(house, SECOND, WAVE, 2000)
    assert list(run(house, SECOND).failed) == [WEAK.key]
    assert ask(house, TOLD) == []
