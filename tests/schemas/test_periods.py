"""Waves as the names of periods, and the ranges of them that declarations write."""

from __future__ import annotations

from datetime import date

import pytest
from pydantic import ValidationError

from schemas.partition import Partition
from schemas.periods import WAVE, Waves, in_order, last_day

YEARS = ["2014", "2015", "2016", "2017", "2021", "2022", "2023", "2026"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("every_wave", YEARS),
        ("from 2022", ["2022", "2023", "2026"]),
        ("to 2015", ["2014", "2015"]),
        ("2015 to 2017", ["2015", "2016", "2017"]),
        (["2014", "from 2023"], ["2014", "2023", "2026"]),
        ([], []),
    ],
)  # fmt: skip
def test_a_range_holds_for_the_waves_within_it_and_for_those_added_later(
    written: list[str] | str, meant: list[str]
) -> None:
    assert Waves(written).of(YEARS) == meant


def test_a_quarter_or_a_half_lies_in_a_range_when_all_of_it_does() -> None:
    assert Waves("2016 to 2017-S1").of(["2015-Q4", "2016", "2016-Q4", "2017-S1", "2017-Q3", "2017"]) == [
        "2016",
        "2016-Q4",
        "2017-S1",
    ]


@pytest.mark.parametrize("wrong", ["2022 onwards", "since 2022", "2017 to 2015", ["every_wave", "2014"], "2024-Q5"])
def test_what_is_no_range_is_refused(wrong: list[str] | str) -> None:
    with pytest.raises(ValidationError):
        Waves(wrong)


@pytest.mark.parametrize(
    ("wave", "frequency", "time", "last"),
    [
        ("2024", "A", "2024", date(2024, 12, 31)),
        ("2017-S1", "S", "2017S1", date(2017, 6, 30)),
        ("2023-Q1", "Q", "2023Q1", date(2023, 3, 31)),
        ("2024-M02", "M", "2024M02", date(2024, 2, 29)),
    ],
)
def test_what_a_wave_stands_for(wave: str, frequency: str, time: str, last: date) -> None:
    partition = Partition("ABC.permits", wave)
    assert (partition.frequency, partition.time, last_day(wave)) == (frequency, time, last)


def test_there_is_no_third_half_of_a_year() -> None:
    assert not WAVE.fullmatch("2017-S3")


def test_waves_are_in_order_of_time_whatever_their_length() -> None:
    assert in_order(["2023-Q3", "2016", "2019-Q4", "2017-S1"]) == ["2016", "2017-S1", "2019-Q4", "2023-Q3"]
