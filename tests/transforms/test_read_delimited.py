"""Delimited text: what a record says, and every way in which a file can be ruined."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from read_waves import Names, Records, Refused, Wave

from schemas.errors import DeclarationError

NAMES = ["id", "surname", "age"]
HEADER = "id,surname,age\n"
TWO = HEADER + "1,Echeverria,34\n2,Echeverria,7\n"


def text(content: str, encoding: str = "utf-8") -> dict[str, bytes]:
    return {"lfs.csv": content.encode(encoding)}


def read_text(wave: Wave, content: str, names: Names = NAMES, encoding: str = "utf-8", **declared: object) -> Records:
    records = wave(text(content, encoding), names, format="delimited", encoding=encoding, **declared)
    return [record[:-2] for record in records]


def test_records_come_in_file_order_with_their_file_and_number(wave: Wave) -> None:
    assert wave(text(TWO), NAMES, format="delimited") == [
        ("1", "Echeverria", "34", "lfs.csv", 1),
        ("2", "Echeverria", "7", "lfs.csv", 2),
    ]


def test_only_declared_columns_are_kept_under_our_names_and_in_our_order(wave: Wave) -> None:
    records = read_text(wave, "a,EDAD,b,NRO\n1,34,2,p1\n", {"person": "NRO", "years": "EDAD"})
    assert records == [("p1", "34")]


def test_one_column_of_the_producer_may_serve_two_of_ours(wave: Wave) -> None:
    assert read_text(wave, "id,born\n1,4\n", {"birth": "born", "country": "born"}) == [("4", "4")]


def test_values_are_stripped_and_empty_ones_are_null_but_codes_keep_their_zeros(wave: Wave) -> None:
    records = read_text(wave, HEADER + '001 ,"  ",\n2,\t Echeverria\t,1.0\n\u00a0 3,"",7,\n'.replace("7,\n", "7\n"))
    assert records == [("001", None, None), ("2", "Echeverria", "1.0"), ("3", None, "7")]


def test_quoted_delimiters_line_ends_and_quotation_marks_are_part_of_the_value(wave: Wave) -> None:
    records = read_text(wave, HEADER + '1,"Echeverria, ""El\nMayor""",34\n2,"a\n\nb",7\n')
    assert records == [("1", 'Echeverria, "El\nMayor"', "34"), ("2", "a\n\nb", "7")]


def test_without_a_quotation_mark_declared_it_is_a_letter_like_others(wave: Wave) -> None:
    assert read_text(wave, HEADER + '1,"Echeverria,34\n', quote="") == [("1", '"Echeverria', "34")]


