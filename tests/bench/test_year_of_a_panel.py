"""A year of a rotating panel compared with R's package survey: four quarters, one identifier of a dwelling for all."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow
import pyarrow.compute
import pytest
from r_survey import answers_about

from bench.agreement import Answers, largest_difference
from bench.r_survey import Answer, Question
from schemas.loader import load_survey
from schemas.partition import Partition
from schemas.survey import Consolidation, Survey
from transforms.consolidate import pool, pooled_source
from transforms.estimate import estimate
from transforms.estimate.scores import NumberKey, Scores, covariances, read_scores
from transforms.harmonise import harmonise
from transforms.overlap import measure_overlap
from transforms.read import RawInput, read_wave

pytestmark = [pytest.mark.mirror, pytest.mark.slow]

YEAR = Partition("ARG.eph", "2022")
QUARTERS = [f"2022-Q{quarter}" for quarter in range(1, 5)]
AGREED = 1e-8
ADULTS = "AGE_YTHADULT_YGE15"
# Our indicator -> how R is asked (statistic, y, x, domain), and how many of our units are a person, or the whole
ASKED = {
    "MST_TEMP_SEX_AGE_CBR_NB": ("total", "employed", "one", "employed", 0.001),
    "MST_TUNE_SEX_AGE_CBR_RT": ("ratio", "unemployed", "active", "active", 100.0),
}
BIRTHS = {"TOTAL": "true", "FOREIGN": "birth_status = 'foreign'", "NATIVE": "birth_status = 'native'"}


@pytest.fixture(scope="module")
def quarters(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The persons of each quarter, harmonised."""
    source, folder = load_survey(YEAR.source), tmp_path_factory.mktemp("quarters")
    cores = {}
    for wave in QUARTERS:
        (file,) = (mirror / "microdata/arg_eph_complete" / wave).glob("*.zip")
        raw, core = folder / f"{wave}.raw.parquet", folder / f"{wave}.parquet"
        work, columns = folder / "work", source.record_columns(wave)
        where = f"{YEAR.source}|{wave}"
        read_wave(source.wave_read(wave), [RawInput(file, "data")], columns, raw, where=where, workdir=work)
        harmonise(source, Partition(YEAR.source, wave), raw, core)
        cores[wave] = core
    return cores


@pytest.fixture(scope="module")
def ours(quarters: dict[str, Path], tmp_path_factory: pytest.TempPathFactory) -> Answers:
    """The year's numbers under the source's own declaration."""
    return estimated(load_survey(YEAR.source), quarters, tmp_path_factory.mktemp("year"))


def estimated(source: Survey, quarters: dict[str, Path], folder: Path) -> Answers:
    """The year's numbers, in the units of R: persons and proportions."""
    core, cells = folder / "core.parquet", folder / "cells.parquet"
    pool(source, quarters, core)
    estimate(pooled_source(source, YEAR.wave, QUARTERS), YEAR, core, cells, vintage="", indicators=list(ASKED))
    with duckdb.connect() as connection:
        rows = connection.execute(
            "select indicator, classif2, obs_value, se, degrees_of_freedom, lower_bound, upper_bound"
            f" from '{cells}' where sex = 'SEX_T' and classif1 = '{ADULTS}'"
        ).fetchall()
    found = {row[:2]: row[2:] for row in rows}
    answers = {}
    for question, (indicator, birth, unit) in zip(questions(), of_ours(), strict=True):
        value, error, degrees, low, high = found[indicator, f"CBR_BIR_{birth}"]
        answers[question] = Answer(value / unit, error / unit, degrees, low / unit, high / unit)
    return answers


def of_ours() -> list[tuple[str, str, float]]:
    return [(indicator, birth, asked[-1]) for indicator, asked in ASKED.items() for birth in BIRTHS]


def questions() -> list[Question]:
    return [
        Question("year", "fail", statistic, y, x, f"{domain}_{birth}")
        for statistic, y, x, domain, _ in ASKED.values()
        for birth in BIRTHS
    ]


