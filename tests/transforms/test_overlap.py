"""The overlap of the waves of a year, from the identifiers of persons: a panel, new samples, and serial numbers."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import duckdb
import pytest
from small_source import Declare

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.overlap import Overlap, measure_overlap, overlap_note, require_as_declared

QUARTERS = [f"2016-Q{quarter}" for quarter in range(1, 5)]
FILES = {"files": [{"name": "lfs.csv", "mirror": "lfs/{wave}/lfs.csv"}]}
Person = tuple[str, str, int | None]
Measure = Callable[[Mapping[str, Sequence[Person]]], Overlap]


@pytest.fixture
def measure(tmp_path: Path) -> Measure:
    """The overlap of waves given as persons with an identifier, a sex and an age."""

    def of(waves: Mapping[str, Sequence[Person]]) -> Overlap:
        cores = {wave: tmp_path / f"{wave}.parquet" for wave in waves}
        for wave, persons in waves.items():
            with duckdb.connect() as connection:
                connection.execute("create table core (person_id varchar, sex varchar, age integer)")
                connection.executemany("insert into core values (?, ?, ?)", persons)
                connection.execute(f"copy core to '{cores[wave]}' (format parquet)")
        return measure_overlap(cores)

    return of


# Half of the persons of a quarter are in the next one, and back in the same quarter's rotation half a year later.
PANEL: dict[str, list[Person]] = {
    "2016-Q1": [("a", "female", 30), ("b", "male", 41)],
    "2016-Q2": [("b", "male", 42), ("c", "female", 7)],
    "2016-Q3": [("c", "female", 7), ("d", "male", 63)],
    "2016-Q4": [("a", "female", 31), ("d", "male", 62)],
}
# Files that number their records from 1: the same numbers in each quarter, of other persons.
NUMBERED: dict[str, list[Person]] = {
    "2016-Q1": [("1", "female", 30), ("2", "male", 41), ("3", "male", 5)],
    "2016-Q2": [("1", "male", 71), ("2", "male", 19), ("3", "male", 6)],
}


def test_persons_of_a_panel_are_told_from_their_records(measure: Measure) -> None:
    overlap = measure(PANEL)
    # b, c, d and a come back once each, a after two quarters out of the sample
    assert (overlap.records, overlap.persons, overlap.in_several) == (8, 4, 4)
    assert overlap.share_again == 0.5
    note = overlap_note(overlap)
    assert note is not None
    assert note.text.en == (
        "the 8 records are of 4 persons, 4 of whom are in several waves; n counts records, distinct_persons the persons"
        " behind them, by whom reliability is judged"
    )


def test_another_person_under_the_same_identifier_now_and_then_leaves_it_an_identifier(measure: Measure) -> None:
    panel: dict[str, list[Person]] = {**PANEL, "2016-Q4": [("a", "male", 80), ("d", "male", 62)]}
    overlap = measure(panel)
    assert (overlap.compared, overlap.agreeing, overlap.persons) == (4, 3, 4)


def test_serial_numbers_of_a_file_identify_nobody(measure: Measure) -> None:
    overlap = measure(NUMBERED)
    assert (overlap.compared, overlap.agreeing) == (3, 1)
    assert overlap.persons is None
    assert overlap_note(overlap) is None


def test_without_sex_and_age_nothing_shows_that_identifiers_are_of_the_same_persons(measure: Measure) -> None:
    unknown: dict[str, list[Person]] = {wave: [("a", "unknown", 30), ("b", "male", None)] for wave in QUARTERS}
    overlap = measure(unknown)
    assert (overlap.compared, overlap.persons, overlap.share_again) == (0, None, 0)


def refusal(overlap: Overlap, source: Survey) -> InputError | None:
    """Why a year of the source is not made, if it is refused."""
    try:
        require_as_declared(overlap, source, Partition(source.id, "2016"))
    except InputError as refused:
        return refused
    return None


@pytest.mark.parametrize(("periods", "waves"), [("independent", NUMBERED), ("same_units", PANEL), ("unknown", PANEL)])
def test_what_identifiers_do_not_disprove_is_taken_as_declared(
    measure: Measure, declare: Declare, periods: str, waves: dict[str, list[Person]]
) -> None:
    source = declare(waves=dict.fromkeys(QUARTERS, FILES), cadence="quarterly",
                     consolidate={"to": ["annual"], "periods": periods})  # fmt: skip
    assert refusal(measure(waves), source) is None


def test_independent_periods_are_refused_where_the_same_persons_answer_again(
    measure: Measure, declare: Declare
) -> None:
    source = declare(waves=dict.fromkeys(QUARTERS, FILES), cadence="quarterly",
                     consolidate={"to": ["annual"], "periods": "independent"})  # fmt: skip
    with pytest.raises(InputError, match="their 8 records are of 4 persons") as refused:
        require_as_declared(measure(PANEL), source, Partition(source.id, "2016"))
    assert "key `consolidate.periods`" in refused.value.where
    assert "declare `periods: same_units`" in refused.value.remedy
    assert refused.value.parts == (("consolidate", "periods"),)


def test_one_returning_person_in_a_hundred_records_is_chance(declare: Declare) -> None:
    source = declare(waves=dict.fromkeys(QUARTERS, FILES), cadence="quarterly",
                     consolidate={"to": ["annual"], "periods": "independent"})  # fmt: skip
    by_chance = Overlap(records=400, identifiers=396, in_several=4, compared=4, agreeing=4)
    require_as_declared(by_chance, source, Partition(source.id, "2016"))
    with pytest.raises(InputError):
        require_as_declared(
            Overlap(records=400, identifiers=395, in_several=5, compared=5, agreeing=5),
            source, Partition(source.id, "2016"),
        )  # fmt: skip
