"""The synthetic source from its raw answers to estimates: what the 19th ICLS and the guidelines make of each case."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import duckdb
import pyarrow
import pyarrow.parquet
import pytest

from schemas.loader import load_survey, source_folder
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave
from transforms.synthetic import generate

WAVE = Partition("ZZZ.synthetic", "2024")
Row = dict[str, Any]


@pytest.fixture(scope="module")
def source() -> Survey:
    return load_survey(WAVE.source)


@pytest.fixture(scope="module")
def golden_core(source: Survey, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The golden records as harmonised persons."""
    folder = tmp_path_factory.mktemp("golden")
    with (source_folder(source.id) / "golden" / WAVE.wave / "rows.csv").open(encoding="utf-8", newline="") as stream:
        records = list(csv.DictReader(stream))
    columns = {name: pyarrow.array([row[name] or None for row in records], pyarrow.string()) for name in records[0]}
    columns["_file"] = pyarrow.array(["golden"] * len(records), pyarrow.string())
    columns["_row"] = pyarrow.array(range(1, len(records) + 1), pyarrow.int64())
    pyarrow.parquet.write_table(pyarrow.table(columns), folder / "raw.parquet")
    harmonise(source, WAVE, folder / "raw.parquet", folder / "core.parquet")
    return folder / "core.parquet"


@pytest.fixture(scope="module")
def golden(golden_core: Path) -> dict[str, Row]:
    return {str(person["household_id"]): person for person in rows(f"select * from read_parquet('{golden_core}')")}


