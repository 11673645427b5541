"""How to read an unknown file: its format, encoding, delimiter, header, sheet, records.

The result is a `read` as in a declaration, with a remark for each choice that a person should check. A run uses none of
it, only what is declared.
"""

from __future__ import annotations

import codecs
import csv
import json
import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice, pairwise
from typing import Any

import pyarrow.parquet as pq
import pyreadstat
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetTypeEnum, SheetVisibleEnum

from schemas.read import Layout, Read
from transforms.read import kinds
from transforms.read.files import DataFile, listed, printable
from transforms.read.header import tidy
from transforms.read.layouts import FixedLayout
from transforms.read.parts import text
from transforms.read.r_data import r_columns
from transforms.read.statistical import DAMAGED

SAMPLE_LINES = 200
SAMPLE_BYTES = 2 * 1024**2
HEADER_WITHIN = 40
DELIMITERS = (";", ",", "\t", "|")
_CHUNK = 4 * 1024**2
_C1 = re.compile(rb"[\x80-\x9f]")
_NUMBER = re.compile(r"[-+]?[\d.,\s]*\d[\d.,\s]*(?:[eE][-+]?\d+)?")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


@dataclass(frozen=True)
class Guess:
    """How to read a file, the names of its columns in order, and choices that may be wrong."""

    read: Read
    names: tuple[str, ...]
    remarks: tuple[str, ...] = field(default=())


def guess_read(
    file: DataFile,
    layout: FixedLayout | None = None,
    *,
    layout_read: Layout | None = None,
    dialect: Mapping[str, Any] | None = None,
    sheet: str | None = None,
) -> Guess:
    """How to read an unwrapped file. Text without delimiters needs a layout with the positions of variables.

    `dialect` is the dialect in CSVW metadata. Raises InputError for a kind of file that cannot be read, and where no
    column names are found.
    """
    kind = kinds.kind_of(file.content)
    if kind == "text":
        return _fixed_width(file, layout, layout_read) if layout and layout_read else _delimited(file, dialect or {})
    if kind not in _BY_KIND:
        raise kinds.not_read(file, kind)
    return _BY_KIND[kind](file, sheet)


def guess_encoding(file: DataFile) -> str:
    """utf-8 where the bytes are valid in it or begin with its mark; otherwise the Western encoding in which all of them
    are valid."""
    with file.content.open("rb") as stream:
        start = stream.read(4)
        for mark, name in _MARKS:
            if start.startswith(mark):
                return name
        stream.seek(0)
        decoder = codecs.getincrementaldecoder("utf-8")()
        try:
            while chunk := stream.read(_CHUNK):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            stream.seek(0)
            c1 = any(_C1.search(chunk) for chunk in iter(lambda: stream.read(_CHUNK), b""))
            return "windows-1252" if c1 else "latin-1"
    return "utf-8"


def sample_lines(file: DataFile, encoding: str) -> list[str]:
    """The first whole lines of a text."""
    with file.content.open("rb") as stream:
        start = stream.read(SAMPLE_BYTES)
        whole = len(start) < SAMPLE_BYTES
    lines = start.decode(encoding, errors="replace").removeprefix("\ufeff").splitlines()
    return lines[: SAMPLE_LINES if whole or len(lines) > SAMPLE_LINES else max(1, len(lines) - 1)]


def _delimited(file: DataFile, dialect: Mapping[str, Any]) -> Guess:
    encoding = str(dialect.get("encoding") or guess_encoding(file))
    lines = sample_lines(file, encoding)
    given = str(dialect.get("delimiter") or "")
    found = [
        (score, mark) for mark in ([given] if given else DELIMITERS) if (score := _evenness(lines, mark)) > (0.0, 1)
    ]
    if not found:
        raise file.fault(
            "the text has no delimiter (comma, semicolon, tab or vertical bar) that splits its lines into the same "
            "number of fields",
            why="a line of digits has no meaning without a layout with the position of each variable",
            remedy="give its layout as well: a SAS program, a DDI codebook or the workbook of the record layout",
        )
    delimiter = max(found)[1]
    rows = _rows(lines, delimiter)
    header = _header_row(rows)
    if header is None:
        raise file.fault(
            "no line of column names was found",
            why="a column can only be declared by its name",
            remedy="add a first line with the names, from the producer's description of the file",
        )
    names = tuple(tidy(name) for name in rows[header])
    options: dict[str, Any] = {"format": "delimited", "delimiter": delimiter, "encoding": encoding}
    if header:
        options["header_row"] = header + 1
    if '"' not in "".join(lines) and "'" in lines[header]:
        options["quote"] = "'"
    remarks = (
        [] if encoding == "utf-8" else [f"the encoding is not UTF-8; {encoding} is likely: check accented letters"]
    )
    return Guess(Read(**options), names, tuple(remarks))


