"""The gate on person records: each expectation is met by sound records and not met by records with its one fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from odd_names import ODD_NAMES
from sound_tables import CheckOne, Spoil

from expectations.checks import UNEXPECTED_ROWS, Check, list_checks
from expectations.gate import run_gate
from expectations.parameters import GateParameters
from expectations.run import run_checks
from expectations.subjects import table_columns
from expectations.suites import load_suite
from schemas.errors import GateError
from schemas.tables import QUALITY_RESULT

FAULTS = {
    "has_records": "delete from t",
    "columns_present": "alter table t drop column informality",
    "column_types": "alter table t alter household_id type integer using 1",
    "person_identified": "update t set person_id = null where age = 30",
    "person_once": "update t set person_id = 'p1' where person_id = 'p2'",
    "value_allowed[labour_force_status]": "update t set labour_force_status = 'retired' where age = 60",
    "value_allowed[sex]": "update t set sex = '1' where age = 30",
    "groups_allowed[education_isced11]": "update t set education_isced11 = '1+12' where age = 30",
    "categories_filled": "update t set informality = null where age = 30",
    "country_allowed[country_of_birth]": "update t set country_of_birth = 'xyz' where birth_status = 'foreign'",
    "missing_kind_given[age]": "update t set age = null where age = 30",
    "missing_kind_given[year_of_arrival]": "update t set year_of_arrival_missing = 'unknown' where age = 40",
    "age_in_range": "update t set age = 999 where age = 69",
    "number_in_range[hours_usual]": "update t set hours_usual = 999 where age = 30",
    "numbers_mostly_in_range[hours_usual]": "update t set hours_usual = 999 where age between 20 and 40",
    "children_out_of_universe": "update t set labour_force_status = 'outside' where age = 12",
    "adults_in_universe": "update t set labour_force_status = 'not_in_universe' where age = 30",
    "adults_mostly_in_universe": "update t set labour_force_status = 'not_in_universe' where age > 40",
    "working_age_follows_age": "update t set working_age = 'no' where age = 30",
    "design_filled": "update t set psu = null where age = 30",
    "weight_usable": "update t set weight = 'inf' where age = 30",
    "weight_positive": "update t set weight = 0 where age = 30",
    "weights_mostly_positive": "update t set weight = 0 where age < 40",
    "no_record_outweighs_others": "update t set weight = 118900000 where age = 30",
    "no_group_hangs_on_one_record": """update t set sex = 'male', birth_status = 'native',
        labour_force_status = 'employed', weight = case when age = 30 then 3500 else weight end""",
    "no_record_decides[monthly_earnings]": """update t set monthly_earnings_missing = null,
        monthly_earnings = case when age = 30 then 1e12 else 2000 + age end where labour_force_status = 'employed'""",
    "mostly_known[hours_usual]": """update t set hours_usual = null, hours_usual_missing = 'unknown'
        where hours_usual is not null and age > 20""",
    "mostly_known[birth_status]": "update t set birth_status = 'unknown', country_of_birth = 'unknown' where age < 50",
    "arrivals_mostly_plausible": "update t set years_since_arrival = age + 10 where years_since_arrival is not null",
    "answered_for_every_job[hours_usual]": """update t set hours_usual = null, hours_usual_missing = 'not_in_universe'
        where labour_force_status = 'employed' and age > 20""",
    "answered_for_nearly_every_job[hours_usual]": """insert into t select t.* from t, range(9);
        update t set hours_usual = null, hours_usual_missing = 'not_in_universe'
        where labour_force_status = 'employed' and age between 20 and 24""",
    "figure_plausible[unemployment_rate]": """insert into t select t.* from t, range(29);
        update t set labour_force_status = 'employed' where labour_force_status = 'unemployed'""",
    "somebody_is_weighted": "update t set weight = 0",
    "both_sexes_present": "update t set sex = 'female'",
    "somebody_is_employed": "update t set labour_force_status = 'outside' where labour_force_status = 'employed'",
    "foreign_born_occur": """insert into t select t.* from t, range(29);
        update t set birth_status = 'native', country_of_birth = 'ZZZ'""",
    "non_citizens_occur": """insert into t select t.* from t, range(29);
        update t set citizenship_status = 'citizen', country_of_citizenship = 'ZZZ'""",
    "every_status_occurs": "update t set labour_force_status = 'outside' where labour_force_status = 'unemployed'",
    "children_not_employed": "update t set labour_force_status = 'employed' where age = 12",
    "age_known": "update t set age = null, age_missing = 'unknown' where age < 30",
    "birth_status_known": "update t set birth_status = 'unknown', country_of_birth = 'unknown' where age < 30",
    "citizenship_status_known": "update t set citizenship_status = 'refused' where age < 30",
    "labour_force_status_known": "update t set labour_force_status = 'refused' where age between 20 and 40",
    "birth_status_asked_of_all_or_none": "update t set birth_status = 'not_asked' where age < 30",
    "citizenship_status_asked_of_all_or_none": "update t set citizenship_status = 'not_available' where age = 30",
    "arrival_before_survey": "update t set year_of_arrival = 2031 where age = 40",
    "arrival_after_birth": "update t set years_since_arrival = 50 where age = 40",
    "age_in_single_years": "update t set age = 10 + 30 * ((age - 10) // 30)",
    "stay_in_single_years": """update t set years_since_arrival_missing = null,
        years_since_arrival = case when age < 40 then 0 else 25 end""",
    "birth_status_agrees_with_country": "update t set country_of_birth = 'ZZZ' where birth_status = 'foreign'",
    "citizenship_status_agrees_with_country": "update t set citizenship_status = 'non_citizen' where age = 30",
    "migrant_worker_in_labour_force": "update t set imw_b_birth = 'yes' where labour_force_status = 'outside'",
    "migrant_worker_residence": "update t set usual_resident = 'no'",
    "migrant_worker_is_migrant": "update t set birth_status = 'native'",
    "finer_agrees_with_coarser": "update t set industry_isic4_division = '97', industry_isic4 = 'Q' where age = 30",
    "underemployed_in_employment": "update t set potential_labour_force = 'yes' where labour_force_status = 'employed'",
    "return_worker_worked_abroad": "update t set return_international_migrant_worker = 'yes' where age = 30",
    "for_work_migrant_is_migrant": "update t set for_work_international_migrant = 'yes' where birth_status = 'native'",
    "residence_agrees_with_arrival": "update t set residence_one_year_ago = 'abroad' where age = 40",
    "residence_mostly_agrees_with_arrival": "update t set residence_one_year_ago = 'abroad'",
    "population_not_too_large": "update t set weight = weight * 100",
    "population_not_too_small": "update t set weight = weight / 4",
    "population_near_published_figure": "update t set weight = weight / 4",
}


def test_sound_records_meet_every_expectation(good_core: Path, parameters: GateParameters, tmp_path: Path) -> None:
    outcome = run_gate("core", good_core, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    assert [result.sentence for result in outcome.results if not result.success] == []
    assert outcome.passed
    outcome.require()


@pytest.mark.parametrize("check_id", FAULTS)
def test_each_fault_is_found(check_id: str, good_core: Path, spoil: Spoil, check_one: CheckOne) -> None:
    result = check_one("core", spoil(good_core, FAULTS[check_id]), check_id)

    assert not result.success
    assert "not checked" not in result.observed


def test_every_expectation_of_the_suite_has_its_fault() -> None:
    assert {check_id.split("[")[0] for check_id in FAULTS} == {entry.id for entry in load_suite("core").expectations}


def test_an_unknown_birthplace_within_the_declared_share_is_no_warning(
    good_core: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    table = spoil(
        good_core, "update t set birth_status = 'unknown', country_of_birth = 'unknown' where age between 20 and 22"
    )

    result = check_one("core", table, "birth_status_known")

    assert result.success
    assert result.observed.endswith("per cent of persons of working age")


def test_shares_are_of_persons_not_of_records(good_core: Path, spoil: Spoil, check_one: CheckOne) -> None:
    heavy = (
        "update t set weight = 1000, citizenship_status = 'unknown', country_of_citizenship = 'unknown' where age = 30"
    )

    result = check_one("core", spoil(good_core, heavy), "citizenship_status_known")

    assert not result.success  # one record of 55, a third of the persons
    assert result.note.startswith("citizenship unknown for 3")


def test_a_question_nobody_was_asked_is_no_fault(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(
        good_core,
        "update t set birth_status = 'not_asked', country_of_birth = 'not_asked', imw_a_birth = 'not_asked'",
    )

    outcome = run_gate("core", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    assert outcome.passed
    assert outcome.warnings == ()


def test_expectations_of_undeclared_facts_are_not_run(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    undeclared = replace(
        parameters,
        clustered=False,
        published_population=None,
        published_minimum_age=None,
        published_tolerance=None,
        un_population=None,
    )
    table = spoil(good_core, "update t set psu = null, weight = weight / 4")

    outcome = run_gate("core", table, undeclared, output=tmp_path / "quality.parquet", data_docs=None)

    assert outcome.passed
    assert not {"design_filled", "population_near_published_figure"} & {result.check.id for result in outcome.results}


@pytest.mark.parametrize(("change", "total"), [("weight / 2", "1,1"), ("weight * 2", "4,5"), ("weight + 2000", "122,")])
def test_a_published_figure_of_everybody_stops_a_population_far_from_it(
    change: str, total: str, good_core: Path, spoil: Spoil, check_one: CheckOne, parameters: GateParameters
) -> None:
    everybody = replace(parameters, published_population=2_275.0, published_minimum_age=0)

    assert check_one("core", good_core, "population_near_published_figure", everybody).success

    table = spoil(good_core, f"update t set weight = {change}")
    result = check_one("core", table, "population_near_published_figure", everybody)

    assert not result.success
    assert result.check.severity == "critical"
    assert result.observed.startswith(total)


def test_a_status_that_the_source_cannot_identify_is_no_warning(
    good_core: Path, spoil: Spoil, check_one: CheckOne, parameters: GateParameters
) -> None:
    table = spoil(good_core, FAULTS["every_status_occurs"])

    assert not check_one("core", table, "every_status_occurs").success
    assert check_one("core", table, "every_status_occurs", replace(parameters, without=("unemployed",))).success


def test_the_error_lists_every_critical_failure_and_what_to_do(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(
        good_core,
        "update t set labour_force_status = 'employed' where age = 12",
        "update t set weight = -1 where age = 30",
        "update t set hours_usual = 200 where age = 40",
    )

    outcome = run_gate("core", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)
    with pytest.raises(GateError) as raised:
        outcome.require()

    message = raised.value.message
    assert "3 critical expectation(s) are not met" in message
    for check_id in ("[children_out_of_universe]", "[children_not_employed]", "[weight_usable]"):
        assert check_id in message
    assert "Nobody below 14 years is employed; found: 1 of 60 rows" in message
    assert "ABC.lfs|2024" in message
    assert "What to do: Check that the right weight column is declared" in message
    assert len(outcome.warnings) == 1
    assert outcome.warnings[0].endswith("values outside their bounds: 1 of 60 rows")


def test_results_are_written_without_any_value_of_a_record(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(
        good_core, "update t set sex = 'S3CRET', labour_force_status = 'S3CRET', person_id = 'S3CRET' where age < 20"
    )
    output = tmp_path / "quality" / "2024.core.parquet"

    run_gate("core", table, parameters, output=output, data_docs=tmp_path / "docs")

    written = pq.read_table(output)
    assert written.column_names == [column.name for column in QUALITY_RESULT]
    rows = {row["check_id"]: row for row in written.to_pylist()}
    assert rows["value_allowed[sex]"]["unexpected"] == 10
    assert rows["value_allowed[sex]"]["checked"] == 60
    assert rows["has_records"] == {
        "source": "ABC.lfs",
        "wave": "2024",
        "stage": "core",
        "check_id": "has_records",
        "description": "There is at least one person record.",
        "severity": "critical",
        "success": True,
        "checked": 60,
        "unexpected": None,
        "observed": "60 rows",
    }
    assert "S3CRET" not in str(rows)
    pages = [file.read_text(encoding="utf-8") for file in (tmp_path / "docs").rglob("*.*") if file.is_file()]
    assert len(pages) == 4
    assert not [page for page in pages if "S3CRET" in page]


def test_a_missing_column_leaves_the_other_expectations_standing(
    good_core: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(good_core, "alter table t drop column birth_status", "alter table t alter age type varchar")

    outcome = run_gate("core", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    results = {result.check.id: result for result in outcome.results}
    assert results["columns_present"].observed == "missing: birth_status"
    assert results["birth_status_agrees_with_country"].observed == "not checked: column birth_status missing"
    assert results["age_in_range"].observed == "not checked: column age of another type"
    assert not results["column_types"].success
    assert results["person_once"].success
    assert not outcome.passed


def test_a_rule_that_got_past_the_allow_list_would_still_read_no_other_file(
    good_core: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n", encoding="utf-8")
    checks = [
        Check(
            id=name,
            description="",
            severity="critical",
            area="structure",
            why="",
            remedy="",
            expectation=UNEXPECTED_ROWS,
            arguments={"unexpected_rows_query": "select 1 from {batch}"},
            counts="rows",
            condition=f"exists (select * from '{file}')",
        )
        for name, file in (("own", good_core), ("other", secret))
    ]

    (own,) = run_checks(checks[:1], good_core, {})
    with pytest.raises(GateError) as raised:
        run_checks(checks, good_core, {})
    log = capfd.readouterr()

    assert own.unexpected == 60
    assert "1 check(s) could not be evaluated: other." in raised.value.message
    assert "is not about the data" in raised.value.message
    assert (log.out, log.err, caplog.text) == ("", "", "")  # an engine's error may quote a value


def test_an_aggregate_that_cannot_be_evaluated_is_no_fault_of_the_data(good_core: Path) -> None:
    check = Check(
        id="mean_weight",
        description="",
        severity="critical",
        area="structure",
        why="",
        remedy="",
        expectation=UNEXPECTED_ROWS,
        arguments={"unexpected_rows_query": "select 1 from {batch} where weight < 0"},
        counts="rows",
        condition="weight < 0",
        observed="avg(cast(sex as integer))",
    )

    with pytest.raises(GateError, match=r"1 check\(s\) could not be evaluated: mean_weight\.") as raised:
        run_checks([check], good_core, {})

    assert "male" not in raised.value.message


def test_a_file_that_is_no_table_is_an_error_in_words(parameters: GateParameters, tmp_path: Path) -> None:
    broken = tmp_path / "core.parquet"
    broken.write_bytes(b"PAR1 cut off")

    with pytest.raises(GateError, match="cannot be read as a Parquet file"):
        run_gate("core", broken, parameters, output=tmp_path / "quality.parquet", data_docs=None)


@pytest.mark.parametrize("name", ODD_NAMES)
def test_whatever_the_folder_is_called_the_records_are_checked(
    good_core: Path, parameters: GateParameters, tmp_path: Path, name: str
) -> None:
    copy, other = tmp_path / name / "core.parquet", tmp_path / "aXc" / "core.parquet"
    for file in (copy, other):
        file.parent.mkdir(exist_ok=True)
    copy.write_bytes(good_core.read_bytes())
    other.write_bytes(b"what a name read as a pattern would find too")

    of_each_kind = {check.expectation: check for check in list_checks(load_suite("core"), parameters)}
    assert len(of_each_kind) > 5
    results = run_checks(list(of_each_kind.values()), copy, table_columns("core"))

    assert [result.sentence for result in results if not result.success] == []


def test_below_folders_of_every_odd_name_the_whole_gate_passes_and_its_results_are_written(
    good_core: Path, parameters: GateParameters, tmp_path: Path
) -> None:
    folder = tmp_path.joinpath(*ODD_NAMES)
    folder.mkdir(parents=True)
    (folder / "core.parquet").write_bytes(good_core.read_bytes())

    outcome = run_gate("core", folder / "core.parquet", parameters, output=folder / "quality.parquet", data_docs=None)

    assert outcome.passed, outcome.critical_failures
    assert (folder / "quality.parquet").is_file()


@pytest.mark.slow
def test_half_a_million_records_fit_in_little_memory(
    tmp_path: Path, good_core: Path, parameters: GateParameters
) -> None:
    table, copies = tmp_path / "core.parquet", 8_334
    with duckdb.connect() as connection:
        connection.execute(
            f"""copy (select p.* replace (person_id || '-' || i as person_id)
                from '{good_core}' p, range({copies}) r(i)) to '{table}' (format parquet)"""
        )
    persons = copies * 2_085.0
    large = replace(parameters, published_population=persons, un_population=persons)

    outcome = run_gate("core", table, large, output=tmp_path / "quality.parquet", data_docs=None, memory_limit="128MB")

    assert outcome.passed, outcome.critical_failures
    assert {result.checked for result in outcome.results} == {60 * copies, None}
