"""JSON: an array of records, or an object that holds one."""

from __future__ import annotations

import json

import pytest
from read_waves import Refused, Wave

PEOPLE = [
    {"id": "007", "surname": "Echeverria", "age": 34, "weight": 99.50},
    {"id": 8, "age": 7.0, "surname": None, "weight": 147.84873919},
    {"id": True, "surname": " Ñandú "},
]
NAMES = ["id", "surname", "age", "weight"]
READ_BACK = [
    ("007", "Echeverria", "34", "99.5"),
    ("8", None, "7", "147.84873919"),
    ("true", "Ñandú", None, None),
]


def dumped(content: object) -> dict[str, bytes]:
    return {"lfs.json": json.dumps(content, ensure_ascii=False).encode()}


def test_an_array_of_records_may_leave_out_values(wave: Wave) -> None:
    assert [record[:-2] for record in wave(dumped(PEOPLE), NAMES, format="json")] == READ_BACK


def test_the_array_may_lie_at_a_declared_path(wave: Wave) -> None:
    content = dumped({"meta": {"year": 2024}, "data": {"items": PEOPLE}})
    assert [record[:-2] for record in wave(content, NAMES, format="json", records="data.items")] == READ_BACK


def test_records_may_be_lists_of_values_under_a_list_of_names(wave: Wave, refused: Refused) -> None:
    rows = [["007", "Echeverria", 34, 99.5], [8, None, 7.0, 147.84873919], [True, " Ñandú ", None, None]]
    lists = {"meta": {"names": NAMES}, "rows": rows}
    asked = {"format": "json", "records": "rows", "header": "meta.names"}
    assert [record[:-2] for record in wave(dumped(lists), NAMES, **asked)] == READ_BACK
    error = refused(dumped({**lists, "rows": [["007", "Echeverria"]]}), NAMES, **asked)
    assert "not a list of 4 values" in error.what and "record 1" in error.where


def test_a_number_beyond_binary_precision_keeps_its_digits(wave: Wave) -> None:
    assert wave({"a.json": b'[{"id": 9007199254740993}]'}, ["id"], format="json")[0][0] == "9007199254740993"


def test_numbers_come_with_the_declared_mark(wave: Wave) -> None:
    records = wave(dumped([{"w": 1.5, "x": "1,5"}, {"w": 2.0, "x": None}]), ["w", "x"], format="json", decimal=",")
    assert [record[:2] for record in records] == [("1,5", "1,5"), ("2", None)]


# Ruined files


def test_a_cut_file_is_refused_where_it_breaks_off(refused: Refused) -> None:
    error = refused({"lfs.json": b'[\n{"id": 1},\n{"id": 2, "surname": "Eche'}, ["id"], format="json")
    assert "not complete, valid JSON" in error.what and "line 3" in error.where


def test_a_record_that_names_a_value_twice_is_refused(refused: Refused) -> None:
    content = b'[{"id": 1, "age": 34}, {"id": 2, "age": 7, "age": 8}]'
    assert (
        "a name occurs twice in an object: 'age'" in refused({"lfs.json": content}, ["id", "age"], format="json").what
    )


def test_a_path_that_leads_nowhere_is_reported_with_what_there_is(refused: Refused) -> None:
    error = refused(dumped({"data": {"items": PEOPLE}}), ["id"], format="json", records="data.rows")
    assert "there is no 'rows' at 'data'; the keys there are 'items'" in error.what
    error = refused(dumped({"data": PEOPLE, "year": 2024}), ["id"], format="json")
    assert "no array of records at the top of the file; its keys are 'data', 'year'" in error.what


def test_keys_that_may_be_persons_are_not_listed(refused: Refused) -> None:
    error = refused(dumped({"Echeverria 1234567": {}}), ["id"], format="json")
    assert "1234567" not in str(error)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ([], "no record"),
        ([["007", "Echeverria"]], "not a record (an object with named values)"),
        ([{"id": ["Echeverria"]}], "holding a list or an object: 'id'"),
        ([{"ids": 1}], "'id' (the nearest is 'ids')"),
    ],
)
def test_arrays_of_something_else_are_refused(refused: Refused, content: object, said: str) -> None:
    assert said in refused(dumped(content), ["id"], format="json").what


def test_a_web_page_in_its_place_is_named(refused: Refused) -> None:
    assert "a web page" in refused({"lfs.json": b"<html>Echeverria</html>"}, ["id"], format="json").what
    assert "empty" in refused({"lfs.json": b""}, ["id"], format="json").what
