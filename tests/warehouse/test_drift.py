"""The records of a survey's wave are compared with those accepted before."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from small_source import SMALL_SOURCE, Declare

from schemas.partition import Partition
from schemas.survey import Survey
from warehouse.accepted import AcceptedVintage, accept_vintage
from warehouse.intake.drift import find_record_faults
from warehouse.layout import Layout

SURVEY = "ZZZ.small"
FILES: dict[str, Any] = SMALL_SOURCE["waves"]["2024"]


def vintage(name: str, records: int = 2000, weighted: float = 90_000, **unknown: float) -> AcceptedVintage:
    accepted_at = datetime(2026, 1, 31, tzinfo=UTC)
    return AcceptedVintage(
        vintage=name, accepted_at=accepted_at, bytes=1, records=records, weighted=weighted, unknown=unknown
    )


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def survey(declare: Declare) -> Survey:
    """A survey of several years, a quarter among them."""
    return declare(SURVEY, waves=dict.fromkeys(("2019", "2023", "2024", "2024-Q1"), FILES))


def accept(layout: Layout, wave: str, *vintages: AcceptedVintage) -> None:
    for each in vintages:
        accept_vintage(layout, Partition(SURVEY, wave), each)


def faults(survey: Survey, layout: Layout, found: AcceptedVintage, wave: str = "2024") -> list[str]:
    return find_record_faults(survey, Partition(SURVEY, wave), found, layout, "mirror")


def test_the_first_files_of_a_survey_are_compared_with_nothing(survey: Survey, layout: Layout) -> None:
    assert faults(survey, layout, vintage("new", records=12)) == []


@pytest.mark.parametrize(
    ("found", "reported"),
    [
        (vintage("new", records=1000), "1,000 records, -50% against the 2,000 of vintage old of this wave"),
        (vintage("new", records=2500), "2,500 records, +25% against the 2,000 of vintage old of this wave"),
        (
            vintage("new", weighted=900_000),
            "900,000 persons that they represent, +900% against the 90,000 of vintage old of this wave",
        ),
        (vintage("new", hours_usual=0.35), "hours_usual unknown for 35%, against 5% of vintage old of this wave"),
    ],
)
def test_what_is_unlike_the_files_accepted_last_is_reported(
    survey: Survey, layout: Layout, found: AcceptedVintage, reported: str
) -> None:
    accept(layout, "2024", vintage("old", hours_usual=0.05))

    assert faults(survey, layout, found) == [reported]


def test_a_small_change_is_accepted(survey: Survey, layout: Layout) -> None:
    accept(layout, "2024", vintage("old", hours_usual=0.05))

    assert faults(survey, layout, vintage("new", records=1700, weighted=80_000, hours_usual=0.2)) == []


def test_records_cannot_shrink_in_small_steps(survey: Survey, layout: Layout) -> None:
    accept(layout, "2024", vintage("first", 2000), vintage("second", 1700))

    (reported,) = faults(survey, layout, vintage("third", 1500))

    assert reported == "1,500 records, -25% against the 2,000 of vintage first of this wave"


def test_files_accepted_once_are_accepted_again(survey: Survey, layout: Layout) -> None:
    accept(layout, "2024", vintage("first", 2000), vintage("second", 1700))

    assert faults(survey, layout, vintage("first", 2000)) == []


def test_a_wave_is_compared_with_the_nearest_one_of_the_same_length(survey: Survey, layout: Layout) -> None:
    accept(layout, "2019", vintage("old", 9000))
    accept(layout, "2024-Q1", vintage("quarter", 500))
    accept(layout, "2023", vintage("last year", 2000))

    assert faults(survey, layout, vintage("new", 1000)) == ["1,000 records, -50% against the 2,000 of wave 2023"]


def test_what_the_wave_declares_counts_instead(declare: Declare, layout: Layout) -> None:
    accept(layout, "2024", vintage("old"))
    near = {"population": 40_000, "tolerance": 0.1, "reference": "the producer's report of 2024"}
    survey = declare(SURVEY, waves={"2024": FILES | {"records": 1000, "population_figure": near}})

    assert faults(survey, layout, vintage("new", records=1000, weighted=40_000)) == []


def test_another_limit_is_declared_with_its_reason(declare: Declare, layout: Layout) -> None:
    accept(layout, "2024", vintage("old"))
    halved = {"records_change": 0.6, "because": "from 2024 only half of the sample is interviewed"}

    assert faults(declare(SURVEY, guards=halved), layout, vintage("new", records=1000)) == []


def test_a_wave_is_not_compared_with_one_of_another_coverage(declare: Declare, layout: Layout) -> None:
    sample = {"waves": "to 2019", "population": {"en": "a sample of the file"}}
    whole = {"waves": "from 2023", "population": {"en": "everyone"}}
    coverage = {"complete": False, "in_waves": [sample, whole]}
    survey = declare(SURVEY, waves=dict.fromkeys(("2019", "2023", "2024"), FILES), coverage=coverage)
    accept(layout, "2019", vintage("sample", records=2000))

    assert faults(survey, layout, vintage("new", records=47_000), "2023") == []
    accept(layout, "2023", vintage("new", records=47_000))
    (reported,) = faults(survey, layout, vintage("half", records=23_500), "2024")
    assert reported == "23,500 records, -50% against the 47,000 of wave 2023"


def test_a_wave_is_held_against_waves_on_its_side_of_a_break_alone(declare: Declare, layout: Layout) -> None:
    waves = {**dict.fromkeys(("2022", "2023", "2025"), FILES), "2024": FILES | {"status": "B"}}
    survey = declare(SURVEY, waves=waves)
    for wave in ("2022", "2023"):
        accept(layout, wave, vintage(f"of {wave}"))

    assert faults(survey, layout, vintage("new sample", records=900), "2024") == []
    assert faults(survey, layout, vintage("new sample", records=900), "2025") == []
    accept(layout, "2025", vintage("new sample", records=900))
    (reported,) = faults(survey, layout, vintage("another", records=2000), "2024")
    assert reported == "2,000 records, +122% against the 900 of wave 2025"
