"""The declared registers on the producers' own files: figures that the files themselves publish, met exactly."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pytest

from schemas.errors import InputError
from schemas.loader import load_of_kind
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_faults import REGISTER
from transforms.flows import estimate_flows, harmonise_flows
from transforms.read import RawInput

pytestmark = pytest.mark.mirror

Run = Callable[[str], Path]


def inputs(register: Register, partition: Partition, mirror: Path) -> list[RawInput]:
    files = register.waves[partition.wave].files
    return [RawInput(mirror / register.filled(str(file.mirror), partition.wave), file.role) for file in files]


@pytest.fixture(scope="module")
def run(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    """Harmonise and estimate a partition; its folder then holds core.parquet and cells.parquet."""

    @cache
    def once(key: str) -> Path:
        partition = Partition.parse(key)
        register = load_of_kind(REGISTER, partition.source)
        folder = tmp_path_factory.mktemp("register")
        made = harmonise_flows(
            register, partition, inputs(register, partition, mirror), folder / "core.parquet", workdir=folder
        )
        estimate_flows(
            register,
            partition,
            folder / "core.parquet",
            folder / "cells.parquet",
            vintage="test",
            warnings=made.warnings,
        )
        return folder

    return once


def one(folder: Path, query: str) -> Any:
    """The one value of a query of the records and numbers."""
    core, cells = f"read_parquet('{folder}/core.parquet')", f"read_parquet('{folder}/cells.parquet')"
    with duckdb.connect() as connection:
        return connection.execute(query.replace("CORE", core).replace("CELLS", cells)).fetchall()[0][0]


def total(folder: Path, indicator: str, *codes: str) -> float:
    named = [f"'{code}' in (sex, classif1, classif2)" for code in codes]
    return float(one(folder, f"select obs_value from CELLS where indicator = '{indicator}' and {' and '.join(named)}"))


@pytest.mark.parametrize(("country", "departures"), [("KWT", 79_123), ("SAU", 53_902)])
def test_departures_of_sri_lanka_in_2022_are_the_sum_of_their_cells(run: Run, country: str, departures: int) -> None:
    folder = run("LKA.slbfe|2022")
    published = total(folder, "MNA_OEMP_SEX_CDS_NB", "SEX_T", f"CDS_DES_{country}")
    assert published == departures / 1000
    where = f"register_table = 'country_level' and partner_country = '{country}'"
    assert one(folder, f"select sum(value) from CORE where {where}") == departures
    assert one(folder, f"select count(distinct (producer_class, sex)) from CORE where {where}") == 13
    by_sex = [total(folder, "MNA_OEMP_SEX_CDS_NB", sex, f"CDS_DES_{country}") for sex in ("SEX_M", "SEX_F")]
    assert round(sum(by_sex) * 1000) == departures


def test_departures_of_sri_lanka_in_2023_by_district_are_kept_and_not_published(run: Run) -> None:
    folder = run("LKA.slbfe|2023")
    ampara = "register_table = 'district_level_2023' and subnational_area = 'Ampara'"
    assert one(folder, f"select sum(value) from CORE where {ampara}") == 2_271 + 8_138 + 460 + 4_712
    assert one(folder, "select sum(value) from CORE where register_table = 'district_level_2023'") == 297_656
    assert one(folder, "select max(n) from CELLS") == 297_656


@pytest.mark.parametrize(
    ("wave", "granted", "thai"),
    [("2015", 13_313, 4_155), ("2018", 20_841, 5_148), ("2021", 20_753, 5_460), ("2025", 11_100, 1_974)],
)
def test_work_permits_of_sweden_by_citizenship_have_the_totals_of_those_by_occupation(
    run: Run, wave: str, granted: int, thai: int
) -> None:
    """The producer's workbook and the compilation by occupation, in each of the layouts."""
    folder = run(f"SWE.work_permits|{wave}")
    assert total(folder, "REG_PERF_CCT_NB", "CCT_CTZ_TOTAL") == granted
    assert total(folder, "REG_PERF_OCU_NB", "OCU_ISCO08_TOTAL") == granted
    assert total(folder, "REG_PERF_CCT_NB", "CCT_CTZ_THA") == thai


