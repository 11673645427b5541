"""Tables of a register that are answers of statistical services: each observation once, no total among its parts."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from service_messages import GENERIC, SDMX_CSV, STRUCTURE_SPECIFIC, dumped
from small_register import PERMITS, SmallRegister

from schemas.errors import DeclarationError, InputError

CUBE: dict[str, Any] = {
    "class": "dataset",
    "version": "2.0",
    "id": ["citizenship", "sex", "year"],
    "size": [2, 3, 2],
    "dimension": {
        "citizenship": {"category": {"index": ["IND", "SYR"]}},
        "sex": {"category": {"index": ["T", "1", "2"]}},
        "year": {"category": {"index": ["2023", "2024"]}},
    },
    # IND: both sexes 90 and 100, men 60 and 70, women 30 and 30; SYR: both 8 and 9, men 5 and hidden, women 3 and none
    "value": [90, 100, 60, 70, 30, 30, 8, 9, 5, None, 3, None],
    "status": {"9": "c", "11": "z"},
}
COLUMNS = """column,every_wave
permits.citizenship,citizenship
permits.sex,sex
permits.year,year
permits.permits,value
permits.status,status
"""
CODES = "map,code,value,label\nsex,1,male,\nsex,2,female,\n"
BY_SEX: dict[str, Any] = {
    **PERMITS,
    "file": "answer",
    "read": {"format": "json_stat"},
    "where": "raw.year = '{year}' and raw.sex <> 'T'",
    "value": {"column": "permits", "status": "status", "suppressed": ["c"], "absent": ["z"]},
    "variables": {
        "event": {"constant": "issued"},
        "citizenship": {"column": "citizenship", "country": "iso3"},
        "sex": {"column": "sex", "map": "sex"},
    },
}
SDMX_COLUMNS = "column,every_wave\npermits.area,REF_AREA\npermits.year,TIME_PERIOD\npermits.permits,OBS_VALUE\n"
BY_AREA: dict[str, Any] = {
    **PERMITS,
    "file": "answer",
    "where": "raw.year = '2023' and raw.area = 'AUT'",
    "variables": {"event": {"constant": "issued"}, "citizenship": {"column": "area", "country": "iso3"}},
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def run(
    small: SmallRegister,
    answer: str | bytes,
    declared: Mapping[str, Any] = BY_SEX,
    columns: str = COLUMNS,
    **changes: object,
) -> None:
    register = small.declare(columns=columns, codes=CODES, tables={"permits": {**declared, **changes}})
    small.harmonise(register, {"answer": answer})


def test_the_dimensions_of_a_cube_are_the_columns_of_a_table(small: SmallRegister) -> None:
    run(small, dumped(CUBE))
    assert small.flows("citizenship", "sex", "value", "value_missing") == [
        ("IND", "female", 30, None),
        ("IND", "male", 70, None),
        ("SYR", "male", None, "suppressed"),
    ]


def test_totals_of_a_cube_are_checked_and_not_added(small: SmallRegister) -> None:
    totals = [{"when": "raw.sex = 'T'", "by": ["citizenship"]}]
    run(small, dumped(CUBE), where="raw.year = '2023'", totals=totals)
    assert small.issued() == {"CCT_CTZ_TOTAL": 98, "CCT_CTZ_IND": 90, "CCT_CTZ_SYR": 8}
    wrong = CUBE | {"value": [91, *CUBE["value"][1:]]}
    with pytest.raises(InputError, match="not the sum of their parts, such as 91 and 90"):
        run(small, dumped(wrong), where="raw.year = '2023'", totals=totals)


def test_a_dimension_that_is_not_read_has_one_value(small: SmallRegister) -> None:
    columns = COLUMNS.replace("permits.year,year\n", "")
    with pytest.raises(InputError, match=r"dimension 'year' of the answer has 2 values \('2023', '2024'\)"):
        run(small, dumped(CUBE), columns=columns, where="raw.sex <> 'T'")


def test_two_years_that_no_variable_distinguishes_are_not_added(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="combinations of 'citizenship', 'sex' with more than one") as refused:
        run(small, dumped(CUBE), where="raw.sex <> 'T'")
    assert "under `where` ('year')" in refused.value.remedy


def test_an_observation_without_a_value_needs_a_status_that_is_declared(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="2 observations without a value"):
        run(small, dumped(CUBE), value={"column": "permits"})
    with pytest.raises(InputError, match="a count is not a number.*'c'"):
        run(small, dumped(CUBE), value={"column": "permits", "status": "status", "absent": ["z"]})


@pytest.mark.parametrize(
    ("format", "answer"),
    [("sdmx_csv", SDMX_CSV), ("sdmx_ml", STRUCTURE_SPECIFIC), ("sdmx_ml", GENERIC)],
    ids=["csv", "structure-specific", "generic"],
)
def test_an_answer_of_sdmx_is_read_by_its_components(small: SmallRegister, format: str, answer: str) -> None:
    run(small, answer, BY_AREA, SDMX_COLUMNS, read={"format": format})
    assert small.flows("citizenship", "value") == [("AUT", 10.25)]
    with pytest.raises(InputError, match="1 combination of 'area' with more than one observation"):
        run(small, answer, BY_AREA, SDMX_COLUMNS, read={"format": format}, where="raw.area = 'AUT'")


def test_an_observation_that_comes_twice_stops_the_table_and_names_its_key(small: SmallRegister) -> None:
    again = SDMX_CSV.splitlines()[2].replace("10.25", "99")
    with pytest.raises(InputError, match=r"AUT\.A\.UNE_RT\.SEX_T\.CCT_CIT_NONCIT\.2023"):
        run(small, f"{SDMX_CSV}{again}\n", BY_AREA, SDMX_COLUMNS, read={"format": "sdmx_csv"})


def test_thousands_are_not_read_as_ones(small: SmallRegister) -> None:
    lines = SDMX_CSV.splitlines()
    thousands = "\n".join([f"{lines[0]},UNIT_MULT", *(f"{line},3" for line in lines[1:]), ""])
    with pytest.raises(InputError, match="in other units than ones: UNIT_MULT is '3'"):
        run(small, thousands, BY_AREA, SDMX_COLUMNS, read={"format": "sdmx_csv"})


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"value": {"melted": True}, "melt": {}}, "one number a row"),
        ({"read": {"format": "json_stat", "header_rows": 2}}, "columns of a service's answer are its components"),
        ({"read": {"format": "parquet"}}, "delimited text, Excel, JSON, or the answers of statistical services"),
    ],
)
def test_what_an_answer_cannot_be_is_refused(small: SmallRegister, changes: dict[str, Any], fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        run(small, dumped(CUBE), **changes)
