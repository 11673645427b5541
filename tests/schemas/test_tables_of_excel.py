"""Tables of a declaration that were saved by a Spanish or French spreadsheet program, and what cannot be read."""

from __future__ import annotations

import codecs
from pathlib import Path

import pytest
from small_source import SMALL_CODES, Declare

from schemas.declaration_files import read_rows
from schemas.errors import DeclarationError
from schemas.loader import _load, load_survey
from schemas.source_tables import read_code_maps, read_columns

HEADER = ["map", "code", "value"]
TABLE = "map;code;value;label\r\nsexo;Varón;male;Hombre\r\nsexo;Mujer;female;\r\n"


def written(folder: Path, content: bytes) -> Path:
    file = folder / "code_maps.csv"
    file.write_bytes(content)
    return file


@pytest.mark.parametrize(
    "content",
    [
        TABLE.encode(),
        TABLE.encode("windows-1252"),
        codecs.BOM_UTF8 + TABLE.encode(),
        TABLE.replace(";", "\t").encode("windows-1252"),
        TABLE.replace(";", ",").encode(),
        (TABLE.replace("\r\n", ";;\r\n") + ";;;;;\r\n").encode(),
        (TABLE + ";;\r\n;;;;;;\r\n").encode(),
    ],
    ids=[
        "semicolons",
        "windows-1252",
        "mark of UTF-8",
        "tabs",
        "commas",
        "empty rows and columns",
        "empty rows of any width",
    ],
)
def test_a_table_is_read_as_spreadsheet_programs_of_western_europe_write_it(tmp_path: Path, content: bytes) -> None:
    codes = read_code_maps(written(tmp_path, content))["sexo"]
    assert {code: each.value for code, each in codes.items()} == {"Varón": "male", "Mujer": "female"}
    assert codes["Varón"].label == "Hombre"


def test_names_of_columns_come_through_semicolons(tmp_path: Path) -> None:
    file = tmp_path / "columns.csv"
    file.write_bytes("column;2023;2024\r\nage;EDAD;AÑOS\r\n".encode("windows-1252"))
    assert read_columns(file) == {"age": {"2023": "EDAD", "2024": "AÑOS"}}


@pytest.mark.parametrize(
    ("content", "fault"),
    [
        (codecs.BOM_UTF16_LE + TABLE.encode("utf-16-le"), "UTF-16, which Excel calls Unicode text.*CSV UTF-8"),
        (b"map,code,value\nsexo,Var\x81n,male\n", "neither UTF-8 nor windows-1252.*line 2"),
        (b"map;code\nsexo;1\n", r"column\(s\) map, code, value missing.*semicolons or tabs"),
        (b"\r;code\nsexo;1\n", r"column\(s\) map, code, value missing.*line 1"),
        (b"map;code;value\nsexo;1;male;2\n", "more or fewer fields than the header.*line 2.*';'"),
        (b"map;code;value;\nsexo;1;male;Hombre\n", "a field has no column name.*line 2"),
    ],
)
def test_a_table_that_cannot_be_read_is_reported(tmp_path: Path, content: bytes, fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        list(read_rows(written(tmp_path, content), HEADER))


def test_a_comma_in_a_label_does_not_hide_the_semicolons(tmp_path: Path) -> None:
    content = b"map;code;value;label, in words\nsexo;1;male;man, adult\n"
    assert next(read_rows(written(tmp_path, content), HEADER)) == (
        2,
        {"map": "sexo", "code": "1", "value": "male", "label, in words": "man, adult"},
    )


@pytest.mark.parametrize("encoding", ["windows-1252", "utf-8-sig"])
def test_a_source_whose_tables_excel_has_saved_is_loaded_and_its_marks_are_found(
    declare: Declare, tmp_path: Path, encoding: str
) -> None:
    codes = SMALL_CODES.replace(",", ";").replace("Works", "Trabajó").replace("\n", "\r\n")
    declare()
    file = tmp_path / "sources" / "ZZZ" / "small" / "code_maps.csv"
    file.write_bytes(codes.encode(encoding))
    _load.cache_clear()
    assert load_survey("ZZZ.small").code_maps["activity"]["1"].label == "Trabajó"
    file.write_bytes(codes.replace("1;employed", "1;?employed").encode(encoding))
    _load.cache_clear()
    with pytest.raises(DeclarationError, match=r"map activity, line 7 of code_maps\.csv"):
        load_survey("ZZZ.small")
