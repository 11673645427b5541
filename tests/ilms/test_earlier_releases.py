"""What readers have seen of a protected partition is kept, and numbers that would tell the difference do not go out."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from guarded_register import GUARDED, Guarded
from quick_release import leave_out_structures
from three_registers import FIRST, run, states

from schemas.partition import Partition
from transforms.protect import Earlier
from warehouse.release.disclosed import DONE, keep_disclosed, known_earlier
from warehouse.release.life import reject, withdraw


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The first release."""
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        place = tmp_path_factory.mktemp("earlier")
        patch.setenv("ILMS_SOURCES", str(place / "sources"))
        guarded = Guarded.at(place)
        assert run(guarded.settings, FIRST).failed == {}
        yield guarded


@pytest.fixture
def home(first: Guarded, tmp_path: Path) -> Guarded:
    """A copy of the home after the first release."""
    shutil.copytree(first.settings.home, tmp_path / "home", symlinks=True)
    return Guarded(replace(first.settings, home=tmp_path / "home", mirror=tmp_path / "mirror"))


def test_one_record_less_leaves_the_earlier_numbers_as_they_are(home: Guarded) -> None:
    before = home.released()
    home.deliver(elsewhere=4320)
    failed = run(home.settings, FIRST).failed
    assert list(failed) == [GUARDED.key]
    assert "would have to be withheld" in str(failed[GUARDED.key])
    assert "432" not in str(failed[GUARDED.key])
    assert home.released() == before
    assert states(home.settings)[GUARDED.key][0] == "published"


def test_what_was_withheld_is_not_given_later(home: Guarded) -> None:
    """Also where the earlier release went out before such things were kept."""
    shutil.rmtree(home.settings.layout.disclosed_folder())
    withheld = {code for code, value in home.released() if value is None}
    home.deliver(elsewhere=9000, nepal=40)
    assert run(home.settings, FIRST).failed == {}
    assert {code for code, value in home.released() if value is None} >= withheld


def test_a_revision_of_many_records_replaces_the_earlier_numbers(home: Guarded) -> None:
    """And an internal release in between tells readers nothing."""
    before, kept = home.released(), home.kept()
    home.deliver(elsewhere=5000)
    assert run(home.under("internal"), FIRST).failed == {}
    assert home.kept() == kept
    assert run(home.settings, FIRST).failed == {}
    assert home.released() != before
    assert {(status, n) for _, status, n in home.kept()} >= {("C", None)}
    assert len(home.kept()) > len(before)


def test_what_readers_have_seen_is_kept_for_its_owner_alone_and_outlives_the_release(home: Guarded) -> None:
    layout = home.settings.layout
    kept = home.kept()
    assert ("C", None) in {(status, n) for _, status, n in kept}
    assert stat.S_IMODE(layout.disclosed_folder().stat().st_mode) == 0o700
    assert stat.S_IMODE(layout.disclosed(GUARDED).stat().st_mode) & 0o077 == 0
    withdraw(layout, None, by="Ana", why="a test")
    keep_disclosed(layout)
    assert home.kept() == kept
    assert len(json.loads((layout.disclosed_folder() / DONE).read_text())) == 1


def test_the_records_behind_what_readers_have_seen_are_kept_and_no_others(home: Guarded) -> None:
    layout = home.settings.layout
    kept = layout.records_told(GUARDED)
    first = [layout.current().resolve().name]
    assert [file.stem for file in kept.iterdir()] == first
    assert known_earlier(layout, GUARDED) == Earlier(layout.disclosed(GUARDED), tuple(kept.iterdir()))
    assert known_earlier(layout, Partition(FIRST, "2024")) is None, "another wave has other persons"
    assert {file.stat().st_mode & 0o077 for file in (kept, *kept.iterdir())} == {0}
    home.deliver(elsewhere=5000)
    assert run(replace(home.settings, release_rules="every_release"), FIRST).failed == {}
    reject(layout, None, by="Ana", why="a test")
    keep_disclosed(layout)
    assert [file.stem for file in kept.iterdir()] == first