def _rows(lines: Sequence[str], delimiter: str) -> list[list[str]]:
    """The fields of some lines; empty where they cannot be split at all."""
    try:
        return list(csv.reader(lines, delimiter=delimiter))
    except csv.Error:
        return []


def _evenness(lines: Sequence[str], delimiter: str) -> tuple[float, int]:
    """The share of lines that a delimiter splits into the most frequent number of fields, and that number."""
    counts = Counter(len(row) for row in _rows(lines, delimiter) if row)
    several = {fields: rows for fields, rows in counts.items() if fields > 1}
    if not several:
        return 0.0, 1
    fields, rows = max(several.items(), key=lambda each: (each[1], each[0]))
    return (round(rows / sum(counts.values()), 1), fields) if rows * 2 >= sum(counts.values()) else (0.0, 1)


def _header_row(rows: Sequence[Sequence[str]]) -> int | None:
    """The first row as wide as most rows that holds names: no numbers but years in a row, hardly any twice."""
    widths = Counter(len(row) for row in rows if row)
    usual = max(widths, key=lambda each: (widths[each], each)) if widths else 0
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        names = [cell.strip() for cell in row if cell.strip()]
        if len(names) < max(2, 0.6 * usual) and not (usual == 1 and names):
            continue
        if any(map(_NUMBER.fullmatch, _without_years(names))) or len(set(names)) < 0.5 * len(names):
            continue
        return number
    return None


def _without_years(names: Sequence[str]) -> list[str]:
    """The names of a header but for years, where it has several of them one after the other: a column for each."""
    years = [name for name in names if _YEAR.fullmatch(name)]
    in_a_row = len(years) > 1 and all(abs(int(a) - int(b)) == 1 for a, b in pairwise(years))
    return [name for name in names if name not in years] if in_a_row else list(names)


def _fixed_width(file: DataFile, layout: FixedLayout, layout_read: Layout) -> Guess:
    encoding = guess_encoding(file)
    lines = [line for line in sample_lines(file, encoding) if line.strip()]
    options: dict[str, Any] = {"format": "fixed_width", "layout": layout_read, "encoding": encoding}
    remarks = []
    longest = max((len(line) for line in lines), default=0)
    if longest and longest != layout.end:
        options["line_length"] = longest
        remarks.append(
            f"lines have {longest} positions, the layout describes {layout.end}: make sure that it is of this wave"
        )
    fields = [each.name for each in layout.fields if each.end <= (longest or layout.end) and not each.unread]
    return Guess(Read(**options), tuple(fields), tuple(remarks))


def _workbook(file: DataFile, wanted: str | None) -> Guess:
    sheets = {name: rows for name, rows in _sheets(file) if wanted is None or tidy(name) == tidy(wanted)}
    if not sheets:
        raise file.fault(f"there is no sheet '{wanted}'", remedy="see the names of its sheets in a spreadsheet program")
    headers = {name: _header_row(rows) for name, rows in sheets.items()}
    with_header = {name: sheets[name] for name, header in headers.items() if header is not None}
    if not with_header:
        raise file.fault(
            f"no row of column names was found on {listed(sheets)}",
            why="a column can only be declared by its name",
            remedy="give a workbook whose columns have names in one row",
        )
    # The sheet with the most cells: notes and tables of contents are short.
    chosen = max(
        with_header, key=lambda name: len(with_header[name]) * max(map(len, with_header[name][:HEADER_WITHIN]))
    )
    header = headers[chosen] or 0
    options: dict[str, Any] = {"format": "excel"}
    remarks = []
    if len(sheets) > 1:
        options["sheet"] = chosen
        remarks.append(f"of the sheets {listed(sheets)} '{printable(chosen)}' was chosen: it holds the most")
    if header:
        options["header_row"] = header + 1
    return Guess(Read(**options), tuple(tidy(cell) for cell in sheets[chosen][header]), tuple(remarks))


