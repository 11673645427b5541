"""The definitions behind the indicators: every indicator names what it follows, and no paragraph is made up."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from ilms.release.catalogue_rows import indicator_rows
from schemas.catalogue import all_indicators
from schemas.standards import StandardDefinition, definitions_of_indicators, load_standards
from warehouse.release.lists import declared_lists

TERM = {"en": "a term", "fr": "un terme", "es": "un término"}


def test_every_indicator_of_every_catalogue_uses_a_definition() -> None:
    assert [name for name, used in definitions_of_indicators().items() if not used] == []
    assert definitions_of_indicators().keys() == all_indicators().keys()


def test_an_indicator_of_a_group_uses_the_definitions_of_the_groups_around_it() -> None:
    """Foreign-born employees are employees, these are persons in employment, and they are told by place of birth."""
    used = definitions_of_indicators()
    assert used["EIP_NEET_SEX_CBR_RT"] == ("international_migrant", "youth_not_in_employment_education_or_training")
    assert set(used["MST_TUNE_SEX_AGE_CBR_RT"]) == {"international_migrant", "labour_force", "unemployment"}
    assert "international_migrant_worker" in used["MST_TEAP_SEX_AGE_MIG_NB"]


def test_every_indicator_of_a_survey_follows_an_international_definition() -> None:
    """What is only as its producer counts it comes from other kinds of source."""
    plain = [name for name, used in definitions_of_indicators().items() if used == ("as_its_producer_counts",)]
    assert [name for name in plain if "survey" in all_indicators()[name].kinds] == []
    assert definitions_of_indicators()["REM_COST_CRS_RT"] == ("remittance_cost",)


def test_the_headline_names_paragraph_14_and_says_where_it_was_read() -> None:
    found = load_standards().definitions["international_migrant_worker"]
    assert (found.paragraph, found.verified) == ("14 (a) and (b)", "quoted")
    (row,) = [row for row in indicator_rows() if row["indicator"] == "MST_TEAP_SEX_AGE_MIG_NB"]
    assert "ICLS/20/2018/Guidelines" in str(row["reference"])
    assert "paragraph 14 (a) and (b) (read where another text quotes it)" in str(row["reference"])


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"verified": "read"}, "give `read_at`"),
        ({"paragraph": "14", "not_verified": "it was not found"}, "a paragraph is only given where it was read"),
        ({}, "say in `not_verified` what was not verified, and what was tried"),
        ({"verified": "quoted", "read_at": ["https://example.org"]}, "what was tried"),
    ],
)
def test_a_definition_is_never_given_as_more_than_was_verified(changes: dict[str, object], fault: str) -> None:
    declared = {
        "term": TERM,
        "says": "words",
        "says_fr": "une explication",
        "says_es": "una explicación",
        "document": "d",
        "verified": "not_verified",
    }
    with pytest.raises(ValidationError, match=fault):
        StandardDefinition.model_validate(declared | changes)


def test_a_release_joins_definitions_to_indicators() -> None:
    lists = declared_lists()
    defined = {row["definition"] for row in lists["definition"]}
    assert {row["definition"] for row in lists["indicator_definition"]} <= defined
    assert {row["indicator"] for row in lists["indicator_definition"]} == all_indicators().keys()
    assert all(row["document"] and row["says"] for row in lists["definition"])