@pytest.mark.parametrize("line_end", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end_is_read(wave: Wave, line_end: str) -> None:
    assert len(read_text(wave, TWO.replace("\n", line_end))) == 2


def test_mixed_line_ends_a_missing_last_one_and_the_end_mark_of_dos_do_no_harm(wave: Wave) -> None:
    assert read_text(wave, "id,surname,age\r\n1,x,34\n2,y,7\r\n3,z,8") == [
        ("1", "x", "34"),
        ("2", "y", "7"),
        ("3", "z", "8"),
    ]
    assert read_text(wave, HEADER + "1,x,34\r\n\x1a") == [("1", "x", "34")]


def test_blank_lines_are_no_records(wave: Wave) -> None:
    assert len(read_text(wave, HEADER + "1,x,34\n\n2,y,7\n\n\n")) == 2


def test_a_byte_order_mark_is_no_part_of_the_first_name(wave: Wave) -> None:
    assert read_text(wave, "\ufeff" + TWO)[0] == ("1", "Echeverria", "34")


@pytest.mark.parametrize("encoding", ["latin-1", "windows-1252", "utf-16", "utf-8"])
def test_letters_of_the_declared_encoding_arrive(wave: Wave, encoding: str) -> None:
    records = read_text(wave, "id,país\n1,España\n", {"id": "id", "country": "país"}, encoding=encoding)
    assert records == [("1", "España")]


def test_title_lines_above_the_header_are_left_out(wave: Wave) -> None:
    content = 'Survey, 2024\n"Table 1,\n' + "id;país de\u00a0nacimiento\n1;España\n"
    names = {"id": "id", "country": "país de nacimiento"}
    assert read_text(wave, content, names, delimiter=";", header_row=3) == [("1", "España")]


def test_a_header_over_two_lines_hides_no_record_and_moves_no_line_number(wave: Wave, refused: Refused) -> None:
    names = {"id": "id", "born": "place of birth"}
    assert read_text(wave, 'id,"place\nof birth"\n1,4\n2,5\n', names) == [("1", "4"), ("2", "5")]
    error = refused(text('id,"place\nof birth"\n1,4\n2\n3,5\n'), names, format="delimited")
    assert "line 4" in error.where


def test_several_files_are_one_wave_in_order_of_their_names_whatever_their_column_order(wave: Wave) -> None:
    files = {"b.csv": b"age,id\n7,3\n", "a.csv": b"id,age\n1,34\n2,35\n"}
    assert wave(files, ["id", "age"], format="delimited") == [
        ("1", "34", "a.csv", 1),
        ("2", "35", "a.csv", 2),
        ("3", "7", "b.csv", 1),
    ]


def test_a_rerun_gives_the_same_bytes(wave: Wave, tmp_path: Path) -> None:
    content = HEADER + "".join(f"{number},Echeverria,{number % 90}\n" for number in range(5000))
    read_text(wave, content)
    first = (tmp_path / "raw" / "raw.parquet").read_bytes()
    read_text(wave, content)
    assert (tmp_path / "raw" / "raw.parquet").read_bytes() == first


cells = st.text(st.sampled_from('aé0;, "\n'), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_whatever_a_csv_writer_writes_is_read_back(wave: Wave, rows: list[tuple[str, str]], line_end: str) -> None:
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=";", lineterminator=line_end).writerows(
        [["n", "a", "b"], *([i, *row] for i, row in enumerate(rows))]
    )
    expected = [(str(i), *(value.strip() or None for value in row)) for i, row in enumerate(rows)]
    assert read_text(wave, written.getvalue(), ["n", "a", "b"], delimiter=";") == expected


# Ruined files


def test_an_empty_file_is_refused(refused: Refused) -> None:
    assert "empty" in refused({"lfs.csv": b""}, NAMES, format="delimited").what


def test_a_header_without_records_is_refused(refused: Refused) -> None:
    assert "no record" in refused(text(HEADER), NAMES, format="delimited").what


def test_a_file_that_ends_before_its_header_is_refused(refused: Refused) -> None:
    error = refused(text("Title\n"), NAMES, format="delimited", header_row=3)
    assert "ends before its header" in error.what


def test_a_file_cut_in_its_last_line_is_refused_with_that_line(refused: Refused) -> None:
    error = refused(text(TWO[: -len(",7\n")]), NAMES, format="delimited")
    assert "cut" in error.what and "2 fields, the header names 3" in error.what
    assert error.where.endswith("lfs.csv, line 3")


def test_a_line_with_too_many_fields_is_refused_with_its_line(refused: Refused) -> None:
    error = refused(text(HEADER + '1,"x\ny",3\n2,Echeverria, Juan,7\n3,z,8\n'), NAMES, format="delimited")
    assert "4 fields, the header names 3" in error.what and "line 4" in error.where


def test_a_line_with_too_few_fields_in_the_middle_is_no_cut_file(refused: Refused) -> None:
    error = refused(text(HEADER + "1,x,3\n2,7\n3,z,8\n4\n"), NAMES, format="delimited")
    assert "cut" not in error.what and "2 lines" in error.what and "line 3" in error.where


def test_a_stray_delimiter_before_an_empty_last_field_is_seen(refused: Refused) -> None:
    error = refused(text(HEADER + "1,x,3\n2,Echeverria, Juan,\n3,z,8\n"), NAMES, format="delimited")
    assert "1 of 3 records have 4 fields" in error.what and "record 2" in error.where


def test_a_delimiter_at_the_end_of_every_record_is_a_habit_and_no_fault(wave: Wave) -> None:
    assert read_text(wave, HEADER + "1,x,34,\n2,y,7,\n") == [("1", "x", "34"), ("2", "y", "7")]


def test_a_quotation_mark_that_does_not_close_is_refused_where_it_opens(refused: Refused) -> None:
    error = refused(text(HEADER + '1,x,3\n2,"Echeverria,7\n3,z,8\n'), NAMES, format="delimited")
    assert "quotation mark" in error.what and "line 3" in error.where
    error = refused(text(HEADER + '1,"Echeverria,7\n2,"y",8\n'), NAMES, format="delimited")
    assert "quotation mark" in error.what and "line 2" in error.where


@pytest.mark.parametrize(
    ("used", "declared", "called"), [(";", ",", "semicolon"), ("\t", ";", "tab"), (",", ";", "comma")]
)
def test_the_delimiter_that_the_header_uses_is_named(refused: Refused, used: str, declared: str, called: str) -> None:
    error = refused(text(TWO.replace(",", used)), NAMES, format="delimited", delimiter=declared)
    assert f"seems to use {called}" in error.what and repr(used) in error.remedy


def test_a_missing_column_is_named_with_the_nearest_and_with_what_there_is(refused: Refused) -> None:
    error = refused(text(TWO), ["id", "surnames", "AGE", "weight"], format="delimited")
    assert "3 declared columns not in the file" in error.what
    assert "'surnames' (the nearest is 'surname')" in error.what
    assert "'AGE' (the nearest is 'age')" in error.what
    assert "'weight' (no name resembles it)" in error.what
    assert "It has 3 columns; not declared are 'surname', 'age'" in error.what
    assert "write its new name in columns.csv under this wave, or under `from 2024` if it stays so" in error.remedy


def test_the_list_of_columns_is_short_even_for_a_wide_file(refused: Refused) -> None:
    header = ",".join(f"v{number}" for number in range(500))
    error = refused(text(f"{header}\n"), NAMES, format="delimited")
    assert "500 columns" in error.what and "and 480 more" in error.what and len(str(error)) < 1500


def test_a_record_where_the_header_should_be_is_not_quoted(refused: Refused) -> None:
    error = refused(text("1,Echeverria,34\n2,Echeverria,7\n"), NAMES, format="delimited")
    assert "no column names" in error.what and "line 1" in error.where


def test_a_needed_name_that_occurs_twice_is_refused_and_another_is_not(wave: Wave, refused: Refused) -> None:
    error = refused(text("id,age,surname,age\n1,34,x,35\n"), NAMES, format="delimited")
    assert "'age' occur more than once" in error.what
    assert read_text(wave, "id,x,x\n1,2,3\n", ["id"]) == [("1",)]


def test_other_bytes_than_the_declared_utf8_are_refused_with_their_line(refused: Refused) -> None:
    error = refused(text(TWO + "3,Peña Echeverria,9\n", "latin-1"), NAMES, format="delimited")
    assert "not UTF-8" in error.what and "line 4" in error.where and "latin-1" in error.remedy


def test_utf8_under_another_declaration_is_refused(refused: Refused) -> None:
    error = refused(text(TWO + "3,Peña Echeverria,9\n"), NAMES, format="delimited", encoding="latin-1")
    assert "the file is UTF-8" in error.what and "utf-8" in error.remedy


def test_a_utf16_file_under_another_declaration_is_refused(refused: Refused) -> None:
    error = refused(text(TWO, "utf-16"), NAMES, format="delimited")
    assert "UTF-16" in error.what and "utf-16" in error.remedy


@pytest.mark.parametrize("garbled", ["aÃ±o", "a\ufffdo", "AÃ‘O"])
def test_garbled_letters_in_the_header_are_refused(refused: Refused, garbled: str) -> None:
    error = refused(text(f"id,surname,age,{garbled}\n1,Echeverria,34,2024\n"), NAMES, format="delimited")
    assert "garbled" in error.what and garbled in error.what


def test_bytes_that_the_declared_encoding_does_not_know_are_refused_with_their_line(refused: Refused) -> None:
    content = {"lfs.csv": TWO.encode() + b"3,Echeverria\x81,9\n"}
    error = refused(content, NAMES, format="delimited", encoding="windows-1252")
    assert "not part of it" in error.what and "line 4" in error.where


def test_nul_bytes_are_refused_with_their_line(refused: Refused) -> None:
    error = refused(text(TWO + "3,\0\0\0,9\n"), NAMES, format="delimited")
    assert "NUL" in error.what and "line 4" in error.where


@pytest.mark.parametrize(
    ("content", "called"),
    [
        (b"<!DOCTYPE html>\n<html><body>Echeverria, please log in</body></html>", "a web page"),
        (b"\xef\xbb\xbf  <html lang='es'><head></head></html>", "a web page"),
        (b"%PDF-1.7 Echeverria", "a PDF document"),
        (b'[{"id": 1, "surname": "Echeverria", "age": 3}]', "JSON"),
        (b"PAR1\x15\x04", "a Parquet file"),
        (b"<stata_dta><header>", "a Stata file"),
        (b"$FL2@(#) SPSS DATA FILE", "an SPSS file"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0", "an old Excel workbook"),
        (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    ],
)
def test_another_kind_of_file_is_named_whatever_its_extension(refused: Refused, content: bytes, called: str) -> None:
    error = refused({"lfs.csv": content}, NAMES, format="delimited")
    assert f"the file is {called}" in error.what and "delimited text is declared" in error.what


def test_a_line_far_down_a_long_file_is_found(refused: Refused) -> None:
    lines = [f"{number},Echeverria,{number % 90}" for number in range(300_000)]
    lines[250_000] = "250000,Echeverria"
    error = refused(text(HEADER + "\n".join(lines) + "\n"), NAMES, format="delimited")
    assert "line 250002" in error.where


def test_a_file_that_is_not_there_and_two_of_one_name_are_refused(refused: Refused, tmp_path: Path) -> None:
    from schemas.errors import InputError
    from schemas.read import Read
    from transforms.read import RawInput, read_wave

    def read(*paths: Path) -> None:
        files = [RawInput(path, "data") for path in paths]
        read_wave(Read(format="delimited"), files, {"id": "id"}, tmp_path / "o", where="X", workdir=tmp_path / "w")

    with pytest.raises(InputError, match="not there"):
        read(tmp_path / "gone.csv")
    with pytest.raises(InputError, match="no data file"):
        read()
    with pytest.raises(InputError, match="the same name: 'lfs.csv'"):
        read(tmp_path / "a" / "lfs.csv", tmp_path / "b" / "lfs.csv")


def test_a_declaration_that_cannot_be_carried_out_is_the_declarations_fault(wave: Wave) -> None:
    with pytest.raises(DeclarationError, match="one character"):
        wave(text(TWO), NAMES, format="delimited", delimiter="::")
    with pytest.raises(DeclarationError, match="no column"):
        wave(text(TWO), [], format="delimited")


@pytest.mark.parametrize("size", [1_000_001, 40_000_000])
@pytest.mark.parametrize("quote", ["", '"'])
def test_an_endless_line_is_refused_and_no_record_is_lost_in_silence(refused: Refused, size: int, quote: str) -> None:
    content = HEADER + f"1,{quote}x{quote},34\n2,{quote}" + "y" * size + f"{quote},7\n3,z,8\n"
    error = refused(text(content), NAMES, format="delimited")
    assert "longer than 1,000,000 bytes" in error.what and error.where.endswith("line 3")


def test_a_line_may_be_long(wave: Wave) -> None:
    records = read_text(wave, HEADER + "1,x,34\n2," + "y" * 900_000 + ",7\n3,z,8\n")
    assert [len(record[1]) for record in records] == [1, 900_000, 1]


def test_lines_are_counted_whatever_their_ends(wave: Wave) -> None:
    content = "id,surname,age\r\n1,x,34\r\n\r\n2,y,7\n\n3,z,8\r4,w,9\r\n\x1a"
    assert [record[0] for record in read_text(wave, content)] == ["1", "2", "3", "4"]


def test_records_that_were_not_read_are_noticed(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    from transforms.read import csv_records

    sound = csv_records.Records.as_named
    monkeypatch.setattr(csv_records.Records, "as_named", lambda self: f"(select * from {sound(self)} limit 1)")
    assert "2 lines hold records, and 1 of them were read" in refused(text(TWO), NAMES, format="delimited").what


def test_a_quotation_mark_that_swallows_records_is_refused(wave: Wave, refused: Refused) -> None:
    header = "id,surname,age,sex,born\n"
    swallowing = header + '1,"Echeverria,34,1,2\n2,Pérez,7,1,2\n3,Ñandú",8,1,2\n4,"x\n, y",9,1,2\n'
    error = refused(text(swallowing), NAMES, format="delimited")
    assert "1 records contain what look like other records within quotation marks" in error.what
    assert error.where.endswith("record 1 below the header")
    sound = header + '1,"Echeverria",34,1,2\n2,"Calle 1, 2\n\nRivera, Uruguay",7,1,2\n'
    assert [record[0] for record in read_text(wave, sound)] == ["1", "2"]


def test_a_stray_delimiter_before_an_empty_quoted_field_is_refused(refused: Refused) -> None:
    error = refused(text(HEADER + '1,"x",34\n2,"y",7,""\n'), NAMES, format="delimited")
    assert "1 of 2 records have 4 fields, the last one empty" in error.what
    error = refused(text(HEADER + "1,x,34\n2,y,7,,\n"), NAMES, format="delimited")
    assert "more fields than the 3 that the header names" in error.what or "has 5 fields" in error.what
