"""Figures that a producer has published: taken in with status and error, in another unit, refused where unknown."""

from __future__ import annotations

import csv
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet
import pytest

from expectations.gate import GateParameters, run_gate
from expectations.suites import SuiteName
from schemas.errors import DeclarationError, GateError, InputError
from schemas.loader import load_folder, load_runnable
from schemas.partition import Partition
from schemas.published import PublishedFigures
from transforms.published import estimate_published, harmonise_published

SOURCE = "ABC.quarterly_tables"
# A statistical office publishes persons in employment by country of birth, each with the half of its 95 % interval.
DECLARED = """
kind: published
title: {en: Employment by country of birth}
producer: Statistical office
citation: Statistical office, table 6
licence: public
landing_page: https://www.example.org
source_type: BA
cadence: quarterly
schedule: "0 6 1 * *"
coverage: {complete: true}
notes: [{type: Quality, attach: indicator, text: {en: levels are rounded}}]
scale: {by_birth: 0.001}
prefixes: {classif1: CBR_BRT_}
waves:
  "2024-Q1": {files: [{name: table.csv, mirror: abc/table.csv}]}
tables:
  by_birth:
    meaning: persons in employment by country of birth and sex
    unit: persons
    key: [indicator, ref_area, sex, classif1, time]
    columns:
      indicator: {type: text}
      ref_area: {type: text}
      sex: {type: text, codes: {All: SEX_T, Women: SEX_F, Men: SEX_M}}
      classif1: {type: text, country: name, codes: {All foreign-born: CBR_BRT_TOTAL}}
      time: {type: text}
      value: {type: number, optional: true}
      margin: {type: number, optional: true}
      status: {type: text, statuses: ilo, optional: true}
    parts:
      - file: table.csv
        constants: {indicator: MST_FORE_SEX_CBR_NB, ref_area: AUT}
        columns: {sex: Sex, classif1: Country, time: Quarter, value: Level, margin: Interval, status: Flag}
"""
HEADER = "Sex,Country,Quarter,Level,Interval,Flag\n"
ROWS = """All,All foreign-born,2024-Q1,30000,1000,
All,Poland,2024-Q1,9000,600,
Women,Poland,2024-Q1,4000,500,U
Men,Poland,2024-Q1,,,
All,Ghana,2024-Q1,12,,C
All,All foreign-born,2023-Q4,29000,1000,
"""
Make = Callable[..., dict[str, dict[str, Any]]]


@pytest.fixture
def declare(tmp_path: Path) -> Callable[..., PublishedFigures]:
    def declared(**changes: str) -> PublishedFigures:
        text = DECLARED
        for old, new in changes.items():
            assert _OLD[old] in text
            text = text.replace(_OLD[old], new)
        folder = tmp_path / "ABC" / "quarterly_tables"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "source.yaml").write_text(text, encoding="utf-8")
        source = load_folder(folder)
        assert isinstance(source, PublishedFigures)
        return source

    return declared


_OLD: Mapping[str, str] = {
    "indicator": "indicator: MST_FORE_SEX_CBR_NB",
    "scale": "scale: {by_birth: 0.001}",
    "column": "      margin: {type: number, optional: true}\n",
    "value": "      value: {type: number, optional: true}\n",
    "interval": "cadence: quarterly",
}


@pytest.fixture
def make(declare: Callable[..., PublishedFigures], tmp_path: Path) -> Make:
    """The numbers of a table, by 'sex classif1', with core.parquet and cells.parquet beside."""

    def made(rows: str = ROWS, **changes: str) -> dict[str, dict[str, Any]]:
        (tmp_path / "table.csv").write_text(HEADER + rows, encoding="utf-8")
        source, partition = declare(**changes), Partition(SOURCE, "2024-Q1")
        core, cells = tmp_path / "core.parquet", tmp_path / "cells.parquet"
        harmonise_published(source, partition, {"table.csv": tmp_path / "table.csv"}, core, workdir=tmp_path)
        estimate_published(source, partition, core, cells, vintage="v")
        found = pyarrow.parquet.read_table(cells, partitioning=None).to_pylist()
        return {f"{row['sex']} {row['classif1']}": row for row in found}

    return made


