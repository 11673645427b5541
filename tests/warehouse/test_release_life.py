"""The life of a release: a draft waits for a person when something stands against it, and nobody reads it before."""

import json
import multiprocessing
import os
import stat
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from quick_release import leave_out_structures
from release_example import brazil, candidate, inputs, quality, synthetic, uruguay, write_rows

from schemas.errors import PublishError
from schemas.release_rules import ReleaseRules, load_release_rules
from schemas.tables import QUALITY_RESULT
from warehouse.layout import Layout
from warehouse.release.build import PublishResult, publish, standing
from warehouse.release.inputs import ReleaseInputs
from warehouse.release.life import approve, finish, point_to, reject, withdraw
from warehouse.release.log import append, read_log
from warehouse.release.pointer import current_release, only_publisher
from warehouse.release.review import PAGE, PARQUET, review_text
from warehouse.release.states import LINES_ARE_GONE, known_releases, log_faults, readable_releases, release_as_of

CAREFUL = load_release_rules()
FORMATS = ("csv-2.0",)
NATIVE = 1
"""Row of the Uruguayan example: participation of the native-born."""


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    leave_out_structures(monkeypatch)


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def of_value(layout: Layout, value: float, *, with_brazil: bool = False) -> ReleaseInputs:
    """Uruguay, whose native-born participate with that rate, and Brazil if asked for."""
    rows = uruguay()
    rows[NATIVE]["obs_value"] = value
    folder = layout.home / "inputs"
    return inputs([candidate(folder, rows), *([candidate(folder, brazil())] if with_brazil else [])])


def run(layout: Layout, to_publish: ReleaseInputs, rules: ReleaseRules = CAREFUL) -> PublishResult:
    return publish(layout, to_publish, formats=FORMATS, rules=rules, by="ana")


def states(layout: Layout) -> list[str]:
    return [each.state for each in known_releases(layout)]


def current_id(layout: Layout) -> str:
    current = current_release(layout)
    assert current is not None
    return current.id


def published_value(layout: Layout) -> float:
    with duckdb.connect(str(layout.current() / "warehouse.duckdb"), read_only=True) as release:
        query = "from observation select obs_value where indicator like '%TEAP%' and classif2 = 'CBR_BIR_NATIVE'"
        return float(release.execute(query).fetchall()[0][0])


def modes(folder: Path) -> set[int]:
    return {stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.rglob("*"))}


def test_the_first_release_of_a_home_is_current_at_once(layout: Layout) -> None:
    result = run(layout, of_value(layout, 62.25))
    assert result.is_current
    assert [(entry.state, entry.by) for entry in read_log(layout)] == [("draft", "ana"), ("current", "ana")]


def test_a_small_revision_goes_out_by_itself(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    assert second.is_current
    assert states(layout) == ["superseded", "current"]
    assert [release.id for release in readable_releases(layout)] == [first.release_id, second.release_id]


def test_a_large_revision_waits_and_says_what_which_and_how_much(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 124.5))
    assert second.state == "in review"
    assert current_id(layout) == first.release_id
    assert published_value(layout) == 62.25
    of_rule = {finding.rule: finding for finding in second.findings}
    # One of nine numbers is twice what it was, and its standard error was a tenth: hand-worked.
    assert of_rule["revision"].count == 1
    assert of_rule["revision"].examples == (
        "URY BA:URY.ech MST_TEAP_SEX_AGE_CBR_RT SEX_T AGE_YTHADULT_YGE15 CBR_BIR_NATIVE 2018: "
        "62.25 -> 124.5, +100 %, +10 standard errors",
    )
    assert of_rule["many_revisions"].examples == ("BA:URY.ech 2018: 1 of 9 numbers, by +100 % at the median",)
    assert "1 of 9 numbers revised (11 %, by 100 % at the median, all upward)" in review_text(layout, second.release_id)


def test_the_same_once_more_waits_as_it_did_and_builds_nothing(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    waits = of_value(layout, 124.5)
    first = run(layout, waits)
    asked = standing(layout, waits, formats=FORMATS, rules=CAREFUL)
    again = run(layout, waits)
    assert asked == again
    assert (again.release_id, again.state, again.is_new) == (first.release_id, "in review", False)
    assert again.findings == first.findings


def test_approved_it_is_current_and_the_log_says_who_and_why(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 124.5))
    approve(layout, None, by="Ana", why="the census weights are new")
    assert current_id(layout) == draft.release_id
    assert published_value(layout) == 124.5
    last = {entry.release: entry for entry in read_log(layout)}[draft.release_id]
    assert (last.state, last.by, last.why) == ("current", "Ana", "the census weights are new")
    assert not run(layout, of_value(layout, 124.5)).is_new


