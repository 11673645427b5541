"""Small tables that are right in every respect, and ways to spoil them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from itertools import product
from pathlib import Path

import duckdb
import pytest

from expectations.checks import Check, CheckResult, list_checks
from expectations.parameters import GateParameters, stopping_figures
from expectations.run import run_checks
from expectations.subjects import table_columns
from expectations.suites import SuiteName, load_suite
from schemas.concepts import core_columns
from schemas.plausibility import load_plausibility
from schemas.survey_figure import Number, SurveyFigure
from schemas.tables import OBSERVATION

Spoil = Callable[..., Path]
CheckOne = Callable[..., CheckResult]

ASKED = ("age", "sex", "birth_status", "labour_force_status", "hours_usual", "monthly_earnings", "year_of_arrival")
STOPPING_FIGURE = SurveyFigure(
    value=60.0,
    reference="Yearbook 2024, page 12",
    numbers=[
        Number(indicator="MST_TEMP_SEX_AGE_CBR_RT", classif1="AGE_YTHADULT_YGE15", classif2="CBR_BIR_TOTAL"),
    ],
    beyond="stop",
)
PARAMETERS = GateParameters(
    source="ABC.lfs",
    wave="2024",
    ref_area="ZZZ",
    source_code="BA:ABC.lfs",
    time="2024",
    wave_year=2024,
    minimum_age=14,
    maximum_unknown_share=0.2,
    clustered=True,
    synthetic=True,
    partial_coverage=True,
    published_population=2_000.0,
    published_minimum_age=15,
    published_tolerance=0.05,
    asked=ASKED,
    mostly_answered=ASKED,
    figures_told=tuple(load_plausibility().figures),
    complete=True,
    un_population=2_000.0,
    un_year=2020,
    **stopping_figures([STOPPING_FIGURE], "2024"),
)

# Sixty persons of 10 to 69 years: every third foreign-born, every sixth not a citizen, the first four children.
PERSONS = {
    "person_id": "'p' || i",
    "household_id": "'h' || (i // 3)",
    "weight": "35 + (i % 7)",
    "stratum": "'s' || (i % 2)",
    "psu": "'u' || (i % 6)",
    "sex": "case when i % 2 = 0 then 'male' else 'female' end",
    "age": "i + 10",
    "working_age": "case when i >= 5 then 'yes' else 'no' end",
    "country_of_birth": "case when i % 3 = 0 then 'FRA' else 'ZZZ' end",
    "birth_status": "case when i % 3 = 0 then 'foreign' else 'native' end",
    "country_of_citizenship": "case when i % 6 = 0 then 'FRA' else 'ZZZ' end",
    "citizenship_status": "case when i % 6 = 0 then 'non_citizen' else 'citizen' end",
    "usual_resident": "'yes'",
    "guideline_exclusion": "'none'",
    "year_of_arrival": "case when i % 3 = 0 then 2020 end",
    "year_of_arrival_missing": "case when i % 3 <> 0 then 'not_in_universe' end",
    "years_since_arrival": "case when i % 3 = 0 then 4 end",
    "years_since_arrival_missing": "case when i % 3 <> 0 then 'not_in_universe' end",
    "labour_force_status": """case when i < 4 then 'not_in_universe'
        else ['employed', 'employed', 'employed', 'unemployed', 'outside'][i % 5 + 1] end""",
    "hours_usual": "case when i >= 4 and i % 5 < 3 then 40 end",
    "hours_usual_missing": "case when i < 4 or i % 5 >= 3 then 'not_in_universe' end",
    "imw_a_birth": "case when i >= 5 and i % 3 = 0 and i % 5 < 4 then 'yes' else 'no' end",
    "imw_a_citizenship": "case when i >= 5 and i % 6 = 0 and i % 5 < 4 then 'yes' else 'no' end",
    "imw_b_birth": "'no'",
    "imw_b_citizenship": "'no'",
}


def core_query() -> str:
    """The persons above; what is not set there was not asked."""
    columns = []
    for name, kind in core_columns().items():
        absent = "null" if kind != "VARCHAR" or (name.endswith("_missing") and name[:-8] in PERSONS) else "'not_asked'"
        columns.append(f"cast({PERSONS.get(name, absent)} as {kind}) as {name}")
    return f"select {', '.join(columns)} from range(60) persons(i)"


AGES = {
    "AGE_YTHADULT_YGE15": (15, 99), "AGE_YTHADULT_Y15-64": (15, 64), "AGE_YTHADULT_Y15-24": (15, 24),
    "AGE_YTHADULT_YGE25": (25, 99), "AGE_AGGREGATE_TOTAL": (15, 99), "AGE_AGGREGATE_Y15-24": (15, 24),
    "AGE_AGGREGATE_Y25-54": (25, 54), "AGE_AGGREGATE_Y55-64": (55, 64), "AGE_AGGREGATE_YGE65": (65, 99),
    "AGE_10YRBANDS_TOTAL": (15, 99), "AGE_10YRBANDS_Y15-24": (15, 24), "AGE_10YRBANDS_Y25-34": (25, 34),
    "AGE_10YRBANDS_Y35-44": (35, 44), "AGE_10YRBANDS_Y45-54": (45, 54), "AGE_10YRBANDS_Y55-64": (55, 64),
    "AGE_10YRBANDS_YGE65": (65, 99),
}  # fmt: skip
SEXES = {"SEX_T": ("male", "female"), "SEX_M": ("male",), "SEX_F": ("female",)}
ORIGINS = {
    "CBR": {
        "CBR_BIR_TOTAL": ("native", "foreign", "unknown"),
        "CBR_BIR_NATIVE": ("native",),
        "CBR_BIR_FOREIGN": ("foreign",),
        "CBR_BIR_X": ("unknown",),
    },
    "CCT": {
        "CCT_CIT_TOTAL": ("citizen", "non_citizen", "unknown"),
        "CCT_CIT_CITIZEN": ("citizen",),
        "CCT_CIT_NONCIT": ("non_citizen",),
        "CCT_CIT_X": ("unknown",),
    },
}
STATUSES = {
    "XWAP": ("employed", "unemployed", "outside"),
    "TEAP": ("employed", "unemployed"),
    "TEMP": ("employed",),
    "TUNE": ("unemployed",),
    "TEIP": ("outside",),
}
DENOMINATORS = {"TEAP": "XWAP", "TEMP": "XWAP", "TUNE": "TEAP", "TEIP": "XWAP"}
UNKNOWN_BIRTH = 97


Person = tuple[str, int, str, str, str, float]


def _people() -> list[Person]:
    """Two hundred persons: sex, age, birth, citizenship, status, weight; one of unknown birth and citizenship."""
    people = []
    for i in range(200):
        birth = "unknown" if i == UNKNOWN_BIRTH else "foreign" if i % 4 == 0 else "native"
        citizenship = "unknown" if i == UNKNOWN_BIRTH else "non_citizen" if i % 8 == 0 else "citizen"
        status = ("employed", "unemployed", "outside", "employed", "employed")[i % 5]
        people.append((("male", "female")[i % 2], 15 + (i * 7) % 60, birth, citizenship, status, 100.0 + i % 3))
    return people


SECTORS = {
    "ECO_SECTOR_TOTAL": (0, 1, 2, 3),
    "ECO_SECTOR_AGR": (0,),
    "ECO_SECTOR_NAG": (1, 2),
    "ECO_SECTOR_IND": (1,),
    "ECO_SECTOR_SER": (2,),
    "ECO_SECTOR_X": (3,),
}
COUNTRIES = {"CBR_BRT_TOTAL": (0, 1, 2, 3), "CBR_BRT_ESP": (1, 2), "CBR_BRT_COL": (3,), "CBR_BRT_X": (0,)}
CellRow = tuple[str, str, str, str, float, str, int, float | None]


def wider_rows() -> Iterator[CellRow]:
    """Tables of other shapes: employment by sector, the foreign-born by country, and mean hours of employees.

    Sector and country follow from age, and hours are 30 and a tenth of the age, so that means of parts do not add up.
    """
    for sex, sexes in SEXES.items():
        people = [person for person in _people() if person[0] in sexes]
        for origin, origins in ORIGINS["CBR"].items():
            own = [person for person in people if person[2] in origins and person[4] == "employed"]
            for sector, rests in SECTORS.items():
                working = [person for person in own if person[1] // 4 % 4 in rests]
                yield _row("MST_TEMP_SEX_ECO_CBR_NB", (sex, sector, origin), sum(p[5] for p in working) / 1000, working)
            if own:
                mean = sum(p[5] * (30 + p[1] / 10) for p in own) / sum(p[5] for p in own)
                yield _row("HOW_XEES_SEX_CBR_NB", (sex, origin, ""), mean, own)
        for country, rests in COUNTRIES.items():
            born = [person for person in people if person[2] == "foreign" and person[1] // 4 % 4 in rests]
            yield _row("MST_FORP_SEX_CBR_NB", (sex, country, ""), sum(p[5] for p in born) / 1000, born)


def _row(indicator: str, key: tuple[str, str, str], value: float, cases: list[Person]) -> CellRow:
    n = len(cases)
    return indicator, *key, value, "S" if n < 5 else "U" if n < 15 else "", n, 0.1 if n else None


def cell_rows() -> Iterator[CellRow]:
    """Indicator, sex, age, origin, value, status, cases and standard error of every cell of those persons."""
    people = _people()
    for classification, sex, age in product(ORIGINS, SEXES, AGES):
        low, high = AGES[age]
        group = [person for person in people if person[0] in SEXES[sex] and low <= person[1] <= high]
        for origin, origins in ORIGINS[classification].items():
            own = [person for person in group if person[2 if classification == "CBR" else 3] in origins]
            cases = {concept: [p for p in own if p[4] in statuses] for concept, statuses in STATUSES.items()}
            totals = {concept: sum(p[5] for p in counted) for concept, counted in cases.items()}
            for concept, counted in cases.items():
                n = len(counted)
                flag = "S" if n < 5 else "U" if n < 15 else ""
                name = f"MST_{concept}_SEX_AGE_{classification}"
                yield f"{name}_NB", sex, age, origin, totals[concept] / 1000, flag, n, 0.1 if n else None
                base = totals.get(DENOMINATORS.get(concept, ""), 0)
                if base:
                    yield f"{name}_RT", sex, age, origin, 100 * totals[concept] / base, flag, n, 1.0 if n else None


@pytest.fixture(scope="session")
def good_core(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Person records that meet every expectation."""
    file = tmp_path_factory.mktemp("core") / "2024.parquet"
    with duckdb.connect() as connection:
        connection.execute(f"copy ({core_query()}) to '{file}' (format parquet)")
    return file