@pytest.fixture(scope="module")
def survey(source: Survey, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Core and cells of a whole generated wave."""
    folder = tmp_path_factory.mktemp("survey")
    files = [RawInput(path, "data") for path in generate("labour_force_survey", WAVE, folder)]
    raw, core, cells = (folder / f"{name}.parquet" for name in ("raw", "core", "cells"))
    read_wave(source.read, files, source.wave_columns(WAVE.wave), raw, where=WAVE.key, workdir=folder)
    harmonise(source, WAVE, raw, core)
    estimate(source, WAVE, core, cells, vintage="0" * 12)
    return core, cells


def rows(query: str) -> list[Row]:
    result = duckdb.execute(query)
    names = [column[0] for column in result.description or ()]
    return [dict(zip(names, row, strict=True)) for row in result.fetchall()]


@pytest.mark.parametrize(
    ("case", "status"),
    [
        ("at-work", "employed"),
        ("absent-ill", "employed"),
        ("slack-work-back-soon", "employed"),
        ("soldier", "employed"),
        ("slack-work-not-back", "outside"),
        ("off-season-seeks", "unemployed"),
        ("future-starter-available", "unemployed"),
        ("future-starter-not-available", "outside"),
        ("seeker-not-available", "outside"),
        ("available-does-not-seek", "outside"),
        ("starts-after-three-months", "outside"),
        ("wants-no-work", "outside"),
        ("under-age", "not_in_universe"),
        ("visitor-on-leave-from-home", "employed"),
        ("refuses-to-answer", "refused"),
    ],
)
def test_the_19th_icls_decides_each_case(golden: dict[str, Row], case: str, status: str) -> None:
    assert golden[case]["labour_force_status"] == status


@pytest.mark.parametrize(
    ("case", "a_birth", "a_citizenship", "b_birth", "b_citizenship"),
    [
        ("at-work", "no", "no", "no", "no"),
        ("slack-work-back-soon", "yes", "yes", "no", "no"),  # foreign-born foreign citizen at work
        ("future-starter-available", "yes", "yes", "no", "no"),  # in the labour force by unemployment
        ("future-starter-not-available", "no", "no", "no", "no"),  # outside the labour force
        ("non-citizen-born-here-seeks", "no", "yes", "no", "no"),
        ("at-work-birthplace-unknown", "unknown", "no", "no", "no"),
        ("at-work-citizenship-unknown", "yes", "unknown", "no", "no"),
        ("seasonal-worker-from-abroad", "no", "no", "yes", "yes"),  # 14 (b)
        ("embassy-staff", "no", "no", "no", "no"),  # left out by the guidelines, as visitors are
        ("visitor-on-leave-from-home", "no", "no", "no", "no"),
    ],
)
def test_the_guidelines_say_who_is_an_international_migrant_worker(
    golden: dict[str, Row], case: str, a_birth: str, a_citizenship: str, b_birth: str, b_citizenship: str
) -> None:
    person = golden[case]
    assert [person[f"imw_{part}_{basis}"] for part in "ab" for basis in ("birth", "citizenship")] == [
        a_birth,
        a_citizenship,
        b_birth,
        b_citizenship,
    ]


def test_countries_keep_what_is_known_of_them(golden: dict[str, Row]) -> None:
    assert golden["at-work"]["country_of_birth"] == "ZZZ"
    assert golden["future-starter-available"]["country_of_birth"] == "BGD"  # 050, leading zero
    assert golden["future-starter-not-available"]["country_of_citizenship"] == "stateless"
    assert golden["starts-after-three-months"]["country_of_birth"] == "abroad"
    assert golden["at-work-birthplace-unknown"]["country_of_birth"] == "unknown"


def test_a_job_keeps_its_classifications_and_its_refusals(golden: dict[str, Row]) -> None:
    builder, soldier = golden["slack-work-back-soon"], golden["soldier"]
    assert (builder["occupation_isco08"], builder["industry_isic4"]) == ("7", "F")
    assert (builder["status_in_employment_icse18"], builder["informality"]) == ("43", "informal")
    assert (builder["monthly_earnings"], builder["monthly_earnings_missing"]) == (None, "refused")
    assert builder["hours_actual"] == 0
    assert (soldier["occupation_isco08"], soldier["industry_isic4"], soldier["monthly_earnings"]) == ("0", "O", 1200)


def test_the_standard_error_of_employment_is_the_one_worked_out_by_hand(
    source: Survey, golden_core: Path, tmp_path: Path
) -> None:
    # Employed, thousands, by PSU: 4 and 0 in one stratum, 3 and 5 in the other. Two PSUs each, so the variance is the
    # squared difference of each pair: 16 + 4.
    employed = "MST_TEMP_SEX_AGE_CBR_NB"
    estimate(source, WAVE, golden_core, tmp_path / "cells.parquet", vintage="0" * 12, indicators=[employed])
    (cell,) = rows(
        f"select obs_value, n, se, obs_status from read_parquet('{tmp_path / 'cells.parquet'}')"
        " where sex = 'SEX_T' and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'CBR_BIR_TOTAL'"
    )
    assert (cell["obs_value"], cell["n"], cell["obs_status"]) == (12, 6, "U")
    assert cell["se"] == pytest.approx(20**0.5)


def test_a_whole_wave_becomes_persons_with_every_answer_placed(survey: tuple[Path, Path]) -> None:
    (found,) = rows(
        "select count(*) as persons, count(distinct person_id) as ids,"
        " sum(weight) filter (usual_resident = 'yes') as residents,"
        " count(*) filter (labour_force_status = 'employed' and occupation_isco08 = '0') as armed_forces,"
        " count(*) filter (imw_b_birth = 'yes') as non_resident_workers,"
        " avg((country_of_birth = 'unknown')::int) as birth_unknown"
        f" from read_parquet('{survey[0]}')"
    )
    assert found["persons"] == found["ids"] == 25_148
    assert found["residents"] == pytest.approx(6_000_000)
    assert found["armed_forces"] > 50
    assert 20 < found["non_resident_workers"] < 200
    assert 0.003 < found["birth_unknown"] < 0.01


def test_every_number_of_the_wave_says_that_it_is_synthetic(survey: tuple[Path, Path]) -> None:
    (found,) = rows(
        "select count(*) as cells, count(*) filter (note_source like '%Synthetic data:%') as labelled,"
        f" count(distinct obs_status) as statuses from read_parquet('{survey[1]}')"
    )
    assert found["cells"] == found["labelled"] > 3000
    assert found["statuses"] == 3  # normal, U and S


def test_migrants_participate_more_by_far_more_than_the_standard_errors(survey: tuple[Path, Path]) -> None:
    rate = {
        row["classif2"]: row
        for row in rows(
            f"select classif2, obs_value, se from read_parquet('{survey[1]}') where sex = 'SEX_T'"
            " and indicator = 'MST_TEAP_SEX_AGE_CBR_RT' and classif1 = 'AGE_YTHADULT_YGE15'"
        )
    }
    foreign, native = rate["CBR_BIR_FOREIGN"], rate["CBR_BIR_NATIVE"]
    assert foreign["obs_value"] - native["obs_value"] > 5 * (foreign["se"] + native["se"])
