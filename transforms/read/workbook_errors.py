"""Cells of a workbook that show an error (#N/A, #DIV/0!): the library reads them as empty; here their text is restored.

An empty cell means that there is no value; a failed formula does not.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from posixpath import join, normpath

from lxml import etree

_CHUNK = 4 * 1024**2
_LONGEST_CELL = 64 * 1024
_CELL = re.compile(rb'<c\s(?P<attributes>[^>]*\bt="e"[^>]*)>(?:(?!</c>).)*?<v>(?P<shown>[^<]*)</v>', re.DOTALL)
_PLACE = re.compile(rb'\br="(?P<column>[A-Z]{1,3})(?P<row>[0-9]+)"')
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"

Errors = dict[int, dict[int, str]]
"""Row -> column -> the text shown in the cell; both from 0."""


def with_errors(
    workbook: Path, sheet: str, rows: Iterable[Sequence[object]], first_column: int = 0
) -> Iterator[Sequence[object]]:
    """The rows of a sheet, from its first, with the text shown in cells with an error. Only xlsx distinguishes them.

    `first_column` is the position in the sheet, from 0, of the first value of each row.
    """
    errors = _errors(workbook, sheet) if zipfile.is_zipfile(workbook) else {}
    for number, row in enumerate(rows):
        shown = errors.get(number)
        yield row if shown is None else [shown.get(place, value) for place, value in enumerate(row, first_column)]


def _errors(workbook: Path, sheet: str) -> Errors:
    found: Errors = {}
    with zipfile.ZipFile(workbook) as archive:
        member = _member(archive, sheet)
        if member is None:
            return found
        held = b""
        with archive.open(member) as stream:
            while chunk := stream.read(_CHUNK):
                held += chunk
                end = 0
                for cell in _CELL.finditer(held):
                    end = cell.end()
                    if place := _PLACE.search(cell["attributes"]):
                        row = found.setdefault(int(place["row"]) - 1, {})
                        row[_column(place["column"])] = cell["shown"].decode("ascii", "replace")
                held = held[max(end, len(held) - _LONGEST_CELL) :]
    return found


def _member(archive: zipfile.ZipFile, sheet: str) -> str | None:
    """The file in the workbook that contains a sheet."""
    names = set(archive.namelist())
    if not {"xl/workbook.xml", "xl/_rels/workbook.xml.rels"} <= names:
        return None
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    book = etree.fromstring(archive.read("xl/workbook.xml"), parser)
    links = etree.fromstring(archive.read("xl/_rels/workbook.xml.rels"), parser)
    targets = {link.get("Id"): link.get("Target", "") for link in links.iterfind("{*}Relationship")}
    for each in book.iterfind(".//{*}sheet"):
        if each.get("name") == sheet:
            target = targets.get(each.get(_LINK), "")
            member = target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
            return member if member in names else None
    return None


def _column(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number - 1
