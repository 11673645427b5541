"""Every number keeps its history over releases; old releases go, what they share is kept once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from release_example import brazil, candidate, inputs, uruguay

from schemas.release_rules import Keep
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.history import COLUMNS, history_rows
from warehouse.release.life import point_to, withdraw
from warehouse.release.log import read_log
from warehouse.release.manifest import verify_release
from warehouse.release.prune import prunable, prune
from warehouse.release.states import current_since, known_releases

RATE = "MST_TEAP_SEX_AGE_CBR_RT"
KEEP = Keep(once_current_days=100, held_days=10)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_structures(monkeypatch)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def release(layout: Layout, value: float, *, with_brazil: bool = True) -> str:
    """A release in which the native-born of Uruguay participate with that rate; its id."""
    rows = uruguay()
    rows[1]["obs_value"] = value
    folder = layout.home / "inputs"
    others = [candidate(folder, brazil())] if with_brazil else []
    return publish(layout, inputs([candidate(folder, rows), *others]), formats=("csv-2.0", "ml-2.1")).release_id


def of_native(layout: Layout, as_of: datetime | None = None) -> list[tuple[object, ...]]:
    """Value, revision, release, and whether it holds still, of the rate of the native-born."""
    found = [dict(zip(COLUMNS, row, strict=True)) for row in history_rows(layout, indicators=[RATE], as_of=as_of)]
    return [
        (row["obs_value"], row["revision"], row["release"], row["valid_to"] is None)
        for row in found
        if row["classif2"] == "CBR_BIR_NATIVE"
    ]


def test_a_number_has_a_row_for_each_value_that_it_had(layout: Layout) -> None:
    first, second = release(layout, 62.25), release(layout, 63.0)
    assert of_native(layout) == [(62.25, 1, first, False), (63.0, 2, second, True)]
    # The other 10 numbers are the same in both releases and have one row, of the first.
    rows = history_rows(layout)
    assert len(rows) == len(uruguay()) + len(brazil()) + 1
    moments = [moment for moment, _ in current_since(layout)]
    ended, began = (dict(zip(COLUMNS, row, strict=True)) for row in rows if row[7] in (62.25, 63.0))
    assert (ended["valid_from"], ended["valid_to"], began["valid_from"]) == (moments[0], moments[1], moments[1])


def test_numbers_as_of_any_time(layout: Layout) -> None:
    release(layout, 62.25)
    release(layout, 63.0)
    first, second = (moment for moment, _ in current_since(layout))
    assert [value for value, *_ in of_native(layout, as_of=second)] == [63.0]
    assert of_native(layout, as_of=first - timedelta(seconds=1)) == []
    if second > first:
        assert [value for value, *_ in of_native(layout, as_of=first)] == [62.25]


def test_numbers_that_vanish_end_and_come_back_as_a_revision(layout: Layout) -> None:
    release(layout, 62.25)
    release(layout, 62.25, with_brazil=False)
    assert {row[-1] is None for row in history_rows(layout, areas=["BRA"])} == {False}
    third = release(layout, 62.25)
    revisions = [(row[11], row[12]) for row in history_rows(layout, areas=["BRA"]) if row[-1] is None]
    assert revisions == [(2, third)] * len(brazil())


def test_who_goes_back_gives_the_earlier_values_once_more(layout: Layout) -> None:
    first = release(layout, 62.25)
    second = release(layout, 63.0)
    point_to(layout, first)
    assert of_native(layout) == [(62.25, 1, first, False), (63.0, 2, second, False), (62.25, 3, first, True)]


def test_numbers_of_a_withdrawn_release_are_in_no_history(layout: Layout) -> None:
    first = release(layout, 62.25)
    release(layout, 63.0)
    withdraw(layout, None, by="Ana", why="a table was confidential")
    assert of_native(layout) == [(62.25, 1, first, True)]


def test_a_history_that_was_lost_is_made_again(layout: Layout) -> None:
    release(layout, 62.25)
    release(layout, 63.0)
    kept = history_rows(layout)
    layout.history().unlink()
    release(layout, 63.0, with_brazil=False)
    assert [row[:-1] for row in history_rows(layout)] == [row[:-1] for row in kept]


def test_files_that_did_not_change_are_kept_once(layout: Layout) -> None:
    first, second = release(layout, 62.25), release(layout, 63.0)
    folders = [layout.releases() / each for each in (first, second)]
    for ending in (".v2.csv.gz", ".xml.gz"):
        name, other = f"sdmx/DF_MST_TUNE_SEX_AGE_CBR_RT{ending}", f"sdmx/DF_{RATE}{ending}"
        assert [(folder / name).stat().st_nlink for folder in folders] == [2, 2]
        assert [(folder / other).stat().st_nlink for folder in folders] == [1, 1]
    withdraw(layout, second, by="Ana", why="confidential")
    for known in known_releases(layout):
        verify_release(known.folder)
    assert (folders[0] / name).stat().st_mode & 0o777 == 0o444


def test_old_releases_go_and_their_numbers_stay_in_the_history(layout: Layout) -> None:
    first, second = release(layout, 62.25), release(layout, 63.0)
    soon, later = (datetime.now(UTC) + timedelta(days=days) for days in (99, 101))
    assert prunable(layout, KEEP, now=soon) == []
    assert [each.id for each in prune(layout, KEEP, by="ana", now=later)] == [first]
    assert [each.id for each in known_releases(layout)] == [second]
    assert [(each.release, each.state) for each in read_log(layout)][-1] == (first, "pruned")
    third = release(layout, 64.0)
    assert of_native(layout) == [(62.25, 1, first, False), (63.0, 2, second, False), (64.0, 3, third, True)]
    assert prune(layout, KEEP, by="ana", now=later + timedelta(days=1000))[0].id == second
    assert [each.id for each in known_releases(layout)] == [third]


def test_releases_of_before_the_log_are_in_the_history_and_stay_there_when_they_go(layout: Layout) -> None:
    first, second = release(layout, 62.25), release(layout, 63.0)
    layout.release_log().unlink()
    layout.history().unlink()
    prune(layout, KEEP, by="ana", now=datetime.now(UTC) + timedelta(days=101))
    third = release(layout, 64.0)
    assert of_native(layout) == [(62.25, 1, first, False), (63.0, 2, second, False), (64.0, 3, third, True)]
