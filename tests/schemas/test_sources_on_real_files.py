"""The declared sources on the producers' own files: figures counted by hand from the codebooks, to the last person."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from schemas.loader import list_surveys, load_survey
from schemas.partition import Partition
from schemas.series import series_of
from schemas.survey import Survey
from transforms.estimate import estimate
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave

pytestmark = pytest.mark.mirror

WHOLE_COUNTRY_FILE = Partition(
    "USA.acs", "2024"
)  # two million records; the others have a thousand or some ten thousand


def is_in_the_mirror(survey: Survey, wave: str) -> bool:
    """Whether a wave has files of the mirror; one of a series may not be there yet."""
    mirror = Path(os.environ.get("ILMS_MIRROR", ""))
    places = [survey.filled(file.mirror, wave) for file in survey.waves[wave].files if file.mirror]
    return bool(places) and (series_of(survey, wave) is None or (mirror / places[0]).exists())


WITH_FILES = [
    Partition(survey.id, wave)
    for survey in map(load_survey, list_surveys())
    for wave in survey.waves
    if is_in_the_mirror(survey, wave)
]
LAST_OF_SERIES = {each.source: each for each in WITH_FILES if series_of(load_survey(each.source), each.wave)}
SMALL_FILES = [
    each
    for each in WITH_FILES
    if each != WHOLE_COUNTRY_FILE
    and (each in LAST_OF_SERIES.values() or series_of(load_survey(each.source), each.wave) is None)
]
BIRTH = ("CBR_BIR_TOTAL", "CBR_BIR_NATIVE", "CBR_BIR_FOREIGN", "CBR_BIR_X")

Cells = duckdb.DuckDBPyRelation
Estimates = Callable[[Partition], Cells]


@pytest.fixture(scope="module")
def estimates(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Estimates:
    """Cells of a partition, from the files in the mirror; each partition is estimated once."""
    done: dict[Partition, Path] = {}

    def cells_of(partition: Partition) -> Cells:
        if partition not in done:
            done[partition] = _estimate(partition, mirror, tmp_path_factory.mktemp("real"))
        return duckdb.default_connection().sql(f"select * from read_parquet('{done[partition] / 'cells.parquet'}')")

    return cells_of


def _estimate(partition: Partition, mirror: Path, folder: Path) -> Path:
    source = load_survey(partition.source).of_wave(partition.wave)
    files = [
        RawInput(path, file.role)
        for file in source.waves[partition.wave].files
        for path in sorted(mirror.glob(source.filled(str(file.mirror), partition.wave)))
    ]
    raw, core, cells = (folder / f"{name}.parquet" for name in ("raw", "core", "cells"))
    columns = source.wave_columns(partition.wave)
    read_wave(source.wave_read(partition.wave), files, columns, raw, where=partition.key, workdir=folder)
    harmonise(source, partition, raw, core)
    estimate(source, partition, core, cells, vintage="0" * 12)
    return folder


def number(cells: Cells, concept: str, code: str, sex: str = "SEX_T") -> tuple[float, int, str]:
    """Persons aged 15 and over, the cases behind them and their flag, of one class of birth or citizenship."""
    found = cells.filter(
        f"indicator = 'MST_{concept}_SEX_AGE_{code[:3]}_NB' and sex = '{sex}'"
        f" and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = '{code}'"
    )
    ((value, cases, flag),) = found.project("obs_value, n, obs_status").fetchall()
    return value * 1000, cases, flag


def persons(cells: Cells, concept: str, code: str, sex: str = "SEX_T") -> float:
    return number(cells, concept, code, sex)[0]


def exactly(value: float) -> object:
    """Equal to the last person; only the binary form of a number of thousands may differ."""
    return pytest.approx(value, rel=1e-12, abs=1e-9)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("concept", "code", "sex", "expected"),
    [
        ("TEMP", "CBR_BIR_NATIVE", "SEX_T", 88_369_187),
        ("TEMP", "CBR_BIR_FOREIGN", "SEX_T", 11_721_352),
        ("TEMP", "CBR_BIR_NATIVE", "SEX_F", 42_734_905),
        ("TEMP", "CBR_BIR_FOREIGN", "SEX_F", 5_161_393),
        ("TEMP", "CCT_CIT_NONCIT", "SEX_T", 5_772_081),
        ("TUNE", "CBR_BIR_NATIVE", "SEX_T", 3_899_031),
        ("TUNE", "CBR_BIR_FOREIGN", "SEX_T", 488_206),
        ("XWAP", "CBR_BIR_NATIVE", "SEX_T", 146_187_450),
        ("XWAP", "CBR_BIR_FOREIGN", "SEX_T", 17_451_750),
    ],
)
def test_american_community_survey(estimates: Estimates, concept: str, code: str, sex: str, expected: int) -> None:
    cells = estimates(WHOLE_COUNTRY_FILE)
    assert persons(cells, concept, code, sex) == exactly(expected)


@pytest.mark.parametrize(
    ("wave", "native", "foreign", "unknown"),
    [("2016-Q3", 386_006, 22_717, 0), ("2016-Q4", 387_972, 18_507, 583)],
)
def test_argentina_employed_by_birth(estimates: Estimates, wave: str, native: int, foreign: int, unknown: int) -> None:
    cells = estimates(Partition("ARG.eph", wave))
    found = [persons(cells, "TEMP", code) for code in BIRTH]
    assert found == [exactly(value) for value in (native + foreign + unknown, native, foreign, unknown)]


@pytest.mark.parametrize(
    ("wave", "native", "foreign", "unknown", "born_in_paraguay"),
    [("2021-Q3", 11_685_295, 702_871, 4_010, 202_383), ("2025-Q1", 12_476_237, 758_134, 3_620, 210_832)],
)
def test_whole_quarters_of_argentina(
    estimates: Estimates, wave: str, native: int, foreign: int, unknown: int, born_in_paraguay: int
) -> None:
    cells = estimates(Partition("ARG.eph", wave))
    found = [persons(cells, "TEMP", code) for code in BIRTH]
    assert found == [exactly(value) for value in (native + foreign + unknown, native, foreign, unknown)]
    of_country = cells.filter("indicator = 'MST_FORE_SEX_CBR_NB' and sex = 'SEX_T' and classif1 = 'CBR_BRT_PRY'")
    assert [row[0] * 1000 for row in of_country.project("obs_value").fetchall()] == [exactly(born_in_paraguay)]


def test_argentina_has_one_employed_person_of_unknown_birthplace(estimates: Estimates) -> None:
    assert number(estimates(Partition("ARG.eph", "2016-Q4")), "TEMP", "CBR_BIR_X")[1] == 1


def test_uruguay_has_few_foreign_born_and_flags_them(estimates: Estimates) -> None:
    cells = estimates(Partition("URY.ech", "2018"))
    assert persons(cells, "TEMP", "CBR_BIR_NATIVE") == exactly(19_819)
    assert number(cells, "TEMP", "CBR_BIR_FOREIGN") == (exactly(531), 14, "U")


def test_brazil_does_not_ask_the_birthplace_and_gives_totals_only(estimates: Estimates) -> None:
    cells = estimates(Partition("BRA.pnadc", "2017-Q4"))
    assert persons(cells, "TEMP", "CBR_BIR_TOTAL") == pytest.approx(225_531.768, abs=0.0005)
    assert persons(cells, "TUNE", "CBR_BIR_TOTAL") == pytest.approx(25_089.067, abs=0.0005)
    codes = {code for row in cells.project("classif1, classif2").distinct().fetchall() for code in row}
    assert {code for code in codes if code.startswith(("CBR_", "CCT_"))} == {"CBR_BIR_TOTAL", "CCT_CIT_TOTAL"}
    notes = {row[0] for row in cells.project("note_classif").distinct().fetchall()}
    assert all("not asked by the source" in note for note in notes)


def test_spain_counts_the_employed_of_its_budget_survey_by_birth_and_nationality(estimates: Estimates) -> None:
    """Sums of FACTOR over the producer's file, made apart from this pipeline."""
    cells = estimates(Partition("ESP.epf", "2022"))
    found = [persons(cells, "TEMP", code) for code in ("CBR_BIR_NATIVE", "CBR_BIR_FOREIGN", "CCT_CIT_NONCIT")]
    assert found == [pytest.approx(value, abs=1e-3) for value in (17_355_591.42, 3_316_778.955, 2_114_801.029)]


