"""Protected numbers that do not withstand the attack on a release hold up no other partition."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from three_registers import FIRST, SECOND, ask, declare, deliver, run, states

from ilms.pipeline import fingerprints
from ilms.pipeline.stages import run_partition
from ilms.pipeline.status import read_status
from ilms.release.standing import NOT_SAID
from ilms.settings import Settings
from schemas.partition import Partition
from schemas.protection import Suppression
from transforms.protect import stage
from transforms.protect.primary import unsafe_sets
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Pattern

WAVE = "2023"
WEAK = Partition(FIRST, WAVE)
OTHER = Partition(SECOND, WAVE)
FLOWS = "Nationality,Permits\nNepal,2\nElsewhere,4321\nUnknown,30\n"
"""Two persons from Nepal, who follow from the total unless something else is withheld, too."""
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
            folder = declare(place, source, waves=(WAVE,), maximum_unknown_share=0.5)
            with (folder / "code_maps.csv").open("a") as codes:
                codes.write("nationality,Unknown,unknown,\n")
            deliver(settings, source, WAVE, 1000)
        (place / "mirror" / FIRST / f"{WAVE}.csv").write_text(FLOWS)
        yield settings


def accept_weak(settings: Settings, folder: Path, *, software: str | None = None) -> Settings:
    """The home with numbers of the first register accepted by software that protected less."""
    house = replace(settings, home=folder / "home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stage, "find_pattern", _weak)
        patch.setattr(stage, "audit", lambda *_, **__: [])
        if software:
            patch.setattr(fingerprints, "rooms_hash", lambda *_: software)
        list(run_partition(house, WEAK.key))
    return house


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
    assert f"{WEAK.key} is left out of the release" in caplog.text
