"""Fixed-width layouts: the position of each variable in a line, from a SAS program, a DDI codebook or a workbook."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from schemas.read import Layout
from transforms.read.files import DataFile, printable
from transforms.read.layout_workbook import read_layout_workbook
from transforms.read.text import clean_text

SIZE_CAP = 64 * 1024**2

_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_QUOTED = re.compile(r"\"[^\"\n]*\"|'[^'\n]*'")
_INPUT = re.compile(r"\binput\b(?P<body>[^;]*)(?P<end>;?)", re.IGNORECASE)
_SAS_FIELD = re.compile(
    r"""
    (?P<pointers> (?: [@+] \s* \d+ \s* )* )
    (?P<name>[^\W\d]\w*) \s*
    (?: (?P<text>\$)? \s* (?P<informat>[A-Za-z_](?:\w*[A-Za-z_])?)? (?P<width>\d+) \. (?P<decimals>\d*)
      | (?P<column_text>\$)? \s* (?P<first>\d+) (?: \s*-\s* (?P<last>\d+) )? (?: \s+ \. (?P<places>\d+) )?
    )
    (?= \s | $ ) \s*
    """,
    re.VERBOSE,
)
_POINTER = re.compile(r"([@+])\s*(\d+)")
_TEXT_INFORMATS = ("", "CHAR", "F")
_NUMERIC_INFORMATS = ("", "F", "BEST", "E", "D", "COMMA", "ZD")
_WHY = "without the layout a line of digits has no meaning"


@dataclass(frozen=True)
class Field:
    """A variable in a line: its first position (from 1), its width, and the decimals implied in a number.

    `informat` is the SAS informat that reads its characters; COMMA and ZD (zoned decimal) change them. `unread` marks
    an informat that is not supported, such as PERCENT or DATE; the positions are valid nevertheless.
    """

    name: str
    start: int
    width: int
    numeric: bool = False
    decimals: int = 0
    informat: str = ""
    unread: bool = False

    @property
    def end(self) -> int:
        """The last position."""
        return self.start + self.width - 1


@dataclass(frozen=True)
class FixedLayout:
    """The fields of a line, and the file that defines them."""

    file: DataFile
    fields: tuple[Field, ...]

    @property
    def end(self) -> int:
        """The last position in it."""
        return max(field.end for field in self.fields)


def read_layout(file: DataFile, layout: Layout) -> FixedLayout:
    """The fields of a layout file. Raises InputError, with the line, for what cannot be understood."""
    size = file.content.stat().st_size
    if size == 0 or size > SIZE_CAP:
        raise file.fault(f"the layout has {size:,} bytes", why=_WHY, remedy="fetch the layout again")
    fields = _FIELDS[layout.format](file, layout.encoding)
    if not fields:
        raise file.fault("the layout names no variable", why=_WHY, remedy="check that this is the layout of the wave")
    return FixedLayout(file, tuple(fields))


def _sas_fields(file: DataFile, encoding: str) -> list[Field]:
    source = clean_text(file, encoding).path.read_text(encoding="utf-8")
    program = _QUOTED.sub("", _COMMENT.sub(lambda comment: "\n" * comment.group().count("\n") + " ", source))
    statements = list(_INPUT.finditer(program))
    if len(statements) != 1 or not statements[0]["end"]:
        found = (
            "an INPUT statement that does not end" if len(statements) == 1 else f"{len(statements)} INPUT statements"
        )
        raise file.fault(
            f"the SAS program has {found}; it needs a complete one",
            why=_WHY,
            remedy="fetch the layout again; of several statements keep the one that describes the person record",
        )
    body = statements[0]["body"].rstrip().rstrip("@")
    start = statements[0].start("body")
    fields: list[Field] = []
    position, pointer = len(body) - len(body.lstrip()), 1
    while position < len(body):
        match = _SAS_FIELD.match(body, position)
        if match is None:
            text = printable(body[position:].splitlines()[0].strip())
            raise file.fault(
                f"'{text}' cannot be understood as a variable of an INPUT statement",
                at=f"line {program[: start + position].count(chr(10)) + 1}",
                why="the positions of the variables after it may be wrong",
                remedy="write it as '@position NAME $width.' or 'NAME first-last' in a corrected layout",
            )
        field = _sas_field(match, pointer)
        if field.start < 1 or field.width < 1:
            raise file.fault(
                f"the variable '{field.name}' has no valid position: it begins at position {field.start} and has "
                f"{field.width}",
                at=f"line {program[: start + position].count(chr(10)) + 1}",
                why=_WHY,
                remedy="correct its position or width in the layout",
            )
        fields.append(field)
        pointer, position = field.end + 1, match.end()
    return fields


def _sas_field(match: re.Match[str], pointer: int) -> Field:
    for sign, number in _POINTER.findall(match["pointers"]):
        pointer = int(number) if sign == "@" else pointer + int(number)
    if match["first"]:
        first, last = int(match["first"]), int(match["last"] or match["first"])
        return Field(match["name"], first, last - first + 1, not match["column_text"], int(match["places"] or 0))
    informat, numeric = (match["informat"] or "").upper(), not match["text"]
    unread = informat not in (_NUMERIC_INFORMATS if numeric else _TEXT_INFORMATS)
    called = informat if numeric else f"${informat}"
    decimals = int(match["decimals"] or 0) if numeric else 0
    return Field(match["name"], pointer, int(match["width"]), numeric, decimals, called, unread)


def _workbook_fields(file: DataFile, _encoding: str) -> list[Field]:
    """The variables of a layout workbook that have a position; where only lengths are given, one after the other."""
    fields: list[Field] = []
    pointer = 1
    for each in read_layout_workbook(file):
        if not each.width:
            continue
        start = each.start or pointer
        fields.append(Field(each.name, start, each.width, each.numeric, each.decimals if each.numeric else 0))
        pointer = start + each.width
    return fields


def _ddi_fields(file: DataFile, _encoding: str) -> list[Field]:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(str(file.content), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise file.fault(
            f"the codebook is not complete, valid XML: {error.msg}",
            at=f"line {error.lineno}",
            why=_WHY,
            remedy="fetch the codebook again and compare its size with the producer's",
        ) from error
    return [field for variable in root.iterfind(".//{*}var") if (field := _ddi_field(file, variable)) is not None]


def _ddi_field(file: DataFile, variable: etree._Element) -> Field | None:
    """The field of a variable; None for a variable without a position in the line (a computed one)."""
    location = variable.find("{*}location")
    if location is None or not location.get("StartPos"):
        return None
    name = variable.get("name") or variable.get("ID") or ""
    shape = variable.find("{*}varFormat")
    numeric = shape is None or shape.get("type", "numeric") == "numeric"
    try:
        start = int(location.get("StartPos", ""))
        width = int(location.get("width") or int(location.get("EndPos", "")) - start + 1)
        decimals = int(variable.get("dcml") or 0) if numeric else 0
    except ValueError:
        width = start = decimals = 0
    if start < 1 or width < 1 or decimals < 0:
        raise file.fault(
            f"the position of the variable '{printable(name)}' is not given in whole numbers",
            at=f"line {variable.sourceline}",
            why=_WHY,
            remedy="correct StartPos, EndPos or width in the codebook",
        )
    return Field(name, start, width, numeric, decimals)


_FIELDS: Mapping[str, Callable[[DataFile, str], list[Field]]] = {
    "sas": _sas_fields,
    "ddi": _ddi_fields,
    "workbook": _workbook_fields,
}
