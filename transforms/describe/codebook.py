"""What the files document about their columns: labels, meanings of codes, codes marked as missing."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pyreadstat
from lxml import etree

from schemas.errors import InputError
from schemas.read import Read
from transforms.read.files import DataFile
from transforms.read.layout_workbook import read_layout_workbook
from transforms.read.parts import text
from transforms.read.r_data import r_columns
from transforms.read.statistical import DAMAGED

SIZE_CAP = 64 * 1024**2
_SAS_COMMENTED = re.compile(
    r"^\s*(?:@\s*\d+\s+)?([A-Za-z_]\w*)\s+\$?[A-Za-z]*\d+\.\d*\s*/\*\s*(.*?)\s*\*/", re.MULTILINE
)
_SAS_LABELS = re.compile(r"\blabel\b(?P<body>(?:\s+[A-Za-z_]\w*\s*=\s*(?:'[^'\n]*'|\"[^\"\n]*\"))+)\s*;", re.IGNORECASE)
_SAS_LABEL = re.compile(r"([A-Za-z_]\w*)\s*=\s*(?:'([^'\n]*)'|\"([^\"\n]*)\")")
CSVW = "http://www.w3.org/ns/csvw"


@dataclass(frozen=True)
class VariableLabels:
    """The documentation of one column: its label, code -> label, codes marked as missing, whether it is called a
    weight.

    An empty code is what an empty field means. `also` are its labels in other files.
    """

    label: str = ""
    values: Mapping[str, str] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    is_weight: bool = False
    also: tuple[str, ...] = ()

    def label_of(self, code: str) -> str:
        """What a code means, also where the dictionary writes it with leading zeros or with a point after it."""
        found = next((self.values[form] for form in _forms(code) if form in self.values), None)
        if found is not None:
            return found
        alike = {self.values[other] for other in self.alike(code)}
        return alike.pop() if len(alike) == 1 else ""

    def alike(self, code: str) -> list[str]:
        """The codes of the dictionary with the same number as a code."""
        plain = plain_code(code)
        if not plain.isdigit():
            return [form for form in _forms(code) if form in self.values]
        return [other for other in self.values if other.isdigit() and int(other) == int(plain)]

    def beside(self, other: VariableLabels) -> VariableLabels:
        """The same column described by two files: gaps in this description are filled from the other."""
        return VariableLabels(
            self.label or other.label,
            self.values or other.values,
            self.missing or other.missing,
            self.is_weight or other.is_weight,
            tuple(
                each for each in (*self.also, other.label, *other.also) if each and self.label and each != self.label
            ),
        )


Codebook = Mapping[str, VariableLabels]


def plain_code(code: str) -> str:
    """A code without the decimal point that a number has in some files: 1.0 is 1."""
    whole, _, rest = code.strip().partition(".")
    return whole if rest and not rest.strip("0") else code.strip()


def _forms(code: str) -> tuple[str, ...]:
    plain = plain_code(code)
    bare = plain.lstrip("0") or plain[-1:] if plain.isascii() and plain.isdigit() else plain
    return tuple(dict.fromkeys((code, plain, bare)))


def joined(*books: Codebook) -> dict[str, VariableLabels]:
    """Several codebooks as one; an earlier one takes precedence. Names of columns match whatever their case."""
    found: dict[str, VariableLabels] = {}
    spelled: dict[str, str] = {}
    for book in books:
        for name, labels in book.items():
            known = spelled.setdefault(name.casefold(), name)
            found[known] = found[known].beside(labels) if known in found else labels
    return found


def stata_labels(file: DataFile) -> dict[str, VariableLabels]:
    """Labels within a Stata file. Raises InputError when it cannot be read."""
    return _statistical(file, pyreadstat.read_dta)


def spss_labels(file: DataFile) -> dict[str, VariableLabels]:
    """Labels within an SPSS file. Raises InputError when it cannot be read."""
    return _statistical(file, pyreadstat.read_sav)


def r_labels(file: DataFile, sheet: str | None) -> dict[str, VariableLabels]:
    """Labels of a data frame of R, as haven keeps them. Raises InputError when it cannot be read."""
    return {
        each.name: VariableLabels(each.label, each.values) for each in r_columns(file, Read(format="r", sheet=sheet))
    }


def _statistical(file: DataFile, reader: Callable[..., tuple[Any, Any]]) -> dict[str, VariableLabels]:
    try:
        _, described = reader(str(file.content), metadataonly=True, output_format="dict")
    except DAMAGED as error:
        raise file.fault(
            "its labels cannot be read: it is cut, damaged, or of an unknown version",
            remedy="fetch the file again and compare its size with the producer's",
        ) from error
    labels = described.column_names_to_labels
    values = described.variable_value_labels
    return {
        name: VariableLabels(
            _one_line(labels.get(name) or ""),
            {_code(code): _one_line(meaning) for code, meaning in values.get(name, {}).items()},
        )
        for name in described.column_names
    }


def _code(code: object) -> str:
    """A labelled code as in the raw table; Stata's extended missing values with their point."""
    written = (text(code) or "").strip()
    return f".{written}" if isinstance(code, str) and len(written) == 1 and written.isalpha() else written


