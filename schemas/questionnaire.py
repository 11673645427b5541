"""The questionnaire on international labour migration: its tables, and where everything stands in a sheet.

Countries and the ILO exchange it as a workbook, with a sheet for each table of ILOSTAT's list. A sheet is written and
read by its keys, which are the same in every language:

  rows 1 to 8   a key of HEAD in column A, in words in B, its content in C
  row 10        the key of each column: CLASSES, and for each sex and each of PARTS `SEX_F value`; `value` without sexes
  row 11        the same in words
  row 12 on     the classes, a row each
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from types import MappingProxyType

from schemas.codelists import load_codelist
from schemas.declaration import Declaration, Trilingual
from schemas.ilostat import load_ilostat_series
from schemas.published import published_indicators
from schemas.published_indicator import Published
from schemas.yaml_lines import load_model

QUESTIONNAIRE_FILE = Path(__file__).parent / "questionnaire.yaml"
HEAD = ("indicator", "title", "unit", "ref_area", "time", "source", "note_source", "note_indicator")
KEYS_ROW = 10
FIRST_ROW = 12
CLASSES = ("classif1", "classif1 class", "classif2", "classif2 class")
PARTS = ("value", "status", "n", "se", "lower", "upper", "note")
CONTENTS, STATUSES = "Contents", "Statuses"
"""The sheets that hold no table."""
COUNTRIES = frozenset({"CBR_BRT", "CCT_CTZ", "CDS_DES", "CRS_RES", "CPR_PRV"})
"""Versions by country, of which an empty table holds the total alone."""


@dataclass(frozen=True)
class QuestionTable:
    """One table: its indicator, its sexes (a single empty one where it is not by sex), and the classes of its rows."""

    indicator: str
    published: Published
    sexes: tuple[str, ...]
    classes: tuple[tuple[str, str], ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """The key of each column, in their order."""
        return (*CLASSES, *(column_key(sex, part) for sex in self.sexes for part in PARTS))


def column_key(sex: str, part: str) -> str:
    """The key of the column with one part of the numbers of one sex."""
    return f"{sex} {part}".strip()


class _Questionnaire(Declaration):
    databases: list[str]
    older: list[str]
    words: dict[str, Trilingual]


@cache
def _load() -> _Questionnaire:
    declared, _ = load_model(_Questionnaire, QUESTIONNAIRE_FILE)
    return declared


def questionnaire_words() -> Mapping[str, Trilingual]:
    """What stands beside the numbers, by its key, in three languages."""
    return _load().words


@cache
def questionnaire_tables() -> Mapping[str, QuestionTable]:
    """The tables of ILOSTAT's list that some kind of source gives, by indicator, in the order of the list."""
    wanted = {
        name: set(series.versions) - set(_load().older)
        for name, series in load_ilostat_series().items()
        if series.database in _load().databases and name in published_indicators()
    }
    return MappingProxyType({name: _table(name, versions) for name, versions in wanted.items()})


def _table(indicator: str, versions: set[str]) -> QuestionTable:
    published = published_indicators()[indicator]
    by_sex = "SEX" in published.declared.dimensions
    lists = [_codes(classification, versions) for classification in published.classifications]
    firsts, seconds = [*lists, ("",), ("",)][:2] if lists else (("",), ("",))
    sexes = ("SEX_T", "SEX_M", "SEX_F") if by_sex else ("",)
    return QuestionTable(indicator, published, sexes, tuple(product(firsts, seconds)))


def _codes(classification: str, versions: set[str]) -> Sequence[str]:
    """The codes of a classification that an empty table is laid out by; of countries, the total."""
    codelist = load_codelist(f"CL_{classification}")
    return [
        code.code
        for code in codelist.codes
        if code.parent in versions and (code.parent not in COUNTRIES or code.is_total)
    ]