def test_work_permits_of_sweden_in_2022_count_neither_totals_nor_months_twice(run: Run) -> None:
    folder = run("SWE.work_permits|2022")
    assert total(folder, "REG_PERF_OCU_NB", "OCU_ISCO08_TOTAL") == 24_117
    assert one(folder, "select sum(value) from CORE where register_table = 'month' and event = 'first'") == 24_117


def test_the_double_count_of_sweden_in_2022_is_two_of_four_equal_tallies(mirror: Path) -> None:
    """48,234 is not a count of permits: two of the four tallies of the same 24,117, added up."""
    file = mirror / "admin/swe_work_permits/master_work_permits_by_occupation_group.csv"
    query = f"""
        select permit_type_en, is_year_total, occupation_group_sv = 'Totalt' as is_total, sum(granted_count)
        from read_csv('{file}')
        where year = 2022
        group by all
    """
    tallies = {row[:3]: row[3] for row in duckdb.execute(query).fetchall()}
    ways = [(of_the_year, is_total) for of_the_year in (False, True) for is_total in (False, True)]
    assert [tallies["first-time", *way] for way in ways] == [24_117] * 4
    assert [tallies["extension", *way] for way in ways] == [12_849] * 4
    assert 48_234 == 2 * 24_117 != 24_117 + 12_849


