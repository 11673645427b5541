"""Cells of a workbook that show an error (#N/A, #DIV/0!): the library gives them empty, and here they are texts again.

An empty cell says that there is no value; a formula that failed does not.
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
"""Row -> column -> what the cell shows; both from 0."""


def with_errors(
    workbook: Path, sheet: str, rows: Iterable[Sequence[object]], first_column: int = 0
) -> Iterator[Sequence[object]]:
    """The rows of a sheet, from its first, with what cells that hold an error show. Only xlsx distinguishes them.

    `first_column` is the place in the sheet, from 0, of the first value of each row.
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
    """The file in the workbook that holds a sheet."""
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