def test_a_decision_without_a_reason_or_a_person_is_none(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    run(layout, of_value(layout, 124.5))
    for by, why in (("Ana", " "), ("", "because")):
        with pytest.raises(PublishError, match="needs a reason and somebody"):
            approve(layout, None, by=by, why=why)
    assert states(layout) == ["current", "in review"]


def test_rejected_numbers_do_not_come_back_with_other_news(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 62.3, with_brazil=True))
    assert [finding.rule for finding in draft.findings] == ["first_release_of_a_source"]
    reject(layout, draft.release_id, by="Ana", why="Brazil is not ready")
    assert not run(layout, of_value(layout, 62.3, with_brazil=True)).is_new
    # Without Brazil no rule would stop it, but the revision of Uruguay was in what Ana rejected.
    next_one = run(layout, of_value(layout, 62.3))
    assert [finding.rule for finding in next_one.findings] == ["held_back"]
    assert "rejected" in next_one.findings[0].said
    assert current_id(layout) == first.release_id
    assert run(layout, of_value(layout, 62.31)).is_current


def test_a_newer_draft_takes_the_place_of_one_that_waits(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    first = run(layout, of_value(layout, 124.5))
    second = run(layout, of_value(layout, 130.0))
    assert states(layout) == ["current", "superseded", "in review"]
    with pytest.raises(PublishError, match=f"is superseded .*{second.release_id} took its place"):
        approve(layout, first.release_id, by="Ana", why="late")
    approve(layout, second.release_id, by="Ana", why="new weights")
    assert published_value(layout) == 130.0


def test_a_draft_is_left_when_the_numbers_are_again_those_of_the_current_release(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    run(layout, of_value(layout, 124.5))
    assert run(layout, of_value(layout, 62.25)).is_current
    assert states(layout) == ["current", "superseded"]


def test_nobody_but_the_owner_reads_a_draft_and_everybody_what_is_current(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 124.5))
    assert modes(layout.held()) == {0o700, 0o400}
    assert stat.S_IMODE(layout.review(draft.release_id).stat().st_mode) == 0o700
    for name in ("accepted", "cells", "core", "raw", "work", "status", "data_docs"):
        assert stat.S_IMODE((layout.home / name).stat().st_mode) == 0o700
    assert [release.id for release in readable_releases(layout)] == [first.release_id]
    approve(layout, None, by="Ana", why="new weights")
    assert modes(layout.releases() / draft.release_id) == {0o755, 0o444}
    assert [path for path in layout.held().iterdir() if path.is_dir()] == []
    assert (layout.review(draft.release_id) / PAGE).stat().st_mode & 0o004


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_of_the_machine_opens_the_current_release_and_no_draft() -> None:
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        layout = Layout(Path(name) / "home")
        run(layout, of_value(layout, 62.25))
        draft = run(layout, of_value(layout, 124.5))
        os.seteuid(65534)
        try:
            assert published_value(layout) == 62.25
            for closed in (draft.folder / "manifest.json", layout.review(draft.release_id) / PAGE):
                with pytest.raises(PermissionError):
                    closed.read_bytes()
        finally:
            os.seteuid(0)


def test_an_embargo_ends_at_its_time_and_not_before(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 124.5))
    until = datetime.now(UTC) + timedelta(hours=1)
    approve(layout, None, by="Ana", why="out with the press release", until=until)
    assert run(layout, of_value(layout, 124.5)).state == "embargoed"
    assert finish(layout, now=until - timedelta(minutes=1)) == []
    assert (current_id(layout), modes(layout.held() / draft.release_id)) == (first.release_id, {0o700, 0o400})
    with only_publisher(layout):
        assert [release.id for release in finish(layout, now=until)] == [draft.release_id]
    assert published_value(layout) == 124.5


