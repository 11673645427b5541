"""Record layouts that statistical offices publish as workbooks: variables with their positions, and what their codes
mean.

Two forms are read, whatever the language of their headers (schemas/vocabulary.yaml):

    a sheet with a row per variable (name, position, length, description), whose codes are in separate tables, on this
    sheet or others, under the name of a dictionary a sheet in which the codes of a variable are in the rows below it
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum

from schemas.vocabulary import LayoutHeader, load_vocabulary
from schemas.words import folded_words
from transforms.read.files import DataFile
from transforms.read.parts import text

SIZE_CAP = 32 * 1024**2
HEADER_WITHIN = 60
"""Number of rows at the top of a sheet in which its header is looked for."""
_CODE = re.compile(r"[\w.+-]{0,12}")
_IN_ONE_CELL = re.compile(r"^\s*(\S{1,12}?)\s*[=:–-]\s*(\S.*?)\s*$")
_Row = list[str]


@dataclass(frozen=True)
class LaidOut:
    """One variable of a layout: its position in a line where it has one, its label, and its codes with their labels."""

    name: str
    label: str = ""
    start: int | None = None
    width: int | None = None
    decimals: int = 0
    numeric: bool = False
    dictionary: str = ""
    values: Mapping[str, str] = field(default_factory=dict)


def read_layout_workbook(file: DataFile) -> tuple[LaidOut, ...]:
    """The variables of a layout, in its order; empty where no sheet is laid out as one. Raises InputError."""
    sheets = list(_sheets(file))
    found: dict[str, LaidOut] = {}
    for rows in sheets:
        for each in _variables(rows):
            before = found.get(each.name)
            found[each.name] = _joined(before, each) if before else each
    tables = _tables(sheets, {key for each in found.values() for key in (each.dictionary, each.name) if key})
    return tuple(
        each if each.values else replace(each, values=tables.get(each.dictionary) or tables.get(each.name) or {})
        for each in found.values()
    )


def _sheets(file: DataFile) -> Iterator[list[_Row]]:
    if file.content.stat().st_size > SIZE_CAP:
        raise file.fault(
            f"the workbook has more than {SIZE_CAP:,} bytes",
            why="a layout is a list of variables; this seems to be the data",
            remedy="give the workbook that documents the columns",
        )
    try:
        with file.content.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ == SheetTypeEnum.WorkSheet:
                    rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                    yield [[(text(cell) or "").strip() for cell in row] for row in rows]
    except (PasswordError, CalamineError) as error:
        raise file.fault(
            "the workbook cannot be read: it is protected, cut or damaged",
            why="what its columns mean would not be known",
            remedy="fetch the layout again, or ask the producer for an open file",
        ) from error


def _joined(one: LaidOut, other: LaidOut) -> LaidOut:
    """The same variable on two sheets: gaps in the first are filled from the second."""
    return replace(
        one,
        label=one.label or other.label,
        start=one.start or other.start,
        width=one.width or other.width,
        dictionary=one.dictionary or other.dictionary,
        values=one.values or other.values,
    )


def _variables(rows: Sequence[_Row]) -> Iterator[LaidOut]:
    """The variables of one sheet; with their codes where these are in the rows below each."""
    header = _header(rows)
    if header is None:
        return
    first, places = header
    current: LaidOut | None = None
    values: dict[str, str] = {}
    for row in rows[first:]:
        cell = {role: row[place] if place < len(row) else "" for role, place in places.items()}
        name = cell.get("name", "")
        if name and (current is None or name != current.name):
            if not _is_name(name):
                continue
            if current is not None:
                yield replace(current, values=values)
            current, values = _laid_out(cell), {}
        if current is not None:
            values |= _codes(cell)
    if current is not None:
        yield replace(current, values=values)


def _is_name(name: str) -> bool:
    """Whether a cell is the name of a variable, and not the heading of a section, a total or a remark."""
    return " " not in name and len(name) <= 64 and not name.isdigit()


def _laid_out(cell: Mapping[LayoutHeader, str]) -> LaidOut:
    start, width, end = _whole(cell.get("start")), _whole(cell.get("width")), _whole(cell.get("end"))
    if width is None and start is not None and end is not None:
        width = end - start + 1
    kind = cell.get("type", "").upper()
    return LaidOut(
        name=cell["name"],
        label=" ".join(cell.get("label", "").split("\n")[0].split()),
        start=start,
        width=width,
        decimals=_whole(cell.get("decimals")) or 0,
        numeric=kind.startswith("N") or bool(_whole(cell.get("decimals"))),
        dictionary=cell.get("dictionary", ""),
    )


def _whole(cell: str | None) -> int | None:
    return int(cell) if cell and cell.isascii() and cell.isdigit() and len(cell) < 10 else None


def _codes(cell: Mapping[LayoutHeader, str]) -> dict[str, str]:
    """The code of a row with its meaning; several where one cell lists several."""
    code, meaning = cell.get("code", ""), " ".join(cell.get("meaning", "").split())
    if meaning and "\n" not in code:
        return {code: meaning} if _CODE.fullmatch(code) else {}
    lines = [_IN_ONE_CELL.match(line) for line in code.splitlines()]
    return {line[1]: line[2] for line in lines if line} if len(lines) > 1 else {}


def _header(rows: Sequence[_Row]) -> tuple[int, dict[LayoutHeader, int]] | None:
    """The number of rows up to and including the header of variables, and the column of each of its roles."""
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        below = rows[number + 1] if number + 1 < len(rows) else []
        for lines, cells in ((1, row), (2, _merged(row, below))):
            places = _roles(cells)
            if "name" in places and len(places) >= 3 and {"start", "width", "dictionary", "code"} & places.keys():
                fuller = _roles(_merged(row, below))
                if lines == 1 and len(fuller) > len(places):
                    return number + 2, fuller
                return number + lines, places
    return None


def _merged(upper: _Row, lower: _Row) -> _Row:
    """Two rows of a header combined: the upper repeated to the right over merged cells, where the lower has a name."""
    width = max(len(upper), len(lower))
    above = [*upper, *[""] * (width - len(upper))]
    below = [*lower, *[""] * (width - len(lower))]
    carried, cells = "", []
    for one, two in zip(above, below, strict=True):
        carried = one or (carried if two else "")
        cells.append(f"{carried} {two}".strip())
    return cells


def _roles(cells: Sequence[str]) -> dict[LayoutHeader, int]:
    """Role -> its column: the first whose heading is one of the role's."""
    known = load_vocabulary().layout_headers
    headings = [folded_words(cell) for cell in cells]
    places: dict[LayoutHeader, int] = {}
    for role, names in known.items():
        wanted = {folded_words(name) for name in names}
        found = next((place for place, heading in enumerate(headings) if heading and heading in wanted), None)
        if found is not None and found not in places.values():
            places[role] = found
    return places


