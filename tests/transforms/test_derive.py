"""The decisions: who is employed by the 19th ICLS, and who is an international migrant worker by the 20th."""

from __future__ import annotations

import duckdb
import pytest

from schemas.definitions import MigrantWorker, migrant_worker
from schemas.source import MISSING_KINDS
from transforms.derive import labour_force_icls19, migrant_worker_columns

KINDS = "(" + ", ".join(f"'{kind}'" for kind in MISSING_KINDS) + ")"
QUESTIONS = (
    "worked_for_pay_or_profit", "temporarily_absent", "absence_keeps_attachment",
    "sought_work", "available_for_work", "future_starter",
)  # fmt: skip


@pytest.mark.parametrize(
    ("worked", "absent", "attached", "sought", "available", "starts", "status"),
    [
        ("yes", "no", "no", "no", "no", "no", "employed"),  # one hour for pay or profit is enough
        ("no", "yes", "yes", "no", "no", "no", "employed"),  # on leave from a job that waits
        ("no", "yes", "no", "no", "no", "no", "outside"),  # absent without attachment, and not looking
        ("no", "yes", "no", "yes", "yes", "no", "unemployed"),  # absent without attachment, looking and available
        ("no", "no", "no", "yes", "yes", "no", "unemployed"),
        ("no", "no", "no", "yes", "no", "no", "outside"),  # seeks but is not available: potential labour force
        ("no", "no", "no", "no", "yes", "no", "outside"),  # available but does not seek: potential labour force
        ("no", "no", "no", "no", "yes", "yes", "unemployed"),  # future starter
        ("no", "no", "no", "no", "no", "yes", "outside"),  # future starter who cannot start
        ("not_in_universe",) * 6 + ("not_in_universe",),
        ("refused", "no", "no", "no", "no", "no", "refused"),
        ("no", "unknown", "no", "yes", "yes", "no", "unknown"),  # may have a job: not decided
        ("no", "yes", "unknown", "yes", "yes", "no", "unknown"),
        ("no", "no", "no", "unknown", "yes", "no", "unknown"),
        ("no", "no", "no", "unknown", "no", "no", "outside"),  # the answers given decide
        ("no", "no", "no", "yes", "refused", "no", "refused"),
    ],
)
def test_labour_force_status_by_the_19th_icls(
    worked: str, absent: str, attached: str, sought: str, available: str, starts: str, status: str
) -> None:
    answers = dict(zip(QUESTIONS, (worked, absent, attached, sought, available, starts), strict=True))
    columns = ", ".join(f"'{answer}' as {question}" for question, answer in answers.items())
    asked = f"aged as (select {columns}, 'unknown' as labour_force_status), decided as ({labour_force_icls19()})"
    assert duckdb.execute(f"with {asked} select labour_force_status from decided").fetchall() == [(status,)]


PERSON = {
    "age": 30,
    "working_age": "yes",
    "labour_force_status": "employed",
    "usual_resident": "yes",
    "guideline_exclusion": "none",
    "birth_status": "foreign",
    "citizenship_status": "citizen",
}


def migrant_worker_of(definition: MigrantWorker | None = None, **changes: object) -> dict[str, str]:
    person = {**PERSON, **changes}
    values = ", ".join(
        f"{value!r} as {name}" if value is not None else f"null as {name}" for name, value in person.items()
    )
    columns = ", ".join(migrant_worker_columns(definition or migrant_worker(), KINDS))
    relation = duckdb.default_connection().sql(f"select {columns} from (select {values})")
    return dict(zip(relation.columns, relation.fetchall()[0], strict=True))


def test_paragraph_14_a_a_resident_born_abroad_in_the_labour_force() -> None:
    worker = migrant_worker_of()
    assert (worker["imw_a_birth"], worker["imw_a_citizenship"]) == ("yes", "no")
    assert (worker["imw_b_birth"], worker["imw_b_citizenship"]) == ("no", "no")


def test_paragraph_14_a_covers_the_unemployed_whatever_brought_them() -> None:
    assert migrant_worker_of(labour_force_status="unemployed")["imw_a_birth"] == "yes"
    assert migrant_worker_of(labour_force_status="outside")["imw_a_birth"] == "no"


def test_paragraph_14_b_a_non_resident_present_and_working() -> None:
    worker = migrant_worker_of(usual_resident="no", citizenship_status="non_citizen")
    assert (worker["imw_a_birth"], worker["imw_b_birth"], worker["imw_b_citizenship"]) == ("no", "yes", "yes")


@pytest.mark.parametrize("group", ["foreign_military_or_diplomatic", "tourist_not_working", "service_from_abroad"])
def test_groups_that_the_guidelines_leave_out(group: str) -> None:
    assert set(migrant_worker_of(guideline_exclusion=group).values()) == {"no"}


def test_below_working_age_nobody_is_a_migrant_worker() -> None:
    assert set(migrant_worker_of(age=14, working_age="no").values()) == {"not_in_universe"}


def test_not_asked_is_never_no() -> None:
    assert migrant_worker_of(birth_status="not_asked")["imw_a_birth"] == "not_asked"
    assert migrant_worker_of(labour_force_status="unknown")["imw_a_birth"] == "unknown"


def test_a_survey_that_does_not_ask_residence_covers_residents_unless_the_definition_says_otherwise() -> None:
    assert migrant_worker_of(usual_resident="not_asked")["imw_a_birth"] == "yes"
    strict = migrant_worker().model_copy(update={"residents_when_not_asked": False})
    assert migrant_worker_of(strict, usual_resident="not_asked")["imw_a_birth"] == "not_asked"


def test_the_lower_limit_of_working_age_is_a_parameter() -> None:
    older = migrant_worker().model_copy(update={"minimum_age": 31})
    assert migrant_worker_of(older)["imw_a_birth"] == "not_in_universe"
