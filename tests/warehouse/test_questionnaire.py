"""The questionnaire as a workbook: filled from a release, and read back as figures that a country has published."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import openpyxl
import pyarrow.parquet
import pytest
from typer.testing import CliRunner

from ilms.authoring.new_source import new_source
from ilms.cli import app
from schemas.errors import InputError, PublishError
from schemas.loader import load_folder
from schemas.partition import Partition
from schemas.published import PublishedFigures
from schemas.questionnaire import FIRST_ROW, KEYS_ROW, questionnaire_tables
from schemas.tables import OBSERVATION
from transforms.published import estimate_published, harmonise_published
from warehouse.release.questionnaire import write_questionnaire

EMPLOYED, BY_COUNTRY = "MST_TEMP_SEX_AGE_CBR_NB", "MST_FORE_SEX_CBR_NB"
ADULTS = "AGE_YTHADULT_YGE15"
SOURCE = "NRU.questionnaire"
# indicator, sex, classif1, classif2, value, status, n, se, lower, upper, note
NUMBERS: list[tuple[Any, ...]] = [
    (EMPLOYED, "SEX_T", ADULTS, "CBR_BIR_TOTAL", 10.123456789, "", 900, 0.25, 9.6, 10.6, ""),
    (EMPLOYED, "SEX_F", ADULTS, "CBR_BIR_TOTAL", 4.5, "", 400, 0.2, 4.1, 4.9, ""),
    (EMPLOYED, "SEX_T", ADULTS, "CBR_BIR_FOREIGN", 0.3, "U", 12, 0.1, 0.1, 0.5, "Quality: few cases"),
    (EMPLOYED, "SEX_F", ADULTS, "CBR_BIR_FOREIGN", None, "C", None, None, None, None, ""),
    (BY_COUNTRY, "SEX_T", "CBR_BRT_TOTAL", "", 0.3, "U", 12, 0.1, 0.1, 0.5, ""),
    (BY_COUNTRY, "SEX_T", "CBR_BRT_FJI", "", 0.2, "U", 8, None, None, None, '=HYPERLINK("https://www.example.org")'),
]
Change = Callable[[openpyxl.Workbook], object]


@pytest.fixture(scope="module")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release with the numbers of one country, of which only the table of numbers is looked at."""
    folder = tmp_path_factory.mktemp("home") / "current"
    folder.mkdir(parents=True)
    with duckdb.connect(str(folder / "warehouse.duckdb")) as connection:
        columns = ", ".join(f"{column.name} {column.type}" for column in OBSERVATION)
        connection.execute(f"create table observation ({columns})")
        for indicator, sex, first, second, value, status, n, se, lower, upper, note in NUMBERS:
            connection.execute(
                """
                insert into observation by name select 'NRU' as ref_area, 'BA:NRU.lfs' as source, ? as indicator,
                ? as sex, ? as classif1, ? as classif2, '2024' as time, ? as obs_value, ? as obs_status, ? as n,
                ? as se, ? as lower_bound, ? as upper_bound, ? as note_classif, 'Quality: of the table' as
                note_indicator, 'Population coverage: private households' as note_source
                """,
                [indicator, sex, first, second, value, status, n, se, lower, upper, note],
            )
    return folder


@pytest.fixture(scope="module")
def written(release: Path) -> Path:
    return write_questionnaire(release, "NRU", "2024", release.parent / "answer.xlsx", language="fr").file


@pytest.fixture
def read_back(tmp_path: Path) -> Callable[..., list[dict[str, Any]]]:
    """The numbers of a workbook, taken in by the template of a questionnaire; it may be changed before."""

    def read(file: Path, change: Change | None = None) -> list[dict[str, Any]]:
        if change:
            book = openpyxl.load_workbook(file)
            change(book)
            file = tmp_path / "changed.xlsx"
            book.save(file)
        new_source(SOURCE, "2024", tmp_path / "sources", kind="questionnaire")
        declared = tmp_path / "sources" / "NRU" / "questionnaire"
        text = (declared / "source.yaml").read_text(encoding="utf-8")
        (declared / "source.yaml").write_text(text.replace("(!)", ""), encoding="utf-8")
        source, partition = load_folder(declared), Partition(SOURCE, "2024")
        assert isinstance(source, PublishedFigures)
        core, cells = tmp_path / "core.parquet", tmp_path / "cells.parquet"
        harmonise_published(source, partition, {"questionnaire_2024.xlsx": file}, core, workdir=tmp_path)
        estimate_published(source, partition, core, cells, vintage="v")
        rows: list[dict[str, Any]] = pyarrow.parquet.read_table(cells, partitioning=None).to_pylist()
        return rows

    return read


def test_a_filled_questionnaire_is_read_back_number_by_number(written: Path, read_back: Callable[..., Any]) -> None:
    columns = ("obs_value", "obs_status", "n", "se", "lower_bound", "upper_bound")
    found = {
        (row["indicator"], row["sex"], row["classif1"], row["classif2"]): [row[name] for name in columns]
        for row in read_back(written)
    }
    assert found == {number[:4]: list(number[4:10]) for number in NUMBERS}


