"""Ages and durations that a source gives in bands are never read as exact years."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from small_source import Declare, RawTable

from expectations.checks import list_checks
from expectations.parameters import GateParameters
from expectations.run import run_checks
from expectations.subjects import table_columns
from expectations.suites import SuiteName, load_suite
from schemas.availability import Decision
from schemas.errors import DeclarationError, InputError
from schemas.partition import Partition
from transforms.availability import read_decisions
from transforms.estimate import estimate
from transforms.harmonise import harmonise

SMALL = Partition("ZZZ.small", "2024")
Record = tuple[str, ...]
Example = tuple[Path, Path, dict[str, Decision], set[str]]  # core, cells, decisions, failed checks
Make = Callable[..., Example]
POPULATION, NEET, STAY = INDICATORS = "MST_XWAP_SEX_AGE_CBR_NB", "EIP_NEET_SEX_CBR_NB", "MST_FORP_SEX_DOS_NB"
CHECKS = {
    *("age_bands_add_up", "youth_and_adults_add_up", "table_complete", "groups_add_up"),
    *("arrival_after_birth", "arrivals_mostly_plausible", "age_in_single_years"),
}
EPA = {
    **{str(low): {"from": low, "to": high} for low, high in [(0, 4), (5, 9), (10, 15), (16, 19)]},
    **{str(low): {"from": low, "to": low + 4} for low in range(20, 65, 5)},
    "65": {"from": 65},
}
BY_TEN_FROM_20 = {"10": {"from": 10, "to": 14}} | {str(low): {"from": low, "to": low + 9} for low in range(20, 90, 10)}
EMPLOYED_FROM_15 = "case when raw.years::integer < 15 then 'not_in_universe' else 'employed' end"
DURATION = {"0": {"from": 0, "to": 3}, "4": {"from": 4, "to": 5}, "6": {"from": 6, "to": 9}, "10": {"from": 10}}


def persons(years: list[str], born: str = "2", place: int = 5) -> list[Record]:
    """One person of 10 in each of two sampling units for each age, in the column of ages or another."""
    records = []
    for i, each in enumerate(years):
        for unit in "12":
            record = [f"p{i}{unit}", "a", unit, "10", unit, "30", born, "1"]
            record[place] = each
            records.append(tuple(record))
    return records


@pytest.fixture
def made(declare: Declare, raw_table: RawTable, tmp_path: Path) -> Make:
    """Core, cells, decisions and failed checks of records whose variables are changed."""

    def make(records: list[Record], minimum_age: int = 15, **variables: object) -> Example:
        declared = declare().model_dump(exclude_unset=True)["variables"] | variables
        source = declare(variables=declared, minimum_age=minimum_age)
        core, cells, availability = (tmp_path / f"{name}.parquet" for name in ("core", "cells", "availability"))
        harmonise(source, SMALL, raw_table(records), core)
        estimate(source, SMALL, core, cells, vintage="abc", availability=availability, indicators=INDICATORS)
        parameters = GateParameters.of(source, SMALL)
        failed = failures("core", core, parameters) | failures("cells", cells, parameters)
        return core, cells, {each.indicator: each for each in read_decisions(availability)}, failed

    return make


def failures(suite: SuiteName, table: Path, parameters: GateParameters) -> set[str]:
    """Which of the checks that look at ages, arrivals and the sums over their classes are not met."""
    checks = [check for check in list_checks(load_suite(suite), parameters) if check.id in CHECKS]
    assert checks
    return {result.check.id for result in run_checks(checks, table, table_columns(suite)) if not result.success}


def numbers(cells: Path, indicator: str) -> tuple[dict[str, int], str]:
    table = (
        duckdb.default_connection()
        .sql(f"select * from '{cells}' where indicator = '{indicator}' and sex = 'SEX_T'")
        .to_arrow_table()
    )
    rows = [row for row in table.to_pylist() if row["classif2"] in ("", "CBR_BIR_TOTAL")]
    return {row["classif1"]: round(1000 * row["obs_value"]) for row in rows}, rows[0]["note_classif"]


def test_the_bands_of_the_spanish_survey_fill_every_age_class(made: Make) -> None:
    """10 to 15 and 16 to 19 are not exact ages of 10 and 16; from 16 years on every class holds whole bands."""
    records = persons(["5", "10", "16", "20", "60", "65"], born="1")
    core, cells, decisions, failed = made(records, minimum_age=16, age={"column": "years", "bands": EPA},
                                          in_education={"constant": "no"})  # fmt: skip
    ends = duckdb.execute(f"select distinct age, age_from, age_to, working_age from '{core}' order by 2").fetchall()
    assert ends[1:4] == [(None, 10, 15, "unknown"), (None, 16, 19, "yes"), (None, 20, 24, "yes")]
    given, note = numbers(cells, POPULATION)
    assert given["AGE_YTHADULT_YGE15"] == 80
    assert (given["AGE_10YRBANDS_Y15-24"], given["AGE_10YRBANDS_Y55-64"], given["AGE_YTHADULT_Y15-64"]) == (40, 20, 60)
    assert given["AGE_AGGREGATE_YGE65"] == 20
    assert "bands" not in note
    assert decisions[NEET].state == "published"
    assert "age_bands_add_up" not in failed


def test_age_classes_that_cut_a_band_are_not_given_and_the_note_says_so(made: Make) -> None:
    records = persons(["10", "20", "30", "60", "70"], born="1")
    _, cells, decisions, failed = made(records, age={"column": "years", "bands": BY_TEN_FROM_20},
                                       in_education={"constant": "no"})  # fmt: skip
    given, note = numbers(cells, POPULATION)
    assert given == {"AGE_YTHADULT_YGE15": 80, "AGE_AGGREGATE_TOTAL": 80, "AGE_10YRBANDS_TOTAL": 80,
                     "AGE_10YRBANDS_Y45-54": 0}  # fmt: skip
    assert note.startswith("Age: known in bands; those that span classes (20-29, 30-39, 60-69) are in the totals")
    assert "not given: 15-64, 15-24" in note
    assert (decisions[NEET].code, decisions[NEET].variables) == ("variable_in_bands", "age")
    assert not failed & {"age_bands_add_up", "youth_and_adults_add_up", "table_complete"}


def test_duration_in_bands_that_no_class_holds_is_unknown(made: Make) -> None:
    records = persons(["0", "4", "6", "10"], place=7)
    _, cells, _, failed = made(records, labour_force_status={"constant": "employed"},
                               years_since_arrival={"column": "act", "bands": DURATION})  # fmt: skip
    given, note = numbers(cells, STAY)
    assert given == {"DOS_BANDS_TOTAL": 80, "DOS_BANDS_Y5-9": 20, "DOS_BANDS_YGE10": 20, "DOS_BANDS_X": 40}
    assert note == (
        "Duration of stay: known in bands; those that span classes (0-3, 4-5) are among the unknown;"
        " not given: Less than 1 year, 1 to 4 years"
    )
    assert "groups_add_up" not in failed


def test_years_of_arrival_in_bands_give_the_duration_in_bands(made: Make) -> None:
    records = persons(["1", "2", "3"], place=7)
    bands = {"1": {"to": 2013}, "2": {"from": 2015, "to": 2019}, "3": {"from": 2020}}
    core, cells, _, _ = made(records, labour_force_status={"constant": "employed"},
                             year_of_arrival={"column": "act", "bands": bands})  # fmt: skip
    ends = duckdb.execute(f"select distinct years_since_arrival_from, years_since_arrival_to from '{core}' order by 1")
    assert ends.fetchall() == [(0, 4), (5, 9), (11, 134)]
    assert numbers(cells, STAY)[0] == {
        "DOS_BANDS_TOTAL": 60, "DOS_BANDS_Y5-9": 20, "DOS_BANDS_YGE10": 20, "DOS_BANDS_X": 20,
    }  # fmt: skip


def test_a_band_is_no_evidence_of_an_arrival_before_birth(made: Make) -> None:
    """Somebody of 10 to 19 years who came 14 years ago: by the lower end alone, four years before birth."""
    records = [(*each[:7], "14") for each in persons(["10"])]
    band = {"10": {"from": 10, "to": 19}}
    _, _, _, failed = made(records + persons(["20"], born="1"), labour_force_status={"constant": "employed"},
                           age={"column": "years", "bands": band | {"20": {"from": 20, "to": 29}}},
                           working_age={"constant": "yes"},
                           years_since_arrival={"column": "act"})  # fmt: skip
    assert "arrival_after_birth" not in failed


def test_a_band_of_one_year_is_that_year(made: Make) -> None:
    core, *_ = made(persons(["30"]), age={"column": "years", "bands": {"30": {"from": 30, "to": 30}}})
    assert duckdb.execute(f"select distinct age, age_from from '{core}'").fetchall() == [(30, None)]


def test_a_code_without_a_band_is_not_read_as_years(made: Make) -> None:
    with pytest.raises(InputError, match=r"1 code\(s\) of age without a declared band: '33' \(2 record"):
        made(persons(["30", "33"]), age={"column": "years", "bands": {"30": {"from": 30, "to": 34}}})


@pytest.mark.parametrize(
    ("name", "variable", "fault"),
    [
        ("hours_usual", {"column": "years", "bands": {"1": {"to": 9}}}, "cannot be known in `bands`; only age"),
        ("age", {"constant": "30", "bands": {"1": {"to": 9}}}, "what the codes of a `column` mean"),
        ("age", {"column": "years", "bands": {"1": {}}}, "needs `from`, `to` or both"),
        ("age", {"column": "years", "bands": {"1": {"to": 9}, "01": {"from": 10}}}, "are the same number"),
        ("age", {"column": "years", "bands": {"1": {"from": 10, "to": 19}}}, "band '1' spans 15 years"),
        ("age", {"column": "years", "bands": {"1": {"to": 15}}}, "band '1' spans 15 years"),
        ("age", {"column": "years", "bands": {"1": {"from": 12}}}, "band '1' spans 15 years"),
        ("age", {"column": "years", "bands": {"1": {"from": 9, "to": 5}}}, "from 9 to 5 holds no number"),
    ],
)
def test_faults_of_declared_bands_are_found_when_loaded(
    declare: Declare, name: str, variable: dict[str, object], fault: str
) -> None:
    variables = declare().model_dump(exclude_unset=True)["variables"] | {name: variable}
    with pytest.raises(DeclarationError, match=fault):
        declare(variables=variables)


def test_a_band_across_the_minimum_age_takes_no_one_out_of_the_totals_in_silence(declare: Declare, made: Make) -> None:
    """10 to 19 years: once it is declared who is of working age, or from 20 years on, the totals are complete again."""
    bands = {"10": {"from": 10, "to": 19}, "20": {"from": 20, "to": 29}}
    records = persons(["10", "20"], born="1")
    with pytest.raises(DeclarationError, match="spans 15 years.*declare `working_age` beside age"):
        made(records, age={"column": "years", "bands": bands})
    _, cells, *_ = made(records, age={"column": "years", "bands": bands}, working_age={"constant": "yes"})
    assert numbers(cells, POPULATION)[0]["AGE_YTHADULT_YGE15"] == 40
    _, cells, *_ = made(records, minimum_age=20, age={"column": "years", "bands": bands})
    assert numbers(cells, POPULATION)[0]["AGE_YTHADULT_YGE15"] == 20


def test_bands_that_nobody_declared_are_reported_and_no_false_arrivals(made: Make) -> None:
    """0, 5, 10, 16, 20, ... taken for exact ages: who is 16 to 19 years old may have come 18 years ago."""
    ages = [str(each) for each in (0, 5, 10, 16, 20, 25, 30, 35, 40, 45, 50, 55, 60, 65) for _ in range(4)]
    records = [(*each[:7], "18" if each[5] == "16" else "3") for each in persons(ages, born="2")]
    *_, failed = made(records, labour_force_status={"expression": EMPLOYED_FROM_15},
                      years_since_arrival={"column": "act"})  # fmt: skip
    assert "age_in_single_years" in failed
    assert not failed & {"arrival_after_birth", "arrivals_mostly_plausible"}


LABELS = """map,code,value,label
sex,1,male,
sex,2,female,
birth,2,foreign,
birth,1,native,
activity,1,employed,
groups,De 16 a 19 años,16..19,
groups,De 20 a 29 años,20..29,
groups,65 y más,65..,
groups,No consta,unknown,
groups,,unknown,
"""


def test_bands_may_stand_in_a_code_map_where_the_file_writes_them_in_words(
    declare: Declare, raw_table: RawTable, tmp_path: Path
) -> None:
    variables = declare().model_dump(exclude_unset=True)["variables"] | {"age": {"column": "years", "map": "groups"}}
    source = declare(codes=LABELS, variables=variables, minimum_age=16)
    ages = ["De 16 a 19 años", "De 20 a 29 años", "65 y más", "No consta", ""]
    core = tmp_path / "core.parquet"
    harmonise(source, SMALL, raw_table(persons(ages, born="1")), core)
    query = f"select distinct age_from, age_to, age_missing from '{core}' order by all"
    with duckdb.connect() as connection:
        ends = connection.execute(query).fetchall()
    assert ends == [(16, 19, None), (20, 29, None), (65, None, None), (None, None, "unknown")]


@pytest.mark.parametrize(
    ("value", "fault"),
    [
        ("young", "means 'young', which is no band of years"),
        ("19..16", "from 19 to 16 holds no number"),
        ("not_asked", "means 'not_asked', which is no band of years"),
        ("10..19", "band '1' spans 15 years"),
    ],
)
def test_a_map_of_ages_holds_bands_and_kinds_of_missing_alone(declare: Declare, value: str, fault: str) -> None:
    variables = declare().model_dump(exclude_unset=True)["variables"] | {"age": {"column": "years", "map": "groups"}}
    with pytest.raises(DeclarationError, match=fault):
        declare(codes=LABELS + f"groups,1,{value},\n", variables=variables)


def test_a_file_may_write_its_bands_as_we_do(made: Make) -> None:
    bands: dict[str, dict[str, int]] = {"..14": {"to": 14}, "15..24": {"from": 15, "to": 24}, "25..": {"from": 25}}
    core, *_ = made(persons(list(bands)), age={"column": "years", "bands": bands})
    ends = duckdb.execute(f"select distinct age_from, age_to from '{core}' order by all").fetchall()
    assert ends == [(0, 14), (15, 24), (25, None)]
