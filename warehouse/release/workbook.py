"""A workbook of a country, made on request from a release: its numbers with notes, sources, statuses and definitions.

Every text is a text: none is taken for a formula, whatever it begins with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.declaration import Language
from schemas.errors import PublishError
from schemas.nearest import nearest
from schemas.view_words import LANGUAGES, load_view_words
from warehouse.release.database import open_release
from warehouse.release.questionnaire import FORMULA_OPENERS
from warehouse.release.views import meaning_of

if TYPE_CHECKING:
    import duckdb
    from openpyxl import Workbook

MOST_ROWS = 1_048_575
"""Rows that a sheet of Excel holds beside its head."""

_UNWRITABLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f]")
_NUMBERS = (
    "indicator", "indicator_title", "source_title", "time", "sex", "classif1_label", "classif2_label", "obs_value",
    "unit", "currency", "status", "caution", "n", "se", "cv", "lower_bound", "upper_bound", "notes", "synthetic",
    "source", "sex_code", "classif1", "classif2", "obs_status", "wave",
)  # fmt: skip


@dataclass(frozen=True)
class CountryWorkbook:
    """What was written: how many numbers, and how many of them a reader must heed."""

    numbers: int
    to_heed: int


def write_country_workbook(
    folder: Path, area: str, file: Path, *, language: Language = "en", every_version: bool = False
) -> CountryWorkbook:
    """Write the numbers of a country or region of a release to `file`, with labels and notes in a language.

    Without `every_version`, one version of each classification, so that no number stands twice. Raises PublishError
    where the release has no number of the area, or more than a sheet holds.
    """
    from openpyxl import Workbook

    with open_release(folder) as release:
        _require(release, area)
        versions = "true" if every_version else "is_main_version"
        asked = f"from observation_in_{LANGUAGES[language]} where ref_area = $area and {versions}"
        (numbers,) = release.execute(f"select count(*) {asked}", {"area": area}).fetchall()[0]
        if numbers > MOST_ROWS:
            raise PublishError(
                f"{area} has {numbers:,} numbers, and a sheet holds {MOST_ROWS:,}",
                why="a workbook that left some out would look complete",
                remedy="ask for one version of each classification, or read Parquet or DuckDB",
            )
        book = Workbook(write_only=True)
        _about(book, release, folder.resolve().name, area, language, numbers)
        notes = _numbers(book, release, asked, area)
        _sheet(book, "Notes", ("note", "text"), [(number, text) for text, number in notes.items()])
        _lists(book, release, asked, area, language)
        problems = "semi join (from status where nature = 'problem') as problem using (obs_status)"
        counted = f"select count(*) from ({asked}) {problems}"
        (to_heed,) = release.execute(counted, {"area": area}).fetchall()[0]
        book.save(file)
    return CountryWorkbook(numbers, to_heed)


def _require(release: duckdb.DuckDBPyConnection, area: str) -> None:
    areas = [each for (each,) in release.execute("select distinct ref_area from observation order by 1").fetchall()]
    if area not in areas:
        raise PublishError(
            f"the release has no number of '{area}'{nearest(area.upper(), areas)}",
            remedy=f"name one of: {', '.join(areas)}",
        )


def _about(
    book: Workbook, release: duckdb.DuckDBPyConnection, release_id: str, area: str, language: Language, numbers: int
) -> None:
    """The first sheet: what this is, of which release, how to cite it, and what the columns mean."""
    query = f"select label_{language} from code where codelist = 'CL_AREA' and code = $area"
    labels = release.execute(query, {"area": area}).fetchall()
    words = load_view_words().phrases
    rows: list[Sequence[Any]] = [
        (labels[0][0] if labels else area,),
        (words["about_workbook"].spoken(language),),
        (words["release"].spoken(language), release_id),
        (words["numbers"].spoken(language), numbers),
        (),
        (words["how_to_read"].spoken(language),),
        (),
        *((column, meaning_of(column)) for column in _NUMBERS),
    ]
    _sheet(book, "About", (), rows, widths=(28, 100))


def _numbers(book: Workbook, release: duckdb.DuckDBPyConnection, asked: str, area: str) -> dict[str, int]:
    """The sheet of numbers; returns every note of it with the number by which it is named there."""
    notes: dict[str, int] = {}
    found = release.execute(
        f"select {', '.join(_NUMBERS)} {asked} order by indicator, source, time, sex_code desc, classif1, classif2",
        {"area": area},
    )
    place = _NUMBERS.index("notes")

    def rows() -> Iterator[Sequence[Any]]:
        while many := found.fetchmany(10_000):
            for row in many:
                numbered = [str(notes.setdefault(note, len(notes) + 1)) for note in row[place] if note]
                yield (*row[:place], " ".join(numbered), *row[place + 1 :])

    _sheet(book, "Numbers", _NUMBERS, rows(), widths=(26, 60, 32, 10, 10, 30, 36))
    return notes


def _lists(book: Workbook, release: duckdb.DuckDBPyConnection, asked: str, area: str, language: Language) -> None:
    """Sheets of the sources, statuses and definitions that the numbers have."""
    ending = "" if language == "en" else f"_{language}"
    told = ending if _has_column(release, "indicator", f"definition{ending}") else ""
    covered = f"coverage{ending}" if _has_column(release, "source", f"coverage{ending}") else "coverage"
    queries = {
        "Sources": f"""
            select
                source, title_{language} as title, producer, citation, licence, landing_page,
                coalesce({covered}, coverage) as coverage, synthetic
            from source semi join ({asked}) as numbers using (source) order by source""",
        "Statuses": f"""
            select obs_status, label_{language} as status, advice_{language} as caution
            from status semi join ({asked}) as numbers using (obs_status) order by obs_status""",
        "Definitions": f"""
            select
                indicator, title_{language} as title, definition{told} as definition, reference{told} as reference
            from indicator semi join ({asked}) as numbers using (indicator) order by indicator""",
        "Not given": f"""
            select indicator, indicator_title{ending} as title, source_id, wave, outcome, reason_label{ending} as reason
            from what_is_available
            where outcome <> 'published' and source_id in (select source_id from source where ref_area = $area)
            order by all""",
    }
    for name, query in queries.items():
        found = release.execute(query, {"area": area})
        _sheet(book, name, [each[0] for each in found.description or []], found.fetchall(), widths=(26, 60, 32, 40))


def _has_column(release: duckdb.DuckDBPyConnection, table: str, column: str) -> bool:
    """Whether a table has a column: those of releases of an earlier version have fewer languages."""
    query = "select count(*) from duckdb_columns() where table_name = ? and column_name = ?"
    return release.execute(query, [table, column]).fetchall() == [(1,)]


def _sheet(
    book: Workbook, name: str, head: Sequence[str], rows: Iterable[Sequence[Any]], widths: Sequence[int] = (8, 120)
) -> None:
    from openpyxl.utils import get_column_letter

    sheet = book.create_sheet(name)
    for place, width in enumerate(widths, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = width
    if head:
        sheet.freeze_panes = "A2"
        sheet.append([_cell(sheet, each, bold=True) for each in head])
    for row in rows:
        sheet.append([_cell(sheet, each) for each in row])


def _cell(sheet: Any, value: Any, *, bold: bool = False) -> Any:
    """A value to append; a text that a program could take for a formula is a cell that says it is none."""
    if not isinstance(value, str):
        return value
    text = _UNWRITABLE.sub("", value)
    if not bold and not text.startswith((*FORMULA_OPENERS, "#", "\t", "\r")):
        return text
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font

    cell = WriteOnlyCell(sheet, value=text)
    cell.data_type = "s"
    cell.quotePrefix = text.startswith((*FORMULA_OPENERS, "\t", "\r"))
    if bold:
        cell.font = Font(bold=True)
    return cell
