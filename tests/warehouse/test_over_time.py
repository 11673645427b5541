"""Changes over time and gaps between groups in a release: their standard errors, and whether these were measured."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from release_example import candidate, cell, inputs

from schemas.partition import Partition
from transforms.estimate.scores import NumberKey, SampledUnits, Scores, write_scores
from warehouse.layout import Layout
from warehouse.release.between_waves import compare_waves
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.facts import load_cells
from warehouse.release.inputs import ComparedPeriod, ReleasePartition
from warehouse.release.over_time import compare_periods
from warehouse.release.precedence import rank_partitions, settle_precedence

RATE = "MST_TUNE_SEX_AGE_CBR_RT"
YEAR_BEFORE, BEFORE, NOW = (Partition("URY.ech", wave) for wave in ("2023-Q4", "2024-Q3", "2024-Q4"))
NATIVE, FOREIGN = "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN"
Rate = tuple[float, float]  # with its standard error
COMPARED = (ComparedPeriod(BEFORE.wave, "previous", False), ComparedPeriod(YEAR_BEFORE.wave, "year_before", True))


def scores(folder: Path, of: Partition, units: str, foreign: list[float], native: list[float]) -> Path:
    """The scores of both rates in some dwellings of one stratum, each named by a letter."""
    keys = tuple(NumberKey(RATE, "SEX_T", "AGE_YTHADULT_YGE15", group) for group in (FOREIGN, NATIVE))
    sampled = SampledUnits(np.full(len(units), "a"), np.array(list(units)), are_kept=True)
    file = folder / f"{of.wave}.scores.parquet"
    write_scores(Scores(sampled, keys, np.array([foreign, native]).T), file)
    return file


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """Three quarters of a survey. Of the last two, dwellings b and c are in both samples; of the first nothing is
    kept."""
    folder = tmp_path_factory.mktemp("quarters")

    def quarter(of: Partition, foreign: Rate, native: Rate, **other: Any) -> ReleasePartition:
        rows = [
            cell(of, RATE, group, value, 400, se=se) for group, (value, se) in ((FOREIGN, foreign), (NATIVE, native))
        ]
        return candidate(folder, rows, **other)

    partitions = [
        quarter(YEAR_BEFORE, (10.0, 3.0), (6.0, 1.0)),
        quarter(
            BEFORE, (9.0, 3.0), (6.0, 1.0), scores=scores(folder, BEFORE, "abc", [0, 1, 3], [0, 0, 1]),
            compared=(ComparedPeriod(YEAR_BEFORE.wave, "previous", False),),
        ),
        quarter(
            NOW, (4.0, 2.0), (6.5, 1.0), scores=scores(folder, NOW, "bcd", [1, 3, 2], [1, -1, 0]), compared=COMPARED
        ),
    ]  # fmt: skip
    with open_release(publish(Layout(folder / "home"), inputs(partitions)).folder) as connection:
        yield connection


def test_a_change_has_the_error_that_the_shared_dwellings_leave(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        f"select time, earlier_time, which, difference, difference_se, covariance_basis, shared_units,"
        f" difference_is_significant, since_break from change_between_periods where classif2 = '{FOREIGN}' order by all"
    ).fetchall()
    # dwellings b and c: (1, 3) in both quarters, so that the covariance is 2 x (1 x 1 + 1 x 1) / 1 = 4, and the
    # variance of the change 2^2 + 3^2 - 2 x 4 = 5; without it, 13
    assert found == [
        ("2024Q3", "2023Q4", "previous", -1.0, pytest.approx(18**0.5), "assumed none", None, False, False),
        ("2024Q4", "2023Q4", "year_before", -6.0, pytest.approx(13**0.5), "assumed none", None, False, True),
        ("2024Q4", "2024Q3", "previous", -5.0, pytest.approx(5**0.5), "measured", 2, True, False),
    ]


def test_the_view_of_rates_has_the_same_error_and_else_an_upper_limit(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select time, change_se, change_se_at_most, change_is_significant from change_since_the_previous_period"
        " where classif2_label like '%: Foreign-born' order by time"
    ).fetchall()
    assert found == [("2024Q3", None, 6.0, False), ("2024Q4", pytest.approx(5**0.5), 5.0, True)]


def test_a_gap_has_the_error_that_dwellings_with_both_groups_leave(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select time, gap, gap_se, gap_se_at_most, gap_is_significant from rates_side_by_side order by time"
    ).fetchall()
    # 2024-Q3: foreign-born (0, 1, 3), natives (0, 0, 1): 3 x (3 - 4 x 1 / 3) / 2 = 2.5; 3^2 + 1^2 - 2 x 2.5
    # 2024-Q4: (1, 3, 2) and (1, -1, 0): 3 x (1 - 3) / 2 = -3; 2^2 + 1^2 + 2 x 3
    assert found == [
        ("2023Q4", 4.0, None, 4.0, False),
        ("2024Q3", 3.0, pytest.approx(5**0.5), 4.0, False),
        ("2024Q4", -2.5, pytest.approx(11**0.5), 3.0, False),
    ]


@pytest.mark.parametrize(("measured", "success"), [(False, True), (True, False)])
def test_the_check_between_waves_takes_the_measured_error(tmp_path: Path, measured: bool, success: bool) -> None:
    """7.2 and 3.2 per cent, each with an error of 1, are 2.8 errors of independent samples apart. Of two dwellings with
    scores of 0 and 0.5 in both quarters the covariance is 0.25: they are 3.3 errors apart."""
    partitions = [
        candidate(
            tmp_path,
            [cell(of, RATE, FOREIGN, value, 400, se=1.0)],
            scores=scores(tmp_path, of, "ab", [0, 0.5], [0, 0]) if measured else None,
            **other,
        )
        for of, value, other in (
            (BEFORE, 7.2, {}),
            (NOW, 3.2, {"earlier": BEFORE.wave, "compared": (ComparedPeriod(BEFORE.wave, "previous", False),)}),
        )
    ]
    with duckdb.connect() as connection:
        load_cells(connection, partitions)
        rank_partitions(connection, partitions)
        settle_precedence(connection, partitions)
        compare_periods(connection, partitions)
        found = {each.check_id: each.success for each in compare_waves(connection, partitions)}
    assert found["headline_numbers"] is success
