"""Numbers of a survey beside figures that others publish: what agrees, what differs, and where it is said."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_example import Row, candidate, cell, example, inputs, uruguay

from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.agreement import compare_with_figures, compared_sources
from warehouse.release.build import publish
from warehouse.release.checked import ReleaseCheck
from warehouse.release.database import open_release
from warehouse.release.facts import load_cells
from warehouse.release.inputs import DeclaredFigure
from warehouse.release.manifest import ComparedSource, read_manifest
from warehouse.release.precedence import rank_partitions, settle_precedence

EMPLOYED = "MST_TEMP_SEX_AGE_CCT_NB"
OURS, THEIRS = Partition("ESP.epf", "2022"), Partition("X01.lfs", "2022")
WORKING_AGE, FOREIGN, CITIZENS = "AGE_YTHADULT_Y15-64", "CCT_CIT_NONCIT", "CCT_CIT_CITIZEN"


def employed(of: Partition, value: float | None, se: float | None, classif2: str = FOREIGN, **other: Any) -> Row:
    row = cell(of, EMPLOYED, classif2, 0.0, 1398, classif1=WORKING_AGE, ref_area="ESP") | {"obs_value": value, "se": se}
    return row | {"obs_status": ""} | other


def figure(value: float | None = 2678.4, **other: Any) -> DeclaredFigure:
    facts: dict[str, Any] = {
        "partition": OURS,
        "indicator": EMPLOYED,
        "sex": "SEX_T",
        "classif1": WORKING_AGE,
        "classif2": FOREIGN,
        "published": "",
        "published_by": "Eurostat",
        "value": value,
        "se": None,
        "per_cent": 5.0,
        "errors": 3.0,
        "beyond": "note",
        "because": "it is weighted to the population, not to foreigners",
    }
    return DeclaredFigure(**(facts | other))


def compared(
    folder: Path, ours: list[Row], figures: list[DeclaredFigure], theirs: tuple[Row, ...] = (), **item: Any
) -> tuple[list[dict[str, Any]], list[Row], tuple[ReleaseCheck, ...]]:
    """The rows of the table, the numbers of ours as they are then, and the checks."""
    partitions = [candidate(folder, ours, **item)]
    partitions += [candidate(folder, list(theirs), worldwide=True)] if theirs else []
    with duckdb.connect() as connection:
        load_cells(connection, partitions)
        rank_partitions(connection, partitions)
        settle_precedence(connection, partitions)
        checks = compare_with_figures(connection, partitions, figures)
        rows = connection.sql("from agreement_with_published_figures").to_arrow_table().to_pylist()
        cells = connection.sql("from cell where partition_number = 0 order by all").to_arrow_table().to_pylist()
    return rows, cells, checks


def test_a_fifth_fewer_employed_foreigners_than_in_the_labour_force_survey_say_so(tmp_path: Path) -> None:
    """The household budget survey of Spain and Eurostat's figure of 2022, in thousands."""
    ours = [
        employed(OURS, 2082.0, 93.3),
        employed(OURS, 900.0, 60.0, sex="SEX_F"),
        employed(OURS, 18_264.8, 170.0, CITIZENS),
    ]
    from_source = figure(None, published="X01.lfs")
    rows, cells, checks = compared(tmp_path, ours, [from_source], (employed(THEIRS, 2678.4, None),))
    (row,) = rows
    assert (row["obs_value"], row["published_value"], row["published_in"], row["verdict"]) == (
        2082.0,
        2678.4,
        "X01.lfs",
        "differs",
    )
    assert (round(row["difference_percent"], 1), round(row["difference_errors"], 1)) == (-22.3, -6.4)
    said = (
        "Eurostat publishes 2,678.4 where 2,082.0 stands here, 22.3 per cent less and 6.4 standard errors; "
        "it is weighted to the population, not to foreigners"
    )
    assert {(each["classif2"], each["sex"]): each["note_classif"] for each in cells} == {
        (FOREIGN, "SEX_T"): f"Quality: {said}",
        (FOREIGN, "SEX_F"): f"Quality: SEX_T {WORKING_AGE} {FOREIGN}: {said}",
        (CITIZENS, "SEX_T"): "",
    }
    assert [(each.success, each.checked, each.unexpected) for each in checks] == [(False, 1, 1)]
    assert checks[0].observed == f"{EMPLOYED} SEX_T {WORKING_AGE} {FOREIGN} -22.3 per cent"


