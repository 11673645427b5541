"""Excel: one sheet of a workbook, with a header where it is declared to be."""

from __future__ import annotations

import io
import zipfile

import pytest
from read_waves import Names, Records, Refused, Wave
from workbooks import workbook

PEOPLE: list[list[object]] = [
    ["id", "surname", "age"],
    ["007", "Echeverria", 34],
    [8, " Ñandú ", 7.5],
    [None, None, None],
    ["9", None, 0],
]
NAMES = ["id", "surname", "age"]


def read(wave: Wave, content: bytes, names: Names = NAMES, **declared: object) -> Records:
    return [record[:-2] for record in wave({"lfs.xlsx": content}, names, format="excel", **declared)]


def test_texts_and_numbers_come_as_stored_and_blank_rows_are_no_records(wave: Wave) -> None:
    assert read(wave, workbook({"Data": PEOPLE})) == [
        ("007", "Echeverria", "34"),
        ("8", "Ñandú", "7.5"),
        ("9", None, "0"),
    ]


def test_the_header_stands_in_the_declared_row_of_the_declared_sheet(wave: Wave) -> None:
    sheets: dict[str, list[list[object]]] = {
        "Notes": [["Read me"]],
        "Data 2024": [[], ["Table 1"], [], *[[None, *row] for row in PEOPLE]],
    }
    assert read(wave, workbook(sheets), ["surname"], sheet="Data 2024", header_row=4)[0] == ("Echeverria",)


def test_the_only_visible_sheet_need_not_be_named(wave: Wave) -> None:
    sheets: dict[str, list[list[object]]] = {"Lists": [["x"]], "Data": PEOPLE}
    assert len(read(wave, workbook(sheets, hidden=["Lists"]))) == 3


def test_a_number_can_be_a_column_name(wave: Wave) -> None:
    assert read(wave, workbook({"Data": [["country", 2015], ["Uruguay", 12]]}), {"y": "2015"}) == [("12",)]


# Ruined files


def test_one_of_several_sheets_must_be_named(refused: Refused) -> None:
    error = refused({"lfs.xlsx": workbook({"A": PEOPLE, "B": PEOPLE})}, NAMES, format="excel")
    assert "several sheets: 'A', 'B'" in error.what


def test_a_sheet_that_is_not_there_is_named_with_the_nearest(refused: Refused) -> None:
    error = refused({"lfs.xlsx": workbook({"Data": PEOPLE, "Notes": []})}, NAMES, format="excel", sheet="Dato")
    assert "no sheet 'Dato'; the nearest is 'Data'" in error.what


def test_missing_columns_records_and_headers_are_reported_with_sheet_and_row(refused: Refused) -> None:
    content = {"lfs.xlsx": workbook({"Data": PEOPLE})}
    error = refused(content, ["surnames"], format="excel")
    assert "'surnames' (the nearest is 'surname')" in error.what and "sheet 'Data', row 1" in error.where
    assert "no record" in refused({"lfs.xlsx": workbook({"Data": PEOPLE[:1]})}, NAMES, format="excel").what
    assert "ends before its header" in refused(content, NAMES, format="excel", header_row=50).what
    assert "no column names" in refused(content, NAMES, format="excel", header_row=2).what


@pytest.mark.parametrize("size", [200, 900])
def test_a_cut_workbook_is_refused(refused: Refused, size: int) -> None:
    assert "cut" in refused({"lfs.xlsx": workbook({"Data": PEOPLE})[:size]}, NAMES, format="excel").what


def test_a_workbook_damaged_within_is_refused(refused: Refused) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
    assert "no workbook at all" in refused({"lfs.xlsx": buffer.getvalue()}, NAMES, format="excel").what
    assert (
        "cannot be read"
        in refused({"lfs.xls": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600}, NAMES, format="excel").what
    )


def test_a_workbook_that_swells_is_refused_before_it_fills_the_memory(refused: Refused) -> None:
    buffer = io.BytesIO(workbook({"Data": PEOPLE}))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/image1.png", b"\0" * 20_000_000)
    error = refused({"lfs.xlsx": buffer.getvalue()}, NAMES, format="excel")
    assert "unpacks to more than" in error.what and "zip bomb" in error.why


def test_a_workbook_under_another_declaration_and_text_under_excel_are_named(refused: Refused) -> None:
    error = refused({"lfs.csv": workbook({"Data": PEOPLE})}, NAMES, format="delimited")
    assert "the file is an Excel workbook, but delimited text is declared" in error.what
    error = refused({"lfs.xlsx": b"id,surname,age\n1,Echeverria,3\n"}, NAMES, format="excel")
    assert "the file is text, but an Excel workbook is declared" in error.what


@pytest.mark.parametrize(("before", "header_row"), [([], 1), ([[], ["A title"], []], 4)])
def test_a_cell_that_shows_an_error_is_not_empty(wave: Wave, before: list[list[object]], header_row: int) -> None:
    rows: list[list[object]] = [
        *before,
        [None, "id", "age"],
        [None, 1, "#N/A"],
        [None, 2, None],
        [None, 3, "#DIV/0!"],
        [None, 4, 7.5],
    ]
    content = workbook({"Other": [["#REF!"]], "Data": rows})
    records = wave({"a.xlsx": content}, ["id", "age"], format="excel", sheet="Data", header_row=header_row)
    assert [record[:2] for record in records] == [("1", "#N/A"), ("2", None), ("3", "#DIV/0!"), ("4", "7.5")]
