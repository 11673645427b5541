"""Checks are judged as Great Expectations judges them itself, and long lists of codes count as short ones do."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.checks import UNEXPECTED_ROWS, Check, CheckResult
from expectations.judge import judge
from expectations.metrics import METRICS, ROW_COUNT, SHAPE
from expectations.quiet import great_expectations
from expectations.run import run_checks
from transforms.duck import connect, quote_text

TYPES = {"country": "VARCHAR", "person": "BIGINT", "age": "BIGINT"}
CHECKED: dict[str, list[dict[str, Any]]] = {
    ROW_COUNT: [{"min_value": 1}, {"min_value": 7}],
    SHAPE: [{"column_set": ["age", "country", "person"]}, {"column_set": ["age", "sex"]}],
    "expect_column_values_to_not_be_null": [{"column": "person"}, {"column": "country"}],
    "expect_column_values_to_be_unique": [{"column": "person"}, {"column": "age"}],
    "expect_column_values_to_be_in_set": [
        {"column": "country", "value_set": ["FJI", "TON"]},
        {"column": "country", "value_set": ["FJI"]},
    ],
    "expect_column_values_to_be_between": [
        {"column": "age", "min_value": 0, "max_value": 120},
        {"column": "age", "min_value": 18},
    ],
    "expect_column_distinct_values_to_contain_set": [
        {"column": "country", "value_set": ["TON"]},
        {"column": "country", "value_set": ["TON", "WSM"]},
    ],
    "expect_compound_columns_to_be_unique": [
        {"column_list": ["country", "person"]},
        {"column_list": ["country", "age"]},
    ],
}
"""Every type of check with arguments that the persons below meet, and with others that they do not."""


@pytest.fixture(scope="module")
def persons(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("judge") / "persons.parquet"
    rows = "('FJI', 1, 15), ('FJI', 2, 40), ('TON', 3, 40), ('TON', 4, 40), (null, 5, 61)"
    with connect() as connection:
        connection.execute(f"copy (from (values {rows}) as t(country, person, age)) to {quote_text(str(file))}")
    return file


def check_of(expectation: str, arguments: dict[str, Any], **rule: Any) -> Check:
    given = {"counts": "rows", **rule}
    return Check("checked", "as expected", "critical", "area", "because", "look", expectation, arguments, **given)


def result(check: Check, table: Path) -> CheckResult:
    return run_checks([check], table, TYPES)[0]


def test_every_type_of_check_has_an_example() -> None:
    assert {*CHECKED, UNEXPECTED_ROWS} == METRICS.keys()


@pytest.mark.parametrize("expectation", CHECKED)
def test_a_check_is_met_or_not_as_it_should_be(expectation: str, persons: Path) -> None:
    assert [result(check_of(expectation, each), persons).success for each in CHECKED[expectation]] == [True, False]


@pytest.mark.parametrize("expectation", [*CHECKED, UNEXPECTED_ROWS])
def test_the_judgement_is_that_of_great_expectations_own_way(expectation: str) -> None:
    great_expectations()
    from great_expectations.expectations.expectation_configuration import ExpectationConfiguration

    class ByName(dict[Any, Any]):
        def __contains__(self, key: object) -> bool:
            return isinstance(key, tuple) and super().__contains__(key[0])

        def __getitem__(self, key: Any) -> Any:
            return super().__getitem__(key[0])

    query = {"unexpected_rows_query": "select 1 from {batch} where age > 60"}
    for arguments in CHECKED.get(expectation, [query]):
        check = check_of(expectation, arguments, counts="rows", condition="age > 60")
        names = METRICS[expectation].asks(check)
        for unexpected in (0, 1):
            known = {"table.row_count": 5, "table.columns": list(TYPES)}
            empty: dict[str, Any] = {name: [] for name in METRICS[expectation].fixed}
            metrics = {**known, **dict.fromkeys(names, unexpected), **empty}
            detail = {"result_format": "BASIC" if expectation == SHAPE else "BOOLEAN_ONLY"}
            own = ExpectationConfiguration(type=expectation, kwargs=dict(arguments)).to_domain_obj()
            theirs = own.metrics_validate(ByName(metrics), runtime_configuration=detail)
            ours = judge([check], {check.id: metrics})[check.id]
            assert ours is not None
            assert ours.success == theirs.success
            if expectation == SHAPE:
                assert ours.result.get("details") == theirs.result.get("details")


def test_a_check_without_its_metrics_is_not_judged() -> None:
    check = check_of("expect_column_values_to_be_unique", {"column": "person"})
    assert judge([check], {check.id: {"table.row_count": 5, "table.columns": list(TYPES)}}) == {check.id: None}


def test_a_long_list_of_codes_counts_as_a_short_one(persons: Path) -> None:
    few = ["FJI", "it's", ""]
    many = [*few, *(f"C{number}" for number in range(2000))]
    found = [
        result(check_of("expect_column_values_to_be_in_set", {"column": "country", "value_set": codes}), persons)
        for codes in (few, many)
    ]
    assert [(each.success, each.unexpected) for each in found] == [(False, 2), (False, 2)]


def test_conditions_on_groups_count_the_groups_that_meet_them(persons: Path) -> None:
    rule = {"counts": "groups", "by": ("country",), "columns": frozenset(TYPES)}
    conditions = ("count(*) > 1", "sum(age) > 70", "max(age) > 200", "min(nullif(age, 61)) > 39")
    query = {"unexpected_rows_query": "select count(*) from {batch}"}
    checks = [check_of(UNEXPECTED_ROWS, query, condition=condition, **rule) for condition in conditions]
    named = [Check(**{**vars(check), "id": str(number)}) for number, check in enumerate(checks)]
    assert [each.unexpected for each in run_checks(named, persons, TYPES)] == [2, 1, 0, 1]