@pytest.fixture(scope="module")
def persons(quarters: dict[str, Path]) -> pyarrow.Table:
    """The records of all quarters for R, each weight divided by four; a dwelling has one identifier all year."""
    statuses = {"employed": "'employed'", "unemployed": "'unemployed'", "active": "'employed', 'unemployed'"}
    is_in = {
        name: f"coalesce(age >= 15 and labour_force_status in ({values}), false)" for name, values in statuses.items()
    }
    flags = is_in | {
        f"{name}_{birth}": f"{is_in[name]} and {where}"
        for name in ("employed", "active")
        for birth, where in BIRTHS.items()
    }
    columns = "".join(f", cast({where} as integer) as {name}" for name, where in flags.items())
    files = ", ".join(f"'{core}'" for core in quarters.values())
    with duckdb.connect() as connection:
        return connection.sql(
            f"select weight / 4 as weight, stratum, psu, 1 as one{columns}"
            f" from read_parquet([{files}]) where weight > 0"
        ).to_arrow_table()


def test_records_and_persons_of_2022(quarters: dict[str, Path]) -> None:
    overlap = measure_overlap(quarters)
    assert (overlap.records, overlap.persons) == (198_097, 124_633)
    # 93 of 100 records have the sex and the age of the one before with the same identifier
    assert overlap.agreeing / overlap.compared == pytest.approx(0.93, abs=0.01)


def test_persons_of_each_cell_decide_on_its_reliability(quarters: dict[str, Path], tmp_path: Path) -> None:
    """157 records of unemployed foreign-born are of 142 persons; no value and no error depends on it."""
    source, cells = load_survey(YEAR.source), {}
    for follows in (False, True):
        core, made = tmp_path / f"core_{follows}.parquet", tmp_path / f"cells_{follows}.parquet"
        pool(source, quarters, core, follows_persons=follows)
        estimate(pooled_source(source, YEAR.wave, QUARTERS), YEAR, core, made, vintage="")
        cells[follows] = f"'{made}'"
    with duckdb.connect() as connection:
        of_persons = connection.execute(
            f"select n, distinct_persons from {cells[True]} where indicator = 'MST_TUNE_SEX_AGE_CBR_RT'"
            f" and sex = 'SEX_T' and classif1 = '{ADULTS}' and classif2 = 'CBR_BIR_FOREIGN'"
        ).fetchall()
        changed = connection.execute(
            f"select before.obs_status, after.obs_status, count(*) from {cells[False]} as before"
            f" inner join {cells[True]} as after using (indicator, sex, classif1, classif2)"
            " where before.obs_status <> after.obs_status group by all order by all"
        ).fetchall()
        same = "indicator, sex, classif1, classif2, obs_value, n, se, cv, lower_bound, upper_bound, degrees_of_freedom"
        others = connection.execute(
            f"(select {same} from {cells[False]}) except (select {same} from {cells[True]})"
        ).fetchall()
    assert of_persons == [(157, 142)]
    assert changed == [("", "U", 17), ("U", "S", 9)]
    assert others == []


def test_errors_of_the_year_are_those_of_r_with_one_identifier_of_a_dwelling(
    ours: Answers, persons: pyarrow.Table
) -> None:
    """Linearised variance between dwellings over the year, so with the covariance of their quarters (Wolter 2007)."""
    design = {"psu": "psu", "stratum": "stratum", "weight": "weight"}
    theirs = answers_about("year_of_a_panel", persons, design, questions())
    assert largest_difference(ours, theirs) <= AGREED


def test_quarters_taken_as_independent_would_look_more_precise(
    ours: Answers, quarters: dict[str, Path], tmp_path: Path
) -> None:
    """The covariance matters: with dwellings of their own in each quarter, the errors of the year would be smaller."""
    own = Consolidation(to=["annual"], periods="independent")
    apart = estimated(load_survey(YEAR.source).model_copy(update={"consolidate": own}), quarters, tmp_path)
    ratios = [apart[question].standard_error / ours[question].standard_error for question in ours]
    # about a fifth for totals of the employed, 7 to 12 per cent for unemployment rates, which change more within a year
    assert max(ratios) < 0.95, ratios


