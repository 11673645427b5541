"""The questionnaire on international labour migration, filled in: one row for each number, with where it stands.

schemas/questionnaire.py says what a sheet holds, and where. Words are not read, so that any language will do. Every
fault is reported with sheet and cell, all of a workbook at once.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import duckdb

from schemas.codelists import load_codelist
from schemas.nearest import nearest
from schemas.questionnaire import CLASSES, CONTENTS, FIRST_ROW, HEAD, KEYS_ROW, PARTS, STATUSES
from schemas.questionnaire import questionnaire_tables as tables
from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.excel import EXPANSION_CAP
from transforms.read.files import DataFile, printable
from transforms.read.header import find_columns
from transforms.read.parts import in_batches, write_part
from transforms.read.unwrap import Budget, check_expansion

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.worksheet.worksheet import Worksheet

COLUMNS = (
    "indicator",
    "ref_area",
    "sex",
    "classif1",
    "classif2",
    "time",
    *PARTS,
    "note_source",
    "note_indicator",
    "place",
)
LISTED = 20
_NUMBERS = frozenset({"value", "n", "se", "lower", "upper"})
_TIME = re.compile(r"\d{4}((S[12])|(Q[1-4])|(M(0[1-9]|1[0-2])))?")
Row = dict[str, object]


@dataclass
class _Sheet:
    """A sheet that is being read, and the faults that were found in the workbook."""

    sheet: Worksheet
    faults: list[str] = field(default_factory=list)

    def fault(self, row: int, column: int, what: str) -> None:
        self.faults.append(f"{self.place(row, column)} {what}")

    def place(self, row: int, column: int) -> str:
        """A cell, as errors name it."""
        return f"sheet '{printable(self.sheet.title)}', cell {self.sheet.cell(row, column).coordinate}"

    def content(self, row: int, column: int) -> object:
        """What a cell holds; nothing, and a fault, for a formula and for an error of the spreadsheet program."""
        cell: Cell = self.sheet.cell(row, column)
        if cell.data_type == "f":
            self.fault(row, column, "holds a formula: write the number that it gives")
            return None
        if cell.data_type == "e":
            self.fault(row, column, f"shows an error ({cell.value}): write the number, or leave it empty")
            return None
        return cell.value

    def text(self, row: int, column: int) -> str:
        """The text of a cell without blanks around it; empty where it is empty."""
        found = self.content(row, column)
        return "" if found is None else " ".join(str(found).split())

    def number(self, row: int, column: int) -> object:
        """The number of a cell; nothing, and a fault, where it holds something else."""
        found = self.content(row, column)
        if found is None or (isinstance(found, str) and not found.strip()):
            return None
        if isinstance(found, bool) or not isinstance(found, int | float):
            self.fault(row, column, f"is no number: '{printable(str(found))}'")
            return None
        return found

    def code(self, row: int, column: int, known: Collection[str], called: str) -> str:
        """The code of a cell; a fault where no list has it."""
        found = self.text(row, column)
        if found not in known:
            said = f"holds '{printable(found)}'" if found else "is empty"
            self.fault(row, column, f"{said}, which is no {called}{nearest(found, known)}")
        return found


def read_questionnaire(
    file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection
) -> Part:
    """The numbers of all sheets as a part, with the columns COLUMNS.

    A cell without value and status is no number. Raises InputError that names sheet and cell of everything that is no
    number, no code of its list, or not where it belongs.
    """
    budget = Budget.of(file.content, read.maximum_expansion)
    budget.limit = min(budget.limit, EXPANSION_CAP)
    check_expansion(file, budget)
    faults: list[str] = []
    rows = [row for sheet in _sheets(file) for row in _numbers(sheet, faults)]
    if faults:
        more = f" and {len(faults) - LISTED} more" if len(faults) > LISTED else ""
        raise file.fault(
            f"{len(faults)} cell(s) of the questionnaire are wrong: {'; '.join(faults[:LISTED])}{more}",
            why="their numbers would be lost, or taken for others",
            remedy="correct these cells and save the workbook; nothing of it is used until then",
        )
    places = find_columns(list(COLUMNS), wanted, file, at="the questionnaire")
    chosen = ([row.get(COLUMNS[place]) for place in places.values()] for row in rows)
    return write_part(file, list(places), in_batches(chosen, list(places)), read.decimal)


def _sheets(file: DataFile) -> Iterator[Worksheet]:
    """The sheets that hold tables. Raises InputError for a file that is no workbook."""
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with file.content.open("rb") as stream:
            book = load_workbook(stream, data_only=False, keep_links=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise file.fault(
            "the workbook cannot be read: it is cut or damaged, or no workbook at all",
            why="its numbers cannot be trusted",
            remedy="ask for it again; if it opens in a spreadsheet program, save it there as xlsx",
        ) from error
    yield from (sheet for sheet in book.worksheets if sheet.title not in (CONTENTS, STATUSES))


def _numbers(worksheet: Worksheet, faults: list[str]) -> Iterator[Row]:
    """The numbers of one sheet; what is wrong with it is added to the faults."""
    sheet = _Sheet(worksheet, faults)
    if [sheet.text(row, 1) for row in range(1, len(HEAD) + 1)] != list(HEAD):
        sheet.fault(1, 1, f"does not begin a table of the questionnaire: column A begins with {', '.join(HEAD)}")
        return
    head: Row = {name: sheet.text(row, 3) for row, name in enumerate(HEAD, start=1)}
    indicator = sheet.code(1, 3, tables(), "table of the questionnaire")
    area = HEAD.index("ref_area") + 1
    sheet.code(area, 3, load_codelist("CL_AREA").by_code, "country")
    if not _TIME.fullmatch(str(head["time"])):
        sheet.fault(HEAD.index("time") + 1, 3, "is no period: write 2024, 2024Q1, 2024S1 or 2024M01")
    if indicator not in tables():
        return
    blocks = _blocks(sheet)
    common: Row = {name: head[name] for name in ("indicator", "ref_area", "time", "note_indicator")}
    source = f"Source: {head['source']}" if head["source"] else ""
    common["note_source"] = " | ".join(str(note) for note in (source, head["note_source"]) if note)
    met: dict[tuple[str, str], int] = {}
    for row in range(FIRST_ROW, worksheet.max_row + 1):
        found = [(sex, _parts(sheet, row, columns)) for sex, columns in blocks.items()]
        filled = [(sex, parts) for sex, parts in found if any(value not in (None, "") for value in parts.values())]
        if not filled:
            continue
        classes = _classes(sheet, row, indicator)
        if classes in met:
            sheet.fault(row, 1, f"repeats the class of row {met[classes]}")
        met[classes] = row
        for sex, parts in filled:
            yield {
                **common,
                **parts,
                "sex": sex,
                "classif1": classes[0],
                "classif2": classes[1],
                "place": sheet.place(row, blocks[sex]["value"]),
            }


def _blocks(sheet: _Sheet) -> Mapping[str, Mapping[str, int]]:
    """Sex -> part -> its column, as the row of keys says."""
    keys = {column: sheet.text(KEYS_ROW, column) for column in range(1, sheet.sheet.max_column + 1)}
    if tuple(keys.get(column, "") for column in range(1, len(CLASSES) + 1)) != CLASSES:
        sheet.fault(KEYS_ROW, 1, f"and those beside it are not the keys {', '.join(CLASSES)}")
    blocks: dict[str, dict[str, int]] = {}
    sexes = {*load_codelist("CL_SEX").by_code, ""}
    for column, key in keys.items():
        sex, _, part = key.rpartition(" ")
        if column <= len(CLASSES) or not key:
            continue
        if part not in PARTS or sex not in sexes or part in blocks.get(sex, {}):
            sheet.fault(KEYS_ROW, column, f"holds '{printable(key)}', which is no key of a column, or stands twice")
            continue
        blocks.setdefault(sex, {})[part] = column
    for sex in [sex for sex, columns in blocks.items() if "value" not in columns]:
        sheet.fault(KEYS_ROW, next(iter(blocks.pop(sex).values())), f"has no column with the value of '{sex}'")
    return blocks


def _parts(sheet: _Sheet, row: int, columns: Mapping[str, int]) -> Row:
    """What a row says of one sex. A status without a value stands for a number that is not given."""
    parts: Row = {}
    for part, column in columns.items():
        parts[part] = sheet.number(row, column) if part in _NUMBERS else sheet.text(row, column)
    if parts.get("status"):
        sheet.code(row, columns["status"], load_codelist("CL_OBS_STATUS").by_code, "status")
    beside = [part for part in ("n", "se", "lower", "upper") if parts.get(part) is not None]
    if sheet.sheet.cell(row, columns["value"]).value is None and beside:
        sheet.fault(row, columns["value"], f"has no value, though {', '.join(beside)} beside it have one")
    return parts


def _classes(sheet: _Sheet, row: int, indicator: str) -> tuple[str, str]:
    """The codes of a row, of which each must be in the list of its classification."""
    classifications = tables()[indicator].published.classifications
    lists: Iterable[Collection[str]] = [load_codelist(f"CL_{name}").by_code for name in classifications]
    found = ["", ""]
    for position, known in enumerate(lists):
        found[position] = sheet.code(row, 2 * position + 1, known, f"code of CL_{classifications[position]}")
    return found[0], found[1]
