"""`ilms check` compares single golden records with what they must become once they are harmonised."""

from __future__ import annotations

from pathlib import Path

import pytest
from small_source import Declare

from ilms.authoring.check import check_source
from ilms.authoring.golden import golden_faults, golden_waves
from schemas.errors import DeclarationError
from schemas.loader import load_survey, source_folder

ROWS = """id,str,psu,w,sexcode,years,born,act
nurse,a,1,100,2,34,2,1
student,a,2,150.5,1,19,1,3
pupil,a,2,80,2,9,9,
"""
PERSONS = """case,variable,value
nurse,labour_force_status,employed
nurse,age,34
student,birth_status,native
pupil,birth_status,unknown
"""
CELLS = """indicator,sex,classif1,classif2,obs_value,n
MST_TEMP_SEX_AGE_CBR_NB,SEX_T,AGE_YTHADULT_YGE15,CBR_BIR_FOREIGN,0.1,1
"""


@pytest.fixture
def golden(declare: Declare) -> Path:
    """The golden wave of the small survey."""
    declare()
    folder = source_folder("ZZZ.small") / "golden" / "2024"
    folder.mkdir(parents=True)
    for name, text in {"rows.csv": ROWS, "persons.csv": PERSONS, "cells.csv": CELLS}.items():
        (folder / name).write_text(text, encoding="utf-8")
    return folder


def faults() -> list[str]:
    (wave,) = golden_waves("ZZZ.small")
    return golden_faults(load_survey("ZZZ.small"), wave)


def test_persons_that_become_what_was_expected_are_met(golden: Path) -> None:
    assert list(check_source("ZZZ.small"))[-1] == "golden wave 2024: every expected person and cell is met"


def test_a_person_who_becomes_somebody_else_is_named_before_any_number(golden: Path) -> None:
    (golden / "persons.csv").write_text(PERSONS.replace("student,birth_status,native", "student,birth_status,foreign"))
    (golden / "cells.csv").write_text(CELLS.replace("0.1", "7"))
    assert faults() == ["birth_status of student is native, expected foreign"]
    with pytest.raises(DeclarationError, match="birth_status of student is native"):
        list(check_source("ZZZ.small"))


@pytest.mark.parametrize("line", ["teacher,age,34", "nurse,shoe_size,34"])
def test_a_case_or_variable_that_is_not_there_is_named_with_its_line(golden: Path, line: str) -> None:
    (golden / "persons.csv").write_text(PERSONS + line + "\n")
    wrong = "teacher" if "teacher" in line else "shoe_size"
    assert faults() == [f"persons.csv, line 6: there is no {wrong}"]


def test_rows_need_only_the_columns_that_are_used(golden: Path) -> None:
    """Without citizenship, birth and identifiers, a cell by sex and age can still be expected."""
    (golden / "persons.csv").unlink()
    (golden / "rows.csv").write_text("str,psu,w,sexcode,years,act\na,1,100,2,34,1\na,2,150.5,1,19,3\n")
    (golden / "cells.csv").write_text(CELLS.replace("CBR_BIR_FOREIGN", "CBR_BIR_TOTAL"))
    assert list(check_source("ZZZ.small"))[-1] == "golden wave 2024: every expected cell is met"


def test_rows_without_a_column_that_the_survey_needs_are_refused_with_what_needs_it(golden: Path) -> None:
    (golden / "rows.csv").write_text("id,str,psu,w,years,born\nnurse,a,1,100,34,2\n")
    with pytest.raises(DeclarationError) as caught:
        faults()
    assert "sexcode (variables sex), act (variables labour_force_status)" in caught.value.what


def test_an_undeclared_column_is_reported_with_the_nearest(golden: Path) -> None:
    (golden / "rows.csv").write_text(ROWS.replace("sexcode", "sexcod"))
    with pytest.raises(DeclarationError, match=r"'sexcod' \(nearest: sexcode\)"):
        faults()


@pytest.mark.parametrize(
    ("right", "wrong", "said"),
    [
        ("CBR_BIR_FOREIGN", "CBR_BIR_FOREIN", "no number has classif2 'CBR_BIR_FOREIN' (nearest: CBR_BIR_FOREIGN"),
        ("AGE_CBR_NB", "AGE_CBR_NBB", "no number has indicator 'MST_TEMP_SEX_AGE_CBR_NBB' (nearest: MST_TEMP_SEX_AGE_"),
    ],
)
def test_a_code_that_no_number_has_is_named_with_the_nearest(golden: Path, right: str, wrong: str, said: str) -> None:
    (golden / "cells.csv").write_text(CELLS.replace(right, wrong))
    (fault,) = faults()
    assert said in fault


def test_a_decimal_comma_in_a_golden_number_is_told(golden: Path) -> None:
    (golden / "cells.csv").write_text(CELLS.replace(",", ";").replace("0.1", "0,1"))
    (fault,) = faults()
    assert fault == "cells.csv, line 2: obs_value '0,1' or n '1' is not a number; decimals are written with a point"