@pytest.fixture(scope="session")
def good_cells(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Estimates that meet every expectation."""
    file = tmp_path_factory.mktemp("cells") / "2024.parquet"
    columns = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
    with duckdb.connect() as connection:
        connection.execute(f"create table cells ({columns})")
        connection.execute(
            """create table made
               (indicator text, sex text, age text, origin text, value double, flag text, n int, se double)"""
        )
        connection.executemany(
            "insert into made values (?, ?, ?, ?, ?, ?, ?, ?)", [list(row) for row in (*cell_rows(), *wider_rows())]
        )
        connection.execute(
            """insert into cells by name select 'ZZZ' as ref_area, 'BA:ABC.lfs' as source, indicator, sex,
               age as classif1, origin as classif2, '2024' as time, value as obs_value, flag as obs_status,
               '' as note_classif, 'Labour force concept: 19th ICLS' as note_indicator,
               'Synthetic data: made up | Geographical coverage: two cities' as note_source, n, se,
               100 * se / nullif(value, 0) as cv, case when se is not null then 40 end as degrees_of_freedom,
               '2024' as wave, '0123456789ab' as vintage from made"""
        )
        connection.execute(f"copy cells to '{file}' (format parquet)")
    return file


@pytest.fixture
def spoil(tmp_path: Path) -> Spoil:
    """Write a table again after SQL statements have been run on it (as table `t`)."""

    def write(table: Path, *statements: str) -> Path:
        spoilt = tmp_path / "spoilt.parquet"
        with duckdb.connect() as connection:
            connection.execute(f"create table t as from '{table}'")
            for statement in statements:
                connection.execute(statement)
            connection.execute(f"copy t to '{spoilt}' (format parquet)")
        return spoilt

    return write


@pytest.fixture
def check_one() -> CheckOne:
    """Run the one check of a suite that has this id."""

    def run(suite: SuiteName, table: Path, check_id: str, parameters: GateParameters = PARAMETERS) -> CheckResult:
        checks = [check for check in _checks(suite, parameters) if check.id == check_id]
        return run_checks(checks, table, table_columns(suite))[0]

    return run


@cache
def _checks(suite: SuiteName, parameters: GateParameters) -> list[Check]:
    return list_checks(load_suite(suite), parameters)


@pytest.fixture
def parameters() -> GateParameters:
    """A survey with everything declared that suites can refer to."""
    return PARAMETERS
