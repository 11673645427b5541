"""The traps of registers' tables, each handled by a declaration: without it, the numbers would be others or none."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from small_register import CODES, COLUMNS, PERMITS, PLAIN, SmallRegister, table
from workbooks import workbook

from schemas.errors import DeclarationError, InputError

ERA = {"name": {"en": "year of the Buddhist Era"}, "ahead": 543}
FISCAL = {"name": {"en": "fiscal year"}, "begins": "10-01", "named_by": "end"}
NEPALI = {
    "name": {"en": "fiscal year, Bikram Sambat"},
    "begins": "07-16",
    "named_by": "end",
    "ahead": 57,
    "approximate": True,
}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SmallRegister:
    return SmallRegister(tmp_path, monkeypatch)


def test_numbers_are_the_sums_of_their_records(small: SmallRegister) -> None:
    small.run(PLAIN)
    assert small.issued() == {"CCT_CTZ_TOTAL": 17, "CCT_CTZ_IND": 10, "CCT_CTZ_BRA": 5, "CCT_CTZ_X": 2}


def test_each_case_counts_once_by_its_flagged_primary_row(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.case_number,Case\npermits.flag,Flag\n"
    content = "Case,Flag,Nationality,Permits\nA,main,India,35\nA,,India,31\nA,,India,4\nB,main,Brazil,5\n"
    primary = {"by": ["case_number"], "primary": "raw.flag is not null", "because": "sub rows repeat parts"}
    small.run(content, columns=columns, once=primary)
    assert small.issued() == {"CCT_CTZ_TOTAL": 40, "CCT_CTZ_IND": 35, "CCT_CTZ_BRA": 5}
    with pytest.raises(InputError, match=r"1 case\(s\) have no primary row, or several"):
        small.run(content.replace("B,main", "B,"), columns=columns, once=primary)


def test_rows_without_a_case_number_are_not_taken_for_one_case(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.case_number,Case\n"
    content = "Case,Nationality,Permits\nA,India,10\n,India,4\n,Brazil,6\n"
    with pytest.raises(InputError, match=r"2 row\(s\) have no case number in case_number"):
        small.run(content, columns=columns, once={"by": ["case_number"], "largest": True, "because": "no flag"})


def test_each_case_counts_once_by_its_largest_row(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.case_number,Case\n"
    content = "Case,Nationality,Permits\nA,India,4\nA,India,35\nA,India,31\nB,Brazil,5\nB,Brazil,5\n"
    small.run(content, columns=columns, once={"by": ["case_number"], "largest": True, "because": "no flag"})
    assert small.issued()["CCT_CTZ_TOTAL"] == 40


def test_notes_under_the_table_and_a_title_above_it(small: SmallRegister) -> None:
    content = "Permits issued in 2024,\nNationality,Permits\nIndia,10\nNotes:,\n1. Not all permits are used.,\n"
    with pytest.raises(InputError, match="end up under the wrong columns"):
        small.run(content)
    read = {"format": "delimited", "header_row": 2}
    with pytest.raises(InputError, match="'Notes:'"):
        small.run(content.replace("Notes:,", "Notes:,0"), read=read)
    small.run(content, read=read, drop=[{"when": "raw.permits is null", "because": "notes"}])
    assert small.issued()["CCT_CTZ_TOTAL"] == 10


def test_lines_that_end_twice_are_no_rows(small: SmallRegister) -> None:
    small.run("A title,\r\r\nNationality,Permits\r\r\nIndia,10\r\r\n", read={"format": "delimited", "header_row": 2})
    assert small.issued()["CCT_CTZ_TOTAL"] == 10


def test_values_written_only_where_they_change_are_filled_down(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.stream,Stream\n"
    codes = CODES + "stream,Farm,seasonal,\nstream,Office,skilled,\n"
    content = "Stream,Nationality,Permits\nFarm,India,10\n,Brazil,5\nOffice,India,1\n"
    variables = {**PERMITS["variables"], "programme": {"column": "stream", "map": "stream"}}
    with pytest.raises(InputError, match="'programme' is empty in some rows"):
        small.run(content, columns=columns, codes=codes, variables=variables)
    small.run(content, columns=columns, codes=codes, variables=variables, fill_down=["stream"])
    assert small.flows("programme", "value") == [("seasonal", 5.0), ("seasonal", 10.0), ("skilled", 1.0)]


def test_classes_in_columns_become_rows_and_add_up_to_their_total(small: SmallRegister) -> None:
    columns = "column,every_wave\npermits.nationality,Nationality\n"
    codes = CODES + "class,H-2A,seasonal,\nclass,L-1,intra_company,\nclass,B-2,not_for_work,\n"
    wide: dict[str, Any] = {
        "melt": {"total": "Total", "ignore": ["Share"]},
        "value": {"melted": True},
        "variables": {**PERMITS["variables"], "programme": {"header": True, "map": "class"}},
        "facts": {"unit": "visas"},
        "feeds": {"REG_VISI_PRG_CCT_NB": "every_wave"},
    }
    content = "Nationality,H-2A,L-1,B-2,Total,Share\nIndia,10,3,100,113,90%\nBrazil,,1,5,6,10%\n"
    small.run(content, columns=columns, codes=codes, **wide)
    numbers = small.numbers("REG_VISI_PRG_CCT_NB")
    assert numbers["PRG_TYPE_TOTAL CCT_CTZ_TOTAL"] == 14, "visas that permit no work are left out"
    assert numbers["PRG_TYPE_SEASONAL CCT_CTZ_IND"] == 10
    with pytest.raises(InputError, match="'Total' is not the sum of the classes"):
        small.run(content.replace("113", "112"), columns=columns, codes=codes, **wide)
    with pytest.raises(InputError, match=r"'H-2R' \(nearest: H-2A\)"):
        small.run(content.replace("H-2A", "H-2R"), columns=columns, codes=codes, **wide)


def test_two_header_rows_are_joined_over_merged_cells(small: SmallRegister) -> None:
    columns = "column,every_wave\npermits.nationality,Nationality\n"
    codes = CODES + "sex,Issued / Men,male,\nsex,Issued / Women,female,\n"
    variables = {**PERMITS["variables"], "sex": {"header": True, "map": "sex"}}
    content = "Nationality,Issued,\n,Men,Women\nIndia,7,3\n"
    content = content.replace("Nationality,Issued,", ",Issued,").replace(",Men,Women", "Nationality,Men,Women")
    read = {"format": "delimited", "header_rows": 2}
    small.run(content, columns=columns, codes=codes, variables=variables, read=read, melt={}, value={"melted": True})
    assert small.flows("sex", "value") == [("female", 3.0), ("male", 7.0)]


def test_a_file_without_a_header_is_read_under_declared_names(small: SmallRegister) -> None:
    read = {"format": "delimited", "names": ["Nationality", "Permits"]}
    small.run("India,10\nBrazil,5\nElsewhere,2\n", read=read)
    assert small.flows("citizenship", "value") == [("BRA", 5), ("IND", 10), ("other", 2)]


def test_declared_names_are_refused_once_the_file_has_a_header(small: SmallRegister) -> None:
    read = {"format": "delimited", "names": ["Nationality", "Permits"]}
    with pytest.raises(InputError, match="the file has a header now: its first row holds .*permits") as refused:
        small.run("nationality,permits\nIndia,10\n", read=read)
    assert "remove `names` from `read`" in refused.value.remedy


@pytest.mark.parametrize("read", [{"format": "json"}, {"format": "excel", "header_rows": 2}])
def test_names_are_for_tables_with_one_row_of_them(small: SmallRegister, read: dict[str, object]) -> None:
    with pytest.raises(DeclarationError, match="`names` is for delimited text and Excel"):
        small.run(PLAIN, read={**read, "names": ["Nationality", "Permits"]})


def test_json_lists_of_values_under_a_list_of_names(small: SmallRegister) -> None:
    content = '{"columns": ["Nationality", "Permits"], "rows": [["India", 10], ["Brazil", 5]]}'
    read = {"format": "json", "header": "columns", "records": "rows"}
    small.run(content, name="permits.json", read=read, file="permits.json")
    assert small.issued()["CCT_CTZ_TOTAL"] == 15
    with pytest.raises(InputError, match=r"a record has 3 values, the header names 2.*`read\.header_shift`"):
        small.run(content.replace("10]", "10, 1]"), name="permits.json", read=read, file="permits.json")


def test_another_delimiter_than_the_declared_one_is_told(small: SmallRegister) -> None:
    with pytest.raises(InputError, match=r"semicolon \(';'\) in it separates declared columns.*write `delimiter: ';'`"):
        small.run("Nationality;Permits\nIndia;10\n")


def test_a_space_in_a_header_that_does_not_break_is_a_space(small: SmallRegister) -> None:
    columns = COLUMNS.replace("permits.permits,Permits", "permits.permits,Permits issued")
    small.run("Nationality,Permits\xa0issued\nIndia\xa0,10\n", columns=columns)
    assert small.issued()["CCT_CTZ_IND"] == 10


def test_a_workbook_is_read_like_a_text(small: SmallRegister) -> None:
    content = workbook({"Permits": [["Nationality", "Permits"], ["India", 10], ["Brazil", 5.0]]})
    small.run(content, name="permits.xlsx", file="permits.xlsx", read={"format": "excel"})
    assert small.issued()["CCT_CTZ_TOTAL"] == 15


def test_countries_in_any_spelling(small: SmallRegister) -> None:
    content = (
        'Nationality,Permits\nKorea (South),1\n"Iran, Islamic Republic of",2\nBurma,3\nCOTE D\'IVOIRE,4\nKosova,5\n'
    )
    small.run(content, codes=CODES + "nationality,Kosova,XKX,\n")
    assert {row[0] for row in small.flows("citizenship")} == {"KOR", "IRN", "MMR", "CIV", "XKX"}
    assert small.issued()["CCT_CTZ_KOS"] == 5


def test_an_unresolved_country_stops_the_partition_with_the_nearest(small: SmallRegister) -> None:
    with pytest.raises(InputError) as refused:
        small.run(PLAIN.replace("Brazil", "Braziland"))
    assert "'Braziland' (nearest: Brazil" in str(refused.value)
    assert "code_maps.csv" in str(refused.value)


def test_a_country_that_ilostat_has_no_code_for_is_with_others_and_named(small: SmallRegister) -> None:
    small.run(PLAIN + "Pitcairn,1\n")
    assert small.issued()["CCT_CTZ_X"] == 3
    assert "PCN counted with other countries" in small.cells("note_classif")[0][0]


def test_codes_of_another_edition_of_a_classification_stop_the_partition(small: SmallRegister) -> None:
    columns = COLUMNS + "permits.occupation,Occupation\n"
    codes = CODES + "noc2011,63,5,\n"
    occupation = {"column": "occupation", "map": "noc2011", "starts": 2, "pattern": "[0-9]{4}-.*"}
    variables = {**PERMITS["variables"], "occupation_isco08": occupation}
    content = "Occupation,Nationality,Permits\n6322-Cooks,India,10\n"
    small.run(content, columns=columns, codes=codes, variables=variables)
    assert small.flows("occupation_isco08") == [("5",)]
    with pytest.raises(InputError, match="do not match"):
        small.run(content.replace("6322-", "63200-"), columns=columns, codes=codes, variables=variables)


def test_a_known_error_is_corrected_only_while_it_is_there(small: SmallRegister) -> None:
    correction = {
        "wave": "2024",
        "where": "raw.nationality = 'India' and raw.permits = '100'",
        "set": {"permits": "'10'"},
        "rows": 1,
        "because": "a digit too many",
    }
    small.run(PLAIN.replace("India,10", "India,100"), corrections=[correction])
    assert small.issued()["CCT_CTZ_IND"] == 10
    with pytest.raises(InputError, match=r"should touch 1 row\(s\) and touches 0: a digit too many"):
        small.run(PLAIN, corrections=[correction])


def test_header_names_that_change_between_years(small: SmallRegister) -> None:
    columns = "column,2023,2024\npermits.nationality,Country,Nationality\npermits.permits,Number,Permits\n"
    waves = {year: {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]} for year in ("2023", "2024")}
    register = small.declare(columns=columns, waves=waves)
    small.harmonise(register, {"permits.csv": "Country,Number\nIndia,8\n"}, wave="2023")
    assert small.issued()["CCT_CTZ_IND"] == 8
    small.harmonise(register, {"permits.csv": "Nationality,Permits\nIndia,9\n"}, wave="2024")
    assert small.issued()["CCT_CTZ_IND"] == 9
    with pytest.raises(InputError, match="not in the file"):
        small.harmonise(register, {"permits.csv": "Country,Number\nIndia,8\n"}, wave="2024")


@pytest.mark.parametrize(
    ("calendar", "written", "where", "reported"),
    [
        (ERA, "2567", "raw.year = '{their_year}'", "year of the Buddhist Era 2567 is 2024"),
        (FISCAL, "FY2024", "raw.year = 'FY{their_year}'", "fiscal year 2024, 1 October 2023 to 30 September 2024"),
        (NEPALI, "2080/81", "raw.year like '%/81'", "Bikram Sambat 2081, about 16 July 2023 to 15 July 2024"),
    ],
)  # fmt: skip
def test_years_of_other_calendars(
    small: SmallRegister, calendar: dict[str, object], written: str, where: str, reported: str
) -> None:
    """The wave is ours, the year in the file theirs; every number says which days it covers."""
    register = small.declare(columns=COLUMNS + "permits.year,Year\n", calendar=calendar, tables=table(where=where))
    small.harmonise(register, {"permits.csv": f"Year,Nationality,Permits\n{written},India,10\n2024,India,700\n"})
    assert small.issued()["CCT_CTZ_IND"] == 10
    assert all(reported in note for (note,) in small.cells("note_indicator"))


def test_a_quarter_has_no_place_in_years_that_begin_on_another_day(small: SmallRegister) -> None:
    waves = {"2024-Q1": {"files": [{"name": "permits.csv", "mirror": "permits.csv"}]}}
    small.declare(waves=waves, calendar=ERA)
    with pytest.raises(DeclarationError, match="'2024-Q1' is a part of a year"):
        small.declare(waves=waves, calendar=FISCAL)


@pytest.mark.parametrize("begins", ["13-01", "1 October", "02-29"])
def test_a_calendar_begins_on_a_day_that_every_year_has(small: SmallRegister, begins: str) -> None:
    with pytest.raises(DeclarationError, match="begins"):
        small.declare(calendar={**FISCAL, "begins": begins})
