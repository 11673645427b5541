"""Who is a return or a for-work migrant, what recruitment cost, and who is underutilised though not unemployed."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pytest

from schemas.definitions import for_work_migrant, recruitment_cost, return_worker, time_related_underemployment
from schemas.source import MISSING_KINDS
from transforms.guideline_groups import for_work_migrant_column, recruitment_cost_columns, return_worker_column
from transforms.underutilisation import potential_labour_force_sql, time_related_underemployment_sql

KINDS = "(" + ", ".join(f"'{kind}'" for kind in MISSING_KINDS) + ")"


def of_person(expression: str, person: Mapping[str, object]) -> object:
    """What an expression gives for one person."""
    values = ", ".join(
        f"{value!r} as {name}" if value is not None else f"null as {name}" for name, value in person.items()
    )
    return duckdb.execute(f"select {expression} from (select {values})").fetchall()[0][0]


RETURNED = {
    "usual_resident": "yes", "worked_abroad": "yes",
    "months_worked_abroad": 18, "months_worked_abroad_missing": None,
    "months_since_return": 30, "months_since_return_missing": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "yes"),
        ({"worked_abroad": "no"}, "no"),
        ({"worked_abroad": "refused"}, "refused"),
        ({"worked_abroad": "not_asked"}, "not_asked"),
        ({"usual_resident": "no"}, "no"),  # current residents only
        ({"usual_resident": "not_asked"}, "yes"),  # the survey covers residents
        ({"months_worked_abroad": 6}, "yes"),  # six months are enough
        ({"months_worked_abroad": 5}, "no"),
        ({"months_worked_abroad": None, "months_worked_abroad_missing": "unknown"}, "unknown"),
        ({"months_worked_abroad": None, "months_worked_abroad_missing": "not_asked"}, "yes"),
        ({"months_since_return": 600}, "yes"),  # no window by default
    ],
)  # fmt: skip
def test_return_international_migrant_workers(changes: dict[str, object], expected: str) -> None:
    assert of_person(return_worker_column(return_worker(), KINDS), RETURNED | changes) == expected


def test_the_window_of_return_is_a_parameter() -> None:
    last_year = return_worker().model_copy(update={"maximum_months_since_return": 12})
    column = return_worker_column(last_year, KINDS)
    assert of_person(column, RETURNED) == "no"
    assert of_person(column, RETURNED | {"months_since_return": 12}) == "yes"


ARRIVED = {
    "birth_status": "foreign", "citizenship_status": "citizen", "guideline_exclusion": "none",
    "main_reason_for_migration": "employment",
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "yes"),
        ({"main_reason_for_migration": "family"}, "no"),  # even if they work: migrant workers, not for-work migrants
        ({"main_reason_for_migration": "refused"}, "refused"),
        ({"main_reason_for_migration": "not_asked"}, "not_asked"),
        ({"birth_status": "native", "main_reason_for_migration": "not_in_universe"}, "no"),
        ({"birth_status": "not_asked", "citizenship_status": "non_citizen"}, "yes"),
        ({"birth_status": "not_asked", "citizenship_status": "not_asked"}, "not_asked"),
        ({"guideline_exclusion": "foreign_military_or_diplomatic"}, "no"),
    ],
)  # fmt: skip
def test_for_work_international_migrants(changes: dict[str, object], expected: str) -> None:
    assert of_person(for_work_migrant_column(for_work_migrant(), KINDS), ARRIVED | changes) == expected


@pytest.mark.parametrize(
    ("cost", "earnings", "months", "missing"),
    [
        (900.0, 300.0, 3.0, None),
        (0.0, 300.0, None, "not_in_universe"),  # a cost and earnings, both, as in the Lao PDR survey of 2017
        (900.0, 0.0, None, "not_in_universe"),
        (900.0, None, None, "refused"),
    ],
)  # fmt: skip
def test_recruitment_cost_in_months_of_earnings(
    cost: float, earnings: float | None, months: float | None, missing: str | None
) -> None:
    person = {
        "recruitment_cost": cost, "recruitment_cost_missing": None,
        "first_month_earnings_abroad": earnings,
        "first_month_earnings_abroad_missing": "refused" if earnings is None else None,
    }  # fmt: skip
    value, kind = recruitment_cost_columns(recruitment_cost())
    assert (of_person(value, person), of_person(kind, person)) == (months, missing)


EMPLOYED = {
    "labour_force_status": "employed", "wants_more_hours": "yes", "available_for_more_hours": "yes",
    "hours_actual": 20.0, "hours_actual_missing": None,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "yes"),
        ({"hours_actual": 40.0}, "no"),  # the threshold itself is enough work
        ({"wants_more_hours": "no"}, "no"),
        ({"available_for_more_hours": "no"}, "no"),
        ({"hours_actual": None, "hours_actual_missing": "refused"}, "refused"),
        ({"hours_actual": None, "hours_actual_missing": "refused", "wants_more_hours": "no"}, "no"),
        ({"available_for_more_hours": "unknown"}, "unknown"),
        ({"labour_force_status": "outside"}, "not_in_universe"),
        ({"wants_more_hours": "not_asked"}, "not_asked"),
    ],
)  # fmt: skip
def test_time_related_underemployment(changes: dict[str, object], expected: str) -> None:
    definition = time_related_underemployment()
    rule = time_related_underemployment_sql(definition, KINDS, definition.threshold)
    assert of_person(rule, EMPLOYED | changes) == expected


@pytest.mark.parametrize(
    ("sought", "available", "wanted", "expected"),
    [
        ("yes", "no", "not_in_universe", "yes"),  # unavailable jobseekers
        ("no", "yes", "yes", "yes"),  # available potential jobseekers
        ("no", "yes", "no", "no"),
        ("no", "no", "yes", "no"),  # willing, but neither seeks nor is available
        ("no", "yes", "refused", "refused"),
        ("no", "unknown", "yes", "unknown"),
        ("no", "no", "not_asked", "not_asked"),
    ],
)  # fmt: skip
def test_potential_labour_force(sought: str, available: str, wanted: str, expected: str) -> None:
    person = {
        "labour_force_status": "outside", "sought_work": sought, "available_for_work": available, "wanted_work": wanted,
    }  # fmt: skip
    assert of_person(potential_labour_force_sql(KINDS), person) == expected
    employed = of_person(potential_labour_force_sql(KINDS), person | {"labour_force_status": "employed"})
    assert employed in {"not_in_universe", "not_asked"}
