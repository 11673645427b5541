"""Injuries per 100,000 workers in a release: cases of a register over workers of a survey, with the error of these."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest
from release_example import candidate, cell

from schemas.partition import Partition
from warehouse.release.facts import load_cells
from warehouse.release.inputs import ReleasePartition
from warehouse.release.precedence import rank_partitions
from warehouse.release.rates import add_rates

RATE, SDG, CASES = "INJ_NFTL_SEX_MIG_RT", "SDG_N881_SEX_MIG_RT", "INJ_NFTL_SEX_MIG_NB"
BORN, CITIZENS = "MST_TEMP_SEX_AGE_CBR_NB", "MST_TEMP_SEX_AGE_CCT_NB"
INSURER, SURVEY = Partition("NRU.insurer", "2024"), Partition("NRU.survey", "2024")
NO_ERROR: dict[str, Any] = dict.fromkeys(("se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom"))


def cases(status: str, number: int, **other: Any) -> dict[str, Any]:
    keys = {"classif1": status, "source": "FA:NRU.insurer", "note_indicator": "", "obs_status": ""}
    return cell(INSURER, CASES, "", number, number) | NO_ERROR | keys | {"note_source": "Register"} | other


def workers(indicator: str, code: str, thousands: float, *, n: int = 500, **other: Any) -> dict[str, Any]:
    """Workers with a coefficient of variation of 5 per cent; twice their error to each side, as with few units."""
    error = thousands / 20
    interval = {"se": error, "cv": 5.0, "lower_bound": thousands - 2 * error, "upper_bound": thousands + 2 * error}
    return cell(SURVEY, indicator, code, thousands, n, **{**interval, "note_source": "Survey", **other})


SURVEYED = [
    workers(BORN, "CBR_BIR_TOTAL", 500),
    workers(BORN, "CBR_BIR_FOREIGN", 80, n=14),
    workers(CITIZENS, "CCT_CIT_TOTAL", 500),
    workers(CITIZENS, "CCT_CIT_NONCIT", 40),
    workers(CITIZENS, "CCT_CIT_CITIZEN", 0),
    workers(CITIZENS, "CCT_CIT_NONCIT", 30, classif1="AGE_YTHADULT_Y15-24"),
]
INJURED = [cases("MIG_STATUS_TOTAL", 6_000), cases("MIG_STATUS_MIGRANT", 900), cases("MIG_STATUS_NONMIG", 5_100)]


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


def insurer(folder: Path, rows: list[dict[str, Any]] = INJURED, **other: Any) -> ReleasePartition:
    return candidate(folder, rows, **{"migrants_by": "citizenship", **other})


def rates(connection: duckdb.DuckDBPyConnection, *partitions: ReleasePartition) -> dict[str, dict[str, Any]]:
    """The rates of a release of these partitions, by migrant status."""
    ordered = sorted(partitions, key=lambda item: item.partition)
    load_cells(connection, ordered)
    rank_partitions(connection, ordered)
    add_rates(connection, ordered)
    found = connection.sql("from cell where indicator = $rate", params={"rate": RATE}).to_arrow_table().to_pylist()
    assert len({row["classif1"] for row in found}) == len(found)
    return {row["classif1"]: row for row in found}


def test_foreigners_hurt_at_work_per_hundred_thousand_foreign_workers(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """900 cases among 40 thousand foreign workers: 2,250 of 100,000, known as well as the 40 thousand are."""
    row = rates(connection, insurer(tmp_path), candidate(tmp_path, SURVEYED))["MIG_STATUS_MIGRANT"]
    assert (row["obs_value"], row["n"], row["obs_status"]) == (2_250, 900, "")
    assert (row["se"], row["cv"], row["lower_bound"], row["upper_bound"]) == pytest.approx((112.5, 5, 2_025, 2_475))
    assert (row["degrees_of_freedom"], row["source"], row["wave"]) == (60, "FA:NRU.insurer", "2024")
    assert "Numerator: cases as FA:NRU.insurer counts them" in row["note_indicator"]
    assert (
        f"Denominator: workers of the same group as BA:NRU.survey estimates them ({CITIZENS})" in row["note_indicator"]
    )
    assert row["note_source"] == "Register | Survey"


def test_a_register_that_knows_the_birthplace_divides_by_workers_born_abroad(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    """900 cases among 80 thousand; 14 workers in the sample, so that the rate is as unreliable as they are."""
    born = insurer(tmp_path, migrants_by="country_of_birth")
    row = rates(connection, born, candidate(tmp_path, SURVEYED))["MIG_STATUS_MIGRANT"]
    assert (row["obs_value"], row["obs_status"]) == (1_125, "U")
    assert BORN in row["note_indicator"]


def test_the_goal_has_the_rate_too(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    of_rate = rates(connection, insurer(tmp_path), candidate(tmp_path, SURVEYED))
    of_goal = connection.execute("select classif1, obs_value, se from cell where indicator = ?", [SDG]).fetchall()
    assert sorted(of_goal) == sorted((each, row["obs_value"], row["se"]) for each, row in of_rate.items())


def test_a_group_without_workers_has_no_rate(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """No citizen was found at work, and of those of unknown status nobody counts the workers."""
    unknown = [*INJURED, cases("MIG_STATUS_X", 20)]
    found = rates(connection, insurer(tmp_path, unknown), candidate(tmp_path, SURVEYED))
    assert found.keys() == {"MIG_STATUS_TOTAL", "MIG_STATUS_MIGRANT"}


@pytest.mark.parametrize(
    ("of_cases", "of_workers", "status", "said"),
    [
        ("P", "", "P", None),
        ("B", "U", "U", "Observation status: B of the cases, U of the workers"),
        ("B", "P", "B", "Observation status: B of the cases, P of the workers"),
        ("", "S", "S", None),
    ],
)
def test_the_worse_status_is_that_of_the_rate(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, of_cases: str, of_workers: str, status: str, said: str | None
) -> None:
    surveyed = [workers(CITIZENS, "CCT_CIT_NONCIT", 40, obs_status=of_workers)]
    injured = [cases("MIG_STATUS_MIGRANT", 900, obs_status=of_cases)]
    row = rates(connection, insurer(tmp_path, injured), candidate(tmp_path, surveyed))["MIG_STATUS_MIGRANT"]
    assert (row["obs_status"], row["note_classif"] or None) == (status, said)


@pytest.mark.parametrize("elsewhere", [("ref_area", "KIR"), ("time", "2023")])
def test_workers_of_another_country_or_year_are_not_divided_by(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, elsewhere: tuple[str, str]
) -> None:
    surveyed = [workers(CITIZENS, "CCT_CIT_NONCIT", 40) | dict([elsewhere])]
    assert rates(connection, insurer(tmp_path), candidate(tmp_path, surveyed, worldwide=True)) == {}


def test_withheld_numbers_give_no_rate(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    hidden = dict.fromkeys(("obs_value", "n"), None) | NO_ERROR | {"obs_status": "C"}
    of_cases = insurer(tmp_path, [cases("MIG_STATUS_MIGRANT", 1, **hidden)])
    assert rates(connection, of_cases, candidate(tmp_path, SURVEYED)) == {}


def test_of_two_surveys_the_one_that_goes_first_counts_the_workers(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    census = [
        workers(CITIZENS, "CCT_CIT_NONCIT", 45, source="BA:NRU.census"),
        workers(CITIZENS, "CCT_CIT_TOTAL", 500, source="BA:NRU.census"),
    ]
    first = candidate(tmp_path, census, priority=60)
    row = rates(connection, insurer(tmp_path), candidate(tmp_path, SURVEYED), first)["MIG_STATUS_MIGRANT"]
    assert row["obs_value"] == 2_000
    assert "BA:NRU.census" in row["note_indicator"]
