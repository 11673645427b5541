"""Columns whose names repeat, are empty or stand beside their values, chosen by place: of surveys and of registers."""

from __future__ import annotations

from pathlib import Path

import pytest
from read_waves import Records, Wave
from small_register import PERMITS, SmallRegister
from workbooks import workbook

from schemas.errors import InputError

DOUBLED = "id,income,kind,income\np1,10,a,20\n"
BY_SEX = {
    "event": {"constant": "issued"},
    "citizenship": {"column": "nationality", "map": "nationality", "country": "name"},
    "sex": {"header": True, "map": "sex"},
}
COLUMNS = "column,every_wave\npermits.nationality,Nationality\n"
CODES = """map,code,value,label
nationality,Elsewhere,other,
sex,Male#1,male,New permits
sex,Female#1,female,
sex,Male#2,not_counted,Renewals
sex,Female#2,not_counted,
"""


def text(content: str) -> dict[str, bytes]:
    return {"lfs.csv": content.encode()}


def read_text(wave: Wave, content: str, names: dict[str, str]) -> Records:
    return [record[:-2] for record in wave(text(content), names, format="delimited")]


def test_the_second_of_two_columns_of_one_name_is_chosen_by_its_number(wave: Wave) -> None:
    assert read_text(wave, DOUBLED, {"main": "income#1", "second": "income#2"}) == [("10", "20")]


def test_a_column_without_a_name_is_chosen_by_its_place(wave: Wave) -> None:
    assert read_text(wave, "id,,sex,\np1,7,2,\n", {"person": "id", "member": "#2"}) == [("p1", "7")]


def test_the_sheet_of_a_workbook_knows_places_too(wave: Wave) -> None:
    book = workbook({"persons": [["id", "", "w", "w"], ["p1", "7", "1", "2"]]})
    names = {"member": "#2", "second": "w#2", "fourth": "#4"}
    assert [each[:-2] for each in wave({"lfs.xlsx": book}, names, format="excel")] == [("7", "2", "2")]


def test_a_name_that_repeats_stops_and_the_error_says_how_to_choose(wave: Wave) -> None:
    with pytest.raises(InputError, match="'income' occur more than once") as error:
        read_text(wave, DOUBLED, {"main": "income"})
    assert "'income#1' for the first, 'income#2' for the second" in error.value.remedy


def test_a_column_with_a_name_of_its_own_is_never_called_by_its_place(wave: Wave) -> None:
    """With one column more in the next wave, another one would be read silently."""
    with pytest.raises(InputError, match=r"have a unique name: 'kind' \(#3\)"):
        read_text(wave, DOUBLED, {"kind": "#3"})


@pytest.mark.parametrize("name", ["kind#2", "income#3", "#5"])
def test_a_place_that_the_file_lacks_is_a_missing_column(wave: Wave, name: str) -> None:
    with pytest.raises(InputError, match="1 declared column not in the file"):
        read_text(wave, DOUBLED, {"it": name})


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def melted(**changes: object) -> dict[str, dict[str, object]]:
    table = {key: value for key, value in PERMITS.items() if key != "value"}
    return {"permits": {**table, "value": {"melted": True}, "melt": {}, "variables": BY_SEX, **changes}}


def run(
    small: SmallRegister,
    content: str | bytes,
    *,
    columns: str = COLUMNS,
    codes: str = CODES,
    file: str = "permits.csv",
    **changes: object,
) -> dict[str, float]:
    register = small.declare(columns=columns, codes=codes, tables=melted(file=file, **changes))
    small.harmonise(register, {file: content})
    sums: dict[str, float] = {}
    for sex, value in small.flows("sex", "value"):
        sums[sex] = sums.get(sex, 0) + value
    return sums


def test_headers_that_repeat_are_classes_when_a_map_says_what_each_is(small: SmallRegister) -> None:
    """Men and women twice, new permits and renewals: only the first pair is counted."""
    content = "Nationality,Male,Female,Male,Female\nIndia,10,5,3,2\n"
    assert run(small, content) == {"male": 10, "female": 5}
    with pytest.raises(InputError, match="'Male#2' come from one name that occurs several times"):
        run(small, content, codes=CODES.replace("sex,Male#2,not_counted,Renewals\n", ""))


def test_a_header_that_stands_one_column_beside_its_values_is_shifted_over_them(small: SmallRegister) -> None:
    """A sheet whose numbered column has no name, with the names written from the first column on."""
    content = "Nationality,Male,Female\n1,India,10,5\n2,Brazil,3,2\n"
    codes = CODES.replace("#1", "")
    read: dict[str, object] = {"format": "delimited", "header_shift": 1}
    assert run(small, content, codes=codes, read=read, melt={"ignore": ["#1"]}) == {"male": 13, "female": 7}
    with pytest.raises(InputError, match="'Nationality' would be before the first column"):
        run(small, content, codes=codes, read=read | {"header_shift": -1})


def test_empty_columns_at_the_end_carry_no_name_from_a_merged_cell_above(small: SmallRegister) -> None:
    rows: list[list[object]] = [
        ["Nationality", "Permits", "", "", ""],
        ["", "Male", "Female", "", ""],
        ["India", 10, 5, "", ""],
    ]
    sheet = workbook({"permits": rows})
    codes = "map,code,value,label\nsex,Permits / Male,male,\nsex,Permits / Female,female,\nnationality,X,other,\n"
    read = {"format": "excel", "header_rows": 2}
    assert run(small, sheet, codes=codes, file="permits.xlsx", read=read) == {"male": 10, "female": 5}


def test_counts_in_a_column_without_a_name_are_not_lost(small: SmallRegister) -> None:
    with pytest.raises(InputError, match=r"column\(s\) #3 hold values and have no name"):
        run(small, "Nationality,Male,,Female\nIndia,10,5,3\n", codes=CODES.replace("#1", ""))


def test_a_total_and_a_number_of_case_are_found_by_their_place(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.line,#1\npermits.all,Total#2\n"
    content = ",Nationality,Total,Total\n1,India,4,10\n2,Brazil,1,5\n"
    register = small.declare(columns=columns, tables={"permits": {**PERMITS, "value": {"column": "all"}}})
    small.harmonise(register, {"permits.csv": content})
    assert small.numbers("REG_PERI_CCT_NB")["CCT_CTZ_TOTAL"] == 15


def test_of_several_names_each_file_has_one(wave: Wave) -> None:
    """Two states write their files in two ways."""
    files = {"a.csv": b"id,age\np1,30\n", "b.csv": b"id,edad\np2,40\n"}
    records = wave(files, {"person": "id", "years": "age | edad"}, format="delimited")
    assert [each[:2] for each in records] == [("p1", "30"), ("p2", "40")]
    with pytest.raises(InputError, match="the file has 'age', 'edad', of which columns.csv expects one"):
        wave({"c.csv": b"id,age,edad\np1,30,30\n"}, {"years": "age | edad"}, format="delimited")
    with pytest.raises(InputError, match="not in the file: 'age | edad'"):
        wave({"c.csv": b"id,alter\np1,30\n"}, {"years": "age | edad"}, format="delimited")
