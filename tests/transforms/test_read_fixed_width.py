"""Fixed width: positions of a SAS input statement or a DDI codebook, and lines that do not keep to them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from read_waves import Names, Records, Refused, Wave

from schemas.errors import InputError

SAS = """/* Programa de leitura; o comando INPUT lê o arquivo */
data person;
infile "C:\\input\\lfs.txt" lrecl=24 missover;
input
@001 YEAR    $4.   /* Ano de referência */
@005 WEIGHT   8.   /* Peso */
@013 SEX     $1.
@014 AGE      3.
@017 SURNAME $CHAR10.
@027 INCOME   6.2
;
run;
"""
#      YEAR WEIGHT   S AGE SURNAME   INCOME
MARIA = "20240147.8482034Echeverria012345"
JOHN = "20240099.5001  .Ñandú       1.50"
NAMES = ["YEAR", "WEIGHT", "SEX", "AGE", "SURNAME", "INCOME"]
LAYOUT = {"format": "sas", "file": "layout.sas", "encoding": "latin-1"}


def lines(*records: str, encoding: str = "latin-1", end: str = "\r\n", layout: str = SAS) -> dict[str, bytes]:
    content = "".join(record + end for record in records).encode(encoding)
    return {"lfs.txt": content, "layout.sas": layout.encode("latin-1")}


def read(
    wave: Wave,
    files: Mapping[str, bytes],
    names: Names = NAMES,
    encoding: str = "latin-1",
    layout: Mapping[str, str] = LAYOUT,
) -> Records:
    return [record[:-2] for record in wave(files, names, format="fixed_width", encoding=encoding, layout=layout)]


def refusal(
    refused: Refused,
    files: Mapping[str, bytes],
    names: Names = NAMES,
    encoding: str = "latin-1",
    layout: Mapping[str, str] = LAYOUT,
) -> InputError:
    return refused(files, names, format="fixed_width", encoding=encoding, layout=layout)


def test_a_sas_layout_cuts_the_line_and_says_what_a_number_is(wave: Wave) -> None:
    maria, john = read(wave, lines(MARIA, JOHN))
    assert maria == ("2024", "0147.848", "2", "034", "Echeverria", "123.45")
    assert john == ("2024", "0099.500", "1", None, "Ñandú", "1.50"), "a lone point is a missing number"


def test_records_are_numbered_and_blank_lines_are_none(wave: Wave) -> None:
    records = wave(lines(MARIA, "", JOHN, ""), ["SEX"], format="fixed_width", encoding="latin-1", layout=LAYOUT)
    assert records == [("2", "lfs.txt", 1), ("1", "lfs.txt", 2)]


@pytest.mark.parametrize(
    "statement",
    [
        "input A $2. +1 B 3. C $ 7-8 D 9-12 .2;",
        "INPUT @1 A $2. @4 B F3. @7 C $2. @9 D 4.2 @@;",
        "input A $ 1-2 B 4-6 C $ 7 - 8 D 4.2;",
    ],
)
def test_the_ways_of_a_sas_input_statement(wave: Wave, statement: str) -> None:
    files = lines("ab_123cd4567", layout=statement)
    assert read(wave, files, ["A", "B", "C", "D"]) == [("ab", "123", "cd", "45.67")]


def test_implied_decimals_of_a_text_that_is_no_number_are_left_alone(wave: Wave) -> None:
    assert read(wave, lines("  -250", "    NA", layout="input V 6.2;"), ["V"]) == [("-2.5",), ("NA",)]


@pytest.mark.parametrize(
    ("informat", "field", "value"),
    [
        ("8.2", "00100050", "1000.5"),
        ("8.2", "  1000.5", "1000.5"),
        ("F8.2", "00100050", "1000.5"),
        ("BEST8.2", "00100050", "1000.5"),
        ("E8.2", " 10005E1", "1000.5"),
        ("D8.2", "  1.5D+3", "1.5e+3"),
        ("COMMA8.2", "00100050", "1000.5"),
        ("comma8.", "   1,000", "1000"),
        ("COMMA8.2", "1,000.50", "1000.50"),
        ("COMMA8.", " (1,000)", "-1000"),
        ("ZD8.2", "00100050", "1000.5"),
        ("ZD8.2", "0010005{", "1000.5"),
        ("ZD8.2", "0010005N", "-1000.55"),
        ("$CHAR8.", "00100050", "00100050"),
    ],
)
def test_informats_of_sas_say_what_the_characters_are(wave: Wave, informat: str, field: str, value: str) -> None:
    assert read(wave, lines("7" + field, layout=f"input ID $1. INC {informat};"), ["INC"]) == [(value,)]


def test_implied_decimals_come_with_the_declared_mark(wave: Wave) -> None:
    declared = {"format": "fixed_width", "layout": LAYOUT, "decimal": ","}
    files = lines("00100050", "  147,85", layout="input INC 8.2;")
    assert [record[0] for record in wave(files, ["INC"], **declared)] == ["1000,5", "147,85"]


@pytest.mark.parametrize(
    "informat",
    ["PERCENT", "DOLLAR", "NUMX", "COMMAX", "BZ", "PD", "IB", "DATE", "MMDDYY", "S370FPD", "$UPCASE", "$HEX"],
)
def test_an_informat_that_is_not_followed_is_refused_by_name_where_it_is_wanted(
    wave: Wave, refused: Refused, informat: str
) -> None:
    files = lines("7001000501", layout=f"input ID $1. INC {informat}8.2 SEX $1.;")
    assert f"'INC' has the informat {informat}" in refusal(refused, files, ["INC"]).what
    assert read(wave, files, ["ID", "SEX"]) == [("7", "1")], "its positions hold nevertheless"


def test_a_comma_cannot_be_taken_out_and_be_the_decimal_mark(refused: Refused) -> None:
    files = lines("   1,000", layout="input INC COMMA8.;")
    error = refused(files, ["INC"], format="fixed_width", layout=LAYOUT, decimal=",")
    assert "removes commas" in error.what


DDI = """<?xml version="1.0" encoding="UTF-8"?>
<codeBook xmlns="ddi:codebook:2_5"><dataDscr>
  <var ID="V1" name="YEAR" dcml="0"><location StartPos="1" EndPos="4" width="4"/><varFormat type="numeric"/></var>
  <var ID="V2" name="WEIGHT" dcml="2"><location StartPos="5" EndPos="10"/></var>
  <var ID="V3" name="SURNAME" dcml="0"><location StartPos="11" width="10"/><varFormat type="character"/></var>
  <var ID="V4" name="COMPUTED"/>
