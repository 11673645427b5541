"""What the tables of a register appear to be, before anything is declared."""

from __future__ import annotations

from pathlib import Path

from workbooks import workbook

from transforms.describe.register_table import TableProposal, propose_table

LONG = """Nationality,Sex,Permits
India,M,10
India,F,5
Brasil,M,3
Nowhereland,F,1
Total,,19
"""


def proposal(folder: Path, content: str | bytes, name: str = "permits.csv", wave: str = "2024") -> TableProposal:
    file = folder / name
    file.write_bytes(content.encode() if isinstance(content, str) else content)
    return propose_table(file, wave, folder / "work")


def told(found: TableProposal) -> dict[str, tuple[str, bool]]:
    return {each.variable: (each.column, each.sure) for each in found.breakdowns}


def test_the_columns_of_a_long_table_are_recognised(tmp_path: Path) -> None:
    found = proposal(tmp_path, LONG)
    assert told(found) == {"citizenship": ("Nationality", True), "sex": ("Sex", True)}
    assert (found.value, found.melted, found.others) == ("Permits", False, ())
    assert [(each.column, each.word, each.by) for each in found.totals] == [("Nationality", "Total", ())]
    (unknown,) = [row for row in found.breakdowns[0].rows if row.code == "Nowhereland"]
    assert (unknown.value, unknown.sure) == ("", False)


def test_sexes_in_the_headers_of_a_workbook_are_spread_with_their_total(tmp_path: Path) -> None:
    rows: list[list[object]] = [["Departures, 2024", "", "", ""], ["Country of destination", "Men", "Women", "Total"]]
    rows += [["Kuwait", 60, 43, 103], ["Saudi Arabia", 12, 5, 17]]
    found = proposal(tmp_path, workbook({"Table 1": rows}), "departures.xlsx")
    assert told(found) == {"partner_country": ("Country of destination", True), "sex": ("", True)}
    assert (found.read.header_row, found.melted, found.melt_total) == (2, True, "Total")


def test_both_sexes_among_the_sexes_are_totals_of_each_country(tmp_path: Path) -> None:
    found = proposal(tmp_path, "Pays;Sexe;Effectif\nInde;Hommes;10\nInde;Femmes;5\nInde;Ensemble;15\nBrésil;Hommes;1\n")
    assert told(found) == {"citizenship": ("Pays", False), "sex": ("Sexe", True)}
    assert [(each.word, each.by) for each in found.totals] == [("Ensemble", ("Pays",))]


def test_a_column_for_each_year_gives_that_of_the_wave_and_years_in_rows_are_chosen(tmp_path: Path) -> None:
    wide = proposal(tmp_path, "Nationality,2023,2024\nIndia,7,10\nBrazil,2,1\n", "wide.csv")
    assert (wide.value, wide.others) == ("2024", ("2023",))
    long = proposal(tmp_path, "Nationality,Year,Permits\nIndia,2023,7\nIndia,2024,10\nBrazil,2024,1\n", "long.csv")
    assert (long.year, long.value) == ("Year", "Permits")


def test_a_third_sex_is_a_word_of_which_nothing_is_known(tmp_path: Path) -> None:
    found = proposal(tmp_path, "sexo;cantidad\nVARON;10\nMUJER;5\nX;1\n")
    (sex,) = found.breakdowns
    assert [(row.code, row.value, row.sure) for row in sex.rows] == [
        ("VARON", "male", True),
        ("MUJER", "female", True),
        ("X", "", False),
    ]


def test_lists_of_values_beside_a_list_of_names_are_read_from_json(tmp_path: Path) -> None:
    content = '{"columns": ["Country", "Number"], "rows": [["Kuwait", 103], ["Qatar", 17]]}'
    found = proposal(tmp_path, content, "table.json")
    assert (found.read.header, found.read.records, found.value) == ("columns", "rows", "Number")
    assert told(found) == {"citizenship": ("Country", False)}


def test_headers_that_name_more_than_a_sex_are_to_be_decided(tmp_path: Path) -> None:
    found = proposal(tmp_path, "Country;Skilled Male;Skilled Female\nKuwait;10;5\nQatar;1;2\n")
    assert told(found)["sex"] == ("", False)
    assert [(row.code, row.value, row.sure) for row in found.breakdowns[-1].rows] == [
        ("Skilled Male", "male", False),
        ("Skilled Female", "female", False),
    ]