def test_south_africa_gives_totals_and_the_errors_of_its_own_strata_and_units(estimates: Estimates) -> None:
    cells = estimates(Partition("ZAF.qlfs", "2015-Q1"))
    assert persons(cells, "TEMP", "CBR_BIR_TOTAL") == pytest.approx(15_649_488.905, abs=1e-3)
    codes = {code for row in cells.project("classif1, classif2").distinct().fetchall() for code in row}
    assert {code for code in codes if code.startswith(("CBR_", "CCT_"))} == {"CBR_BIR_TOTAL", "CCT_CIT_TOTAL"}
    employed = cells.filter(
        "indicator = 'MST_TEMP_SEX_AGE_CBR_NB' and sex = 'SEX_T' and classif1 = 'AGE_YTHADULT_YGE15'"
    )
    assert employed.project("se, obs_status").fetchall() == [(pytest.approx(164.49434352936274), "B")]


def test_chile_gives_the_unemployment_rate_that_ine_published(estimates: Estimates) -> None:
    cells = estimates(Partition("CHL.ene", "2020-Q1"))
    unemployed, labour_force = (persons(cells, concept, "CBR_BIR_TOTAL") for concept in ("TUNE", "TEAP"))
    assert round(100 * unemployed / labour_force, 1) == 8.2


