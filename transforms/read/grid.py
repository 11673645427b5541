"""Tables laid out for people to read: every column of a file, for registers with counts spread over columns."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any

from python_calamine import CalamineError, CalamineWorkbook, PasswordError

from schemas.read import ANSWERS, TableRead
from transforms.read import kinds
from transforms.read.answers import read_answer
from transforms.read.excel import EXPANSION_CAP, find_sheet
from transforms.read.files import DataFile, listed, plural
from transforms.read.header import is_garbled, numbered, tidy
from transforms.read.json_records import load_json, records_at
from transforms.read.parts import no_records, text
from transforms.read.series_keys import Components
from transforms.read.text import text_of_lines
from transforms.read.unwrap import Budget, check_expansion, unwrap
from transforms.read.workbook_errors import with_errors

Row = list[str | None]
BETWEEN_HEADERS = " / "
BLANKS = " \t\r\n\xa0\ufeff"


@dataclass(frozen=True)
class Grid:
    """One file as a grid: the names of its columns, and its records as stripped text, empty values None.

    `components` says of the answer of a statistical service which of its columns are dimensions, and which the value.
    """

    file: DataFile
    names: list[str]
    rows: list[Row]
    components: Components | None = None


def read_grid(path: Path, read: TableRead, *, where: str, workdir: Path) -> Grid:
    """Every column of one file. Entirely empty records are left out.

    Raises InputError when the file is not as declared under `read`: another format or encoding, a missing sheet or
    path, a header without names or with a repeated name, records longer than the header, no record at all.
    """
    at = f"{where}, {path.name}"
    workdir.mkdir(parents=True, exist_ok=True)
    budget = Budget.of(path, read.maximum_expansion)
    file = unwrap(DataFile(path.name, path, at, workdir), read.member, budget)
    kinds.require(file, read.format, kinds.kind_of(file.content))
    if read.format in ANSWERS:
        components, observations = read_answer(file, read)
        return Grid(file, list(components.names), [[*map(_clean, each)] for each in observations], components)
    if read.format == "json":
        headers, records = _json_rows(file, read)
    else:
        lines = _text_rows(file, read) if read.format == "delimited" else _sheet_rows(file, read, budget)
        headers, records = _headers(file, lines, read)
    if len(headers) < read.header_rows:
        raise file.fault("the file ends before its header", remedy="correct `read.header_row` in source.yaml")
    found = list(records)
    names = _names(file, headers, found, read.header_shift)
    rows = [_fitted(file, row, len(names), number) for number, row in enumerate(found, 1) if any(row)]
    if not rows:
        raise no_records(file)
    return Grid(file, names, rows)


def _headers(file: DataFile, lines: Iterator[Row], read: TableRead) -> tuple[list[Row], Iterator[Row]]:
    """The rows of names, declared where the file has none, and the records below."""
    if read.names is None:
        return list(islice(lines, read.header_row - 1, read.header_row - 1 + read.header_rows)), lines
    first = next(islice(lines, read.header_row - 1, None), None)
    if first is None:
        raise no_records(file)
    named = {tidy(name).casefold() for name in read.names}
    if there := [value for value in first if value and tidy(value).casefold() in named]:
        raise file.fault(
            f"the file has a header now: its first row holds the name(s) {listed(there)}, declared as `names`",
            why="its header would be read as a record",
            remedy="remove `names` from `read` of the table, for this wave",
        )
    return [list(read.names)], chain([first], lines)


def _clean(value: object, decimal: str = ".") -> str | None:
    """One value as text without surrounding blanks, including non-breaking ones; None when nothing is left."""
    written = value if isinstance(value, str) else text(value, decimal)
    return (written.strip(BLANKS) or None) if written is not None else None


def _text_rows(file: DataFile, read: TableRead) -> Iterator[Row]:
    delimiter = "\t" if read.delimiter == "\\t" else read.delimiter
    source = text_of_lines(file, read.encoding)
    try:
        with source.path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.reader(
                stream,
                delimiter=delimiter,
                quotechar=read.quote or None,
                quoting=csv.QUOTE_MINIMAL if read.quote else csv.QUOTE_NONE,
                strict=True,
            )
            # Blank lines do not count: some files end every line twice.
            yield from ([value.strip(BLANKS) or None for value in row] for row in reader if any(row))
    except csv.Error as error:
        raise file.fault(
            "the text cannot be split into fields",
            why="its records cannot be separated",
            remedy="check `read.delimiter` and `read.quote` in source.yaml, and whether the file is complete",
        ) from error


def _sheet_rows(file: DataFile, read: TableRead, budget: Budget) -> Iterator[Row]:
    if kinds.kind_of(file.content) == "workbook":
        budget.limit = min(budget.limit, EXPANSION_CAP)
        check_expansion(file, budget)
    try:
        with file.content.open("rb") as stream, CalamineWorkbook.from_filelike(stream) as workbook:
            sheet = find_sheet(file, workbook, read.sheet)
            for row in with_errors(file.content, sheet.name, sheet.to_python(skip_empty_area=False)):
                yield [_clean(value, read.decimal) for value in row]
    except (PasswordError, CalamineError) as error:
        raise file.fault(
            "the workbook cannot be read: it is protected, cut or damaged, or no workbook at all",
            why="its records cannot be trusted",
            remedy="fetch the file again, or ask the producer for an open file",
        ) from error


def _json_rows(file: DataFile, read: TableRead) -> tuple[list[Row], Iterator[Row]]:
    """Names and records: lists of values under a list of names, or objects whose keys are the names."""
    content = load_json(file, read.encoding)
    records = records_at(file, content, read.records)
    if read.header is not None:
        names = records_at(file, content, read.header)
        return [[_clean(name) for name in names]], (
            _values(file, record, len(names), read.decimal) for record in records
        )
    keys: dict[str, None] = {}
    for record in records:
        keys.update(dict.fromkeys(_checked(file, record, dict)))
    return [list(keys)], ([_scalar(file, record.get(key), read.decimal) for key in keys] for record in records)


def _values(file: DataFile, record: Any, width: int, decimal: str) -> Row:
    values = _checked(file, record, list)
    if len(values) != width:
        raise _unequal(file, len(values), width)
    return [_scalar(file, value, decimal) for value in values]


def _checked(file: DataFile, record: Any, kind: type) -> Any:
    if not isinstance(record, kind):
        raise file.fault(
            "the array holds something that is not a record",
            remedy="correct `read.records` and `read.header` in source.yaml: with `header` a record is a list of "
            "values, without it an object with named values",
        )
    return record


def _scalar(file: DataFile, value: object, decimal: str) -> str | None:
    if isinstance(value, dict | list):
        raise file.fault(
            "a value is a list or an object",
            why="it is not a count",
            remedy="ask the producer for one value per record",
        )
    return _clean(value, decimal)


def _names(file: DataFile, headers: Sequence[Row], records: Sequence[Row], shift: int) -> list[str]:
    """Names of the columns: the rows of the header joined, upper ones repeated to the right over merged cells.

    An entirely empty column has no name, whatever is to the left of it; repeated names are numbered.
    """
    width = max(len(row) for row in headers)
    filled = {column for row in headers for column, value in enumerate(row) if value}
    filled |= _filled(records, {column + shift for column in range(width) if column not in filled}, shift)
    upper = [_carried([*row, *[None] * (width - len(row))]) for row in headers[:-1]]
    last = [*headers[-1], *[None] * (width - len(headers[-1]))]
    names = [
        tidy(BETWEEN_HEADERS.join(part for part in (*(row[column] for row in upper), last[column]) if part))
        if column in filled
        else ""
        for column in range(width)
    ]
    names = numbered(_shifted(file, names, shift))
    while names and not names[-1]:
        names.pop()
    if garbled := [name for name in names if is_garbled(name)]:
        raise file.fault(
            f"the letters of column names are garbled: {listed(garbled, 5)}",
            why="the values are garbled in the same way, and would not be recognised",
            remedy="correct `read.encoding` in source.yaml",
        )
    if not names:
        raise file.fault("the header has no names", remedy="correct `read.header_row` in source.yaml")
    return names


def _filled(records: Sequence[Row], places: set[int], shift: int) -> set[int]:
    """Those of some places that have a value in any record, as columns of the header."""
    empty = {place for place in places if place >= 0}
    found = set[int]()
    for row in records:
        if not empty:
            break
        here = {place for place in empty if place < len(row) and row[place]}
        found |= {place - shift for place in here}
        empty -= here
    return found


def _shifted(file: DataFile, names: list[str], shift: int) -> list[str]:
    """Names moved over their values, where the header is some columns away from them."""
    if lost := [name for name in names[: max(0, -shift)] if name]:
        raise file.fault(
            f"with `header_shift: {shift}` the names {listed(lost)} would be before the first column",
            why="their values would have no name",
            remedy="correct `read.header_shift` in source.yaml",
        )
    return [*[""] * shift, *names] if shift > 0 else names[-shift:]


def _carried(row: Row) -> Row:
    carried: Row = []
    for value in row:
        carried.append(value or (carried[-1] if carried else None))
    return carried


def _fitted(file: DataFile, row: Row, width: int, number: int) -> Row:
    """A record as wide as the header: empty fields are added or, beyond it, dropped."""
    if any(row[width:]):
        raise _unequal(file, len(row), width, f"record {number} below the header")
    return row if len(row) == width else [*row[:width], *[None] * (width - len(row))]


def _unequal(file: DataFile, values: int, width: int, at: str = "") -> Exception:
    return file.fault(
        f"a record has {plural(values, 'value')}, the header names {width}",
        at=at,
        why="its values would end up under the wrong columns",
        remedy="see that record; check `read.header_row`, `read.delimiter` and `read.quote` in source.yaml; where the "
        "values stand beside their names in all records, say by how many columns in `read.header_shift`",
    )