@pytest.mark.parametrize(
    ("value", "se", "published", "published_se", "verdict"),
    [
        (95.1, 1.0, 100.0, None, "agrees"),
        (94.9, 1.0, 100.0, None, "differs"),
        (94.9, 1.8, 100.0, None, "within_errors"),
        (94.9, 1.2, 100.0, 1.3, "within_errors"),
        (94.9, None, 100.0, None, "differs"),
        (3.0, None, 0.0, None, "differs"),
        (None, None, 100.0, None, "not_compared"),
        (94.9, 1.0, None, None, "not_compared"),
    ],
)
def test_a_number_differs_where_it_is_further_away_in_per_cent_and_in_standard_errors(
    tmp_path: Path,
    value: float | None,
    se: float | None,
    published: float | None,
    published_se: float | None,
    verdict: str,
) -> None:
    rows, cells, _ = compared(tmp_path, [employed(OURS, value, se)], [figure(published, se=published_se)])
    assert [row["verdict"] for row in rows] == [verdict]
    assert bool(cells[0]["note_classif"]) is (verdict == "differs")


def test_a_flagged_number_is_unreliable_and_others_of_its_group_only_say_it(tmp_path: Path) -> None:
    ours = [employed(OURS, 2082.0, 93.3), employed(OURS, 900.0, 60.0, sex="SEX_F")]
    _, cells, _ = compared(tmp_path, ours, [figure(beyond="flag")])
    assert {each["sex"]: each["obs_status"] for each in cells} == {"SEX_T": "U", "SEX_F": ""}
    assert [each["obs_value"] for each in cells] == [900.0, 2082.0], "values stay as they are"


def test_of_a_protected_source_the_check_counts_nothing(tmp_path: Path) -> None:
    _, _, checks = compared(tmp_path, [employed(OURS, 2082.0, 93.3)], [figure()], protection="strict")
    assert (checks[0].checked, checks[0].unexpected, checks[0].success) == (None, None, False)
    assert EMPLOYED not in checks[0].observed


def test_numbers_that_are_left_to_another_source_are_not_compared(tmp_path: Path) -> None:
    """Where the published figures go before the survey, its own numbers are not in the release."""
    from_source = figure(None, published="X01.lfs")
    theirs = (employed(THEIRS, 2678.4, None),)
    rows, _, checks = compared(tmp_path, [employed(OURS, 2082.0, 93.3)], [from_source], theirs, priority=10)
    assert (rows[0]["obs_value"], rows[0]["published_value"], rows[0]["verdict"]) == (None, 2678.4, "not_compared")
    assert checks[0].success is None


def test_a_figure_that_is_not_at_hand_is_not_compared_and_the_check_says_so(tmp_path: Path) -> None:
    rows, _, checks = compared(tmp_path, [employed(OURS, 2082.0, 93.3)], [figure(None, published="X01.lfs")])
    assert rows[0]["published_value"] is None
    assert (checks[0].success, checks[0].observed) == (
        None,
        "nothing is compared: the number or the figure is not there",
    )


def test_a_release_has_the_table_the_check_and_the_count_in_its_manifest(tmp_path: Path) -> None:
    ech = Partition("URY.ech", "2018")
    beside = {"partition": ech, "indicator": "MST_TEAP_SEX_AGE_CBR_RT", "classif1": "AGE_YTHADULT_YGE15"}
    figures = [
        figure(63.7, classif2="CBR_BIR_TOTAL", **beside),
        figure(80.0, classif2="CBR_BIR_FOREIGN", errors=0.5, **beside),
    ]
    layout = Layout(tmp_path / "home")
    published = publish(layout, inputs([candidate(tmp_path, uruguay())], figures=figures))
    with open_release(published.folder) as connection:
        verdicts = connection.execute(
            "select classif2, verdict from agreement_with_published_figures order by all"
        ).fetchall()
        (check,) = connection.execute(
            "select wave, success, checked, unexpected from quality_result where stage = 'published_figures'"
        ).fetchall()
    assert verdicts == [("CBR_BIR_FOREIGN", "differs"), ("CBR_BIR_TOTAL", "agrees")]
    assert check == ("2018", False, 2, 1)
    (said,) = read_manifest(published.folder).figures
    assert said == ComparedSource(source="URY.ech", compared=2, differ=1, not_compared=0, furthest_percent=10.625)


def test_without_a_declared_figure_nothing_is_compared(tmp_path: Path) -> None:
    published = publish(Layout(tmp_path / "home"), example(tmp_path))
    with open_release(published.folder) as connection:
        assert compared_sources(connection) == ()
