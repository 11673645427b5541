"""Stata and SPSS: codes rather than labels, texts as texts, missing values by their kind, cut files seen."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest
from read_waves import Names, Records, Refused, Wave

from transforms.read.parts import texts

PEOPLE = pd.DataFrame(
    {
        "id": [1.0, 2.0, 3.0],
        "weight": [147.84873919, 99.5, 0.1],
        "sex": [2.0, 1.0, None],
        "surname": ["Echeverria", " Ñandú ", ""],
        "code": ["007", "1.0", "x"],
    }
)
NAMES = ["id", "weight", "sex", "surname", "code"]
READ_BACK = [
    ("1", "147.84873919", "2", "Echeverria", "007"),
    ("2", "99.5", "1", "Ñandú", "1.0"),
    ("3", "0.1", None, None, "x"),
]


def spss(folder: Path, people: pd.DataFrame = PEOPLE, **options: object) -> bytes:
    path = folder / "made.sav"
    pyreadstat.write_sav(people, path, **options)
    return path.read_bytes()


def stata(folder: Path, people: pd.DataFrame = PEOPLE, **options: object) -> bytes:
    path = folder / "made.dta"
    pyreadstat.write_dta(people, path, **options)
    return path.read_bytes()


def read(wave: Wave, name: str, content: bytes, names: Names = NAMES, **declared: object) -> Records:
    kind = "spss" if name.endswith(".sav") else "stata"
    return [record[:-2] for record in wave({name: content}, names, format=kind, **declared)]


@pytest.fixture(params=["lfs.sav", "lfs.dta"])
def made(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, bytes]:
    return request.param, (spss if request.param.endswith(".sav") else stata)(tmp_path)


def test_numbers_lose_empty_decimals_and_texts_keep_theirs(wave: Wave, made: tuple[str, bytes]) -> None:
    assert read(wave, *made) == READ_BACK


def test_only_declared_columns_are_read_whatever_their_order(wave: Wave, made: tuple[str, bytes]) -> None:
    assert read(wave, *made, names={"person": "code", "w": "weight"})[0] == ("007", "147.84873919")


def test_codes_come_rather_than_their_labels(wave: Wave, tmp_path: Path) -> None:
    labels = {"sex": {1.0: "Man", 2.0: "Woman"}}
    assert read(wave, "lfs.sav", spss(tmp_path, variable_value_labels=labels), ["sex"]) == [("2",), ("1",), (None,)]
    assert read(wave, "lfs.dta", stata(tmp_path, variable_value_labels=labels), ["sex"]) == [("2",), ("1",), (None,)]


def test_a_code_that_spss_calls_missing_is_still_a_code(wave: Wave, tmp_path: Path) -> None:
    content = spss(tmp_path, missing_ranges={"sex": [2.0]})
    assert read(wave, "lfs.sav", content, ["sex"]) == [("2",), ("1",), (None,)]


def test_extended_missing_values_of_stata_keep_their_letter(wave: Wave, tmp_path: Path) -> None:
    people = pd.DataFrame({"id": [1.0, 2.0, 3.0, 4.0], "year": [1999.0, "a", "z", None], "note": ["a", "b", "", "z"]})
    content = stata(tmp_path, people, missing_user_values={"year": ["a", "z"]})
    assert read(wave, "lfs.dta", content, ["year", "note"]) == [("1999", "a"), (".a", "b"), (".z", None), (None, "z")]


def test_a_number_that_is_missing_among_texts_is_missing() -> None:
    assert texts([float("nan"), "b", None, 2.0, 0.5, True]).to_pylist() == [None, "b", None, "2", "0.5", "true"]
    assert texts([float("nan"), None, -0.0, 1e300, 2.0**53, 1e18]).to_pylist() == [
        None,
        None,
        "0",
        "1e+300",
        "9007199254740992",
        "1e+18",
    ]


def test_dates_come_in_iso_form(wave: Wave, tmp_path: Path) -> None:
    people = pd.DataFrame({"arrived": [pd.Timestamp("2019-03-01").date(), None]})
    assert read(wave, "lfs.sav", spss(tmp_path, people), ["arrived"]) == [("2019-03-01",), (None,)]


def test_a_file_longer_than_a_batch_keeps_its_order(
    wave: Wave, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from transforms.read import statistical

    monkeypatch.setattr(statistical, "CHUNK", 7)
    for count in (20, 21):
        people = pd.DataFrame({"id": [float(number) for number in range(count)]})
        assert read(wave, "lfs.sav", spss(tmp_path, people), ["id"]) == [(str(number),) for number in range(count)]
        assert read(wave, "lfs.dta", stata(tmp_path, people), ["id"]) == [(str(number),) for number in range(count)]


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9, 0.999])
def test_a_cut_file_is_refused(refused: Refused, tmp_path: Path, share: float) -> None:
    people = pd.concat([PEOPLE] * 500)
    for name, content, kind in (
        ("lfs.sav", spss(tmp_path, people), "spss"),
        ("lfs.dta", stata(tmp_path, people), "stata"),
        ("old.dta", stata(tmp_path, people.assign(surname="Echeverria"), version=10), "stata"),
    ):
        error = refused({name: content[: int(len(content) * share)]}, NAMES, format=kind)
        assert "cut" in error.what and name in error.where


def test_a_stata_file_without_its_end_mark_is_cut_even_when_all_records_are_there(
    refused: Refused, tmp_path: Path
) -> None:
    error = refused({"lfs.dta": stata(tmp_path)[:-10]}, NAMES, format="stata")
    assert "the mark that ends every such file is not there" in error.what


def test_a_missing_column_is_named_with_the_nearest(refused: Refused, made: tuple[str, bytes]) -> None:
    error = refused({made[0]: made[1]}, ["id", "surnam"], format="spss" if made[0].endswith("sav") else "stata")
    assert "'surnam' (the nearest is 'surname')" in error.what


def test_a_file_without_records_is_refused(refused: Refused, tmp_path: Path) -> None:
    empty = PEOPLE.iloc[:0]
    assert "no record" in refused({"lfs.sav": spss(tmp_path, empty)}, ["id"], format="spss").what
    assert "no record" in refused({"lfs.dta": stata(tmp_path, empty)}, ["id"], format="stata").what


def test_one_kind_under_the_name_of_the_other_is_named(refused: Refused, tmp_path: Path) -> None:
    error = refused({"lfs.sav": stata(tmp_path)}, NAMES, format="spss")
    assert "the file is a Stata file, but an SPSS file is declared" in error.what
    error = refused({"lfs.dta": b"id,surname\n1,Echeverria\n"}, NAMES, format="stata")
    assert "the file is text, but a Stata file is declared" in error.what
