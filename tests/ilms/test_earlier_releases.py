"""What readers have seen of a protected partition is kept, and numbers that would tell the difference do not go out."""

from __future__ import annotations

import json
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures
from three_registers import FIRST, declare, run, states

from ilms.settings import Settings
from schemas.errors import GateError
from schemas.partition import Partition
from transforms.protect import respect_earlier
from warehouse.release.disclosed import DONE, keep_disclosed
from warehouse.release.life import withdraw

WAVE = "2023"
PARTITION = Partition(FIRST, WAVE)
FLOWS = "Nationality,Permits\nNepal,2\nElsewhere,{elsewhere}\nUnknown,30\n"
"""Two persons from Nepal, so few that a guarded release withholds them."""


@dataclass
class Guarded:
    """A home of a register that is released under the profile `guarded`."""

    settings: Settings

    def deliver(self, elsewhere: int, nepal: int = 2) -> None:
        """The producer's file, with so many permits of persons from elsewhere and from Nepal."""
        assert self.settings.mirror is not None
        place = self.settings.mirror / FIRST / f"{WAVE}.csv"
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(FLOWS.format(elsewhere=elsewhere).replace("Nepal,2", f"Nepal,{nepal}"))

    def released(self) -> list[tuple[str, float | None]]:
        """The numbers of the current release by nationality."""
        database = self.settings.layout.current() / "warehouse.duckdb"
        with duckdb.connect(str(database), read_only=True) as connection:
            return connection.execute("select classif1, obs_value from observation order by 1").fetchall()

    def kept(self) -> list[tuple[str, str, int | None]]:
        """What is kept of what releases told."""
        file = self.settings.layout.disclosed(PARTITION)
        query = f"select classif1, obs_status, n from read_parquet('{file}') order by all"
        return duckdb.execute(query).fetchall()


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Guarded]:
    """The first release."""
    with pytest.MonkeyPatch.context() as patch:
        leave_out_structures(patch)
        place = tmp_path_factory.mktemp("earlier")
        patch.setenv("ILMS_SOURCES", str(place / "sources"))
        folder = declare(place, FIRST, waves=(WAVE,), maximum_unknown_share=0.5)
        with (folder / "code_maps.csv").open("a") as codes:
            codes.write("nationality,Unknown,unknown,\n")
        guarded = Guarded(Settings(place / "home", place / "mirror", release_rules="none", release_profile="guarded"))
        guarded.deliver(elsewhere=4321)
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
    assert list(failed) == [PARTITION.key]
    assert "count(s) differ from it by fewer than 3" in str(failed[PARTITION.key])
    assert "432" not in str(failed[PARTITION.key])
    assert home.released() == before
    assert states(home.settings)[PARTITION.key][0] == "published"


def test_what_was_withheld_is_not_given_later_nor_the_other_way_round(home: Guarded) -> None:
    """Also where the earlier release went out before such things were kept."""
    shutil.rmtree(home.settings.layout.disclosed_folder())
    home.deliver(elsewhere=9000, nepal=40)
    assert "withheld here and were given in an earlier release, or the other way" in str(
        run(home.settings, FIRST).failed[PARTITION.key]
    )


def test_a_revision_of_many_records_replaces_the_earlier_numbers(home: Guarded) -> None:
    """And an internal release in between tells readers nothing."""
    before, kept = home.released(), home.kept()
    home.deliver(elsewhere=5000)
    assert run(replace(home.settings, release_profile="internal"), FIRST).failed == {}
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
    assert stat.S_IMODE(layout.disclosed(PARTITION).stat().st_mode) & 0o077 == 0
    withdraw(layout, None, by="Ana", why="a test")
    keep_disclosed(layout)
    assert home.kept() == kept
    assert len(json.loads((layout.disclosed_folder() / DONE).read_text())) == 1


def test_the_release_itself_is_compared_too(home: Guarded, tmp_path: Path) -> None:
    """Numbers may have been accepted before the earlier release went out."""
    layout = home.settings.layout
    with duckdb.connect(str(layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        changed = tmp_path / "changed.parquet"
        connection.execute(f"copy (select * replace (n - 1 as n) from observation) to '{changed}' (format parquet)")
    with duckdb.connect() as connection, pytest.raises(GateError, match="compares the releases"):
        respect_earlier(connection, changed, layout.disclosed(PARTITION), PARTITION, "suppression_of_registers")
