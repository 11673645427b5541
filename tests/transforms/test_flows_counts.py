"""Counts as registers write them: hidden, in thousands, below zero, or no counts at all."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_register import CODES, COLUMNS, PLAIN, SmallRegister, table
from workbooks import workbook

from schemas.errors import InputError


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def test_hidden_counts_are_never_zero(small: SmallRegister) -> None:
    content = "Nationality,Permits\nIndia,10\nBrazil,*\nNepal,<5\n"
    with pytest.raises(InputError, match=r"a count is not a number, is negative, or is too large: '\*', '<5'"):
        small.run(content)
    small.run(content, value={"column": "permits", "suppressed": ["*", "<5"]})
    assert small.issued() == {"CCT_CTZ_IND": 10}, "a sum with a hidden part is not given"
    assert ("BRA", None, "suppressed") in small.flows("citizenship", "value", "value_missing")


def test_thousands_separators_and_marks_for_zero(small: SmallRegister) -> None:
    content = 'Nationality,Permits\nIndia,"1,234"\nBrazil,-\n'
    small.run(content, value={"column": "permits", "thousands": ",", "zero": ["-"]})
    assert small.issued() == {"CCT_CTZ_TOTAL": 1234, "CCT_CTZ_IND": 1234, "CCT_CTZ_BRA": 0}


def test_thousands_stand_in_groups_of_three_or_the_count_is_none(small: SmallRegister) -> None:
    with pytest.raises(InputError, match="a count is not a number.*: '1,5'"):
        small.run(PLAIN.replace("India,10", 'India,"1,5"'), value={"column": "permits", "thousands": ","})
    content = "Nationality;Permits\nIndia;1.234,5\nBrazil;0,5\n"
    value = {"column": "permits", "thousands": "."}
    small.run(content, value=value, read={"format": "delimited", "delimiter": ";"})
    assert small.issued()["CCT_CTZ_TOTAL"] == 1235
    with pytest.raises(InputError, match=r"a count is not a number.*: '1\.5'"):
        small.run(content.replace("0,5", "1.5"), value=value, read={"format": "delimited", "delimiter": ";"})


@pytest.mark.parametrize("odd", ["1_0", "inf", "nan", "0x1F", "１０"])
def test_what_only_a_program_takes_for_a_number_is_no_count(small: SmallRegister, odd: str) -> None:
    with pytest.raises(InputError, match="a count is not a number"):
        small.run(PLAIN.replace("India,10", f"India,{odd}"))


def test_a_cast_that_fails_names_its_expression_and_the_row(small: SmallRegister) -> None:
    content = PLAIN.replace("Elsewhere,2", "Elsewhere,few")
    with pytest.raises(InputError, match=r"`cast\(raw.permits as integer\) = 0` fails for 1 .*raw.permits; .*record 3"):
        small.run(content, drop=[{"when": "cast(raw.permits as integer) = 0", "because": "nobody"}])


def test_a_count_that_shows_an_error_in_excel_is_not_left_out(small: SmallRegister) -> None:
    content = workbook({"Permits": [["Nationality", "Permits"], ["India", 10], ["Brazil", "#REF!"]]})
    register = small.declare(columns=COLUMNS, codes=CODES, tables=table(file="permits.xlsx", read={"format": "excel"}))
    with pytest.raises(InputError, match="a count is not a number.*: '#REF!'"):
        small.harmonise(register, {"permits.xlsx": content})


def test_counts_below_zero_stop_the_partition_unless_declared(small: SmallRegister) -> None:
    content = PLAIN.replace("India,10", "India,-1")
    with pytest.raises(InputError, match="is negative, or is too large: '-1'"):
        small.run(content)
    small.run(content, value={"column": "permits", "negative": True})
    assert small.issued()["CCT_CTZ_TOTAL"] == 6


@pytest.mark.parametrize("count", ["1e300", "9999999999999999", "inf", "nan"])
def test_a_count_beyond_any_count_stops(small: SmallRegister, count: str) -> None:
    with pytest.raises(InputError, match=f"a count is not a number, is negative, or is too large: '{count}'"):
        small.run(PLAIN.replace("India,10", f"India,{count}"))