def _one_line(words: str) -> str:
    return " ".join(str(words).split())


def workbook_labels(file: DataFile) -> dict[str, VariableLabels]:
    """Labels of a layout workbook; empty where no sheet is laid out as one. Raises InputError."""
    return {each.name: VariableLabels(each.label, each.values) for each in read_layout_workbook(file)}


def sas_labels(program: str) -> dict[str, VariableLabels]:
    """Labels in a SAS program: the comment after a variable in the INPUT statement, and LABEL statements."""
    found = {name: VariableLabels(_one_line(comment)) for name, comment in _SAS_COMMENTED.findall(program)}
    for statement in _SAS_LABELS.finditer(program):
        for name, single, double in _SAS_LABEL.findall(statement["body"]):
            found[name] = VariableLabels(_one_line(single or double))
    return found


def ddi_labels(file: DataFile) -> dict[str, VariableLabels]:
    """Labels of a DDI codebook. Raises InputError for incomplete XML; entities and networks are not followed."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.parse(str(file.content), parser).getroot()
    except etree.XMLSyntaxError as error:
        raise file.fault(
            f"the codebook is not complete, valid XML: {error.msg}",
            at=f"line {error.lineno}",
            why="what its columns mean would not be known",
            remedy="fetch the codebook again and compare its size with the producer's",
        ) from error
    variables = ((each.get("name") or each.get("ID") or "", each) for each in root.iterfind(".//{*}var"))
    return {name: _ddi_variable(each) for name, each in variables if name}


def _ddi_variable(variable: etree._Element) -> VariableLabels:
    values: dict[str, str] = {}
    missing = []
    for category in variable.iterfind("{*}catgry"):
        code = _ddi_text(category.find("{*}catValu"))
        if code in ("", "Sysmiss"):
            continue
        values[code] = _ddi_text(category.find("{*}labl"))
        if category.get("missing") == "Y":
            missing.append(code)
    label = _ddi_text(variable.find("{*}labl"))
    return VariableLabels(label, values, tuple(missing), is_weight=variable.get("wgt") == "wgt")


def _ddi_text(element: etree._Element | None) -> str:
    return "" if element is None else _one_line("".join(str(part) for part in element.itertext()))


@dataclass(frozen=True)
class Csvw:
    """CSVW metadata of a table: labels of its columns, and how its text is written."""

    labels: Mapping[str, VariableLabels]
    dialect: Mapping[str, Any]


def read_csvw(file: DataFile, table: str) -> Csvw | None:
    """The metadata of a table (the only one, or the one whose address ends in its name); None for other JSON.

    Raises InputError for metadata of several tables none of which has the name.
    """
    try:
        content = json.loads(file.content.read_text(encoding="utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    context = content.get("@context") if isinstance(content, dict) else None
    if not (context == CSVW or (isinstance(context, list) and CSVW in context)):
        return None
    tables = [each for each in content.get("tables", [content]) if isinstance(each, dict)]
    named = [each for each in tables if str(each.get("url", "")).rpartition("/")[2] == table]
    if len(tables) > 1 and len(named) != 1:
        raise InputError(
            f"the metadata describe {len(tables)} tables, {len(named) or 'none'} of them named '{table}'",
            where=file.where,
            remedy="give the file the name that it has in the metadata",
        )
    chosen = (named or tables)[0]
    columns = chosen.get("tableSchema", {}).get("columns", [])
    labels = dict(_csvw_columns(columns))
    return Csvw(labels, {**content.get("dialect", {}), **chosen.get("dialect", {})})


def _csvw_columns(columns: list[Any]) -> Iterator[tuple[str, VariableLabels]]:
    for column in columns:
        if not isinstance(column, dict):
            continue
        titles = _csvw_texts(column.get("titles"))
        described = _csvw_texts(column.get("dc:description") or column.get("rdfs:comment") or column.get("description"))
        empty = column.get("null", [])
        missing = tuple(str(each) for each in ([empty] if isinstance(empty, str) else empty) if each)
        name = str(column.get("name") or "")
        label = (described or [title for title in titles if title != name] or [""])[0]
        for each in dict.fromkeys([*titles, name]):
            if each:
                yield each, VariableLabels(_one_line(label), {}, missing)


def _csvw_texts(value: Any) -> list[str]:
    """The texts of a natural-language property: one text, several, or one for each language."""
    if isinstance(value, str):
        return [value]
    if isinstance(value, list):
        return [text for each in value for text in _csvw_texts(each)]
    return [text for each in value.values() for text in _csvw_texts(each)] if isinstance(value, dict) else []


def with_missing(labels: VariableLabels, called: Sequence[str]) -> VariableLabels:
    """The documentation of a column, with the codes that the file marks as missing."""
    return replace(labels, missing=tuple(dict.fromkeys((*labels.missing, *called)))) if called else labels