def test_a_figure_comes_with_its_error_in_the_unit_of_its_indicator(make: Make) -> None:
    poland = make()["SEX_T CBR_BRT_POL"]
    assert poland["obs_value"] == 9.0, "thousands of persons"
    assert poland["se"] == pytest.approx(0.6 / 1.959964)
    assert (poland["lower_bound"], poland["upper_bound"]) == pytest.approx((8.4, 9.6))
    assert poland["cv"] == pytest.approx(100 * 0.6 / 1.959964 / 9)
    assert poland["n"] is None, "the producer tells no cases"
    assert poland["time"] == "2024Q1"


def test_an_interval_of_another_level_gives_the_same_kind_of_error(make: Make) -> None:
    poland = make(interval="cadence: quarterly\ninterval: 90")["SEX_T CBR_BRT_POL"]
    assert poland["se"] == pytest.approx(0.6 / 1.644854)
    assert poland["upper_bound"] == pytest.approx(9 + 1.959964 * 0.6 / 1.644854), "that of 95 per cent"


def test_status_and_producer_travel_and_nothing_is_made_of_an_empty_cell(make: Make) -> None:
    numbers = make()
    assert set(numbers) == {"SEX_T CBR_BRT_TOTAL", "SEX_T CBR_BRT_POL", "SEX_F CBR_BRT_POL", "SEX_T CBR_BRT_GHA"}
    assert numbers["SEX_F CBR_BRT_POL"]["obs_status"] == "U"
    secret = numbers["SEX_T CBR_BRT_GHA"]
    assert (secret["obs_status"], secret["obs_value"], secret["se"]) == ("C", None, None)
    assert numbers["SEX_T CBR_BRT_POL"]["note_source"].startswith("Published figure: estimated and published by Stat")
    assert numbers["SEX_T CBR_BRT_POL"]["note_indicator"] == "Quality: levels are rounded"


def test_a_figure_without_an_error_says_so(make: Make) -> None:
    assert "not given" in make("All,Poland,2024-Q1,9000,,\n")["SEX_T CBR_BRT_POL"]["note_classif"]


def test_every_figure_passes_the_gate(make: Make, declare: Callable[..., PublishedFigures], tmp_path: Path) -> None:
    make()
    parameters = GateParameters.of_tables(declare(), Partition(SOURCE, "2024-Q1"))
    suites: tuple[tuple[SuiteName, str], ...] = (("figures", "core"), ("figure_cells", "cells"))
    for suite, table in suites:
        outcome = run_gate(
            suite, tmp_path / f"{table}.parquet", parameters, output=tmp_path / "results.parquet", data_docs=None
        )
        assert outcome.results
        assert (outcome.critical_failures, outcome.warnings) == ((), ())


def test_a_class_larger_than_its_total_is_stopped(
    make: Make, declare: Callable[..., PublishedFigures], tmp_path: Path
) -> None:
    make("All,All foreign-born,2024-Q1,9000,600,\nAll,Poland,2024-Q1,9900,600,\n")
    parameters = GateParameters.of_tables(declare(), Partition(SOURCE, "2024-Q1"))
    with pytest.raises(GateError, match="total"):
        run_gate(
            "figure_cells", tmp_path / "cells.parquet", parameters, output=tmp_path / "results.parquet", data_docs=None
        ).require()


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ("All,Ruritania,2024-Q1,1,1,\n", "Ruritania"),
        ("All,Poland,2024-Q1,1,1,\nAll,Poland,2024-Q1,2,1,\n", "twice"),
        ("All,Poland,2023-Q4,1,1,\n", "no figure of 2024Q1"),
        ("All,Poland,2024-Q1,a few,1,\n", "'value' is not number"),
        ("Both,Poland,2024-Q1,1,1,\n", "column 'sex' has words that are not declared"),
    ],
)
def test_what_is_not_understood_is_refused(make: Make, rows: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        make(rows)


def test_a_code_of_another_classification_names_where_it_stands(make: Make) -> None:
    with pytest.raises(InputError, match=r"classif1 'CBR_BRT_POL' \(table by_birth\)"):
        make(indicator="indicator: MST_NCTE_SEX_CCT_NB")


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"indicator": "indicator: MST_FORE_SEX_CBR_N"}, r"MST_FORE_SEX_CBR_N, which no kind.*nearest"),
        ({"scale": "scale: {by_sex: 0.001}"}, "no table 'by_sex'"),
        ({"column": "      half: {type: number, optional: true}\n"}, "column 'half' that figures do not have"),
    ],
)
def test_a_declaration_at_fault_names_the_line(
    declare: Callable[..., PublishedFigures], changes: dict[str, str], words: str
) -> None:
    with pytest.raises(DeclarationError, match=words):
        declare(**changes)


