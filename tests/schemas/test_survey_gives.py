"""Which indicators a survey may give, by its declaration alone."""

from __future__ import annotations

import csv

import pytest

from schemas.loader import list_surveys, load_survey, source_folder
from schemas.survey_gives import indicators_of_survey, known_variables, may_hold

OF_MIGRANTS = ("CBR_BIR_FOREIGN", "CCT_CIT_NONCIT")


@pytest.mark.parametrize("survey", list_surveys())
def test_what_a_golden_wave_gives_of_migrants_is_foreseen(survey: str) -> None:
    """A row of a golden wave without a value says that there is no such number."""
    given = set()
    for file in source_folder(survey).glob("golden/*/cells.csv"):
        with file.open(encoding="utf-8", newline="") as stream:
            rows = [row for row in csv.DictReader(stream) if row["obs_value"]]
        given |= {row["indicator"] for row in rows if {row["classif1"], row["classif2"]} & set(OF_MIGRANTS)}
    assert given <= indicators_of_survey(load_survey(survey))


@pytest.mark.parametrize("survey", ["ZAF.qlfs", "BRA.pnadc", "CHL.ene"])
def test_a_survey_that_does_not_tell_migrants_gives_nothing_in_full(survey: str) -> None:
    """South Africa's asks who is in a union, but not where persons were born: totals only."""
    assert indicators_of_survey(load_survey(survey)) == frozenset()


def test_a_question_that_one_quarter_asks_is_enough() -> None:
    eph = load_survey("ARG.eph")
    assert "informality" not in known_variables(eph, "2024-Q3")
    assert "informality" in known_variables(eph, "2025-Q1")
    assert "SDG_0831_SEX_ECO_CBR_RT" in indicators_of_survey(eph)


def test_variables_follow_from_others_as_the_pipeline_derives_them() -> None:
    """Spain's tells the country of birth, from which the status follows; ages are in no need of `working_age`."""
    known = known_variables(load_survey("ESP.epf"), "2022")
    assert {"birth_status", "citizenship_status", "working_age"} <= known
    assert "years_since_arrival" not in known


def test_populations_that_a_survey_is_without_or_has_nobody_of_are_not_given() -> None:
    """LIS tells no unemployed; a survey of usual residents has no worker who lives abroad."""
    lis = load_survey("USA.lis")
    assert "MST_TUNE_SEX_AGE_CBR_RT" not in indicators_of_survey(lis)
    assert "MST_NRFW_SEX_CRS_NB" not in indicators_of_survey(lis)
    assert not may_hold(lis, "2016", "usual_resident", "no")
    assert "MST_NRFW_SEX_CRS_NB" in indicators_of_survey(load_survey("ZZZ.synthetic"))
