"""Excel workbooks: one sheet, column names in the declared row, values as stored and not as formatted."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches
from itertools import islice

import duckdb
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from schemas.read import Read
from transforms.read import kinds
from transforms.read.assemble import Part
from transforms.read.files import DataFile, listed
from transforms.read.header import find_columns, tidy
from transforms.read.parts import in_batches, text, write_part
from transforms.read.unwrap import Budget, check_expansion
from transforms.read.workbook_errors import with_errors

EXPANSION_CAP = 2 * 1024**3
OF_SOME_WAVES = "where it differs by wave, in `read_in_waves` of the table or in `read` of the survey's wave"
"""Where to declare what does not apply to all waves."""


def read_excel(file: DataFile, read: Read, wanted: Mapping[str, str], _connection: duckdb.DuckDBPyConnection) -> Part:
    """The declared sheet of a workbook (or its only visible one) as a part; rows without any value are not records.

    Raises InputError when the workbook is protected, damaged or expands too much, when the sheet or a declared column
    is missing, and when there is no record.
    """
    if kinds.kind_of(file.content) == "workbook":
        budget = Budget.of(file.content, read.maximum_expansion)
        budget.limit = min(budget.limit, EXPANSION_CAP)
        check_expansion(file, budget)
    try:
        with file.content.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            sheet = find_sheet(file, workbook, read.sheet)
            # Rows are read from the first of the sheet, including blank ones, so row numbers are those of a spreadsheet
            # program.
            rows = with_errors(file.content, sheet.name, sheet.iter_rows(), sheet.start[1] if sheet.start else 0)
            at = f"sheet '{sheet.name}', row {read.header_row}"
            header = next(islice(rows, read.header_row - 1, None), None)
            if header is None:
                raise file.fault(
                    "the sheet ends before its header", at=at, remedy="correct `read.header_row` or `read.sheet`"
                )
            positions = find_columns([text(cell) or "" for cell in header], wanted, file, at=at)
            records = (
                [row[position] for position in positions.values()] for row in rows if any(cell != "" for cell in row)
            )
            return write_part(file, list(positions), in_batches(records, list(positions)), read.decimal)
    except PasswordError as error:
        raise file.fault(
            "the workbook is protected by a password",
            why="its content cannot be read without it",
            remedy="ask the producer for an open file",
        ) from error
    except CalamineError as error:
        raise file.fault(
            "the workbook cannot be read: it is cut or damaged, or no workbook at all",
            why="its records cannot be trusted",
            remedy="fetch the file again; if it opens in a spreadsheet program, save it there as xlsx",
        ) from error


def find_sheet(file: DataFile, workbook: CalamineWorkbook, declared: str | None) -> CalamineSheet:
    visible = [
        sheet.name
        for sheet in workbook.sheets_metadata
        if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet
    ]
    if declared is None and len(visible) == 1:
        return workbook.get_sheet_by_name(visible[0])
    if declared is None:
        raise file.fault(
            f"the workbook has several sheets: {listed(visible)}",
            why="it is not known which of them holds the records",
            remedy=f"name it as `sheet` under `read` in source.yaml; {OF_SOME_WAVES}",
        )
    named = {tidy(name): name for name in workbook.sheet_names}
    if tidy(declared) in named:
        return workbook.get_sheet_by_name(named[tidy(declared)])
    close = get_close_matches(declared, workbook.sheet_names, n=1)
    raise file.fault(
        f"there is no sheet '{declared}'" + (f"; the nearest is '{close[0]}'" if close else ""),
        why="the records cannot be found",
        remedy=f"correct `read.sheet` in source.yaml: the workbook has {listed(workbook.sheet_names)}; {OF_SOME_WAVES}",
    )
