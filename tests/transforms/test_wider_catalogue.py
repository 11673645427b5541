"""Indicators beyond the labour force tables, each worked by hand on a few persons."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from core_records import Person, write_core

from schemas.indicators import load_catalogue
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate import estimate

SMALL = Partition("ZZZ.small", "2024")
DESIGN = {"kind": "persons", "weight": {"column": "w"}, "reason": "no design variables"}
Values = dict[tuple[str, ...], float]
Estimate = Callable[..., Values]

ADULT: Person = {
    "weight": 1.0, "sex": "male", "age": 40, "working_age": "yes", "usual_resident": "yes", "birth_status": "native",
    "citizenship_status": "citizen", "labour_force_status": "employed",
}  # fmt: skip


@pytest.fixture
def values(declare: Callable[..., Survey], tmp_path: Path) -> Estimate:
    """The values of some indicators for both sexes, by indicator and its classes, of persons who differ from ADULT."""

    def make(persons: list[Person], *indicators: str, sex: str = "SEX_T") -> Values:
        write_core([ADULT | person for person in persons], tmp_path / "core.parquet")
        estimate(
            declare(design=DESIGN), SMALL, tmp_path / "core.parquet", tmp_path / "cells.parquet",
            vintage="abc", indicators=indicators,
        )  # fmt: skip
        rows = duckdb.default_connection().sql(
            f"select * from read_parquet('{tmp_path / 'cells.parquet'}') where sex = '{sex}'"
        )
        columns = ("indicator", "classif1", "classif2", "obs_value")
        found = rows.select(*(duckdb.ColumnExpression(name) for name in columns)).fetchall()
        return {tuple(part for part in key if part): value for *key, value in found}

    return make


def of_status(status: str, weight: float, **more: object) -> Person:
    underemployed = "no" if status == "employed" else "not_in_universe"
    potential = "no" if status == "outside" else "not_in_universe"
    asked = {"time_related_underemployment": underemployed, "potential_labour_force": potential}
    return {"labour_force_status": status, "weight": weight, **asked, **more}


def test_labour_underutilisation(values: Estimate) -> None:
    """60 employed, of whom 6 in time-related underemployment, 10 unemployed, 30 outside, of whom 5 potential."""
    natives = [
        of_status("employed", 54), of_status("employed", 6, time_related_underemployment="yes"),
        of_status("unemployed", 10),
        of_status("outside", 25), of_status("outside", 5, potential_labour_force="yes"),
    ]  # fmt: skip
    migrants = [
        of_status("employed", 8),
        of_status("unemployed", 2),
        of_status("outside", 10, potential_labour_force="yes"),
    ]
    given = values(
        [*natives, *(person | {"birth_status": "foreign"} for person in migrants)],
        *(f"LUU_XLU{level}_SEX_CBR_RT" for level in (1, 2, 3, 4)),
    )

    natives_by_level = [given[f"LUU_XLU{level}_SEX_CBR_RT", "CBR_BIR_NATIVE"] for level in (1, 2, 3, 4)]
    assert natives_by_level == pytest.approx([100 * 10 / 70, 100 * 16 / 70, 100 * 15 / 75, 100 * 21 / 75])
    migrants_by_level = [given[f"LUU_XLU{level}_SEX_CBR_RT", "CBR_BIR_FOREIGN"] for level in (1, 2, 3, 4)]
    assert migrants_by_level == pytest.approx([100 * 2 / 10, 100 * 2 / 10, 100 * 12 / 20, 100 * 12 / 20])


def test_youth_not_in_employment_education_or_training(values: Estimate) -> None:
    youth = [
        {"age": 17, "labour_force_status": "outside", "in_education": "yes", "weight": 3.0},
        {"age": 24, "labour_force_status": "unemployed", "in_education": "no", "weight": 2.0},
        {"age": 20, "labour_force_status": "employed", "in_education": "not_in_universe", "weight": 4.0},
        {"age": 20, "labour_force_status": "outside", "in_education": "refused", "weight": 50.0},  # not known
        {"age": 25, "labour_force_status": "outside", "in_education": "no", "weight": 50.0},  # no youth
    ]
    given = values(youth, "EIP_NEET_SEX_CBR_NB", "EIP_NEET_SEX_CBR_RT")

    assert given["EIP_NEET_SEX_CBR_NB", "CBR_BIR_NATIVE"] == pytest.approx(2 / 1000)
    assert given["EIP_NEET_SEX_CBR_RT", "CBR_BIR_NATIVE"] == pytest.approx(100 * 2 / 9)


@pytest.mark.parametrize(
    ("indicator", "jobs"),
    [
        ("EMP_CARE_SEX_CBR_NB", {("Q", "86", "91"): True, ("T", "97", "91"): True, ("I", "56", "53"): True,
                                 ("I", "56", "51"): False}),
        ("EMP_STEM_SEX_CBR_NB", {("C", "26", "21"): True, ("J", "62", "35"): True, ("C", "26", "24"): False}),
        ("EMP_TOUR_SEX_CBR_NB", {("I", "55", "51"): True, ("N", "79", "42"): True, ("H", "49", "83"): False}),
        ("EMP_DOMW_SEX_CBR_NB", {("T", "97", "91"): True, ("T", "not_available", "91"): True, ("T", "98", "63"): False,
                                 ("Q", "88", "53"): False}),
    ],
)  # fmt: skip
def test_who_works_in_care_science_tourism_and_households(
    values: Estimate, indicator: str, jobs: dict[tuple[str, str, str], bool]
) -> None:
    """Every job has another power of two as its weight, so that the total tells which of them are in it."""
    persons = [
        {
            "industry_isic4": section, "industry_isic4_division": division, "weight": 2.0**power,
            "occupation_isco08_submajor": occupation, "occupation_isco08": occupation[0],
        }
        for power, (section, division, occupation) in enumerate(jobs)
    ]  # fmt: skip
    expected = sum(2.0**power for power, belongs in enumerate(jobs.values()) if belongs)

    given = values(persons, indicator)

    assert given[indicator, "CBR_BIR_TOTAL"] == pytest.approx(expected / 1000)


def test_over_qualification_by_level_of_education(values: Estimate) -> None:
    def worker(education: str, occupation: str, weight: float) -> Person:
        return {"education_isced11": education, "occupation_isco08": occupation, "weight": weight}

    name = "EMP_OVQL_SEX_EDU_CBR_RT"
    given = values(
        [
            worker("6", "2", 3), worker("7", "5", 1),  # a graduate in sales
            worker("3", "7", 6), worker("4", "9", 2),  # upper secondary in an elementary occupation
            worker("2", "9", 90), worker("6", "0", 90), worker("6", "unknown", 90),  # neither can be said
        ],
        name,
    )  # fmt: skip

    by_level = {key[1]: value for key, value in given.items() if key[-1] == "CBR_BIR_NATIVE"}
    assert by_level == {
        "EDU_AGGREGATE_TOTAL": pytest.approx(100 * 3 / 12),
        "EDU_AGGREGATE_INT": pytest.approx(100 * 2 / 8),
        "EDU_AGGREGATE_ADV": pytest.approx(100 * 1 / 4),
    }


def test_informality_contracts_unions_and_protection_are_shares_of_those_known(values: Estimate) -> None:
    employees: list[Person] = [
        {"informality": "informal", "industry_isic4": "A", "job_contract": "temporary", "union_member": "no",
         "job_social_protection": "no", "weight": 3.0},
        {"informality": "formal", "industry_isic4": "C", "job_contract": "permanent", "union_member": "yes",
         "job_social_protection": "yes", "weight": 1.0},
        {"informality": "unknown", "industry_isic4": "C", "job_contract": "refused", "union_member": "unknown",
         "job_social_protection": "unknown", "weight": 9.0},
    ]  # fmt: skip
    names = ("SDG_0831_SEX_ECO_CBR_RT", "EES_XTMP_SEX_CBR_RT", "ILR_TUMT_SEX_CBR_RT", "EMP_SOCP_SEX_CBR_RT")
    given = values([person | {"status_in_employment_icse93": "1"} for person in employees], *names)

    native = {key[:-1]: value for key, value in given.items() if key[-1] == "CBR_BIR_NATIVE"}
    assert native == {
        ("SDG_0831_SEX_ECO_CBR_RT", "ECO_SECTOR_TOTAL"): 75,
        ("SDG_0831_SEX_ECO_CBR_RT", "ECO_SECTOR_AGR"): 100,
        ("SDG_0831_SEX_ECO_CBR_RT", "ECO_SECTOR_NAG"): 0,
        ("EES_XTMP_SEX_CBR_RT",): 75,
        ("ILR_TUMT_SEX_CBR_RT",): 25,
        ("EMP_SOCP_SEX_CBR_RT",): 25,
    }


def test_migrants_by_duration_of_stay_permit_and_share_of_an_activity(values: Estimate) -> None:
    foreign: Person = {"birth_status": "foreign", "citizenship_status": "non_citizen", "industry_isic4": "F"}
    persons = [
        foreign | {"years_since_arrival": 0, "permit_status": "temporary", "weight": 1.0},
        foreign | {"years_since_arrival": 4, "permit_status": "temporary", "weight": 2.0},
        foreign | {"years_since_arrival": 30, "permit_status": "permanent", "weight": 4.0},
        foreign | {"years_since_arrival_missing": "refused", "permit_status": "none", "weight": 8.0},
        {"years_since_arrival_missing": "not_in_universe", "permit_status": "not_in_universe", "industry_isic4": "F",
         "weight": 5.0},
    ]  # fmt: skip
    given = values(persons, "MST_FORE_SEX_DOS_NB", "MST_NCTE_SEX_PER_NB", "EMP_XFOR_SEX_ECO_RT")

    stays = {key[1]: 1000 * value for key, value in given.items() if key[0] == "MST_FORE_SEX_DOS_NB"}
    assert stays == pytest.approx({
        "DOS_BANDS_TOTAL": 15, "DOS_BANDS_YLT1": 1, "DOS_BANDS_Y1-4": 2, "DOS_BANDS_Y5-9": 0, "DOS_BANDS_YGE10": 4,
        "DOS_BANDS_X": 8,
    })  # fmt: skip
    permits = {key[1]: 1000 * value for key, value in given.items() if key[0] == "MST_NCTE_SEX_PER_NB"}
    assert permits == pytest.approx({
        "PER_STATUS_TOTAL": 15, "PER_STATUS_TEMP": 3, "PER_STATUS_PERM": 4, "PER_STATUS_NONE": 8, "PER_STATUS_X": 0,
    })  # fmt: skip
    assert given["EMP_XFOR_SEX_ECO_RT", "ECO_ISIC4_F"] == pytest.approx(75)


def test_inflow_return_and_for_work_migrants(values: Estimate) -> None:
    persons: list[Person] = [
        {"birth_status": "foreign", "country_of_birth": "PER", "residence_one_year_ago": "abroad", "weight": 2.0,
         "citizenship_status": "non_citizen", "country_of_citizenship": "PER", "for_work_international_migrant": "yes"},
        {"birth_status": "foreign", "country_of_birth": "PER", "residence_one_year_ago": "in_country", "weight": 7.0,
         "citizenship_status": "non_citizen", "for_work_international_migrant": "yes", "usual_resident": "no"},
        {"residence_one_year_ago": "abroad", "previous_country_of_residence": "ESP", "weight": 3.0,
         "country_of_birth": "ZZZ", "return_international_migrant_worker": "yes", "labour_force_status": "unemployed"},
        {"residence_one_year_ago": "in_country", "weight": 4.0, "return_international_migrant_worker": "yes"},
    ]  # fmt: skip
    defaults: Person = {
        "return_international_migrant_worker": "no", "for_work_international_migrant": "no", "country_of_birth": "ZZZ",
        "country_of_citizenship": "ZZZ", "previous_country_of_residence": "not_in_universe",
    }  # fmt: skip
    given = values(
        [defaults | person for person in persons],
        "MFL_FPOP_SEX_CBR_NB", "MFL_NCIT_SEX_CCT_NB", "MNA_XRET_SEX_CPR_NB", "MST_RIMW_SEX_LMS_NB",
        "MST_FWIM_SEX_CBR_NB",
    )  # fmt: skip

    thousands = {key: 1000 * value for key, value in given.items() if value}
    assert thousands == pytest.approx({
        ("MFL_FPOP_SEX_CBR_NB", "CBR_BRT_TOTAL"): 2, ("MFL_FPOP_SEX_CBR_NB", "CBR_BRT_PER"): 2,
        ("MFL_NCIT_SEX_CCT_NB", "CCT_CTZ_TOTAL"): 2, ("MFL_NCIT_SEX_CCT_NB", "CCT_CTZ_PER"): 2,
        ("MNA_XRET_SEX_CPR_NB", "CPR_PRV_TOTAL"): 3, ("MNA_XRET_SEX_CPR_NB", "CPR_PRV_ESP"): 3,
        ("MST_RIMW_SEX_LMS_NB", "LMS_STATUS_TOTAL"): 7, ("MST_RIMW_SEX_LMS_NB", "LMS_STATUS_EMP"): 4,
        ("MST_RIMW_SEX_LMS_NB", "LMS_STATUS_UNE"): 3,
        # for-work migrants are counted whether or not they are residents
        ("MST_FWIM_SEX_CBR_NB", "CBR_BRT_TOTAL"): 9, ("MST_FWIM_SEX_CBR_NB", "CBR_BRT_PER"): 9,
    })  # fmt: skip


def test_what_nobody_was_asked_is_left_out_and_never_zero(values: Estimate) -> None:
    """A survey of sex, age, birth, citizenship and labour force status gives none of these indicators but LU1."""
    catalogue = load_catalogue()
    wider = [
        name
        for name, each in catalogue.indicators.items()
        if any(catalogue.populations[p].needs for p in each.populations)
    ]
    given = {key[0] for key in values([ADULT], *wider)}
    migrants = {"foreign_born", "foreign_born_employed", "non_citizens", "non_citizens_employed"}
    migrants |= {"foreign_born_labour_force", "non_citizens_labour_force", "native_born"}
    migrants |= {"imw_birth", "imw_birth_employed", "imw_citizenship", "imw_citizenship_employed"}
    assert {frozenset(catalogue.indicators[name].populations) & migrants != set() for name in given} == {True}


def test_work_and_earnings_of_recent_arrivals(values: Estimate) -> None:
    """Of those of less than five years, 3 of 4 are in the labour force and 1 of these 3 is unemployed."""
    recent = ADULT | {"birth_status": "foreign", "citizenship_status": "non_citizen", "years_since_arrival": 2}
    settled = recent | {"years_since_arrival": 12}
    employee: Person = {"status_in_employment_icse93": "1"}
    given = values(
        [
            recent | employee | {"monthly_earnings": 100.0, "weight": 2.0},
            recent | {"labour_force_status": "unemployed", "status_in_employment_icse93": "not_in_universe"},
            recent | {"labour_force_status": "outside", "status_in_employment_icse93": "not_in_universe"},
            settled | employee | {"monthly_earnings": 400.0},
            settled | employee | {"monthly_earnings": 800.0, "weight": 3.0},
        ],
        *(f"MST_{who}{of}_SEX_DOS_RT" for who in ("FOR", "NCT") for of in "LEU"),
        "EAR_FMTH_SEX_DOS_CUR_NB", "EAR_NMTH_SEX_DOS_CUR_NB",
    )  # fmt: skip
    for who in ("FOR", "NCT"):
        assert given[f"MST_{who}L_SEX_DOS_RT", "DOS_BANDS_Y1-4"] == pytest.approx(75)
        assert given[f"MST_{who}E_SEX_DOS_RT", "DOS_BANDS_Y1-4"] == pytest.approx(50)
        assert given[f"MST_{who}U_SEX_DOS_RT", "DOS_BANDS_Y1-4"] == pytest.approx(100 / 3)
        assert given[f"MST_{who}U_SEX_DOS_RT", "DOS_BANDS_TOTAL"] == pytest.approx(100 / 7)
    for earnings in ("EAR_FMTH_SEX_DOS_CUR_NB", "EAR_NMTH_SEX_DOS_CUR_NB"):
        assert given[earnings, "DOS_BANDS_Y1-4", "CUR_TYPE_LCU"] == pytest.approx(100)
        assert given[earnings, "DOS_BANDS_YGE10", "CUR_TYPE_LCU"] == pytest.approx(700)


def test_the_second_generation_is_native_born(values: Estimate) -> None:
    persons: list[Person] = [
        {"parents_birth": "both_foreign", "weight": 3.0},
        {"parents_birth": "both_foreign", "labour_force_status": "unemployed"},
        {"parents_birth": "one_foreign", "weight": 2.0},
        {"parents_birth": "both_native", "weight": 90.0},
        {"parents_birth": "both_foreign", "birth_status": "foreign", "weight": 50.0},
    ]
    given = values(persons, "MST_NATP_SEX_PAR_NB", "MST_NATU_SEX_PAR_RT")
    assert 1000 * given["MST_NATP_SEX_PAR_NB", "PAR_BIR_FOREIGN"] == pytest.approx(4)
    assert 1000 * given["MST_NATP_SEX_PAR_NB", "PAR_BIR_TOTAL"] == pytest.approx(96)
    assert given["MST_NATU_SEX_PAR_RT", "PAR_BIR_FOREIGN"] == pytest.approx(25)


def test_status_in_employment_by_both_hierarchies_of_icse_18(values: Estimate) -> None:
    """Owner-operators of corporations are independent by authority, and in employment for pay by economic risk."""
    held = {"21": 2.0, "30": 3.0, "41": 10.0, "22": 4.0}
    given = values(
        [{"status_in_employment_icse18": code, "weight": weight} for code, weight in held.items()],
        "EMP_IC18_SEX_STE_CBR_NB",
    )
    thousands = {key[1]: 1000 * value for key, value in given.items() if key[2] == "CBR_BIR_TOTAL"}
    assert thousands["STE_ICSE18_30"] == pytest.approx(3)
    assert (thousands["STE_ICSE18A_IND"], thousands["STE_ICSE18A_DEP"]) == pytest.approx((6, 13))
    assert (thousands["STE_ICSE18R_PROFIT"], thousands["STE_ICSE18R_PAY"]) == pytest.approx((7, 12))


@pytest.mark.parametrize(
    ("indicator", "variable", "value", "code"),
    [
        ("MST_TEAP_SEX_GEO_CBR_RT", "area_type", "rural", "GEO_COV_RUR"),
        ("MST_TEAP_SEX_DSB_CCT_RT", "disability", "yes", "DSB_STATUS_DIS"),
    ],
)
def test_participation_by_area_and_by_disability(
    values: Estimate, indicator: str, variable: str, value: str, code: str
) -> None:
    persons: list[Person] = [{variable: value}, {variable: value, "labour_force_status": "outside", "weight": 3.0}]
    given = values([*persons, {variable: "unknown", "weight": 5.0}], indicator)
    total = next(key[2] for key in given if key[2].endswith("TOTAL"))
    assert given[indicator, code, total] == pytest.approx(25)


def test_a_breakdown_that_is_all_an_indicator_says_is_not_replaced_by_totals(values: Estimate) -> None:
    """Participation by area without areas would be the participation rate once more, under another name."""
    given = values([ADULT], "MST_TEAP_SEX_GEO_CBR_RT", "MST_TEAP_SEX_AGE_CCT_RT")
    assert {key[0] for key in given} == {"MST_TEAP_SEX_AGE_CCT_RT"}