</dataDscr></codeBook>
"""
DDI_LAYOUT = {"format": "ddi", "file": "codebook.xml"}


def with_codebook(codebook: str, *records: str) -> dict[str, bytes]:
    return {"lfs.dat": "".join(f"{each}\n" for each in records).encode(), "codebook.xml": codebook.encode()}


def test_a_ddi_codebook_is_a_layout(wave: Wave) -> None:
    files = with_codebook(DDI, "2024014785Echeverria")
    assert read(wave, files, ["YEAR", "WEIGHT", "SURNAME"], "utf-8", DDI_LAYOUT) == [("2024", "147.85", "Echeverria")]


def test_a_codebook_without_a_namespace_is_read_too(wave: Wave) -> None:
    files = with_codebook(DDI.replace(' xmlns="ddi:codebook:2_5"', ""), "2024014785Echeverria")
    assert read(wave, files, ["YEAR"], "utf-8", DDI_LAYOUT) == [("2024",)]


def hostile_codebook(secret: str, *, name: str = "YEAR", label: str = "") -> str:
    swelling = "".join(f'<!ENTITY x{n + 1} "' + 50 * f"&x{n};" + '">' for n in range(6))
    entities = f'<!ENTITY stolen SYSTEM "file://{secret}"><!ENTITY x0 "xxxxxxxxxxxxxxxxxxxx">'
    document = DDI.replace("?>", f"?><!DOCTYPE codeBook [{entities}{swelling}]>", 1).replace('"YEAR"', f'"{name}"')
    return document.replace("<location", f"<labl>{label}</labl><location", 1)


def test_a_codebook_cannot_make_the_reader_open_other_files(wave: Wave, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("stolen")
    files = with_codebook(hostile_codebook(str(secret), label="&stolen;"), "2024014785Echeverria")
    assert read(wave, files, ["YEAR"], "utf-8", DDI_LAYOUT) == [("2024",)]


def test_a_codebook_whose_names_swell_is_refused(refused: Refused, tmp_path: Path) -> None:
    files = with_codebook(hostile_codebook(str(tmp_path), name="&x6;"), "2024014785Echeverria")
    error = refusal(refused, files, ["YEAR"], "utf-8", DDI_LAYOUT)
    assert "XML" in error.what and len(str(error)) < 1000


def test_positions_count_bytes_where_all_lines_have_the_same_bytes_and_letters_where_the_same_letters(
    wave: Wave,
) -> None:
    layout = "input NAME $6. AGE 2.;"
    in_letters = lines("Ñandú 34", "Pérez 07", "Maria 08", encoding="utf-8", end="\n", layout=layout)
    in_bytes = lines("Ñand 34", "Pérez07", "Maria 08", encoding="utf-8", end="\n", layout=layout)
    assert read(wave, in_letters, ["NAME", "AGE"], "utf-8") == [("Ñandú", "34"), ("Pérez", "07"), ("Maria", "08")]
    assert read(wave, in_bytes, ["NAME", "AGE"], "utf-8") == [("Ñand", "34"), ("Pérez", "07"), ("Maria", "08")]


def test_lines_may_be_short_where_all_trailing_blanks_were_stripped(wave: Wave) -> None:
    layout = "input ID $2. BORN $2. INCOME 4.;"
    files = lines("01041200", "0204", "03", "04041300", layout=layout)
    assert read(wave, files, ["ID", "BORN", "INCOME"]) == [
        ("01", "04", "1200"),
        ("02", "04", None),
        ("03", None, None),
        ("04", "04", "1300"),
    ]


# Ruined files


def test_a_last_line_shorter_than_the_layout_is_a_cut_file(refused: Refused) -> None:
    error = refusal(refused, lines(MARIA, JOHN, MARIA[:20]))
    assert "cut: its last line has 20 positions, the others have 32" in error.what
    assert error.where.endswith("lfs.txt, line 3")


def test_a_cut_last_line_is_seen_even_where_blanks_were_stripped(refused: Refused) -> None:
    files = lines("01041200", "0204", "03", "04041300", layout="input ID $2. BORN $2. INCOME 4.;")
    files["lfs.txt"] = files["lfs.txt"][:-5]
    error = refusal(refused, files, ["ID"])
    assert "cut" in error.what and "line 4" in error.where


@pytest.mark.parametrize("ruined", [MARIA[:-1], MARIA + "0", MARIA + MARIA, MARIA[:5]])
def test_one_line_of_another_length_is_refused_with_its_line(refused: Refused, ruined: str) -> None:
    error = refusal(refused, lines(MARIA, JOHN, ruined, JOHN, MARIA))
    assert f"a line has {len(ruined)} positions, the others have 32" in error.what
    assert "line 3" in error.where


STALE = "input ID $3. SEX $1. HOURS 2. INCOME 6.;"


def test_lines_longer_than_the_layout_are_of_another_wave(refused: Refused) -> None:
    files = lines("001203400100050", "002103800100050", layout=STALE)
    files["lfs.txt"] = files["lfs.txt"].replace(b"0012", b"001992").replace(b"0021", b"002991")
    error = refusal(refused, files, ["HOURS"])
    assert "lines are longer than they should be: they have 17 positions, the layout 12" in error.what
    assert error.where.endswith("line 1") and "layout.sas" in error.remedy and "`line_length: 17`" in error.remedy


def test_what_follows_the_last_variable_is_passed_over_once_declared(wave: Wave, refused: Refused) -> None:
    files = lines("00123400100 ", "00213800100 ", layout="input ID $3. SEX $1. HOURS 2. INCOME 5.;")
    declared = {"format": "fixed_width", "layout": LAYOUT, "line_length": 12}
    assert [record[:2] for record in wave(files, ["SEX", "HOURS"], **declared)] == [("2", "34"), ("1", "38")]
    assert "`line_length` is 14" in refused(files, ["SEX"], **declared | {"line_length": 14}).what
    assert (
        "ends at position 11, and `line_length` is 9"
        in refused(files, ["INCOME"], **declared | {"line_length": 9}).what
    )


def test_lines_that_lack_the_last_variables_of_the_layout_are_read_once_declared(wave: Wave, refused: Refused) -> None:
    files = lines("001234", "002138", layout=STALE)
    assert "`line_length: 6`" in refusal(refused, files, ["HOURS"]).remedy
    declared = {"format": "fixed_width", "layout": LAYOUT, "line_length": 6}
    assert [record[0] for record in wave(files, ["HOURS"], **declared)] == ["34", "38"]


def test_lines_that_all_lost_their_blanks_and_fill_none_are_read_once_declared(wave: Wave, refused: Refused) -> None:
    layout = "input ID $2. BORN $2. TOWN $8.;"
    files = lines("0104Salta", "0204Jujuy", "0304", "04", layout=layout)
    assert "`line_length: 12`" in refusal(refused, files, ["ID"]).remedy
    declared = {"format": "fixed_width", "layout": LAYOUT, "line_length": 12}
    assert [record[:2] for record in wave(files, ["BORN", "TOWN"], **declared)] == [
        ("04", "Salta"),
        ("04", "Jujuy"),
        ("04", None),
        (None, None),
    ]


def test_lines_of_one_length_have_lost_no_blanks(refused: Refused) -> None:
    files = lines("0104Salta", "0204Jujuy", layout="input ID $2. BORN $2. TOWN $8.;")
    assert "blanks" not in refusal(refused, files, ["ID"]).remedy
    assert "`line_length` is 12" in refused(files, ["ID"], format="fixed_width", layout=LAYOUT, line_length=12).what


def test_a_stale_layout_is_seen_where_trailing_blanks_were_stripped(refused: Refused) -> None:
    files = lines("0123 9", "0124", "012", "0123 8", "01", layout="input ID $2. BORN $2.;")
    assert "they have 6 positions, the layout 4" in refusal(refused, files, ["ID"]).what


def test_an_endless_line_loses_no_record_in_silence(refused: Refused) -> None:
    files = lines("0123", "01" + "2" * 1_000_001, "0123", layout="input ID $2. BORN $2.;")
    error = refusal(refused, files, ["ID"])
    assert "longer than 1,000,000 bytes" in error.what and error.where.endswith("line 2")


def test_a_layout_of_another_wave_with_longer_lines_is_refused(refused: Refused) -> None:
    error = refusal(refused, lines(MARIA, JOHN, layout=SAS.replace("@027 INCOME   6.2", "@027 INCOME   9.2")))
    assert "the longest has 32 positions, the layout 35" in error.what


def test_a_missing_variable_is_named_with_the_nearest_of_the_layout(refused: Refused) -> None:
    error = refusal(refused, lines(MARIA), ["SEX", "AGES"])
    assert "'AGES' (the nearest is 'AGE')" in error.what and "layout.sas" in error.where


@pytest.mark.parametrize("place", ["@0 SEX $1.", "SEX $0.", "SEX 5-3"])
def test_a_variable_without_a_place_is_refused(refused: Refused, place: str) -> None:
    error = refusal(refused, lines("0123", layout=f"input ID $2.\n{place};"), ["SEX"])
    assert "'SEX' has no valid position" in error.what and error.where.endswith("line 2")


def test_a_layout_line_that_cannot_be_understood_is_named(refused: Refused) -> None:
    layout = SAS.replace("@013 SEX     $1.", "@013 (V1-V3) ($1.)")
    error = refusal(refused, lines(MARIA, layout=layout))
    assert "'@013 (V1-V3) ($1.)" in error.what and error.where.endswith("layout.sas, line 7")


@pytest.mark.parametrize(
    ("layout", "said"),
    [
        ("data person; run;", "0 INPUT statements"),
        ("input A 1.; input B 1.;", "2 INPUT statements"),
        ("input A 1.", "does not end"),
        ("input ;", "no variable"),
        ("", "0 bytes"),
    ],
)
def test_a_layout_that_is_no_layout_is_refused(refused: Refused, layout: str, said: str) -> None:
    assert said in refusal(refused, lines(MARIA, layout=layout)).what


def test_a_cut_codebook_is_refused(refused: Refused) -> None:
    error = refusal(refused, with_codebook(DDI[:300], "2024014785Echeverria"), ["YEAR"], "utf-8", DDI_LAYOUT)
    assert "XML" in error.what and "line" in error.where


def test_a_codebook_with_an_impossible_place_is_refused(refused: Refused) -> None:
    codebook = DDI.replace('StartPos="5"', 'StartPos="0"')
    error = refusal(refused, with_codebook(codebook, "2024014785Echeverria"), ["YEAR"], "utf-8", DDI_LAYOUT)
    assert "'WEIGHT'" in error.what and "line 4" in error.where


def test_a_wave_without_its_layout_is_refused(refused: Refused) -> None:
    files = lines(MARIA)
    del files["layout.sas"]
    assert "the layout 'layout.sas' is not exactly one" in refusal(refused, files).what


def test_empty_binary_and_wrongly_declared_files_are_refused(refused: Refused) -> None:
    def what(content: bytes, encoding: str = "latin-1") -> str:
        return refusal(refused, {**lines(MARIA), "lfs.txt": content}, encoding=encoding).what

    assert "empty" in what(b"")
    assert "no record" in what(b"\r\n   \r\n")
    assert "control characters" in what(b"\x01\x02Echeverria\x01\r\n" * 9)
    assert "NUL" in what(MARIA.encode() + b"\r\n\0\0")
    assert "not UTF-8" in what(JOHN.encode("latin-1") + b"\r\n", "utf-8")
    assert "a web page" in what(b"<html><body>Echeverria</body></html>")


def test_utf8_lines_that_fit_neither_bytes_nor_letters_are_refused(refused: Refused) -> None:
    layout = "input NAME $6. AGE 2.;"
    files = lines("Ñandú 34", "Echeverria 7", "José 08", encoding="utf-8", end="\n", layout=layout)
    assert "so it is not known which of them the layout counts" in refusal(refused, files, ["AGE"], "utf-8").what
