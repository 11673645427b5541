"""Files of another wave, and parts of a file, are recognised by their content."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import SMALL_COLUMNS, SMALL_SOURCE, Declare

from schemas.errors import InputError
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.identity import check_records, own_records

TOLD = {"year": "raw.survey_year", "quarter": "raw.survey_quarter", "month": "raw.survey_month"}
DeclareSurvey = Callable[..., Survey]


@pytest.fixture
def survey(declare: Declare) -> DeclareSurvey:
    """The small survey in some waves, whose files have columns of year, quarter and month."""

    def make(wave: str, reported: dict[str, str] | None = None, **of_wave: object) -> Survey:
        columns = [*SMALL_COLUMNS, "survey_year", "survey_quarter", "survey_month"]
        table = "\n".join([f"column,{wave}", *(f"{column},{column}" for column in columns)])
        waves = {wave: SMALL_SOURCE["waves"]["2024"] | of_wave}
        return declare(waves=waves, columns=table, wave_in_file=TOLD if reported is None else reported)

    return make


def raw_table(folder: Path, *dates: tuple[str | None, str, str]) -> Path:
    """A raw table with a record for each year, quarter and month, as text."""
    file = folder / "raw.parquet"
    with duckdb.connect() as connection:
        connection.execute("create table raw (survey_year text, survey_quarter text, survey_month text)")
        connection.executemany("insert into raw values (?, ?, ?)", [list(date) for date in dates])
        connection.execute(f"copy raw to '{file}' (format parquet)")
    return file


@pytest.mark.parametrize(
    ("wave", "date"),
    [
        ("2016-Q3", ("2016", "3", "8")),
        ("2016-M08", ("2016", "03", "08")),
        ("2016", ("2016.0", "4", "11")),
    ],
)
def test_a_file_that_gives_its_own_wave_is_read(
    survey: DeclareSurvey, tmp_path: Path, wave: str, date: tuple[str, str, str]
) -> None:
    _, records = own_records(survey(wave), Partition("ZZZ.small", wave), raw_table(tmp_path, date, date), 2)

    assert records == 2


@pytest.mark.parametrize(
    ("wave", "date", "reported"),
    [
        ("2016-Q3", ("2016", "4", "8"), "quarter '4' (1 record(s)), where 2016-Q3 has 3"),
        ("2016-Q3", ("2015", "3", "8"), "year '2015' (1 record(s)), where 2016-Q3 has 2016"),
        ("2016-Q3", ("2016", "3", "6"), "month '6' (1 record(s)), where 2016-Q3 has 7, 8, 9"),
        ("2016-M08", ("2016", "3", "9"), "month '9' (1 record(s)), where 2016-M08 has 8"),
        ("2016", (None, "3", "9"), "year none (1 record(s)), where 2016 has 2016"),
    ],
)
def test_one_record_of_another_wave_stops_the_file(
    survey: DeclareSurvey, tmp_path: Path, wave: str, date: tuple[str | None, str, str], reported: str
) -> None:
    right = {"2016-Q3": ("2016", "3", "7"), "2016-M08": ("2016", "3", "8"), "2016": ("2016", "1", "1")}[wave]

    with pytest.raises(InputError) as error:
        own_records(survey(wave), Partition("ZZZ.small", wave), raw_table(tmp_path, right, date, right), 2)

    assert reported in error.value.message


def test_a_wave_may_hold_declared_records_of_others(survey: DeclareSurvey, tmp_path: Path) -> None:
    raw = raw_table(tmp_path, ("2016", "1", "1"), ("2017", "1", "1"))

    _, records = own_records(survey("2016", also_in_file={"year": [2017]}), Partition("ZZZ.small", "2016"), raw, 2)

    assert records == 2, "records of both years count"
    with pytest.raises(InputError, match="year '2017'"):
        own_records(survey("2016"), Partition("ZZZ.small", "2016"), raw, 2)


def test_the_year_may_be_a_part_of_another_column(survey: DeclareSurvey, tmp_path: Path) -> None:
    serial = {"year": "left(raw.survey_year, 4)"}
    raw = raw_table(tmp_path, ("2016HU0001", "", ""))

    own_records(survey("2016", reported=serial), Partition("ZZZ.small", "2016"), raw, 2)
    with pytest.raises(InputError, match="where 2017 has 2017"):
        own_records(survey("2017", reported=serial), Partition("ZZZ.small", "2017"), raw, 2)


def test_a_part_of_the_records_is_not_the_wave(declare: Callable[..., Survey]) -> None:
    survey = declare(waves={"2024": SMALL_SOURCE["waves"]["2024"] | {"records": 2000}})

    check_records(survey, Partition("ZZZ.small", "2024"), 2000)
    for held in (1000, 2040):
        with pytest.raises(InputError, match=f"the files hold {held:,} records, and 2,000 are declared"):
            check_records(survey, Partition("ZZZ.small", "2024"), held)


def test_where_the_number_is_not_declared_any_may_come(declare: Callable[..., Survey]) -> None:
    check_records(declare(), Partition("ZZZ.small", "2024"), 7)


def test_of_several_waves_in_a_file_the_own_one_is_read(survey: DeclareSurvey, tmp_path: Path) -> None:
    selecting = survey("2016-Q3", reported=TOLD | {"select": True})
    raw = raw_table(tmp_path, ("2016", "3", "7"), ("2016", "4", "10"), ("2015", "3", "7"), ("2016", "3", "9"))

    own, records = own_records(selecting, Partition("ZZZ.small", "2016-Q3"), raw, 4)

    assert records == 2
    assert duckdb.execute(f"select survey_month from '{own}'").fetchall() == [("7",), ("9",)]


@pytest.mark.parametrize(
    ("date", "reported"),
    [
        ((None, "3", "7"), "1 record(s) give no year"),
        (("2015", "3", "7"), "none of the 1 records in the file is of wave 2016-Q3"),
    ],
)
def test_records_that_are_left_out_belong_to_another_wave(
    survey: DeclareSurvey, tmp_path: Path, date: tuple[str | None, str, str], reported: str
) -> None:
    selecting = survey("2016-Q3", reported=TOLD | {"select": True})

    with pytest.raises(InputError, match=re.escape(reported)):
        own_records(selecting, Partition("ZZZ.small", "2016-Q3"), raw_table(tmp_path, date), 1)