CHANGED = NumberKey("MST_TUNE_SEX_AGE_CBR_RT", "SEX_T", ADULTS, "CBR_BIR_FOREIGN")


@pytest.fixture(scope="module")
def rates(
    quarters: dict[str, Path], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, tuple[float, float, Scores]]:
    """Unemployment of the foreign-born in the last two quarters: the rate, its standard error and its scores."""
    source, folder, found = load_survey(YEAR.source), tmp_path_factory.mktemp("rates"), {}
    for wave in QUARTERS[2:]:
        cells, scores = folder / f"{wave}.parquet", folder / f"{wave}.scores.parquet"
        estimate(source, Partition(YEAR.source, wave), quarters[wave], cells, vintage="",
                 indicators=[CHANGED.indicator], scores=scores)  # fmt: skip
        where = " and ".join(f"{name} = '{code}'" for name, code in CHANGED._asdict().items())
        value, error = duckdb.execute(f"select obs_value, se from '{cells}' where {where}").fetchall()[0]
        found[wave] = (value, error, read_scores(scores))
    return found


def linearised(quarters: dict[str, Path], rates: dict[str, tuple[float, float, Scores]]) -> pyarrow.Table:
    """The records of two quarters with one identifier of a dwelling for both, and the linear variables of both rates:
    100 (unemployed - rate x active) / active in all, of the foreign-born, of the change and of the sum of both."""
    selects = []
    for wave, sign in zip(QUARTERS[2:], (-1, 1), strict=True):
        member = "birth_status = 'foreign' and age >= 15 and labour_force_status"
        active = f"cast(coalesce({member} in ('employed', 'unemployed'), false) as integer)"
        unemployed = f"cast(coalesce({member} = 'unemployed', false) as integer)"
        z = f"(100 * {unemployed} - {rates[wave][0]!r} * {active})"
        total = f"(select sum(cast(weight as double) * {active}) from '{quarters[wave]}' where weight > 0)"
        selects.append(
            f"select '{wave}' as wave, stratum, psu, weight, 1 as one, {sign} * {z} / {total} as change,"
            f" {z} / {total} as both_rates from '{quarters[wave]}' where weight > 0"
        )
    with duckdb.connect() as connection:
        return connection.sql(
            f"select *, cast(count(distinct wave) over (partition by stratum, psu) > 1 as integer) as is_shared"
            f" from ({' union all '.join(selects)})"
        ).to_arrow_table()


def test_covariance_of_two_quarters_is_that_of_r_with_one_identifier_of_a_dwelling(
    quarters: dict[str, Path], rates: dict[str, tuple[float, float, Scores]]
) -> None:
    """Between the dwellings of both quarters; then the change with those of one quarter as well, as R has it."""
    (_, error_before, before), (_, error_now, now) = (rates[wave] for wave in QUARTERS[2:])
    (found,) = covariances(now, before, [(CHANGED, CHANGED)])
    records = linearised(quarters, rates)
    shared = records.filter(pyarrow.compute.equal(records["is_shared"], 1))
    design = {"psu": "psu", "stratum": "stratum", "weight": "weight"}
    asked = [Question("shared", "certainty", "total", y, "", "one") for y in ("change", "both_rates")]
    change, both = (each.standard_error for each in answers_about("shared_dwellings", shared, design, asked).values())
    assert found.covariance == pytest.approx((both**2 - change**2) / 4, rel=AGREED)
    # R takes the dwellings of both quarters together as drawn, and here the size of each sample is fixed: of a rate,
    # whose linear variable sums to zero, that changes next to nothing
    whole = [Question("all", "certainty", "total", "change", "", "one")]
    (of_all,) = answers_about("all_dwellings", records, design, whole).values()
    ours = (error_now**2 + error_before**2 - 2 * found.covariance) ** 0.5
    assert ours == pytest.approx(of_all.standard_error, rel=0.001)
