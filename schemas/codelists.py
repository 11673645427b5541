"""Code lists, as the CSV files in `schemas/codelists/` declare them.

`CL_AGE.csv` holds one code per line; `CL_AGE.user_assigned.csv` beside it, where there is one, holds codes that
ILOSTAT's list lacks; `names.csv` holds the names of the lists.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from types import MappingProxyType

from schemas.declaration import Trilingual
from schemas.errors import DeclarationError

CODELISTS_FOLDER = Path(__file__).parent / "codelists"
NAMES_FILE = "names.csv"
CODE_COLUMNS = ("code", "parent", "label_en", "label_fr", "label_es", "is_total", "sort")
NAME_COLUMNS = ("codelist", "name_en", "name_fr", "name_es")
SDMX_ID = re.compile(r"[A-Za-z0-9_@$\-]+")

Line = tuple[str, dict[str, str]]


@dataclass(frozen=True)
class Code:
    """One code: the group or classification version it belongs to, its labels, and its place in the list."""

    code: str
    parent: str | None
    label_en: str
    label_fr: str
    label_es: str
    is_total: bool
    sort: int


@dataclass(frozen=True)
class CodeList:
    """One code list, in the order of its `sort` numbers."""

    id: str
    name: Trilingual
    codes: tuple[Code, ...]

    @cached_property
    def by_code(self) -> Mapping[str, Code]:
        """Every code by its id."""
        return MappingProxyType({code.code: code for code in self.codes})

    def members(self, parent: str) -> tuple[Code, ...]:
        """The codes directly below a code, such as those of the classification version AGE_YTHADULT."""
        return tuple(code for code in self.codes if code.parent == parent)


@cache
def load_codelist(codelist: str, folder: Path = CODELISTS_FOLDER) -> CodeList:
    """The code list of that id, such as CL_AGE.

    Raises DeclarationError that names file and line of every fault: a code that occurs twice, an unknown parent, a
    parent that is its own descendant, a label that is missing in a language.
    """
    files = [folder / f"{codelist}.csv", folder / f"{codelist}.user_assigned.csv"]
    if not files[0].is_file():
        raise DeclarationError(
            f"there is no code list '{codelist}'",
            where=str(folder),
            remedy=f"write one of {', '.join(codelist_ids(folder))}, or add {codelist}.csv",
        )
    lines = [line for file in files if file.is_file() for line in _lines(file, CODE_COLUMNS)]
    _refuse(codelist, folder, _code_faults(lines))
    codes = sorted((_code(row) for _, row in lines), key=lambda code: code.sort)
    return CodeList(codelist, _names(folder)[codelist], tuple(codes))


def codelist_ids(folder: Path = CODELISTS_FOLDER) -> list[str]:
    """The ids of all code lists, in alphabetical order."""
    return sorted(file.stem for file in folder.glob("CL_*.csv") if "." not in file.stem)


def all_codelists(folder: Path = CODELISTS_FOLDER) -> tuple[CodeList, ...]:
    """Every code list, by id. Raises DeclarationError as load_codelist does."""
    return tuple(load_codelist(codelist, folder) for codelist in codelist_ids(folder))


@cache
def _names(folder: Path) -> Mapping[str, Trilingual]:
    lines = _lines(folder / NAMES_FILE, NAME_COLUMNS)
    _refuse(NAMES_FILE, folder, _name_faults(lines, codelist_ids(folder)))
    return {row["codelist"]: Trilingual(en=row["name_en"], fr=row["name_fr"], es=row["name_es"]) for _, row in lines}


def _code(row: Mapping[str, str]) -> Code:
    return Code(
        row["code"],
        row["parent"] or None,
        row["label_en"],
        row["label_fr"],
        row["label_es"],
        row["is_total"] == "Y",
        int(row["sort"]),
    )


def _lines(file: Path, columns: Sequence[str]) -> list[Line]:
    """Every row of a CSV file with `FILE, line N`, its place in words."""
    try:
        with file.open(encoding="utf-8", newline="") as stream:
            reader = csv.reader(stream, strict=True)
            header = tuple(next(reader, ()))
            rows = [(f"{file.name}, line {reader.line_num}", row) for row in reader]
    except (OSError, csv.Error, UnicodeDecodeError) as error:
        raise DeclarationError(
            "this cannot be read as a CSV file in UTF-8", where=f"{file}: {error}", remedy="check the file"
        ) from error
    if header != tuple(columns):
        raise DeclarationError(
            f"the columns are {', '.join(header) or 'missing'}",
            where=f"{file}, line 1",
            remedy=f"write {','.join(columns)}",
        )
    if short := [place for place, row in rows if len(row) != len(columns)]:
        raise DeclarationError(
            f"{len(short)} line(s) do not have {len(columns)} fields: {'; '.join(short)}",
            where=str(file),
            remedy="put a label that holds a comma between double quotes",
        )
    return [(place, dict(zip(columns, row, strict=True))) for place, row in rows]


def _refuse(subject: str, folder: Path, faults: Iterator[str]) -> None:
    if found := list(faults):
        raise DeclarationError(f"{len(found)} fault(s) in {subject}: " + "; ".join(found), where=str(folder))


def _code_faults(lines: Sequence[Line]) -> Iterator[str]:
    parents = {row["code"]: row["parent"] for _, row in lines}
    first: dict[str, str] = {}
    for place, row in lines:
        code = row["code"]
        if not SDMX_ID.fullmatch(code):
            yield f"{place}: '{code}' is not a code: letters, digits and _ - @ $ only"
        if code in first:
            yield f"{place}: the code '{code}' is already in {first[code]}"
        first.setdefault(code, place)
        if row["parent"] and row["parent"] not in parents:
            yield f"{place}: the parent '{row['parent']}' of '{code}' is not in the list"
        if _is_own_ancestor(code, parents):
            yield f"{place}: the parents of '{code}' lead back to itself"
        yield from (f"{place}: '{code}' has no {language} label" for language in _lacking(row, "label"))
        if row["is_total"] not in ("Y", "N"):
            yield f"{place}: is_total is '{row['is_total']}', not Y or N"
        if not row["sort"].isdecimal():
            yield f"{place}: sort is '{row['sort']}', not a whole number"


def _is_own_ancestor(code: str, parents: Mapping[str, str]) -> bool:
    seen: set[str] = set()
    at = parents.get(code, "")
    while at and at not in seen:
        if at == code:
            return True
        seen.add(at)
        at = parents.get(at, "")
    return False


def _lacking(row: Mapping[str, str], text: str) -> Iterator[str]:
    """The languages in which a row has no text."""
    for language, ending in (("English", "en"), ("French", "fr"), ("Spanish", "es")):
        if not row[f"{text}_{ending}"].strip():
            yield language


def _name_faults(lines: Sequence[Line], codelists: Sequence[str]) -> Iterator[str]:
    named = [row["codelist"] for _, row in lines]
    for place, row in lines:
        if row["codelist"] not in codelists:
            yield f"{place}: there is no file {row['codelist']}.csv"
        if named.count(row["codelist"]) > 1:
            yield f"{place}: '{row['codelist']}' occurs twice"
        yield from (f"{place}: '{row['codelist']}' has no {language} name" for language in _lacking(row, "name"))
    for codelist in sorted(set(codelists) - set(named)):
        yield f"{NAMES_FILE}: {codelist} has no name"
