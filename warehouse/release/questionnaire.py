"""The questionnaire on international labour migration as a workbook, filled from a release.

Every number of the country and period that a table of the questionnaire holds is there, with status, cases, error and
notes; what the release does not have is left empty, to be filled in. `transforms/read/questionnaire.py` reads it back.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from schemas.codelists import load_codelist
from schemas.declaration import Language
from schemas.errors import PublishError
from schemas.nearest import nearest
from schemas.questionnaire import (
    CLASSES,
    CONTENTS,
    FIRST_ROW,
    HEAD,
    KEYS_ROW,
    PARTS,
    STATUSES,
    QuestionTable,
    column_key,
    questionnaire_tables,
    questionnaire_words,
)
from warehouse.release.database import open_release

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_COLUMNS = "indicator, sex, classif1, classif2, source, note_source, note_indicator"
_NUMBERS = (
    "obs_value as value, obs_status as status, n, se, lower_bound as lower, upper_bound as upper, note_classif as note"
)
_Key = tuple[str, str]
FORMULA_OPENERS = ("=", "+", "-", "@")
"""What a spreadsheet program may take for the beginning of a formula."""


@dataclass(frozen=True)
class Filled:
    """What a questionnaire holds: the numbers of each table, by indicator."""

    file: Path
    numbers: Mapping[str, int]


def write_questionnaire(release: Path, ref_area: str, time: str, file: Path, *, language: Language = "en") -> Filled:
    """Write the questionnaire of a country and period; codes are the same in every language, words are not.

    Raises PublishError for an area that no list has, and where the release has no number of the country and period.
    """
    from openpyxl import Workbook

    areas = load_codelist("CL_AREA").by_code
    if ref_area not in areas:
        raise PublishError(
            f"'{ref_area}' is not an area{nearest(ref_area, areas)}",
            remedy="write the three letters of ISO 3166-1, such as those of a source's folder",
        )
    held = _numbers_of(release, ref_area, time)
    book = Workbook()
    contents = book.active
    contents.title = CONTENTS
    for table in questionnaire_tables().values():
        sheet = book.create_sheet(table.indicator)
        _write_table(sheet, table, held.get(table.indicator, []), {"ref_area": ref_area, "time": time}, language)
    counts = {name: len(held.get(name, [])) for name in questionnaire_tables()}
    _write_contents(contents, counts, release.resolve().name, language)
    _write_statuses(book, language)
    part = file.with_name(f".{file.name}.part")
    book.save(part)
    part.replace(file)
    return Filled(file, counts)


def _numbers_of(release: Path, ref_area: str, time: str) -> Mapping[str, list[dict[str, Any]]]:
    """The numbers of a country and period by indicator. Raises PublishError where there is none."""
    with open_release(release) as connection:
        asked = connection.execute(
            f"select {_COLUMNS}, {_NUMBERS} from observation where ref_area = ? and time = ? order by all",
            [ref_area, time],
        )
        names = [column[0] for column in asked.description or ()]
        rows = [dict(zip(names, row, strict=True)) for row in asked.fetchall()]
        periods = connection.execute(
            "select distinct time from observation where ref_area = ? order by 1", [ref_area]
        ).fetchall()
    if not rows:
        there = ", ".join(str(period) for (period,) in periods)
        raise PublishError(
            f"the release has no number of {ref_area} in {time}",
            where=str(release),
            remedy=f"it has {there}" if there else "`ilms sources` shows which countries have been run",
        )
    of_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        of_table[row["indicator"]].append(row)
    return of_table


def _write_table(
    sheet: Worksheet,
    table: QuestionTable,
    rows: Iterable[Mapping[str, Any]],
    of_all: Mapping[str, str],
    language: Language,
) -> None:
    """A sheet: what the table is of, and a row for each class, with the numbers of each sex side by side."""
    numbers = {((row["classif1"], row["classif2"]), row["sex"]): row for row in rows}
    first: Mapping[str, Any] = next(iter(numbers.values()), {})
    declared = table.published.declared
    head = {
        **{name: first.get(name) for name in ("source", "note_source", "note_indicator")},
        **of_all,
        "indicator": table.indicator,
        "title": declared.title.spoken(language),
        "unit": _unit(table, language),
    }
    for number, name in enumerate(HEAD, start=1):
        _put(sheet, number, 1, name, quiet=True)
        _put(sheet, number, 2, _word(name, language), bold=True)
        _put(sheet, number, 3, head[name])
    sexes = dict.fromkeys([*table.sexes, *(sex for _, sex in numbers)])
    columns = [*CLASSES, *(column_key(sex, part) for sex in sexes for part in PARTS)]
    for place, key in enumerate(columns, start=1):
        _put(sheet, KEYS_ROW, place, key, quiet=True)
        _put(sheet, KEYS_ROW + 1, place, _heading(key, language), bold=True)
    classes = dict.fromkeys([*table.classes, *sorted(each for each, _ in numbers)])
    for row_number, codes in enumerate(classes, start=FIRST_ROW):
        _put_classes(sheet, row_number, table, codes, language)
        for block, sex in enumerate(sexes):
            of_class = numbers.get((codes, sex), {})
            for place, part in enumerate(PARTS, start=len(CLASSES) + 1 + block * len(PARTS)):
                _put(sheet, row_number, place, of_class.get(part))
    _lay_out(sheet, len(sexes), FIRST_ROW + len(classes))


def _put_classes(sheet: Worksheet, row: int, table: QuestionTable, codes: _Key, language: Language) -> None:
    for position, code in enumerate(codes):
        if code:
            listed = load_codelist(f"CL_{table.published.classifications[position]}").by_code.get(code)
            _put(sheet, row, 2 * position + 1, code)
            _put(sheet, row, 2 * position + 2, getattr(listed, f"label_{language}", "") or code)


def _put(sheet: Worksheet, row: int, column: int, value: Any, *, bold: bool = False, quiet: bool = False) -> None:
    """Write a number or a text; a text is never taken for a formula, whatever it begins with."""
    from openpyxl.styles import Font

    if value is None or value == "":
        return
    cell = sheet.cell(row, column)
    cell.value = value
    if isinstance(value, str):
        cell.data_type = "s"
        cell.quotePrefix = value.startswith(FORMULA_OPENERS)
    if bold or quiet:
        cell.font = Font(bold=bold, color="999999" if quiet else None, size=8 if quiet else None)


def _lay_out(sheet: Worksheet, sexes: int, end: int) -> None:
    """Values and statuses are seen; cases, errors and notes are folded away. Statuses are chosen from their list."""
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    sheet.freeze_panes = sheet.cell(FIRST_ROW, len(CLASSES) + 1)
    for place, width in ((1, 24), (2, 28), (3, 22), (4, 24)):
        sheet.column_dimensions[get_column_letter(place)].width = width
    statuses = DataValidation(type="list", formula1=f"{STATUSES}!$A$2:$A$40", allow_blank=True)
    sheet.add_data_validation(statuses)
    for block in range(sexes):
        start = len(CLASSES) + 1 + block * len(PARTS)
        status = get_column_letter(start + 1)
        statuses.add(f"{status}{FIRST_ROW}:{status}{end + 200}")
        folded = get_column_letter(start + 2), get_column_letter(start + len(PARTS) - 1)
        sheet.column_dimensions.group(*folded, outline_level=1, hidden=True)


def _write_contents(sheet: Worksheet, counts: Mapping[str, int], release: str, language: Language) -> None:
    _put(sheet, 1, 1, _word("help", language))
    _put(sheet, 2, 1, _word("release", language), bold=True)
    _put(sheet, 2, 2, release)
    for place, word in enumerate(("indicator", "title", "unit", "numbers"), start=1):
        _put(sheet, 4, place, _word(word, language), bold=True)
    for row, (name, table) in enumerate(questionnaire_tables().items(), start=5):
        title = table.published.declared.title.spoken(language)
        for place, value in enumerate((name, title, _unit(table, language), counts[name]), start=1):
            _put(sheet, row, place, value)
        sheet.cell(row, 1).hyperlink = f"#'{name}'!A1"
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 28, 90


def _write_statuses(book: Workbook, language: Language) -> None:
    sheet = book.create_sheet(STATUSES)
    _put(sheet, 1, 1, _word("status", language), bold=True)
    for row, code in enumerate(load_codelist("CL_OBS_STATUS").codes, start=2):
        _put(sheet, row, 1, code.code)
        _put(sheet, row, 2, getattr(code, f"label_{language}") or code.label_en)


def _heading(key: str, language: Language) -> str:
    """A column in words: `Women: Value` for `SEX_F value`."""
    if key in CLASSES:
        return _word("class" if key.endswith("class") else "code", language)
    sex, _, part = key.rpartition(" ")
    if not sex:
        return _word(part, language)
    listed = load_codelist("CL_SEX").by_code[sex]
    return f"{getattr(listed, f'label_{language}') or listed.label_en}: {_word(part, language)}"


def _unit(table: QuestionTable, language: Language) -> str:
    """The unit in words, such as `Persons, Thousands`."""
    declared = table.published.declared
    codes = [("CL_UNIT_MEASURE", declared.unit_measure), ("CL_UNIT_MULT", str(declared.unit_mult))]
    listed = [load_codelist(name).by_code[code] for name, code in codes if code != "0"]
    return ", ".join(getattr(code, f"label_{language}") or code.label_en for code in listed)


def _word(key: str, language: Language) -> str:
    return questionnaire_words()[key].spoken(language)