def _tables(sheets: Sequence[Sequence[_Row]], names: set[str]) -> dict[str, dict[str, str]]:
    """Tables of codes under the name of a dictionary or variable: name -> code -> label."""
    tables: dict[str, dict[str, str]] = {}
    for rows in sheets:
        for number, row in enumerate(rows[:-1]):
            name = next((cell for cell in row if cell), "")
            if name in names and name not in tables and (places := _code_header(rows[number + 1])):
                tables[name] = _table(rows[number + 2 :], *places)
    return tables


def _code_header(row: _Row) -> tuple[int, int] | None:
    known = load_vocabulary().layout_headers
    headings = [folded_words(cell) for cell in row]
    codes = {folded_words(name) for name in known["code"]}
    labels = {folded_words(name) for role in ("meaning", "label") for name in known[role]}
    code = next((place for place, heading in enumerate(headings) if heading in codes), None)
    label = next((place for place, heading in enumerate(headings) if heading in labels and place != code), None)
    return None if code is None or label is None else (code, label)


def _table(rows: Sequence[_Row], code: int, label: int) -> dict[str, str]:
    """Codes and labels down to the first row without either; a label without a code is that of an empty field."""
    found: dict[str, str] = {}
    for row in rows:
        cells = [*row, *[""] * (max(code, label) + 1 - len(row))]
        if not cells[label]:
            break
        found[cells[code]] = " ".join(cells[label].split())
    return found
