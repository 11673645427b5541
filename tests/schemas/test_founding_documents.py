"""What the founding documents ask for: what is said to be met is met by declarations, and the page says so."""

from __future__ import annotations

import re
from collections.abc import Mapping

import pytest
from pydantic import ValidationError

from ilms.authoring.founding_page import PAGE, founding_tables
from ilms.authoring.imports import PROJECT
from ilms.authoring.picture import with_picture
from schemas.founding_documents import (
    FoundingDocuments,
    Giver,
    Statistic,
    givers,
    load_founding_documents,
    unknown_names,
    untrue_states,
)
from warehouse.release.tables import TABLES

INJURIES = "SDG_F881_SEX_MIG_RT"


@pytest.fixture(scope="module")
def sources() -> list[Giver]:
    return givers()


def test_the_states_are_those_that_the_declared_sources_bear_out(sources: list[Giver]) -> None:
    assert list(untrue_states(load_founding_documents(), sources)) == []


def test_the_page_is_that_of_the_declarations(sources: list[Giver]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert page == with_picture(page, founding_tables(sources)), "draw it again: make picture"


def test_tables_that_give_a_statistic_are_in_a_release() -> None:
    files = (PROJECT / "warehouse" / "release").glob("views*.sql")
    sql = "".join(file.read_text(encoding="utf-8") for file in files)
    views = set(re.findall(r"^create view \$?(\w+)", sql, flags=re.MULTILINE))
    named = {table for each in load_founding_documents().statistics.values() for table in each.tables}
    assert named <= views | TABLES.keys()


def statistic(**changes: object) -> Mapping[str, object]:
    return {"name": "injuries", "named": {"a": "3"}, "asked": "injuries", "indicators": [INJURIES], **changes}


def documents(**changes: object) -> FoundingDocuments:
    declared = {
        "documents": {"a": {"called": "A", "title": "A document"}},
        "subjects": {"work": {"title": "Work", "statistics": {"injuries": statistic(**changes)}}},
    }
    return FoundingDocuments.model_validate(declared)


REAL = Giver("ABC.register", real=True, indicators=frozenset({INJURIES}))
MADE_UP = Giver("ZZZ.synthetic", real=False, indicators=frozenset({INJURIES}))


@pytest.mark.parametrize(
    ("state", "sources", "fault"),
    [
        ("met", [MADE_UP], f"injuries is met, and no real source gives {INJURIES}"),
        ("partly", [MADE_UP], "injuries is met in part, and no real source gives anything of it"),
        ("not_met", [MADE_UP, REAL], f"injuries is not met, and a real source gives {INJURIES}"),
        ("met", [REAL], None),
        ("partly", [REAL], None),
        ("not_met", [MADE_UP], None),
    ],
)
def test_a_made_up_survey_meets_nothing(state: str, sources: list[Giver], fault: str | None) -> None:
    declared = documents(state=state, remarks="no file is at hand")
    assert list(untrue_states(declared, sources)) == ([fault] if fault else [])


def test_one_indicator_that_nothing_real_gives_is_enough_not_to_be_met() -> None:
    declared = documents(state="met", indicators=[INJURIES, "SDG_N881_SEX_MIG_RT"])
    assert list(untrue_states(declared, [REAL])) == [
        "injuries is met, and no real source gives SDG_N881_SEX_MIG_RT",
    ]


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"indicators": ["SDG_F818_"]}, "no indicator begins with 'SDG_F818_'"),
        ({"named": {"b": "3"}}, "there is no document 'b'"),
        ({"definitions": ["occupational_injuries"]}, "there is no definition 'occupational_injuries'"),
        ({"codes": ["AGR_PROV_UNION"]}, "no list has the code 'AGR_PROV_UNION'"),
    ],
)
def test_what_a_statistic_names_exists(changes: dict[str, object], fault: str) -> None:
    (found,) = unknown_names(documents(state="met", **changes))
    assert found.startswith(f"injuries: {fault}")


def test_a_key_in_two_subjects_hides_neither() -> None:
    declared = documents(state="met").model_dump()
    declared["subjects"]["leisure"] = declared["subjects"]["work"]
    with pytest.raises(ValidationError, match="injuries stands in two subjects"):
        FoundingDocuments.model_validate(declared)


def test_what_is_not_met_says_why() -> None:
    with pytest.raises(ValidationError, match="says why"):
        Statistic.model_validate(statistic(state="not_met"))
    with pytest.raises(ValidationError, match="names its indicators"):
        Statistic.model_validate(statistic(state="met", indicators=[]))


def test_the_page_tells_made_up_surveys_apart(sources: list[Giver]) -> None:
    """Nobody may read the synthetic survey as a source of recruitment costs."""
    (row,) = [line for line in founding_tables(sources).splitlines() if "SDG 10.7.1" in line]
    assert "| none that is real; made up: ZZZ.synthetic | **not met** |" in row
