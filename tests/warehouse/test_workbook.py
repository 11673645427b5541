"""A workbook of a country: its numbers once, each with its notes, and no text that a program takes for a formula."""

import shutil
from pathlib import Path
from zipfile import ZipFile

import duckdb
import pytest
from openpyxl import load_workbook
from release_example import example

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.workbook import CountryWorkbook, write_country_workbook

NOT_ASKED = "Place of birth: not asked by the source; only totals can be given"
SHEETS = ["About", "Numbers", "Notes", "Sources", "Statuses", "Definitions", "Not given"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workbook")
    return publish(Layout(folder / "home"), example(folder / "inputs")).folder


def test_every_number_of_the_country_is_there_with_its_notes(folder: Path, tmp_path: Path) -> None:
    made = write_country_workbook(folder, "BRA", tmp_path / "bra.xlsx")
    book = load_workbook(tmp_path / "bra.xlsx")
    assert made == CountryWorkbook(numbers=2, to_heed=0)
    assert book.sheetnames == SHEETS
    head, *rows = book["Numbers"].values
    told = [dict(zip(head, row, strict=True)) for row in rows]
    notes = {number: text for number, text, *_ in list(book["Notes"].values)[1:]}
    assert [(each["indicator"], each["obs_value"], each["n"]) for each in told] == [
        ("MST_TEAP_SEX_AGE_CBR_RT", 61.5, 800),
        ("MST_TEMP_SEX_AGE_CBR_NB", 225.531768, 700),
    ]
    assert [notes[int(number)] for number in str(told[0]["notes"]).split()] == [
        NOT_ASKED,
        "Labour force concept: 19th ICLS",
    ]


def test_it_speaks_the_language_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    made = write_country_workbook(folder, "URY", tmp_path / "ury.xlsx", language="es")
    book = load_workbook(tmp_path / "ury.xlsx")
    head, *rows = book["Numbers"].values
    cautions = {dict(zip(head, row, strict=True))["caution"] for row in rows}
    assert made.to_heed == 4
    assert "Utilizar con cautela y con su intervalo" in cautions
    assert "Concepto de fuerza de trabajo: 19.ª CIET" in [row[1] for row in book["Notes"].values]


def test_definitions_of_a_release_that_has_them_in_english_alone_are_in_english(folder: Path, tmp_path: Path) -> None:
    earlier = Path(shutil.copytree(folder, tmp_path / "release"))
    (earlier / "warehouse.duckdb").chmod(0o644)
    with duckdb.connect(str(earlier / "warehouse.duckdb")) as connection:
        connection.execute("update indicator set definition = 'what is counted'")
        for column in ("definition_fr", "definition_es", "reference_fr", "reference_es"):
            connection.execute(f"alter table indicator drop column {column}")
    write_country_workbook(earlier, "URY", tmp_path / "ury.xlsx", language="fr")
    head, *rows = load_workbook(tmp_path / "ury.xlsx")["Definitions"].values
    assert {dict(zip(head, row, strict=True))["definition"] for row in rows} == {"what is counted"}


def test_no_text_is_a_formula(folder: Path, tmp_path: Path) -> None:
    """A producer's title that begins like a formula, with a character that XML has no place for."""
    changed = Path(shutil.copytree(folder, tmp_path / "release"))
    (changed / "warehouse.duckdb").chmod(0o644)
    with duckdb.connect(str(changed / "warehouse.duckdb")) as connection:
        connection.execute("update source set title_en = '=HYPERLINK(\"http://a.b\")' || chr(7), citation = '+1+1'")
    write_country_workbook(changed, "URY", tmp_path / "ury.xlsx")
    with ZipFile(tmp_path / "ury.xlsx") as archive:
        sheets = [archive.read(name).decode() for name in archive.namelist() if name.startswith("xl/worksheets/")]
    assert not any("<f>" in sheet or "<f " in sheet for sheet in sheets)
    cells = [cell for row in load_workbook(tmp_path / "ury.xlsx")["Sources"].iter_rows() for cell in row]
    risky = [cell for cell in cells if str(cell.value).startswith(("=", "+"))]
    assert [cell.value for cell in risky] == ['=HYPERLINK("http://a.b")', "+1+1"]
    assert all(cell.data_type == "s" and cell.quotePrefix for cell in risky)


def test_an_area_without_numbers_is_an_error_that_names_the_others(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(PublishError, match=r"no number of 'ARG'(.|\n)*BRA, URY, ZZZ"):
        write_country_workbook(folder, "ARG", tmp_path / "arg.xlsx")
    assert not (tmp_path / "arg.xlsx").exists()
