"""International migrant workers by paragraph 14: residents, non-residents, and what a survey of residents shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import duckdb
import pytest
from core_records import Person, write_core
from small_source import SMALL_CODES, SMALL_SOURCE, Declare

from schemas.partition import Partition
from transforms.availability import read_decisions
from transforms.estimate import estimate

SMALL = Partition("ZZZ.small", "2024")
DESIGN = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables"}
ADULT: Person = {
    "sex": "male", "age": 40, "working_age": "yes", "usual_resident": "yes", "labour_force_status": "employed",
    "birth_status": "foreign", "citizenship_status": "citizen", "imw_a_birth": "no", "imw_b_birth": "no",
    "imw_a_citizenship": "no", "imw_b_citizenship": "no", "education_isced11": "5", "occupation_isco08": "9",
    "country_of_residence": "not_in_universe",
}  # fmt: skip
RESIDENT: Person = {"imw_a_birth": "yes", "weight": 50.0}
FROM_NEXT_DOOR: Person = {
    "usual_resident": "no", "imw_b_birth": "yes", "imw_b_citizenship": "yes", "citizenship_status": "non_citizen",
    "country_of_residence": "PER", "weight": 4.0,
}  # fmt: skip
BORN_HERE_LIVES_ABROAD: Person = FROM_NEXT_DOOR | {
    "birth_status": "native", "imw_b_birth": "no", "country_of_residence": "ESP", "occupation_isco08": "2",
    "weight": 1.0,
}  # fmt: skip
SEEKS: Person = RESIDENT | {"labour_force_status": "unemployed", "occupation_isco08": "not_in_universe", "weight": 5.0}
EVERYBODY = [RESIDENT, FROM_NEXT_DOOR, BORN_HERE_LIVES_ABROAD, SEEKS, {"labour_force_status": "outside", "weight": 9.0}]

Given = tuple[dict[tuple[str, str, str], float], Mapping[str, tuple[str, str]], set[str]]


@pytest.fixture
def given(declare: Declare, tmp_path: Path) -> Callable[..., Given]:
    """Persons by indicator and classes, for both sexes; state and reason of each indicator; notes on tables.

    `residence` is how the source declares usual residence.
    """

    def make(persons: list[Person], *indicators: str, residence: dict[str, str] | None = None) -> Given:
        core, cells, availability = (tmp_path / f"{name}.parquet" for name in ("core", "cells", "availability"))
        write_core([ADULT | person for person in persons], core)
        variables = SMALL_SOURCE["variables"] | ({"usual_resident": residence} if residence else {})
        source = declare(
            design=DESIGN, variables=variables, codes=SMALL_CODES + "live,1,yes,Here\nlive,2,no,Elsewhere\n"
        )
        estimate(source, SMALL, core, cells, vintage="abc", indicators=indicators, availability=availability)
        rows = duckdb.execute(
            "select indicator, classif1, coalesce(classif2, ''), 1000 * obs_value, note_classif"
            f" from read_parquet('{cells}') where sex = 'SEX_T'"
        ).fetchall()
        numbers = {(name, first, second): value for name, first, second, value, _ in rows if value}
        decided = {each.indicator: (each.state, each.code) for each in read_decisions(availability)}
        return numbers, decided, {note for *_, note in rows}

    return make


def test_residents_and_non_residents_stand_beside_their_total(given: Callable[..., Given]) -> None:
    """55 foreign-born residents, 4 foreign-born who live elsewhere; by citizenship nobody but 5 who live elsewhere."""
    numbers, _, _ = given(EVERYBODY, "MST_IMWB_SEX_AGE_RSD_NB", "MST_IMWC_SEX_AGE_RSD_NB", "MST_IMEB_SEX_OCU_RSD_NB")
    everyone = "AGE_YTHADULT_YGE15"
    assert {key[2]: value for key, value in numbers.items() if key[:2] == ("MST_IMWB_SEX_AGE_RSD_NB", everyone)} == {
        "RSD_P14_TOTAL": pytest.approx(59), "RSD_P14_A": pytest.approx(55), "RSD_P14_B": pytest.approx(4),
    }  # fmt: skip
    assert {key[2]: value for key, value in numbers.items() if key[:2] == ("MST_IMWC_SEX_AGE_RSD_NB", everyone)} == {
        "RSD_P14_TOTAL": pytest.approx(5), "RSD_P14_B": pytest.approx(5),
    }  # fmt: skip
    # in employment only: who seeks work has no occupation and is not counted here
    assert numbers["MST_IMEB_SEX_OCU_RSD_NB", "OCU_ISCO08_9", "RSD_P14_TOTAL"] == pytest.approx(54)
    assert numbers["MST_IMEB_SEX_OCU_RSD_NB", "OCU_ISCO08_TOTAL", "RSD_P14_TOTAL"] == pytest.approx(54)


def test_non_residents_by_the_country_in_which_they_live(given: Callable[..., Given]) -> None:
    numbers, _, _ = given(EVERYBODY, "MST_NRFW_SEX_CRS_NB")
    assert {key[1]: value for key, value in numbers.items()} == {
        "CRS_RES_TOTAL": pytest.approx(5), "CRS_RES_PER": pytest.approx(4), "CRS_RES_ESP": pytest.approx(1),
    }  # fmt: skip


@pytest.mark.parametrize("residence", [{"constant": "yes"}, {"missing": "not_asked"}], ids=["covers", "does not ask"])
def test_a_survey_of_residents_gives_paragraph_14_a_alone(
    given: Callable[..., Given], residence: dict[str, str]
) -> None:
    """What such a survey counts is no total of the two categories, and it shows no zero for those it leaves out."""
    value = residence.get("constant", "not_asked")
    persons = [each | {"usual_resident": value} for each in (RESIDENT, SEEKS)]
    numbers, decided, notes = given(persons, "MST_IMWB_SEX_AGE_RSD_NB", "MST_NRFW_SEX_CRS_NB", residence=residence)
    assert {key[2] for key in numbers} == {"RSD_P14_A"}
    assert numbers["MST_IMWB_SEX_AGE_RSD_NB", "AGE_YTHADULT_YGE15", "RSD_P14_A"] == pytest.approx(55)
    assert decided["MST_IMWB_SEX_AGE_RSD_NB"][0] == "totals_only"
    assert decided["MST_NRFW_SEX_CRS_NB"] == ("not_produced", "covers_nobody")
    assert all("only Usual residents: paragraph 14 (a) can be given" in note for note in notes)


def test_a_survey_that_meets_no_non_resident_says_zero(given: Callable[..., Given]) -> None:
    """It asks, so that nobody is a finding."""
    asks = {"column": "born", "map": "live"}
    numbers, decided, _ = given([RESIDENT], "MST_IMWB_SEX_AGE_RSD_NB", residence=asks)
    assert {key[2] for key in numbers} == {"RSD_P14_TOTAL", "RSD_P14_A"}
    assert decided["MST_IMWB_SEX_AGE_RSD_NB"] == ("published", "")