def _sheets(file: DataFile) -> Iterator[tuple[str, list[list[str]]]]:
    try:
        with file.content.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.visible == SheetVisibleEnum.Visible and sheet.typ == SheetTypeEnum.WorkSheet:
                    rows = workbook.get_sheet_by_name(sheet.name).to_python(skip_empty_area=False)
                    yield sheet.name, [[text(cell) or "" for cell in row] for row in rows]
    except (PasswordError, CalamineError) as error:
        raise file.fault(
            "the workbook cannot be read: it is protected, cut or damaged, or no workbook at all",
            remedy="fetch the file again, or ask the producer for an open file",
        ) from error


def _stata(file: DataFile, _sheet: str | None) -> Guess:
    return Guess(Read(format="stata"), _statistical_names(file, pyreadstat.read_dta))


def _spss(file: DataFile, _sheet: str | None) -> Guess:
    return Guess(Read(format="spss"), _statistical_names(file, pyreadstat.read_sav))


def _statistical_names(file: DataFile, reader: Callable[..., tuple[Any, Any]]) -> tuple[str, ...]:
    try:
        _, described = reader(str(file.content), metadataonly=True, output_format="dict")
    except DAMAGED as error:
        raise file.fault(
            "the file cannot be read: it is cut, damaged, or of an unknown version",
            remedy="fetch the file again and compare its size with the producer's",
        ) from error
    return tuple(map(tidy, described.column_names))


def _parquet(file: DataFile, _sheet: str | None) -> Guess:
    try:
        names = pq.read_schema(file.content).names
    except (OSError, ValueError, UnicodeDecodeError) as error:
        raise file.fault(
            "the Parquet file is cut or damaged: the description at its end cannot be read",
            remedy="fetch the file again and compare its size with the producer's",
        ) from error
    return Guess(Read(format="parquet"), tuple(tidy(name) for name in names if not name.startswith("__index_level")))


def _r(file: DataFile, sheet: str | None) -> Guess:
    read = Read(format="r", sheet=sheet)
    return Guess(read, tuple(tidy(each.name) for each in r_columns(file, read)))


def _json(file: DataFile, _sheet: str | None) -> Guess:
    encoding = guess_encoding(file)
    try:
        content = json.loads(file.content.read_text(encoding="utf-8-sig" if encoding == "utf-8" else encoding))
    except (ValueError, RecursionError) as error:
        raise file.fault("this is not complete, valid JSON", remedy="fetch the file again") from error
    arrays = dict(_arrays(content, ()))
    if not arrays:
        raise file.fault(
            "the JSON holds no array of records (objects with named values)",
            remedy="ask the producer for one object per record, or for text; lists of values under a list of names "
            "are read as tables of a register (docs/add-a-register.md)",
        )
    path = max(arrays, key=lambda each: len(arrays[each]))
    names = dict.fromkeys(tidy(str(key)) for record in arrays[path] for key in record)
    options: dict[str, Any] = {"format": "json", "encoding": encoding}
    if path:
        options["records"] = ".".join(path)
    return Guess(Read(**options), tuple(names))


def _arrays(content: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], list[dict[str, Any]]]]:
    """Arrays of objects, with the keys that lead to them."""
    if isinstance(content, list) and content and all(isinstance(each, dict) for each in islice(content, SAMPLE_LINES)):
        yield path, [each for each in content if isinstance(each, dict)]
    elif isinstance(content, dict) and len(path) < 6:
        for key, value in content.items():
            yield from _arrays(value, (*path, str(key)))


_BY_KIND: Mapping[str, Callable[[DataFile, str | None], Guess]] = {
    "stata": _stata,
    "spss": _spss,
    "parquet": _parquet,
    "json": _json,
    "r": _r,
    "workbook": _workbook,
    "ole": _workbook,
}
