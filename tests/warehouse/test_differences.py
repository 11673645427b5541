"""Changes over time and gaps between groups as numbers of a release: value, error, status, notes, and where none is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from release_example import candidate, cell, indicator_row, inputs

from ilms.release.differences import decide_differences
from schemas.availability import Decision
from schemas.differences import load_differences
from schemas.partition import Partition
from transforms.estimate.scores import NumberKey, SampledUnits, Scores, write_scores
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.differences import add_differences
from warehouse.release.facts import load_cells
from warehouse.release.inputs import ComparedPeriod, ReleasePartition, Row
from warehouse.release.over_time import compare_periods
from warehouse.release.precedence import rank_partitions, settle_precedence

RATE, EMPLOYED = "MST_TUNE_SEX_AGE_CBR_RT", "MST_TEMP_SEX_AGE_CBR_NB"
CHANGE, YEARLY, GAP = "CHP_TUNE_SEX_AGE_CBR_RT", "CHY_TUNE_SEX_AGE_CBR_RT", "GAP_TUNE_SEX_AGE_CBR_RT"
GROWTH = "GRP_TEMP_SEX_AGE_CBR_RT"
NATIVE, FOREIGN = "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN"
YEAR_BEFORE, BEFORE, NOW = (Partition("URY.ech", wave) for wave in ("2023-Q4", "2024-Q3", "2024-Q4"))
COMPARED = (ComparedPeriod(BEFORE.wave, "previous", False), ComparedPeriod(YEAR_BEFORE.wave, "year_before", False))
INDEPENDENT = "that of independent samples, an upper limit where the same units answer again"


def scored(folder: Path, of: Partition, units: str, foreign: list[float], native: list[float]) -> Path:
    """The scores of both unemployment rates in some dwellings of one stratum, each named by a letter."""
    keys = tuple(NumberKey(RATE, "SEX_T", "AGE_YTHADULT_YGE15", group) for group in (FOREIGN, NATIVE))
    sampled = SampledUnits(np.full(len(units), "a"), np.array(list(units)), are_kept=True)
    file = folder / f"{of.wave}.scores.parquet"
    write_scores(Scores(sampled, keys, np.array([foreign, native]).T), file)
    return file


def quarters(
    folder: Path, *, measured: bool = True, compared: tuple[ComparedPeriod, ...] = COMPARED, **now: Any
) -> list[ReleasePartition]:
    """Three quarters: unemployment of the foreign-born 10, 9 and 4 per cent, of the native-born 6, 6 and 6.5 per cent.

    Of the last two, dwellings b and c are in both samples.
    """
    one = scored(folder, BEFORE, "abc", [0, 1, 3], [0, 0, 1]) if measured else None
    other = scored(folder, NOW, "bcd", [1, 3, 2], [1, -1, 0]) if measured else None
    return [
        candidate(
            folder, [cell(YEAR_BEFORE, RATE, FOREIGN, 10.0, 40, se=3.0), cell(YEAR_BEFORE, RATE, NATIVE, 6.0, 400)]
        ),
        candidate(
            folder,
            [
                cell(BEFORE, RATE, FOREIGN, 9.0, 12, se=3.0),
                cell(BEFORE, RATE, NATIVE, 6.0, 400, se=1.0),
                cell(BEFORE, EMPLOYED, FOREIGN, 200.0, 300, se=10.0),
            ],
            scores=one,
        ),
        candidate(
            folder,
            [
                cell(NOW, RATE, FOREIGN, 4.0, 400, se=2.0, **now),
                cell(NOW, RATE, NATIVE, 6.5, 400, se=1.0),
                cell(NOW, EMPLOYED, FOREIGN, 220.0, 330, se=8.0),
            ],
            scores=other,
            compared=compared,
        ),
    ]


def decided(partitions: list[ReleasePartition]) -> list[Row]:
    """What a release decides of every difference of both indicators."""
    bases = {name: Decision(name) for name in (RATE, EMPLOYED)}
    return [
        {
            "indicator": each.indicator,
            "source": item.partition.source,
            "wave": item.partition.wave,
            "state": each.state,
            "reason_code": each.code,
            "variables": "",
            "reason": each.reason,
        }
        for item in partitions
        for each in decide_differences(item, bases)
    ]


def differences(partitions: list[ReleasePartition]) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The differences of these partitions, by indicator, group and period."""
    with duckdb.connect() as connection:
        load_cells(connection, partitions)
        rank_partitions(connection, partitions)
        settle_precedence(connection, partitions)
        compare_periods(connection, partitions)
        add_differences(connection, partitions, decided(partitions))
        rows = connection.sql("from cell where indicator[:3] <> 'MST'").to_arrow_table().to_pylist()
    found = {(row["indicator"], row["classif2"], row["time"]): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_a_change_has_the_error_that_the_shared_dwellings_leave(tmp_path: Path) -> None:
    """Dwellings b and c have the scores 1 and 3 in both quarters: covariance 2 x (1 x 1 + 1 x 1) / 1 = 4, variance of
    the change 2^2 + 3^2 - 2 x 4 = 5, and 5 points are more than 1.96 of its errors."""
    row = differences(quarters(tmp_path))[CHANGE, FOREIGN, "2024Q4"]
    assert (row["obs_value"], row["se"]) == (-5.0, pytest.approx(5**0.5))
    assert (row["lower_bound"], row["upper_bound"]) == pytest.approx((-5 - 1.96 * 5**0.5, -5 + 1.96 * 5**0.5))
    assert row["note_classif"].split(" | ") == [
        "Significance: significant at 95 %",
        "Standard error: with the covariance of both numbers, from 2 sampling units or replicate weights in common",
    ]
    assert "Compared: change from 2024-Q3 to 2024-Q4" in row["note_indicator"].split(" | ")


def test_without_shared_units_the_error_is_that_of_independent_samples(tmp_path: Path) -> None:
    found = differences(quarters(tmp_path, measured=False))
    for indicator, value in ((CHANGE, -5.0), (YEARLY, -6.0)):
        row = found[indicator, FOREIGN, "2024Q4"]
        assert (row["obs_value"], row["se"]) == (value, pytest.approx(13**0.5))
        assert f"Standard error: {INDEPENDENT}" in row["note_classif"]
    assert "Significance: not significant at 95 %" in found[CHANGE, FOREIGN, "2024Q4"]["note_classif"]


def test_a_count_changes_by_per_cent_of_what_it_was(tmp_path: Path) -> None:
    """From 200 with an error of 10 to 220 with one of 8: by 10 per cent; by linearisation the error is
    100 / 200 x sqrt(8^2 + (1.1 x 10)^2)."""
    row = differences(quarters(tmp_path))[GROWTH, FOREIGN, "2024Q4"]
    assert (row["obs_value"], row["se"]) == pytest.approx((10.0, 0.5 * 185**0.5))
    assert (row["n"], row["cv"]) == (300, None)


def test_a_gap_has_the_error_that_dwellings_with_both_groups_leave(tmp_path: Path) -> None:
    """Foreign-born (1, 3, 2) and natives (1, -1, 0): covariance 3 x (1 - 3) / 2 = -3, variance 2^2 + 1^2 + 2 x 3."""
    row = differences(quarters(tmp_path))[GAP, FOREIGN, "2024Q4"]
    assert (row["obs_value"], row["se"]) == (-2.5, pytest.approx(11**0.5))
    assert "Compared: gap, foreign-born less native-born" in row["note_indicator"].split(" | ")


def test_a_gap_without_covariance_has_no_error_but_a_limit(tmp_path: Path) -> None:
    row = differences(quarters(tmp_path, measured=False))[GAP, FOREIGN, "2024Q4"]
    assert (row["obs_value"], row["se"], row["lower_bound"]) == (-2.5, None, None)
    assert "at most 3.00, the sum of both errors" in row["note_classif"]
    assert "Significance: not known at 95 %" in row["note_classif"]


def test_only_migrants_have_a_gap_and_only_what_is_compared_a_change(tmp_path: Path) -> None:
    found = differences(quarters(tmp_path))
    assert {keys[1:] for keys in found if keys[0] == GAP} == {
        (FOREIGN, time) for time in ("2023Q4", "2024Q3", "2024Q4")
    }
    assert {keys for keys in found if keys[0] == CHANGE} == {(CHANGE, each, "2024Q4") for each in (FOREIGN, NATIVE)}


def test_the_worse_status_is_that_of_the_difference(tmp_path: Path) -> None:
    """12 cases in the quarter before: unreliable, whatever the last quarter has."""
    row = differences(quarters(tmp_path, obs_status="P"))[CHANGE, FOREIGN, "2024Q4"]
    assert (row["obs_status"], row["n"]) == ("U", 12)
    assert "Observation status: P, and U of the number that it is compared with" in row["note_classif"]


def test_a_broken_series_has_no_change_and_says_why(tmp_path: Path) -> None:
    broken = tuple(ComparedPeriod(each.wave, each.which, True) for each in COMPARED)
    partitions = quarters(tmp_path, compared=broken)
    assert {keys[0] for keys in differences(partitions)} == {GAP}
    reasons = {row["indicator"]: (row["reason_code"], row["reason"]) for row in decided(partitions[2:])}
    assert reasons[CHANGE] == (
        "break_between",
        "A break in series stands between both periods, or their coverage differs (2024-Q3, 2024-Q4)",
    )
    assert reasons[GAP] == ("", "")


def test_a_number_marked_as_a_break_has_no_change(tmp_path: Path) -> None:
    found = differences(quarters(tmp_path, obs_status="B"))
    assert (CHANGE, FOREIGN, "2024Q4") not in found
    assert (CHANGE, NATIVE, "2024Q4") in found


def test_without_an_earlier_period_and_of_protected_numbers_none_is_given(tmp_path: Path) -> None:
    first, *_ = quarters(tmp_path)
    assert {row["reason_code"] for row in decided([first]) if row["indicator"] == CHANGE} == {"no_earlier_period"}
    hidden = [replace(item, protection="suppression") for item in quarters(tmp_path)]
    assert {row["reason_code"] for row in decided(hidden)} == {"no_differences_of_protected"}
    assert differences(hidden) == {}


def test_a_number_left_to_another_source_has_no_difference(tmp_path: Path) -> None:
    rival = Partition("URY.census", NOW.wave)
    first = candidate(tmp_path, [cell(rival, RATE, FOREIGN, 5.0, 400)], priority=90)
    partitions = sorted([*quarters(tmp_path), first], key=lambda item: item.partition)
    found = differences(partitions)
    assert not [keys for keys in found if keys[2] == "2024Q4" and keys[0] != GROWTH]


def test_a_release_publishes_them_with_their_structures(tmp_path: Path) -> None:
    partitions = quarters(tmp_path)
    ours = [name for name, each in load_differences().items() if each.of in (RATE, EMPLOYED)]
    given = inputs(partitions)
    indicators = [*given.indicators, *(indicator_row(name) | {"unit_measure": "PP", "unit_mult": 0} for name in ours)]
    given = inputs(partitions, indicators=indicators, availability=[*given.availability, *decided(partitions)])
    with open_release(publish(Layout(tmp_path / "home"), given).folder) as connection:
        told = connection.execute(
            f"select obs_value, unit from labelled_observation where indicator = '{CHANGE}' and classif2 = '{FOREIGN}'"
        ).fetchall()
        state = connection.execute(
            f"select wave, state, reason_code, cells from availability where indicator = '{CHANGE}' order by wave"
        ).fetchall()
    assert told == [(-5.0, "percentage points")]
    assert state == [
        ("2023-Q4", "not_produced", "no_earlier_period", 0),
        ("2024-Q3", "not_produced", "no_earlier_period", 0),
        ("2024-Q4", "published", "", 2),
    ]