@pytest.mark.parametrize(("declared", "priority"), [("", 20), ("\npriority: 60", 60)])
def test_our_estimates_go_first_unless_the_declaration_says_otherwise(
    declare: Callable[..., PublishedFigures], declared: str, priority: int
) -> None:
    assert declare(interval=f"cadence: quarterly{declared}").priority == priority


@pytest.mark.mirror
def test_eurostats_figures_are_those_of_its_file(mirror: Path, tmp_path: Path) -> None:
    source, partition = load_runnable("X01.eurostat_lfs"), Partition("X01.eurostat_lfs", "2022")
    assert isinstance(source, PublishedFigures)
    files = {each.name: mirror / str(each.mirror) for each in source.waves["2022"].files}
    core = tmp_path / "core.parquet"
    made = harmonise_published(source, partition, files, core, workdir=tmp_path)
    plain = " union all ".join(
        f"select OBS_VALUE from read_csv('{file}') where TIME_PERIOD = 2022 and OBS_VALUE is not null"
        for file in files.values()
    )
    expected = duckdb.execute(f"select count(*), round(sum(OBS_VALUE), 3) from ({plain})").fetchall()
    assert duckdb.execute(f"select count(*), round(sum(value), 3) from read_parquet('{core}')").fetchall() == expected
    assert made.count == expected[0][0] == 347
    spain = "ref_area = 'ESP' and indicator = 'MST_TEMP_SEX_AGE_CCT_NB' and sex = 'SEX_T'"
    foreigners = f"select value from read_parquet('{core}') where {spain} and classif2 = 'CCT_CIT_NONCIT'"
    assert duckdb.execute(foreigners).fetchall() == [(2677.8,)]


@pytest.mark.mirror
def test_the_cost_of_remittances_is_that_of_the_file(mirror: Path, tmp_path: Path) -> None:
    source, partition = load_runnable("X01.remittance_prices"), Partition("X01.remittance_prices", "2020-Q3")
    assert isinstance(source, PublishedFigures)
    (file,) = source.waves["2020-Q3"].files
    core = tmp_path / "core.parquet"
    made = harmonise_published(source, partition, {file.name: mirror / str(file.mirror)}, core, workdir=tmp_path)
    with (mirror / str(file.mirror)).open(encoding="utf-8-sig", newline="") as stream:
        written = [row["2020Q3 [YR2020Q3]"] for row in csv.DictReader(stream)]
    plain = [float(word) for word in written if word and word != ".."]
    found = duckdb.execute(f"select count(*), sum(value) from read_parquet('{core}')").fetchall()
    assert found == [(len(plain), pytest.approx(sum(plain)))]
    assert made.count == 367


def test_what_the_producer_writes_for_no_number_is_none(make: Make) -> None:
    given = "      value: {type: number, optional: true, absent: ['..']}\n"
    numbers = make("All,Poland,2024-Q1,..,600,\nAll,Ghana,2024-Q1,7,,\n", value=given)
    assert list(numbers) == ["SEX_T CBR_BRT_GHA"]


@pytest.mark.mirror
@pytest.mark.parametrize(("wave", "total", "regions"), [("2019", 6717, 1), ("2020", 7104, 10), ("2021", 5492, 10)])
def test_remittances_by_region_add_up_to_the_producers_total(
    mirror: Path, tmp_path: Path, wave: str, total: int, regions: int
) -> None:
    source, partition = load_runnable("LKA.remittances"), Partition("LKA.remittances", wave)
    assert isinstance(source, PublishedFigures)
    files = {each.name: mirror / str(each.mirror) for each in source.waves[wave].files}
    core = tmp_path / "core.parquet"
    harmonise_published(source, partition, files, core, workdir=tmp_path)
    figures = dict(duckdb.execute(f"select classif1, value from read_parquet('{core}')").fetchall())
    assert figures.pop("CRS_RES_TOTAL") == total
    assert len(figures) == regions
    if regions > 1:
        assert sum(figures.values()) == pytest.approx(total, abs=2), "rounded to millions"
