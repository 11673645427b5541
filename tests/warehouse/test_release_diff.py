"""Two releases compared: the curator sees what is new, gone, revised or flagged, the largest revision first."""

from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_example import brazil, candidate, example, inputs, synthetic, uruguay

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.diff import COUNTED, compare_releases
from warehouse.release.manifest import InputFile, InputVintage
from warehouse.release.report import as_markdown, as_page, sections
from warehouse.release.rules.base import Finding

TOTAL, NATIVE, FOREIGN = 0, 1, 2
"""Rows of the Uruguayan example: participation of everybody, of the native-born, of the foreign-born."""


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return publish(Layout(tmp_path / "one"), example(tmp_path / "one" / "inputs")).folder


def second(tmp_path: Path, rows: list[dict[str, Any]]) -> Path:
    """A release in which Uruguay has other rows, Brazil the same, and the synthetic country none."""
    folder = tmp_path / "two" / "inputs"
    return publish(Layout(tmp_path / "two"), inputs([candidate(folder, rows), candidate(folder, brazil())])).folder


def test_a_release_is_the_same_as_itself(first: Path) -> None:
    assert compare_releases(first, first).is_empty


def test_every_kind_of_difference_is_counted_by_source_and_period(first: Path, tmp_path: Path) -> None:
    rows = uruguay()
    rows[NATIVE]["obs_value"] = 124.5
    rows[FOREIGN]["obs_status"] = "B"
    rows[FOREIGN]["note_classif"] = "Another note"
    rows[TOTAL]["se"] = 1.0
    gone = rows.pop()
    new = gone | {"classif2": "CBR_BIR_NATIVE", "sex": "SEX_F"}
    difference = compare_releases(first, second(tmp_path, [*rows, new]))
    found = {
        (each.compared, each.source, each.time): dict(zip(COUNTED, each.counts, strict=True))
        for each in difference.sources
    }
    assert found == {
        ("observation", "BA:URY.ech", "2018"): {
            "new": 1,
            "vanished": 1,
            "value_changed": 1,
            "status_changed": 1,
            "newly_flagged": 1,
            "newly_withheld": 0,
            "reliability_changed": 1,
            "notes_changed": 1,
        },
        ("observation", "BA:ZZZ.synthetic", "2024Q1"): dict.fromkeys(COUNTED, 0) | {"vanished": len(synthetic())},
    }


def test_the_largest_revision_comes_first_in_three_measures(first: Path, tmp_path: Path) -> None:
    rows = uruguay()
    rows[TOTAL]["obs_value"] = 62.5
    rows[NATIVE]["obs_value"] = 124.5
    native, total = compare_releases(first, second(tmp_path, rows)).largest
    assert (native.before, native.after) == (62.25, 124.5)
    # Twice the value, whose standard error was a tenth of it: hand-worked.
    assert native.relative == pytest.approx(100)
    assert native.in_errors == pytest.approx(10)
    assert native.key.endswith("CBR_BIR_NATIVE 2018")
    assert total.relative == pytest.approx(100 * 0.1 / 62.4)


def test_every_differing_observation_is_written_for_other_tools(first: Path, tmp_path: Path) -> None:
    rows = uruguay()
    rows[NATIVE]["obs_value"] = 124.5
    file = tmp_path / "difference.parquet"
    compare_releases(first, second(tmp_path, rows), parquet=file)
    kept = duckdb.execute(f"select change, value_before, value_after from '{file}' order by all").fetchall()
    assert kept[0] == ("changed", 62.25, 124.5)
    assert [change for change, *_ in kept[1:]] == ["vanished"] * len(synthetic())


def test_statuses_notes_and_coverage_are_told(first: Path, tmp_path: Path) -> None:
    rows = uruguay()
    rows[NATIVE]["obs_status"] = "S"
    for row in rows:
        row["note_source"] = "Quality: <b>half</b> | the sample"
    without_unemployment = [row for row in rows if "TUNE" not in row["indicator"]]
    difference = compare_releases(first, second(tmp_path, without_unemployment))
    assert [(each.before, each.after, each.numbers) for each in difference.statuses] == [("", "S", 1)]
    lost = {(each.source, each.indicator): each.numbers for each in difference.coverage if each.change == "lost"}
    assert lost == {("BA:URY.ech", "MST_TUNE_SEX_AGE_CBR_RT"): 2, ("BA:ZZZ.synthetic", "MST_TEAP_SEX_AGE_CCT_RT"): 2}
    notes = {(each.change, each.note): each.numbers for each in difference.notes}
    assert notes == {
        ("removed", "Geographical coverage: a sample of 1,294 records"): 7,
        ("added", "Quality: <b>half</b>"): 7,
        ("added", "the sample"): 7,
    }
    assert "ZZZ.synthetic|2024-Q1: published -> not there" in difference.declared


def test_a_page_and_markdown_hold_texts_as_they_are(first: Path, tmp_path: Path) -> None:
    rows = uruguay()
    for row in rows:
        row["note_source"] = "Quality: <b>half</b>"
    found = sections(compare_releases(first, second(tmp_path, rows)), [Finding("jump", "3 of a | b", 1, ("<i>x</i>",))])
    page, markdown = as_page("a -> b", found), "\n".join(as_markdown(found))
    assert "&lt;b&gt;half" in page
    assert "<b>half" not in page
    assert "<title>a -&gt; b</title>" in page
    assert '<td class="number">9</td>' in page
    assert "<td>3 of a | b</td>" in page
    assert r"a \| b" in markdown


def test_other_files_of_a_wave_are_named(first: Path, tmp_path: Path) -> None:
    files = (InputFile(name="ech.sav", bytes=13, sha256="f" * 64), InputFile(name="more.sav", bytes=1, sha256="e" * 64))
    later = InputVintage(source="URY.ech", wave="2018", vintage="ffffffffffff", files=files)
    other = publish(Layout(tmp_path / "two"), example(tmp_path / "two" / "inputs", vintages=[later])).folder
    said = "URY.ech|2018: other files (0123456789ab -> ffffffffffff): "
    assert f"{said}ech.sav changed (12 -> 13 bytes), more.sav is new" in compare_releases(first, other).declared


def test_a_folder_without_a_release_is_no_release(first: Path, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match="no release here"):
        compare_releases(first, tmp_path)
