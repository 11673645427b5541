"""Benchmarks: wide and long files become one long table, and what is not declared stops them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest

from schemas.benchmark import BenchmarkTable
from schemas.errors import DeclarationError, InputError
from schemas.loader import list_benchmarks, list_surveys, load_benchmark, load_survey
from schemas.statuses import StatusList, status_in_ilo
from transforms.benchmark import read_benchmark

WIDE = "iso3,year,men,women,note\nAAA,2019,10,20,\nBBB,2019,30,,estimated\n"
TABLE: dict[str, Any] = {
    "meaning": "Persons",
    "unit": "persons",
    "vintages": ["R2019"],
    "key": ["vintage", "area", "year", "sex"],
    "columns": {
        "vintage": {"type": "text"},
        "area": {"type": "text"},
        "year": {"type": "integer"},
        "sex": {"type": "text", "codes": {"M": "male", "F": "female"}},
        "value": {"type": "number", "minimum": 0, "below": 100},
    },
    "parts": [
        {
            "file": "wide.csv",
            "columns": {"area": "iso3", "year": "year"},
            "constants": {"vintage": "R2019"},
            "unpivot": {"men": {"sex": "M"}, "women": {"sex": "F"}},
        }
    ],
}


def read(tmp_path: Path, text: str = WIDE, table: dict[str, Any] = TABLE, **part: Any) -> pd.DataFrame:
    (tmp_path / "wide.csv").write_text(text, encoding="utf-8")
    declared = BenchmarkTable.model_validate({**table, "parts": [TABLE["parts"][0] | part]})
    read_benchmark(declared, {"wide.csv": tmp_path / "wide.csv"}, tmp_path / "out.parquet", where="X01.made_up")
    return pd.read_parquet(tmp_path / "out.parquet")


def test_a_wide_file_becomes_long_translated_and_sorted(tmp_path: Path) -> None:
    rows = read(tmp_path)[["area", "sex", "value"]].to_numpy().tolist()
    assert rows == [["AAA", "female", 20.0], ["AAA", "male", 10.0], ["BBB", "male", 30.0]]


def test_rows_are_left_out_only_as_declared(tmp_path: Path) -> None:
    rule = {"column": "note", "like": "estim%", "because": "not what is wanted"}
    assert set(read(tmp_path, leave_out=[rule])["area"]) == {"AAA"}


def test_statuses_become_those_of_ilo(tmp_path: Path) -> None:
    flags = "AAA,2019,10,bu\nBBB,2019,11,\nCCC,2019,12,d\nDDD,2019,13,:\n"
    status = {"type": "text", "statuses": "eurostat", "codes": {":": ""}}
    changed = TABLE | {"columns": {**TABLE["columns"], "status": status}}
    part = {"columns": {"area": "iso3", "year": "year", "value": "men", "status": "flag"}, "unpivot": {}}
    part["constants"] = {"vintage": "R2019", "sex": "M"}
    rows = read(tmp_path, "iso3,year,men,flag\n" + flags, table=changed, **part)
    # Of several flags the gravest counts; a number of which nothing is said is a normal one.
    assert rows.fillna({"status": "normal"})[["area", "status"]].to_numpy().tolist() == [
        ["AAA", "U"],
        ["BBB", "normal"],
        ["CCC", "normal"],
    ]
    with pytest.raises(InputError, match="not observation statuses of the list 'eurostat': 'bq'"):
        read(tmp_path, "iso3,year,men,flag\nAAA,2019,10,bq\n", table=changed, **part)


@pytest.mark.parametrize("written, word, ilo", [("sdmx", "M", "X"), ("sdmx", "A", ""), ("ilo", "M", "M")])
def test_one_letter_means_another_status_in_another_list(written: StatusList, word: str, ilo: str) -> None:
    assert status_in_ilo(word, written) == ilo


def test_countries_may_be_written_in_words_and_some_be_left_out(tmp_path: Path) -> None:
    area = {"type": "text", "country": "name", "codes": {"Yugoslavia": "", "The Isles": "CHA"}}
    columns = {**TABLE["columns"], "area": area}
    text = "iso3,year,men,women\nKorea (South),2019,1,2\nThe Isles,2019,3,4\nYugoslavia,2019,5,6\n"
    (tmp_path / "wide.csv").write_text(text, encoding="utf-8")
    table = BenchmarkTable.model_validate({**TABLE, "columns": columns})
    read_benchmark(table, {"wide.csv": tmp_path / "wide.csv"}, tmp_path / "out.parquet", where="X01.made_up")
    assert set(pd.read_parquet(tmp_path / "out.parquet")["area"]) == {"KOR", "CHA"}


def test_a_file_of_another_form_is_read_as_declared(tmp_path: Path) -> None:
    text = "A title\niso3;year;men;women\nAAA;2019;10;20\n"
    rows = read(tmp_path, text, read={"format": "delimited", "delimiter": ";", "header_row": 2})
    assert rows["value"].tolist() == [20.0, 10.0]


def test_a_decimal_comma_is_read_as_declared(tmp_path: Path) -> None:
    text = "iso3;year;men;women\nAAA;2019;10,5;20\n"
    rows = read(tmp_path, text, read={"format": "delimited", "delimiter": ";", "decimal": ","})
    assert rows["value"].tolist() == [20.0, 10.5]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (WIDE.replace("men,women", "man,women"), "'men' .the nearest is 'man'.*wide.csv"),
        (WIDE.replace("10", "-1"), "column 'value' has values < 0 in 1 row.*R2019 AAA 2019 male"),
        (WIDE.replace("10", "100"), "column 'value' has values >= 100"),
        (WIDE.replace("10", "ten"), "column 'value' is not number in 1 row"),
        (WIDE.replace("10", "1_0"), "column 'value' is not number in 1 row"),
        (WIDE.replace("AAA,2019", "AAA,last"), "column 'year' is not integer"),
        (WIDE.replace("AAA,2019", "AAA,2019.6"), "column 'year' is not integer"),
        (WIDE.replace("AAA,2019", "AAA,0x7E3"), "column 'year' is not integer"),
        (WIDE.replace("AAA,", ","), "column 'area' is empty"),
        (WIDE + "AAA,2019,11,21,\n", "rows occur twice: R2019 AAA 2019 female"),
    ],
)
def test_a_file_that_is_not_as_declared_is_refused_and_the_row_named(tmp_path: Path, text: str, fault: str) -> None:
    with pytest.raises(InputError, match=fault):
        read(tmp_path, text)


def test_an_undeclared_vintage_or_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="vintages that are not declared"):
        read(tmp_path, constants={"vintage": "R2024"})
    with pytest.raises(InputError, match="column 'sex' has words that are not declared"):
        read(tmp_path, unpivot={"men": {"sex": "X"}})


def test_surveys_and_benchmarks_are_listed_and_loaded_apart() -> None:
    assert not set(list_surveys()) & set(list_benchmarks())
    with pytest.raises(DeclarationError, match="X01.population is not a survey"):
        load_survey("X01.population")
    with pytest.raises(DeclarationError, match="ZZZ.synthetic is not a benchmark"):
        load_benchmark("ZZZ.synthetic")


def test_what_a_table_needs_and_nothing_gives_is_named_with_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Path("schemas") / "sources" / "X01" / "population" / "source.yaml"
    text = (Path(__file__).resolve().parents[2] / source).read_text(encoding="utf-8")
    folder = tmp_path / "X02" / "wrong"
    folder.mkdir(parents=True)
    (folder / "source.yaml").write_text(text.replace("age: age_group, ", "").replace("[vintage, area", "[month, area"))
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path))
    fault = r"line \d+ .*table 'population': the key names column 'month'.*column 'age' has no origin"
    with pytest.raises(DeclarationError, match=fault):
        load_benchmark("X02.wrong")


def test_what_the_file_itself_calls_missing_is_no_value(tmp_path: Path) -> None:
    people = pd.DataFrame({"iso3": ["AAA"], "year": [2019.0], "men": [10.0], "women": [99.0]})
    pyreadstat.write_sav(people, tmp_path / "wide.csv", missing_ranges={"women": [99]})
    table = BenchmarkTable.model_validate({**TABLE, "parts": [TABLE["parts"][0] | {"read": {"format": "spss"}}]})
    with pytest.raises(InputError, match="marks 99 of women as missing, and 1 row"):
        read_benchmark(table, {"wide.csv": tmp_path / "wide.csv"}, tmp_path / "out.parquet", where="X01.made_up")