def test_numbers_under_embargo_go_out_by_no_other_release(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    run(layout, of_value(layout, 124.5))
    approve(layout, None, by="Ana", why="tomorrow", until=datetime.now(UTC) + timedelta(days=1))
    rows = uruguay()
    rows[NATIVE]["obs_value"] = 124.5
    rows[0]["obs_value"] = 62.41
    later = run(layout, inputs([candidate(layout.home / "inputs", rows)]), load_release_rules("none"))
    assert later.state == "in review"
    assert [finding.rule for finding in later.findings] == ["held_back"]


def test_a_withdrawn_release_can_no_longer_be_read_and_the_one_before_is_current(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    now = withdraw(layout, None, by="Ana", why="a table was confidential")
    assert now is not None
    assert now.id == first.release_id == current_id(layout)
    assert [release.id for release in readable_releases(layout)] == [first.release_id]
    # What it shares with the release before it can be read there, but nobody enters its own folder.
    assert modes(layout.held() / second.release_id) == {0o700, 0o400, 0o444}
    assert run(layout, of_value(layout, 62.3)).state == "withdrawn"
    assert current_id(layout) == first.release_id


def test_the_release_of_any_time(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    append(layout, first.release_id, "current", by="", why="then", at=datetime(2020, 1, 1, tzinfo=UTC))
    second = run(layout, of_value(layout, 62.3))
    then = release_as_of(layout, datetime(2021, 1, 1, tzinfo=UTC))
    now = release_as_of(layout, datetime.now(UTC))
    assert then is not None
    assert now is not None
    assert (then.id, now.id) == (first.release_id, second.release_id)
    assert release_as_of(layout, datetime(2019, 1, 1, tzinfo=UTC)) is None


def test_a_home_of_before_the_log_goes_on_working(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    layout.release_log().unlink()
    assert states(layout) == ["superseded", "current"]
    assert not run(layout, of_value(layout, 62.3)).is_new
    point_to(layout, first.release_id, by="Ana")
    assert not run(layout, of_value(layout, 62.3)).is_new
    assert current_id(layout) == first.release_id
    point_to(layout, second.release_id, by="Ana")
    assert run(layout, of_value(layout, 124.5)).state == "in review"


def test_before_the_log_a_curator_went_back_and_it_stays_so(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    point_to(layout, first.release_id)
    layout.release_log().unlink()
    (layout.releases() / "withdrawn.json").write_text(json.dumps([second.release_id]))
    assert not run(layout, of_value(layout, 62.3)).is_new
    assert current_id(layout) == first.release_id


def append_many(home: Path, by: str) -> None:
    for number in range(40):
        append(Layout(home), f"release {number}", "draft", by=by, why="all at once" * 100)


def test_two_at_once_leave_whole_lines_one_after_the_other(layout: Layout) -> None:
    both = [multiprocessing.get_context("fork").Process(target=append_many, args=(layout.home, by)) for by in "ab"]
    for process in both:
        process.start()
    for process in both:
        process.join()
    assert [entry.by for entry in read_log(layout)].count("a") == 40
    assert len(read_log(layout)) == 80
    assert log_faults(layout) == []


def test_what_a_killed_process_left_of_a_line_is_no_line(layout: Layout) -> None:
    append(layout, "one", "draft", by="ana", why="first")
    with layout.release_log().open("ab") as stream:
        stream.write(b'{"release":"two","sta')
    assert [entry.release for entry in read_log(layout)] == ["one"]
    append(layout, "three", "draft", by="ana", why="third")
    assert [entry.release for entry in read_log(layout)] == ["one", "three"]
    assert log_faults(layout) == []


@pytest.mark.parametrize("edit", [("Ana", "Eve"), ('"first', '"never')])
def test_a_line_changed_afterwards_shows(layout: Layout, edit: tuple[str, str]) -> None:
    for why in ("first", "second"):
        append(layout, why, "draft", by="Ana", why=why)
    text = layout.release_log().read_text(encoding="utf-8")
    layout.release_log().write_text(text.replace(*edit, 1), encoding="utf-8")
    assert [fault[:7] for fault in log_faults(layout)] == ["line 2 "]


def test_a_log_that_was_deleted_shows_by_the_releases_that_were_made_when_it_was_there(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    assert log_faults(layout) == []
    whole = layout.release_log().read_bytes()
    layout.release_log().unlink()
    assert log_faults(layout) == [
        f"its lines of {first.release_id} are gone",
        f"the line that was its last one when {second.release_id} was made is gone",
    ]
    assert {(each.id, each.state, each.last.why) for each in known_releases(layout)} == {
        (first.release_id, "superseded", LINES_ARE_GONE),
        (second.release_id, "current", LINES_ARE_GONE),
    }
    # A new log does not take the place of the old one, nor does one that is cut off at its end.
    append(layout, second.release_id, "current", by="Eve", why="as ever")
    assert f"its lines of {first.release_id} are gone" in log_faults(layout)
    layout.release_log().write_bytes(whole[: whole.index(b"\n") + 1])
    assert len(log_faults(layout)) == 1
    layout.release_log().write_bytes(whole)
    assert log_faults(layout) == []


def test_a_warning_of_the_gate_stands_against_a_draft_once(layout: Layout) -> None:
    folder = layout.home / "inputs"
    run(layout, of_value(layout, 62.25))
    warning = [quality("URY.ech", "2018", success=False, severity="warning")]
    with_warning = (write_rows(folder / "warned.parquet", QUALITY_RESULT, warning),)
    draft = run(layout, inputs([candidate(folder, uruguay(), quality=with_warning)]))
    assert [(finding.rule, finding.examples) for finding in draft.findings] == [
        ("warning_of_the_gate", ("URY.ech|2018: weights are positive (7 of 1,294)",))
    ]
    approve(layout, None, by="Ana", why="known")
    rows = uruguay()
    rows[NATIVE]["obs_value"] = 62.3
    assert run(layout, inputs([candidate(folder, rows, quality=with_warning)])).is_current


def test_a_lost_source_is_found_as_coverage_and_series_unless_a_person_withdrew_it(layout: Layout) -> None:
    folder = layout.home / "inputs"
    both = [candidate(folder, uruguay()), candidate(folder, brazil())]
    run(layout, inputs(both))
    draft = run(layout, inputs(both[:1]))
    assert {finding.rule: finding.count for finding in draft.findings} == {"coverage_lost": 1, "series_vanished": 2}
    assert draft.findings[0].examples == ("BA:BRA.pnadc 2017Q4: 2 of 2 numbers",)
    decided = candidate(folder, brazil(), state="withdrawn", cells=None, reason="Withdrawn by Ana.")
    assert run(layout, inputs([both[0], decided])).is_current


def test_a_jump_from_one_period_to_the_next_is_found_in_new_numbers_alone(layout: Layout) -> None:
    folder = layout.home / "inputs"
    earlier = [row | {"time": "2017", "wave": "2017", "se": 0.5} for row in uruguay()[:3]]
    earlier[2]["obs_value"] = 7.0  # a tenth, but of 14 persons
    before = candidate(folder, earlier)
    # From 30 to 62.25 per cent: more than twice, and more than 30 standard errors of the difference.
    before_low = candidate(folder / "low", [earlier[0], earlier[1] | {"obs_value": 30.0}, earlier[2]])
    now = [row | {"se": 0.5} for row in uruguay()]
    run(layout, inputs([before]))
    assert run(layout, inputs([before, candidate(folder, now)])).is_current
    other = Layout(layout.home / "other")
    run(other, inputs([before_low]))
    draft = run(other, inputs([before_low, candidate(folder, now)]))
    (jump,) = draft.findings
    assert jump.rule == "jump"
    assert ": 30 in 2017 -> 62.25 in 2018, +108 %, +45.6 standard errors" in jump.examples[0]


def test_every_release_waits_where_that_is_declared_and_a_synthetic_source_may_come_by_other_rules(
    layout: Layout,
) -> None:
    folder = layout.home / "inputs"
    every = load_release_rules("every_release")
    assert run(layout, of_value(layout, 62.25), every).state == "in review"
    assert run(layout, of_value(layout, 62.25)).is_current
    both = inputs([candidate(folder, uruguay()), candidate(folder, synthetic())])
    assert run(layout, both, every).findings[0].rule == "every_release"
    assert run(layout, both).is_current


def test_every_differing_number_is_kept_with_the_draft(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 124.5))
    file = layout.review(draft.release_id) / PARQUET
    assert duckdb.execute(f"select value_before, value_after from '{file}'").fetchall() == [(62.25, 124.5)]


def test_what_a_process_killed_before_its_last_line_had_done_is_logged_by_the_next(layout: Layout) -> None:
    first = run(layout, of_value(layout, 62.25))
    second = run(layout, of_value(layout, 62.3))
    lines = layout.release_log().read_text(encoding="utf-8").splitlines(keepends=True)
    last = [json.loads(line)["state"] for line in lines]
    assert last == ["draft", "current", "draft", "current", "superseded"]
    layout.release_log().write_text("".join(lines[:3]), encoding="utf-8")
    assert [release.id for release in readable_releases(layout)] == [first.release_id, second.release_id]
    assert run(layout, of_value(layout, 62.3)).is_current
    assert [(entry.release, entry.state) for entry in read_log(layout)][3:] == [(second.release_id, "current")]
    assert states(layout) == ["superseded", "current"]


def test_a_damaged_release_under_embargo_stays_closed_and_holds_up_no_other(layout: Layout) -> None:
    run(layout, of_value(layout, 62.25))
    draft = run(layout, of_value(layout, 124.5))
    until = datetime.now(UTC) + timedelta(hours=1)
    approve(layout, None, by="Ana", why="at nine", until=until)
    (layout.held() / draft.release_id / "observation.parquet").unlink()
    assert finish(layout, now=until) == []
    assert run(layout, of_value(layout, 62.3)).is_current