@pytest.mark.parametrize(
    ("key", "indicator", "codes", "figure"),
    [
        ("LKA.slbfe|2019", "MNA_OEMP_SEX_OCU_NB", ("SEX_T", "OCU_SKILL_TOTAL"), 203.087),
        ("LKA.slbfe|2021", "MNA_OEMP_SEX_CDS_NB", ("SEX_T", "CDS_DES_TOTAL"), 122.264),
        ("LKA.slbfe|2023", "MNA_OEMP_SEX_CDS_NB", ("SEX_F", "CDS_DES_TOTAL"), 133.048),
        ("USA.dol_h2|2014", "REG_POSC_PRG_OCU_NB", ("PRG_TYPE_TOTAL", "OCU_ISCO08_TOTAL"), 116_689),
        ("IRL.permits|2024", "REG_PERI_CCT_NB", ("CCT_CTZ_TOTAL",), 39_390),
        ("IRL.permits|2024", "REG_PERI_ECO_NB", ("ECO_ISIC4_TOTAL",), 39_390),
        ("GBR.sponsorship|2022", "REG_SPOA_PRG_CCT_NB", ("PRG_TYPE_TOTAL", "CCT_CTZ_TOTAL"), 370_959),
        ("CAN.lmia|2017-S1", "REG_POSC_PRG_OCU_NB", ("PRG_TYPE_TOTAL", "OCU_ISCO08_TOTAL"), 47_492),
        ("USA.state_visas|2010", "REG_VISI_PRG_CCT_NB", ("PRG_TYPE_SEASONAL", "CCT_CTZ_TOTAL"), 55_921),
        ("USA.state_visas|2010", "REG_VISI_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_GUEST"), 47_403),
        ("USA.dol_h2|2019", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_SEASONAL"), 80_178),
        ("USA.dol_h2|2019", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_GUEST"), 66_355 + 25),
        ("USA.dol_h2|2019", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_PROJECT"), 3_855),
        ("LKA.complaints|2021", "REG_CMPL_SEX_NB", ("SEX_T",), 4_185),
        ("LKA.complaints|2021", "REG_CMPS_SEX_NB", ("SEX_T",), 5_620),
        ("USA.oflc|2009", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_TOTAL"), 86_014 + 154_489),
        ("USA.oflc|2012", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_SEASONAL"), 85_248),
        ("USA.oflc|2014", "REG_POSC_SEX_PRG_NB", ("SEX_T", "PRG_TYPE_GUEST"), 93_649),
        ("USA.oflc|2014", "REG_POSC_PRG_OCU_NB", ("PRG_TYPE_GUEST", "OCU_ISCO08_5"), 17_623),
        ("PHL.cfo|2022", "MNA_OPOP_SEX_CDS_NB", ("SEX_T", "CDS_DES_TOTAL"), 40.784),
        ("ARG.dnm|2023", "REG_RESF_SEX_CCT_NB", ("SEX_T", "CCT_CTZ_TOTAL"), 3_007.251),
        ("ARG.dnm|2023", "REG_RESF_SEX_CCT_NB", ("SEX_T", "CCT_CTZ_PRY"), 897.366),
        ("ARG.residences|2017-Q1", "REG_RESG_SEX_PER_NB", ("SEX_T", "PER_GRANT_TEMP"), 32_649),
        ("ARG.residences|2019-Q3", "REG_RESG_SEX_PER_NB", ("SEX_T", "PER_GRANT_SHORT"), 3_805),
        ("ARG.residences|2019-Q3", "REG_RESG_SEX_PER_NB", ("SEX_T", "PER_GRANT_TOTAL"), 48_138),
        ("ARG.dnm|2023", "REG_RESF_SEX_AGE_NB", ("SEX_T", "AGE_REGISTER_YGE50"), 1_082.846),
    ],
)
def test_totals_of_the_files_are_met(run: Run, key: str, indicator: str, codes: tuple[str, ...], figure: float) -> None:
    assert total(run(key), indicator, *codes) == figure


TRAPS = [
    # A plain sum of the producer's column, which counts totals, sub rows or other years, and what it is
    ("USA.dol_h2|2007", "usa_dol_h2/H2a_FY2007.csv", "NBR_WORKERS_CERTIFIED", 89_575, 76_818),
    ("USA.state_visas|2015", "usa_state_visas/FY15.csv", "H-2A", 3 * 108_144, 108_144),
    ("PHL.cfo|2019", "phl_cfo/Countries-Clean.csv", "Emigrants", 2_514_766, 65_152),
]


@pytest.mark.parametrize(("key", "file", "column", "plain", "counted"), TRAPS)
def test_what_a_plain_sum_counts_twice_is_counted_once(
    run: Run, mirror: Path, key: str, file: str, column: str, plain: int, counted: int
) -> None:
    query = f"""select sum(try_cast(replace("{column}", ',', '') as double)) from read_csv(?, all_varchar = true)"""
    with duckdb.connect() as connection:
        assert connection.execute(query, [str(mirror / "admin" / file)]).fetchall() == [(plain,)]
    class_ = " and producer_class = 'H-2A'" if column == "H-2A" else ""
    table = "register_table = (select min(register_table) from CORE)"
    assert one(run(key), f"select sum(value) from CORE where {table} and event <> 'refused'{class_}") == counted


def test_programmes_whose_register_has_no_sex_have_a_total_that_says_so(run: Run) -> None:
    cells = "select {} from CELLS where indicator = 'REG_POSC_SEX_PRG_NB'"
    folder = run("USA.dol_h2|2019")
    assert one(folder, cells.format("string_agg(distinct sex)")) == "SEX_T"
    assert one(folder, cells.format("bool_and(contains(note_classif, 'Sex: total only'))"))


@pytest.mark.parametrize(("key", "time"), [("GBR.sponsorship|2023-Q1", "2023Q1"), ("CAN.lmia|2017-S1", "2017S1")])
def test_part_of_a_year_stands_under_its_own_name(run: Run, key: str, time: str) -> None:
    assert one(run(key), "select string_agg(distinct concat_ws(' ', time, obs_status)) from CELLS").strip() == time


@pytest.mark.parametrize(("wave", "status"), [("2001", ""), ("2007", "B"), ("2014", ""), ("2019", "B")])
def test_a_year_of_the_other_programme_is_a_break(run: Run, wave: str, status: str) -> None:
    """H-2B in 2001, H-2A in 2007 and 2014, H-2B again in 2019: the two are not one series."""
    folder = run(f"USA.dol_h2|{wave}")
    assert one(folder, "select string_agg(distinct obs_status) from CELLS") == status
    programme = "H-2A" if wave in ("2007", "2014") else "H-2B"
    assert one(folder, f"select bool_and(contains(note_source, 'programme {programme} only')) from CELLS")


def test_the_seasonal_programme_is_the_same_alone_and_beside_the_other(run: Run) -> None:
    alone, both = run("USA.dol_h2|2014"), run("USA.oflc|2014")
    for codes in (("SEX_T", "PRG_TYPE_SEASONAL"), ("PRG_TYPE_SEASONAL", "OCU_ISCO08_9")):
        indicator = "REG_POSC_SEX_PRG_NB" if "SEX_T" in codes else "REG_POSC_PRG_OCU_NB"
        assert total(alone, indicator, *codes) == total(both, indicator, *codes)
    assert total(both, "REG_POSC_SEX_PRG_NB", "SEX_T", "PRG_TYPE_TOTAL") == 116_689 + 93_649


def test_what_a_file_no_longer_covers_is_a_break(run: Run) -> None:
    permanent = "in support of permanent residence only"
    before, after = run("CAN.lmia|2017-S1"), run("CAN.lmia|2019-Q4")
    assert one(before, f"select bool_and(contains(note_source, 'with assessments {permanent}')) from CELLS")
    assert one(after, f"select bool_and(contains(note_source, 'without assessments {permanent}')) from CELLS")
    assert one(after, "select string_agg(distinct obs_status) from CELLS") == "B"


def test_a_new_classification_is_flagged_as_a_break(run: Run) -> None:
    assert one(run("SWE.work_permits|2018"), "select string_agg(distinct obs_status) from CELLS") == "B"
    assert one(run("SWE.work_permits|2019"), "select string_agg(distinct obs_status) from CELLS") == ""


def test_shifted_headers_of_sri_lanka_in_2021_contradict_the_other_tables(mirror: Path, tmp_path: Path) -> None:
    """Read under the headers as they stand, the table by country gives other sums by level and sex."""
    partition = Partition("LKA.slbfe", "2021")
    declared = load_of_kind(REGISTER, "LKA.slbfe")
    tables = dict(declared.tables)
    as_it_stands = {**tables["country_level_shifted"].variables, **tables["level_sex"].variables}
    tables["country_level_shifted"] = tables["country_level_shifted"].model_copy(update={"variables": as_it_stands})
    register = declared.model_copy(update={"tables": tables})
    with pytest.raises(InputError, match="table 'country_level_shifted' and table 'level_sex' disagree"):
        harmonise_flows(
            register, partition, inputs(register, partition, mirror), tmp_path / "core.parquet", workdir=tmp_path
        )


def test_no_emigrant_is_in_an_outflow_for_employment(run: Run) -> None:
    folder = run("PHL.cfo|2019")
    assert one(folder, "select string_agg(distinct indicator) from CELLS") == "MNA_OPOP_SEX_CDS_NB"
    assert one(folder, "select string_agg(distinct concept) from CORE") == "permanent_emigration"


@pytest.mark.parametrize(
    ("key", "indicator", "total_", "parts"),
    [
        ("LKA.slbfe|2019", "MNA_OEMP_SEX_CDS_NB", 203.087, "203,096 and 203,087"),
        ("LKA.slbfe|2022", "MNA_OEMP_SEX_CDS_NB", 311.056, "311,055 and 311,056"),
        ("LKA.slbfe|2022", "REG_OEMP_SEX_AGE_NB", 311.056, "311,059 and 311,056"),
        ("PHL.cfo|2010", "MNA_OPOP_SEX_CDS_NB", 86.075, "86,070 and 86,075"),
    ],
)
def test_one_total_stands_for_all_series_and_parts_that_differ_say_so(
    run: Run, key: str, indicator: str, total_: float, parts: str
) -> None:
    folder = run(key)
    assert one(folder, f"select max(obs_value) from CELLS where indicator = '{indicator}'") == total_
    said = f"contains(note_classif, 'the parts do not add up to their total, {parts}')"
    assert one(folder, f"select bool_and({said}) from CELLS where indicator = '{indicator}'")


@pytest.mark.parametrize("indicator", ["MNA_OEMP_SEX_CDS_NB", "MNA_OEMP_SEX_OCU_NB"])
def test_totals_by_sex_are_given_where_only_a_table_by_sex_has_them(run: Run, indicator: str) -> None:
    by_sex = f"select obs_value from CELLS where indicator = '{indicator}' and sex = "
    assert one(run("LKA.slbfe|2019"), by_sex + "'SEX_M'") == 122.257
    assert one(run("LKA.slbfe|2019"), by_sex + "'SEX_F'") == 80.830
