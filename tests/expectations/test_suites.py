"""Suites are declared by statisticians: what can be written, and how an error in it is reported."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from expectations.checks import list_checks
from expectations.parameters import GateParameters
from expectations.rules import ColumnName, check_rule, write_rule
from expectations.suites import load_suite, read_suite
from schemas.errors import DeclarationError
from schemas.loader import list_surveys, load_survey
from schemas.partition import Partition

HEAD = """suite: core
title: Person records
expectations:
"""
ENTRY = """  - id: nobody_older_than_the_survey_allows
    description:
      en: Nobody is older than {minimum_age} and the survey allow.
      fr: Personne n'est plus âgé que {minimum_age} et l'enquête ne le permettent.
      es: Nadie es mayor de lo que permiten {minimum_age} y la encuesta.
    severity: critical
    area: content
    why: The survey interviews persons up to that age.
    remedy: Check the age column.
"""


def _suite(tmp_path: Path, entry: str) -> Path:
    file = tmp_path / "core.yaml"
    file.write_text(HEAD + entry, encoding="utf-8")
    return file


def _fault(tmp_path: Path, entry: str) -> str:
    with pytest.raises(DeclarationError) as raised:
        read_suite(_suite(tmp_path, entry))
    return raised.value.message


def test_an_entry_is_a_condition_on_the_rows_that_should_not_be_there(
    tmp_path: Path, parameters: GateParameters
) -> None:
    suite = read_suite(_suite(tmp_path, ENTRY + "    unexpected_rows: age > 74 and labour_force_status = 'employed'\n"))

    (check,) = list_checks(suite, parameters)

    assert check.rule == "age > 74 AND labour_force_status = 'employed'"
    assert check.columns == {"age", "labour_force_status"}


@pytest.mark.parametrize("language", ["fr", "es"])
def test_an_entry_speaks_three_languages_with_the_same_references_in_each(tmp_path: Path, language: str) -> None:
    rule = "    unexpected_rows: age > 74\n"
    (line,) = (each for each in ENTRY.splitlines(keepends=True) if each.startswith(f"      {language}: "))
    assert f"expectations.0.description.{language}: Field required" in _fault(tmp_path, ENTRY.replace(line, "") + rule)
    other = ENTRY.replace(line, line.replace("{minimum_age}", "{minimum}"))
    assert "the {references} differ between the languages of: Nobody is older" in _fault(tmp_path, other + rule)


def test_parameters_are_written_into_the_rule_and_the_description(parameters: GateParameters) -> None:
    checks = {check.id: check for check in list_checks(load_suite("core"), parameters)}

    assert checks["children_not_employed"].description == "Nobody below 14 years is employed."
    assert "age_to) < 14" in checks["children_not_employed"].rule
    assert "near 2,000 persons" in checks["population_near_published_figure"].description


@pytest.mark.parametrize("minimum_age", [0, 15])
def test_a_published_figure_from_any_age_is_checked(minimum_age: int, parameters: GateParameters) -> None:
    of_everybody = replace(parameters, published_minimum_age=minimum_age)

    assert "population_near_published_figure" in {check.id for check in list_checks(load_suite("core"), of_everybody)}


@pytest.mark.parametrize("source_id", list_surveys())
def test_the_population_is_checked_wherever_a_published_figure_is_declared(source_id: str) -> None:
    source = load_survey(source_id)
    for wave, declared in source.waves.items():
        of_wave = GateParameters.of(source, Partition(source_id, wave))
        checked = "population_near_published_figure" in {check.id for check in list_checks(load_suite("core"), of_wave)}
        assert checked == (declared.population_figure is not None), wave


def test_an_entry_for_each_category_takes_its_values_from_the_concepts(parameters: GateParameters) -> None:
    checks = {check.id: check for check in list_checks(load_suite("core"), parameters)}

    assert checks["value_allowed[sex]"].arguments == {
        "column": "sex",
        "value_set": ["male", "female", "refused", "unknown"],
    }


@pytest.mark.parametrize(
    ("entry", "reported"),
    [
        (
            "    unexpected_rows: salary > 0\n",
            "line 4: nobody_older_than_the_survey_allows: the table has no column 'salary'",
        ),
        ("    unexpected_rows: age > {oldest}\n", "there is no parameter {oldest}; there are"),
        ("    unexpected_rows: age > (3\n", "line 13: expectations.0.unexpected_rows: the rule cannot be"),
        ("    unexpected_rows: age > 74\n    unexpected_table: count(*) = 0\n", "give exactly one of expect"),
        (
            "    unexpected_rows: age > 74\n    severty: low\n",
            "line 14: expectations.0.severty: there is no such key here",
        ),
        ("    unexpected_rows: sum(age) > 74\n", "sums and counts belong in unexpected_groups or unexpected_table"),
        ("    unexpected_groups: count(*) > 1\n", "`by` names the columns of unexpected_groups"),
        ("    by: [person]\n    unexpected_groups: count(*) > 1\n", "the table has no column 'person'"),
        (
            "    for_each: people\n    unexpected_rows: age > 74\n",
            "for_each and any_of name one of columns, categories",
        ),
        ("    unexpected_rows: age > {published_minimum_age}\n", "add `only_if: [published_minimum_age]`"),
        ("    only_if: [sampled]\n    unexpected_rows: age > 74\n", "only_if names 'sampled'"),
        (
            "    note: {en: too old, fr: trop âgé, es: demasiado mayor}\n    unexpected_rows: age > 74\n",
            "a warning, and only a warning, has a `note`",
        ),
        ("    expect: expect_column_values_to_match_regex\n", "'expect_column_values_to_match_regex' is not one of"),
        (
            "    expect: expect_column_values_to_be_unique\n    arguments: {column: age, mostly: 0.5}\n",
            "argument(s) mostly are not among those of expect_column_values_to_be_unique: column",
        ),
        (
            "    expect: expect_column_values_to_be_unique\n    arguments: {column: surname}\n",
            "the table has no column 'surname'",
        ),
    ],
)
def test_a_fault_is_reported_with_its_line(entry: str, reported: str, tmp_path: Path) -> None:
    message = _fault(tmp_path, ENTRY + entry)

    assert reported in message
    assert "core.yaml" in message


def test_an_id_occurs_once(tmp_path: Path) -> None:
    twice = (ENTRY + "    unexpected_rows: age > 74\n") * 2

    assert "line 14: the id 'nobody_older_than_the_survey_allows' occurs twice" in _fault(tmp_path, twice)


@pytest.mark.parametrize(
    "rule",
    [
        "person_id in (select person_id from read_parquet('other.parquet'))",
        "exists (select 1)",
        "read_text('/etc/passwd') = ''",
        "getenv('HOME') = ''",
        "age > 1; drop table t",
        "other.age > 1",
        "sum(age) over () > 1",
        "age > getvariable('x')",
        "query('select 1')",
        "age > (from range(1))",
        "columns(*) > 1",
    ],
)
def test_a_rule_reaches_nothing_but_the_columns_of_its_table(rule: str) -> None:
    with pytest.raises(ValueError, match=r"not allowed in a rule|exactly one SQL condition|cannot be parsed"):
        check_rule(rule, aggregate=True)


def test_a_rate_is_held_against_its_counts_only_where_a_source_gives_all_of_them_or_none(
    parameters: GateParameters,
) -> None:
    """Where durations are not asked, migrants by duration are given in total, and their rates not at all."""
    checked = {each.id for each in list_checks(load_suite("cells"), parameters) if each.id.startswith("rate_given[")}
    assert {"rate_given[MST_TUNE_SEX_AGE_CBR_RT]", "rate_given[MST_NATE_SEX_PAR_RT]"} <= checked
    assert "rate_given[MST_FORE_SEX_DOS_RT]" not in checked


def test_references_become_literals_and_never_sql() -> None:
    written = write_rule(
        "{column} = {ref_area} and x in ({allowed_values})",
        {"column": ColumnName("sex"), "ref_area": "A' or 1=1 --", "allowed_values": ("a'", "b")},
    )

    assert written.sql == "\"sex\" = 'A'' or 1=1 --' AND x IN ('a''', 'b')"
