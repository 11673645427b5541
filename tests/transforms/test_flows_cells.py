"""From flow records to numbers: totals, coarser versions, status, notes, agreements between tables."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import CODES, COLUMNS, PERMITS, SmallRegister

from schemas.errors import DeclarationError, InputError
from schemas.register import Register

OCCUPATIONS = "column,every_wave\npermits.field,Field\npermits.kind,Kind\npermits.permits,Permits\n"
FIELDS = """map,code,value,label
field,Managers,1,
field,Cleaners,9,
field,Cooks,5,
field,Unknown,unknown,
kind,new,first,
kind,old,extension,
"""
BY_OCCUPATION = {
    **PERMITS,
    "variables": {
        "event": {"column": "kind", "map": "kind"},
        "occupation_isco08": {"column": "field", "map": "field"},
    },
    "feeds": {"REG_PERF_OCU_NB": "every_wave", "REG_PERX_OCU_NB": "every_wave"},
}
CONTENT = "Kind,Field,Permits\nnew,Managers,3\nnew,Cleaners,4\nnew,Cooks,5\nnew,Unknown,1\nold,Cooks,7\n"


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def test_events_are_counted_apart_and_skill_levels_are_sums_of_major_groups(small: SmallRegister) -> None:
    register = small.declare(columns=OCCUPATIONS, codes=FIELDS, tables={"permits": BY_OCCUPATION})
    small.harmonise(register, {"permits.csv": CONTENT})
    assert small.numbers("REG_PERF_OCU_NB") == {
        "OCU_ISCO08_TOTAL": 13,
        "OCU_ISCO08_1": 3,
        "OCU_ISCO08_5": 5,
        "OCU_ISCO08_9": 4,
        "OCU_ISCO08_X": 1,
        "OCU_SKILL_TOTAL": 13,
        "OCU_SKILL_L3-4": 3,
        "OCU_SKILL_L2": 5,
        "OCU_SKILL_L1": 4,
        "OCU_SKILL_X": 1,
    }
    assert small.numbers("REG_PERX_OCU_NB")["OCU_ISCO08_TOTAL"] == 7


def test_a_coarser_class_with_a_hidden_part_is_not_given(small: SmallRegister) -> None:
    table = {**BY_OCCUPATION, "value": {"column": "permits", "suppressed": ["*"]}}
    codes = FIELDS + "field,Smiths,7,\n"
    content = "Kind,Field,Permits\nnew,Managers,3\nnew,Cooks,*\nnew,Smiths,6\nnew,Cleaners,4\nold,Cooks,1\n"
    small.harmonise(
        small.declare(columns=OCCUPATIONS, codes=codes, tables={"permits": table}), {"permits.csv": content}
    )
    assert small.numbers("REG_PERF_OCU_NB") == {
        "OCU_ISCO08_1": 3,
        "OCU_ISCO08_7": 6,
        "OCU_ISCO08_9": 4,
        "OCU_SKILL_L3-4": 3,
        "OCU_SKILL_L1": 4,
    }, "skill level 2 and the total have a part that is not published"


def test_a_coarser_class_without_any_part_is_not_given(small: SmallRegister) -> None:
    register = small.declare(columns=OCCUPATIONS, codes=FIELDS, tables={"permits": BY_OCCUPATION})
    small.harmonise(register, {"permits.csv": "Kind,Field,Permits\nnew,Managers,3\nold,Cooks,1\n"})
    numbers = small.numbers("REG_PERF_OCU_NB")
    assert set(numbers) == {"OCU_ISCO08_TOTAL", "OCU_ISCO08_1", "OCU_SKILL_TOTAL", "OCU_SKILL_L3-4"}


def test_a_promised_indicator_without_records_stops_the_partition(small: SmallRegister) -> None:
    register = small.declare(columns=OCCUPATIONS, codes=FIELDS, tables={"permits": BY_OCCUPATION})
    with pytest.raises(InputError, match="there is no record of extension to count"):
        small.harmonise(register, {"permits.csv": "Kind,Field,Permits\nnew,Managers,3\n"})


def test_every_number_says_what_it_counts_and_has_no_standard_error(small: SmallRegister) -> None:
    small.harmonise(small.declare(), {"permits.csv": "Nationality,Permits\nIndia,10\n"})
    ((value, n, se, status, note),) = small.cells("distinct obs_value, n, se, obs_status, note_indicator")
    assert (value, n, se, status) == (10, 10, None, "")
    assert "Unit counted: Permits; a person may be given several" in note
    assert "Standard error: not given: complete enumeration" in note


@pytest.mark.parametrize(
    ("status", "flag", "note"),
    [
        ("partial", "P", "Data reference period: January to March only"),
        ("break", "B", "Break in series: January to March only"),
        ("provisional", "P", "Quality: January to March only"),
    ],
)
def test_a_wave_that_is_apart_is_flagged_and_says_why(small: SmallRegister, status: str, flag: str, note: str) -> None:
    statuses = {"2024": {"status": status, "note": {"en": "January to March only"}}}
    small.harmonise(small.declare(statuses=statuses), {"permits.csv": "Nationality,Permits\nIndia,10\n"})
    assert {row[0] for row in small.cells("obs_status")} == {flag}
    assert all(note in row[0] for row in small.cells("note_indicator"))


def test_people_are_in_thousands_by_sex_and_country(small: SmallRegister) -> None:
    variables = {
        "event": {"constant": "registered"},
        "sex": {"header": True, "map": "sex"},
        "partner_country": PERMITS["variables"]["citizenship"],
    }
    table = {
        **PERMITS,
        "melt": {},
        "value": {"melted": True},
        "variables": variables,
        "feeds": {"MNA_OEMP_SEX_CDS_NB": "every_wave"},
    }
    register = small.declare(
        columns="column,every_wave\npermits.nationality,Country\n",
        codes=CODES + "sex,Men,male,\nsex,Women,female,\nsex,Not stated,unknown,\n",
        facts={"concept": "employment_abroad", "direction": "out", "unit": "departures"},
        tables={"permits": table},
    )
    small.harmonise(register, {"permits.csv": "Country,Men,Women,Not stated\nKuwait,1000,500,1\nQatar,20,10,\n"})
    numbers = small.numbers("MNA_OEMP_SEX_CDS_NB")
    assert numbers["SEX_T CDS_DES_TOTAL"] == 1.531
    assert numbers["SEX_T CDS_DES_KWT"] == 1.501, "unknown sex is in the total only"
    assert numbers["SEX_M CDS_DES_KWT"] + numbers["SEX_F CDS_DES_KWT"] == 1.5
    assert small.cells("max(n)") == [(1531,)]


def test_nationals_abroad_are_a_stock_by_country_and_those_who_leave_are_counted_by_education(
    small: SmallRegister,
) -> None:
    variables = {"event": {"constant": "registered"}, "education": {"column": "nationality", "map": "education"}}
    leaving = {**PERMITS, "variables": variables, "feeds": {"MNA_OEMP_SEX_EDU_NB": "every_wave"}}
    register = small.declare(
        codes=CODES + "education,None,X,\neducation,School,3,\neducation,College,6,\neducation,?,unknown,\n",
        facts={"concept": "employment_abroad", "direction": "out", "unit": "departures"},
        tables={"permits": leaving},
    )
    small.harmonise(register, {"permits.csv": "Nationality,Permits\nNone,10\nSchool,200\nCollege,30\n?,4\n"})
    numbers = small.numbers("MNA_OEMP_SEX_EDU_NB")
    assert numbers["SEX_T EDU_ISCED11_6"] == numbers["SEX_T EDU_AGGREGATE_ADV"] == 0.03
    assert numbers["SEX_T EDU_AGGREGATE_TOTAL"] == pytest.approx(0.244)
    assert numbers["SEX_T EDU_AGGREGATE_X"] == 0.004

    variables = {"event": {"constant": "registered"}, "partner_country": PERMITS["variables"]["citizenship"]}
    abroad = {**PERMITS, "variables": variables, "feeds": {"MNA_TPOP_SEX_CRS_NB": "every_wave"}}
    facts = {"concept": "residence_abroad", "direction": "out", "unit": "persons"}
    small.harmonise(
        small.declare(facts=facts, tables={"permits": abroad}), {"permits.csv": "Nationality,Permits\nKuwait,7\n"}
    )
    assert small.numbers("MNA_TPOP_SEX_CRS_NB") == {"SEX_T CRS_RES_TOTAL": 0.007, "SEX_T CRS_RES_KWT": 0.007}
    with pytest.raises(DeclarationError, match="counts only concept residence_abroad"):
        small.declare(facts={**facts, "concept": "permanent_emigration"}, tables={"permits": abroad})


def test_a_breakdown_that_the_table_does_not_make_is_a_total_with_a_note(small: SmallRegister) -> None:
    table = {
        **PERMITS,
        "variables": {"event": {"constant": "registered"}, "partner_country": PERMITS["variables"]["citizenship"]},
        "feeds": {"MNA_OEMP_SEX_CDS_NB": "every_wave"},
    }
    facts = {"concept": "employment_abroad", "direction": "out", "unit": "departures"}
    small.harmonise(
        small.declare(facts=facts, tables={"permits": table}), {"permits.csv": "Nationality,Permits\nKuwait,1\n"}
    )
    assert set(small.numbers("MNA_OEMP_SEX_CDS_NB")) == {"SEX_T CDS_DES_TOTAL", "SEX_T CDS_DES_KWT"}
    assert "Sex: total only; the register's table is not broken down by it" in small.cells("note_classif")[0][0]


def two_tables(small: SmallRegister, parts_table: dict[str, Any] = PERMITS, **agreement: object) -> Register:
    columns = COLUMNS + "all.permits,Permits\n"
    whole = {
        "title": "All",
        "file": "all.csv",
        "read": {"format": "delimited"},
        "value": {"column": "permits"},
        "variables": {"event": {"constant": "issued"}},
    }
    agreements = [{"parts": "permits", "whole": "all", "by": ["event"], **agreement}]
    return small.declare(columns=columns, tables={"permits": parts_table, "all": whole}, agreements=agreements)


def test_tables_that_must_agree_stop_the_partition_when_they_do_not(small: SmallRegister) -> None:
    files = {"permits.csv": "Nationality,Permits\nIndia,10\nBrazil,5\n", "all.csv": "Permits\n16\n"}
    with pytest.raises(
        InputError,
        match=r"table 'permits' and table 'all' disagree in 1 sum\(s\) by event, such as 15 and 16; -1 in all",
    ):
        small.harmonise(two_tables(small), files)
    assert small.harmonise(two_tables(small, tolerance=1), files).warnings == ()


def test_sums_with_a_hidden_part_are_not_compared_with_others(small: SmallRegister) -> None:
    hiding = {**PERMITS, "value": {"column": "permits", "suppressed": ["*"]}}
    files = {"permits.csv": "Nationality,Permits\nIndia,10\nBrazil,*\n", "all.csv": "Permits\n16\n"}
    assert small.harmonise(two_tables(small, parts_table=hiding), files).warnings == ()


def test_tables_that_may_disagree_say_so_with_every_number(small: SmallRegister) -> None:
    files = {"permits.csv": "Nationality,Permits\nIndia,10\nBrazil,5\n", "all.csv": "Permits\n16\n"}
    made = small.harmonise(two_tables(small, otherwise="warn", because="one permit has no nationality"), files)
    assert made.warnings[0].endswith("-1 in all: one permit has no nationality")
    assert all("one permit has no nationality" in row[0] for row in small.cells("note_source"))


def test_a_published_figure_that_is_not_met_stops_the_partition(small: SmallRegister) -> None:
    figure = {
        "wave": "2024",
        "table": "permits",
        "where": {"citizenship": "IND"},
        "value": 10,
        "reference": "yearbook, table 1",
    }
    content = {"permits.csv": "Nationality,Permits\nIndia,10\nBrazil,5\n"}
    small.harmonise(small.declare(figures=[figure]), content)
    with pytest.raises(
        InputError, match=r"with citizenship IND sums to 10, and the published figure is 11 \(yearbook, table 1\)"
    ):
        small.harmonise(small.declare(figures=[{**figure, "value": 11}]), content)