def test_what_is_told_beside_the_numbers_comes_back_too(written: Path, read_back: Callable[..., Any]) -> None:
    rows = {(row["indicator"], row["classif1"], row["classif2"], row["sex"]): row for row in read_back(written)}
    foreign = rows[EMPLOYED, ADULTS, "CBR_BIR_FOREIGN", "SEX_T"]
    assert foreign["note_classif"] == "Quality: few cases"
    assert foreign["note_indicator"] == "Quality: of the table"
    assert foreign["note_source"].endswith("Source: BA:NRU.lfs | Population coverage: private households")
    assert foreign["source"] == "XA:NRU.questionnaire", "it is the country's answer now, and says where it was from"


def test_every_table_of_the_list_has_its_sheet_and_an_empty_one_its_classes(written: Path) -> None:
    book = openpyxl.load_workbook(written)
    assert set(questionnaire_tables()) == {*book.sheetnames} - {"Contents", "Statuses"}
    empty = book["MST_TUNE_SEX_AGE_CBR_NB"]
    assert [empty.cell(KEYS_ROW, column).value for column in (1, 3, 5, 12)] == [
        "classif1",
        "classif2",
        "SEX_T value",
        "SEX_M value",
    ]
    assert empty.cell(KEYS_ROW + 1, 5).value == "Total: Valeur"
    classes = {(row[0], row[2]) for row in empty.iter_rows(min_row=FIRST_ROW, values_only=True)}
    assert (ADULTS, "CBR_BIR_FOREIGN") in classes
    countries = book["MST_NCTE_SEX_CCT_NB"]
    assert countries.max_row == FIRST_ROW, "countries are added below the total"


def test_a_text_is_never_a_formula(written: Path, read_back: Callable[..., Any]) -> None:
    sheet = openpyxl.load_workbook(written)[BY_COUNTRY]
    texts = [cell for row in sheet.iter_rows() for cell in row if str(cell.value).startswith("=")]
    assert [(cell.data_type, bool(cell.quotePrefix)) for cell in texts] == [("s", True)]
    (fiji,) = [row for row in read_back(written) if row["classif1"] == "CBR_BRT_FJI"]
    assert fiji["note_classif"].startswith('=HYPERLINK("https://www.example.org") | Standard error: not given')


def _set(sheet: str, **cells: Any) -> Change:
    def change(book: openpyxl.Workbook) -> None:
        for place, value in cells.items():
            book[sheet][place] = value

    return change


ROW = FIRST_ROW + 1


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (_set(BY_COUNTRY, E12="=1+1"), rf"sheet '{BY_COUNTRY}', cell E12 holds a formula"),
        (_set(BY_COUNTRY, E12="a few"), r"cell E12 is no number: 'a few'"),
        (_set(BY_COUNTRY, E12=True), r"cell E12 is no number: 'True'"),
        (_set(BY_COUNTRY, E12="#N/A"), r"cell E12 shows an error \(#N/A\)"),
        (_set(BY_COUNTRY, F12="Q"), r"cell F12 holds 'Q', which is no status"),
        (
            _set(BY_COUNTRY, A13="CBR_BRT_FIJ"),
            r"cell A13 holds 'CBR_BRT_FIJ', which is no code of CL_CBR \(nearest: .*FJI",
        ),
        (_set(BY_COUNTRY, A13="CBR_BRT_TOTAL"), r"cell A13 repeats the class of row 12"),
        (_set(BY_COUNTRY, E14=7), r"cell A14 is empty, which is no code of CL_CBR"),
        (_set(BY_COUNTRY, E13=None), r"cell E13 has no value, though n beside it have one"),
        (_set(BY_COUNTRY, C4="Nauru"), r"cell C4 holds 'Nauru', which is no country"),
        (_set(BY_COUNTRY, C5="last year"), r"cell C5 is no period"),
        (_set(BY_COUNTRY, E10="SEX_T number"), r"cell E10 holds 'SEX_T number', which is no key"),
        (_set(BY_COUNTRY, A1="table"), r"cell A1 does not begin a table of the questionnaire"),
        (lambda book: book.create_sheet("Remarks"), r"sheet 'Remarks', cell A1 does not begin a table"),
    ],
)
def test_a_wrong_cell_is_named(written: Path, read_back: Callable[..., Any], change: Change, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_back(written, change)


def test_all_wrong_cells_are_named_at_once(written: Path, read_back: Callable[..., Any]) -> None:
    with pytest.raises(InputError, match=r"2 cell\(s\) of the questionnaire are wrong: .*E12.*F13"):
        read_back(written, _set(BY_COUNTRY, E12="?", F13="?"))


@pytest.mark.parametrize(
    ("area", "time", "words"),
    [("NAU", "2024", "'NAU' is not an area"), ("NRU", "2023", "no number of NRU in 2023.*it has 2024")],
)
def test_what_the_release_does_not_have_is_no_questionnaire(
    release: Path, tmp_path: Path, area: str, time: str, words: str
) -> None:
    with pytest.raises(PublishError, match=words):
        write_questionnaire(release, area, time, tmp_path / "answer.xlsx")


def test_the_command_writes_the_workbook(release: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ILMS_HOME", str(release.parent))
    answer = CliRunner().invoke(app, ["questionnaire", "NRU", "2024", "--output", str(tmp_path / "answer.xlsx")])
    assert answer.exit_code == 0, answer.output
    assert "6 numbers in 2 of 76 tables" in answer.output
