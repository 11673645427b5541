"""The gate on estimates: each expectation is met by sound cells and not met by cells with its one fault."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import duckdb
import pytest
from sound_tables import CheckOne, Spoil

from expectations.gate import run_gate
from expectations.parameters import GateParameters
from expectations.suites import load_suite
from schemas.errors import GateError

TOTALS = "sex = 'SEX_T' and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'CBR_BIR_TOTAL'"
EMPLOYED = f"indicator = 'MST_TEMP_SEX_AGE_CBR_NB' and {TOTALS}"
POPULATION = f"indicator = 'MST_XWAP_SEX_AGE_CBR_NB' and {TOTALS}"
LEFT_OUT = "MST_TEIP_SEX_AGE_CBR_NB"
ONE_BAND = "classif1 = 'AGE_AGGREGATE_Y25-54'"

FAULTS = {
    "has_cells": "delete from t",
    "columns_present": "alter table t add column person_id text",
    "column_types": "alter table t alter n type integer",
    "key_filled": "update t set sex = null where n = 7",
    "key_once": f"insert into t from t where {EMPLOYED}",
    "own_partition": "update t set time = '2023'",
    "code_allowed[indicator]": f"update t set indicator = 'MST_TEMP_SEX_AGE_CBR' where {EMPLOYED}",
    "code_allowed[sex]": "update t set sex = 'SEX_O' where sex = 'SEX_F'",
    "code_allowed[classif1]": "update t set classif1 = 'AGE_10YRBANDS_YLT15' where classif1 = 'AGE_10YRBANDS_YGE65'",
    "code_allowed[classif2]": "update t set classif2 = 'CBR_BIR_OTHER' where classif2 = 'CBR_BIR_X'",
    "code_allowed[obs_status]": "update t set obs_status = 'Q' where obs_status = ''",
    "codes_belong_to_indicator": "update t set classif2 = 'CCT_CIT_X' where classif2 = 'CBR_BIR_X'",
    "table_complete": f"delete from t where {EMPLOYED}",
    "every_count_given": f"delete from t where {EMPLOYED}",
    "left_out_stays_out": f"update t set indicator = '{LEFT_OUT}' where {EMPLOYED}",
    "vintage_named": "update t set vintage = ''",
    "value_usable": f"update t set obs_value = 'nan' where {EMPLOYED}",
    "confidential_empty": f"update t set obs_status = 'C', obs_value = null where {EMPLOYED}",
    "rate_within_hundred": f"update t set obs_value = 100.1 where indicator = 'MST_TEMP_SEX_AGE_CBR_RT' and {TOTALS}",
    "cases_counted": f"update t set n = 0 where {EMPLOYED}",
    "persons_within_cases": f"update t set distinct_persons = n + 1 where {EMPLOYED}",
    "standard_error_usable": f"update t set se = -1 where {EMPLOYED}",
    "standard_error_explained": f"update t set se = null where {EMPLOYED}",
    "standard_error_given_by_units": (
        f"update t set degrees_of_freedom = 0 where indicator = 'MST_TEMP_SEX_AGE_CBR_RT' and {TOTALS}"
    ),
    "degrees_of_freedom_given": f"update t set degrees_of_freedom = null where {EMPLOYED}",
    "coefficient_of_variation_agrees": f"update t set cv = 2 * cv where {EMPLOYED}",
    "few_cases_flagged": "update t set obs_status = 'U' where n = 4",
    "enough_cases_not_flagged": "update t set obs_status = 'U' where n = 15",
    "enough_reliable_numbers": "update t set n = 3",
    "published_figures_met": (
        f"update t set obs_value = 66, se = 1.9 where indicator = 'MST_TEMP_SEX_AGE_CBR_RT' and {TOTALS}"
    ),
    "synthetic_said": "update t set note_source = 'Geographical coverage: two cities'",
    "partial_coverage_said": "update t set note_source = 'Synthetic data: made up'",
    "not_asked_said": "delete from t where classif2 in ('CBR_BIR_NATIVE', 'CBR_BIR_FOREIGN', 'CBR_BIR_X')",
    "sexes_add_up": f"update t set obs_value = obs_value * (1 + 1e-7) where {EMPLOYED}",
    "sex_known": "update t set n = n + 1 where sex = 'SEX_T'",
    "births_add_up": "update t set n = n - 1, obs_value = 0.9 * obs_value where classif2 = 'CBR_BIR_FOREIGN' and n > 0",
    "citizenships_add_up": "delete from t where classif2 = 'CCT_CIT_NONCIT'",
    "age_bands_add_up": f"update t set obs_value = obs_value * (1 + 1e-7) where {ONE_BAND}",
    "youth_and_adults_add_up": "update t set obs_value = obs_value + 1 where classif1 = 'AGE_YTHADULT_Y15-24'",
    "age_known": "update t set n = n + 1 where classif1 = 'AGE_10YRBANDS_TOTAL'",
    "groups_add_up": "update t set obs_value = obs_value + 0.001 where classif1 = 'ECO_SECTOR_AGR'",
    "sectors_add_up": "update t set obs_value = obs_value + 0.001 where classif1 = 'ECO_SECTOR_IND'",
    "totals_agree": "update t set obs_value = 0.5 * obs_value where classif1 = 'AGE_AGGREGATE_TOTAL'",
    "citizenship_and_birth_tables_agree": f"update t set obs_value = obs_value + 0.001 where {EMPLOYED}",
    "labour_force_adds_up": f"update t set obs_value = obs_value + 0.001 where {EMPLOYED}",
    "working_age_covers_all": f"update t set obs_value = obs_value + 0.001 where {POPULATION}",
    "rate_recomputed[MST_TUNE_SEX_AGE_CBR_RT]": (
        f"update t set obs_value = obs_value + 0.0001 where indicator = 'MST_TUNE_SEX_AGE_CBR_RT' and {TOTALS}"
    ),
    "rate_given[MST_TEAP_SEX_AGE_CCT_RT]": "delete from t where indicator = 'MST_TEAP_SEX_AGE_CCT_RT'",
}


def test_sound_cells_meet_every_expectation(good_cells: Path, parameters: GateParameters, tmp_path: Path) -> None:
    outcome = run_gate("cells", good_cells, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    failed = [result.sentence for result in outcome.results if not result.success]
    assert failed == []
    assert outcome.passed


@pytest.mark.parametrize("check_id", FAULTS)
def test_each_fault_is_found(
    check_id: str, good_cells: Path, spoil: Spoil, check_one: CheckOne, parameters: GateParameters
) -> None:
    declared = replace(parameters, left_out=(LEFT_OUT,)) if check_id == "left_out_stays_out" else parameters

    result = check_one("cells", spoil(good_cells, FAULTS[check_id]), check_id, declared)

    assert not result.success
    assert "not checked" not in result.observed


@pytest.mark.parametrize(("value", "se"), [(62.9, 0.1), (66.0, 2.1)])
def test_a_number_near_a_published_figure_in_per_cent_or_in_standard_errors_stops_nothing(
    value: float, se: float, good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    """The figure is 60: 62.9 is 4.8 per cent more, and 66 less than three standard errors."""
    rate = f"indicator = 'MST_TEMP_SEX_AGE_CBR_RT' and {TOTALS}"
    table = spoil(good_cells, f"update t set obs_value = {value}, se = {se} where {rate}")
    assert check_one("cells", table, "published_figures_met").success


def test_the_figure_that_stops_a_wave_is_named(
    good_cells: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(good_cells, FAULTS["published_figures_met"])
    outcome = run_gate("cells", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)
    said = "MST_TEMP_SEX_AGE_CBR_RT SEX_T AGE_YTHADULT_YGE15 CBR_BIR_TOTAL 60.0 (Yearbook 2024, page 12)"
    assert any(said in failure for failure in outcome.critical_failures)


OTHER_SHAPES = {
    "a country that is left out": ("groups_add_up", "delete from t where classif1 = 'CBR_BRT_ESP'"),
    "a sector that is left out": ("groups_add_up", "delete from t where classif1 = 'ECO_SECTOR_NAG'"),
    "a sector that is left out for one origin": (
        "table_complete",
        "delete from t where classif1 = 'ECO_SECTOR_X' and classif2 = 'CBR_BIR_X'",
    ),
    "tables that disagree": (
        "totals_agree",
        "update t set obs_value = 2 * obs_value where indicator = 'MST_TEMP_SEX_ECO_CBR_NB'",
    ),
    "totals without a reason": (
        "not_asked_said",
        "delete from t where indicator like 'HOW%' and classif1 <> 'CBR_BIR_TOTAL'",
    ),
    "a citizenship in a table by birth": (
        "codes_belong_to_indicator",
        "update t set classif1 = 'CCT_CTZ_ESP' where classif1 = 'CBR_BRT_ESP'",
    ),
    "a country that no list has": (
        "code_allowed[classif1]",
        "update t set classif1 = 'CBR_BRT_XYZ' where classif1 = 'CBR_BRT_ESP'",
    ),
}


@pytest.mark.parametrize("fault", OTHER_SHAPES)
def test_faults_are_found_in_tables_of_every_shape(
    fault: str, good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    check_id, statement = OTHER_SHAPES[fault]
    result = check_one("cells", spoil(good_cells, statement), check_id)
    assert not result.success
    assert "not checked" not in result.observed


def test_any_country_of_the_code_list_may_be_among_the_largest(
    good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    table = spoil(good_cells, "update t set classif1 = 'CBR_BRT_KOS' where classif1 = 'CBR_BRT_ESP'")
    assert check_one("cells", table, "code_allowed[classif1]").success


def test_every_expectation_of_the_suite_has_its_fault() -> None:
    assert {check_id.split("[")[0] for check_id in FAULTS} == {entry.id for entry in load_suite("cells").expectations}


def test_withheld_numbers_are_no_fault_of_the_margins(
    good_cells: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    """Nobody can add up a margin whose parts are confidential; what is published of it still has to add up."""
    empty = ", ".join(
        f"{name} = null" for name in ("obs_value", "n", "se", "cv", "lower_bound", "upper_bound", "degrees_of_freedom")
    )
    foreign = "sex <> 'SEX_T' and classif2 in ('CBR_BIR_FOREIGN', 'CBR_BIR_NATIVE') and n > 0"
    table = spoil(good_cells, f"update t set obs_status = 'C', {empty} where {foreign}")

    outcome = run_gate("cells", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    assert [result.sentence for result in outcome.results if not result.success] == []


def test_results_of_a_confidential_source_hold_no_counts(
    good_cells: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(good_cells, "update t set n = n + 1 where sex = 'SEX_T'")

    run_gate(
        "cells", table, replace(parameters, confidential=True), output=tmp_path / "quality.parquet", data_docs=tmp_path
    )

    shown = duckdb.execute(
        f"select distinct checked, unexpected, observed from '{tmp_path / 'quality.parquet'}'"
    ).fetchall()
    assert {row[:2] for row in shown} == {(None, None)}
    assert not any(character.isdigit() for row in shown for character in row[2])


def test_rounding_in_the_last_digits_is_no_fault(good_cells: Path, spoil: Spoil, check_one: CheckOne) -> None:
    table = spoil(good_cells, f"update t set obs_value = obs_value * (1 + 1e-13) where {EMPLOYED}")

    for check_id in (
        "sexes_add_up",
        "births_add_up",
        "labour_force_adds_up",
        "rate_recomputed[MST_TEMP_SEX_AGE_CBR_RT]",
    ):
        assert check_one("cells", table, check_id).success


@pytest.mark.parametrize(("other", "success"), [(-5.0, True), (-5.1, False)])
def test_the_totals_of_a_gap_below_zero_agree_when_they_are_the_same(
    good_cells: Path, spoil: Spoil, check_one: CheckOne, other: float, success: bool
) -> None:
    row = f"insert into t by name from (from t where {EMPLOYED}) select * replace ('EAR_FGPB_AGE_RT' as indicator, "
    spoilt = spoil(
        good_cells,
        row + "'' as sex, '' as classif2, 'AGE_YTHADULT_YGE15' as classif1, -5.0 as obs_value)",
        row + f"'' as sex, '' as classif2, 'AGE_10YRBANDS_TOTAL' as classif1, {other} as obs_value)",
    )
    assert check_one("cells", spoilt, "totals_agree").success is success


def test_age_bands_that_do_not_reach_the_total_are_no_fault_when_ages_are_unknown(
    good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    a_person_of_unknown_age = (
        "update t set n = n + 1, obs_value = obs_value + 0.1 where classif1 like '%TOTAL' and n > 0"
    )
    table = spoil(good_cells, a_person_of_unknown_age)

    assert check_one("cells", table, "age_bands_add_up").success
    assert check_one("cells", table, "age_known").note == "cases of unknown age are in the totals only"


def test_a_missing_age_band_is_a_fault_even_where_ages_are_unknown(
    good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    table = spoil(good_cells, f"delete from t where {ONE_BAND}")

    result = check_one("cells", table, "age_bands_add_up")

    assert not result.success
    assert result.observed.endswith("group(s) of rows")


def test_working_age_may_exceed_known_statuses(good_cells: Path, spoil: Spoil, check_one: CheckOne) -> None:
    a_refusal = "update t set n = n + 1, obs_value = obs_value + 0.1 where indicator like 'MST_XWAP%'"

    assert check_one("cells", spoil(good_cells, a_refusal), "working_age_covers_all").success


def test_a_source_that_asks_no_birthplace_says_so_and_passes(
    good_cells: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(
        good_cells,
        "delete from t where classif2 in ('CBR_BIR_NATIVE', 'CBR_BIR_FOREIGN', 'CBR_BIR_X')",
        "update t set note_classif = 'Place of birth: not asked by the source; only totals can be given' "
        "where classif2 = 'CBR_BIR_TOTAL'",
    )

    outcome = run_gate("cells", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    assert outcome.passed, outcome.critical_failures


def test_a_design_without_standard_errors_passes_with_its_reason(
    good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    table = spoil(
        good_cells,
        "update t set se = null, cv = null, note_indicator = 'Standard error: not given: no design variables'",
    )

    assert check_one("cells", table, "standard_error_explained").success
    assert check_one("cells", table, "coefficient_of_variation_agrees").success


def test_thresholds_of_reliability_are_parameters(
    good_cells: Path, spoil: Spoil, check_one: CheckOne, parameters: GateParameters
) -> None:
    stricter = replace(parameters, unreliable_below=30)

    assert check_one("cells", good_cells, "few_cases_flagged").success
    assert not check_one("cells", good_cells, "few_cases_flagged", stricter).success
    flagged = spoil(good_cells, "update t set obs_status = 'U' where n between 15 and 29")
    assert check_one("cells", flagged, "few_cases_flagged", stricter).success
    assert check_one("cells", flagged, "enough_cases_not_flagged", stricter).success


def test_the_error_names_the_partition_and_the_suite(
    good_cells: Path, spoil: Spoil, parameters: GateParameters, tmp_path: Path
) -> None:
    table = spoil(good_cells, f"update t set obs_value = -1 where {EMPLOYED}")

    outcome = run_gate("cells", table, parameters, output=tmp_path / "quality.parquet", data_docs=None)

    with pytest.raises(GateError, match=r"Where: ABC\.lfs\|2024, estimates \(cells\)"):
        outcome.require()
    assert any("[value_usable]" in failure for failure in outcome.critical_failures)


def test_a_gap_may_be_negative_in_every_table_alike(good_cells: Path, spoil: Spoil, check_one: CheckOne) -> None:
    """Migrants may earn more: the totals of both versions of age are the same number below zero."""
    gap = "'EAR_FGPB_AGE_RT' as indicator, '' as sex, '' as classif2, -3.5 as obs_value, null as cv"
    versions = ("AGE_YTHADULT_YGE15", "AGE_AGGREGATE_TOTAL")
    rows = [
        f"insert into t select * replace ({gap}, '{code}' as classif1) from t where {EMPLOYED}" for code in versions
    ]
    table = spoil(good_cells, *rows)

    for check in ("value_usable", "rate_within_hundred", "coefficient_of_variation_agrees", "totals_agree"):
        assert check_one("cells", table, check).success, check
    assert not check_one("cells", spoil(table, "update t set obs_value = -3.6 where classif1 = 'AGE_AGGREGATE_TOTAL'"
                                        " and indicator = 'EAR_FGPB_AGE_RT'"), "totals_agree").success  # fmt: skip


def test_only_a_note_of_protection_excuses_a_gap_without_cases(
    good_cells: Path, spoil: Spoil, check_one: CheckOne
) -> None:
    without = "update t set n = null, degrees_of_freedom = null"
    checks = ("cases_counted", "degrees_of_freedom_given")
    table = spoil(good_cells, f"{without}, note_indicator = 'Cases: not given: protected'")
    assert [check_one("cells", table, each).success for each in checks] == [True, True]
    table = spoil(good_cells, without)
    assert [check_one("cells", table, each).success for each in checks] == [False, False]
