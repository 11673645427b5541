"""A wave compared with the one before it: what appears, vanishes or jumps is reported, small changes are not."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest
from small_register import PERMITS, SmallRegister

from schemas.comparison import load_comparison
from schemas.partition import Partition
from transforms.compare import Profile, Wave, differences, flows_profile, persons_profile, same_numbers

LIMITS = load_comparison()


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def compared(before: Profile, now: Profile, waves: tuple[str, str] = ("2023", "2024")) -> list[str]:
    one, other = (Partition("ABC.permits", wave) for wave in waves)
    return differences(Wave(one, before), Wave(other, now), LIMITS)


@pytest.mark.parametrize(
    ("before", "now", "reported"),
    [
        ({"IND": 60, "NPL": 40}, {"IND": 58, "NPL": 42}, []),
        ({"IND": 97, "NPL": 3}, {"IND": 100}, ["country of citizenship 'NPL' has vanished, with 3.0 per cent before"]),
        ({"IND": 100}, {"IND": 96, "NPL": 4}, ["country of citizenship 'NPL' appears, with 4.0 per cent"]),
        ({"IND": 9_999, "NPL": 1}, {"IND": 10_000}, []),
        (
            {"IND": 60, "NPL": 40},
            {"IND": 85, "NPL": 15},
            [
                "country of citizenship 'IND' is 85.0 per cent and was 60.0",
                "country of citizenship 'NPL' is 15.0 per cent and was 40.0",
            ],
        ),
        ({"IND": 60, "NPL": 40}, {"IND": 130, "NPL": 90}, ["the total is 220 and was 100"]),
        ({"IND": 60, "NPL": 40}, {"IND": 25, "NPL": 20}, ["the total is 45 and was 100"]),
    ],
)
def test_classes_destinations_shares_and_totals(
    before: dict[str, int], now: dict[str, int], reported: list[str]
) -> None:
    assert compared({"citizenship": before}, {"citizenship": now}) == reported


def test_each_event_has_a_total_of_its_own() -> None:
    before = {"event": {"issued": 100.0, "refused": 100.0}}
    assert compared(before, {"event": {"issued": 100.0, "refused": 45.0}}) == ["the total of refused is 45 and was 100"]


def test_totals_of_a_quarter_and_a_year_are_not_compared() -> None:
    quarter, year = {"sex": {"male": 10.0, "female": 10.0}}, {"sex": {"male": 40.0, "female": 40.0}}
    assert compared(year, quarter, ("2023", "2024-Q1")) == []
    assert compared(year, quarter) == ["the total is 20 and was 80"]


def test_breakdowns_that_come_and_go_are_reported() -> None:
    both, one = {"sex": {"male": 10.0}, "citizenship": {"IND": 10.0}}, {"citizenship": {"IND": 10.0}}
    assert compared(both, one) == ["sex is no longer given"]
    assert compared(one, both) == ["sex was not given before"]


def test_many_differences_are_counted() -> None:
    before = {"citizenship": {f"A{number}": 10.0 for number in range(10)}}
    now = {"citizenship": {f"B{number}": 10.0 for number in range(10)}}
    reported = compared(before, now)
    assert len(reported) == LIMITS.differences_listed + 1
    assert reported[-1] == f"{20 - LIMITS.differences_listed} further differences"


def test_the_numbers_of_another_wave_are_recognised() -> None:
    wave = {"citizenship": {"IND": 10.0, "NPL": 4.0}, "event": {"issued": 14.0}}
    assert same_numbers(wave, {name: dict(values) for name, values in wave.items()})
    assert not same_numbers(wave, {**wave, "citizenship": {"IND": 9.0, "NPL": 5.0}})
    assert not same_numbers({"event": {"issued": 14.0}}, {"event": {"issued": 14.0}}), "one number may well come again"


def test_a_register_is_what_its_feeding_tables_add_up_to(small: SmallRegister) -> None:
    columns = "column,every_wave\npermits.nationality,Nationality\npermits.permits,Permits\nmore.permits,Permits\n"
    more = {**PERMITS, "variables": {"event": {"constant": "issued"}}, "feeds": {}}
    register = small.declare(columns=columns, tables={"permits": PERMITS, "more": more})
    small.harmonise(register, {"permits.csv": "Nationality,Permits\nIndia,10\nNepal,4\nIndia,1\n"})
    found = flows_profile(register, Partition("ZZZ.permits", "2024"), small.folder / "core.parquet")
    assert found == {"event": {"issued": 15.0}, "citizenship": {"IND": 11.0, "NPL": 4.0}}
    assert list(found) == sorted(found), "kept as JSON and read back, it gives its remarks in the same order"


def test_records_of_earlier_software_are_what_their_breakdowns_of_then_add_up_to(small: SmallRegister) -> None:
    register = small.declare()
    small.harmonise(register, {"permits.csv": "Nationality,Permits\nIndia,10\nNepal,4\n"})
    earlier = small.folder / "earlier.parquet"
    duckdb.sql(f"copy (select * exclude (citizenship) from '{small.folder / 'core.parquet'}') to '{earlier}'")
    assert flows_profile(register, Partition("ZZZ.permits", "2024"), earlier) == {"event": {"issued": 14.0}}


def test_a_survey_is_what_its_weights_add_up_to(tmp_path: Path) -> None:
    core = tmp_path / "core.parquet"
    duckdb.sql(
        f"""copy (select unnest(['male', 'female', 'male']) as sex, unnest([100.0, 50.0, 25.0]) as weight,
        unnest([30, 40, 50]) as age) to '{core}' (format parquet)"""
    )
    found = persons_profile(core)
    assert found == {"sex": {"male": 125.0, "female": 50.0}}