def test_synthetic_files_say_so_with_every_number(estimates: Estimates) -> None:
    for partition in (Partition("AUT.eusilc", "2006"), Partition("GHA.glss", "2005")):
        notes = {row[0] for row in estimates(partition).project("note_source").distinct().fetchall()}
        assert all(note.startswith("Synthetic data: ") for note in notes)


def test_ghana_gives_employment_and_nothing_that_needs_unemployment(estimates: Estimates) -> None:
    cells = estimates(Partition("GHA.glss", "2005"))
    concepts = {row[0].split("_")[1] for row in cells.project("indicator").distinct().fetchall()}
    assert concepts == {"XWAP", "TEMP", "NCTP", "NCTE", "WNCT", "XNCT", "IMEC"}
    citizens, others, all_ = (
        persons(cells, "TEMP", code) for code in ("CCT_CIT_CITIZEN", "CCT_CIT_NONCIT", "CCT_CIT_TOTAL")
    )
    assert 0 < others < citizens
    assert citizens + others == exactly(all_)


def test_lis_counts_puerto_ricans_as_native(estimates: Estimates) -> None:
    cells = estimates(Partition("USA.lis", "2016"))
    assert number(cells, "XWAP", "CBR_BIR_TOTAL")[1] == 2070
    assert number(cells, "XWAP", "CBR_BIR_FOREIGN")[1] == 316


@pytest.mark.parametrize("partition", SMALL_FILES, ids=lambda partition: partition.key)
def test_every_record_is_harmonised_and_every_number_carries_its_coverage(
    partition: Partition, estimates: Estimates
) -> None:
    cells = estimates(partition)
    source = load_survey(partition.source)
    covered = source.coverage.population_in(partition.wave)
    notes = {row[0] for row in cells.project("note_source").distinct().fetchall()}
    assert covered
    assert all(text.en in note for text in covered for note in notes)
