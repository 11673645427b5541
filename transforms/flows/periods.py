"""Which months a table counts: all those of its wave, and no others."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from schemas.errors import PartOfPeriod
from schemas.periods import MONTHS_OF, months
from schemas.spellings import load_spellings
from transforms.flows.counts import PERIOD, Counts
from transforms.flows.own_months import check_own_months, months_named
from transforms.flows.remarks import NOTHING, Remarks, warning
from transforms.flows.table_in_wave import TableInWave
from transforms.read.grid import Grid
from transforms.read.header import tidy

YEAR = MONTHS_OF["A"]
TIME_WORDS = {
    "M": ("month", "months", "month_name", "month_number", "year_month", "year-month", "mois", "mes", "monat", "månad"),
    "Q": ("quarter", "quarters", "quarter_number", "trimestre", "quartal", "kvartal"),
    "S": ("half", "half-year", "semester", "semestre"),
}
"""Headers of a column of months, quarters or halves, where nothing is declared -> months that one of its numbers stands
for."""
MONTH_NAMES = tuple(load_spellings().month[f"name_{language}"] for language in ("en", "fr", "es"))
"""In the ILO's working languages."""
SHORT = 3
YEAR_NUMBER = re.compile(r"(?<!\d)((?:19|20|25)\d{2})(?!\d)")
_PART = re.compile(r"(?<![a-z])([qtsh])\s?-?([1-4])(?!\d)", re.IGNORECASE)
_QUARTER = re.compile(r"((?:19|20|25)\d{2}[ -]?)?[qt][1-4]([ -]?(?:19|20|25)\d{2})?", re.IGNORECASE)
_LETTERS = re.compile(r"[^\W\d_]+")
_NUMBER = re.compile(r"(?<!\d)(\d{1,2})(?!\d)")


@dataclass(frozen=True)
class PeriodColumn:
    """Position of the column with a row's part of the period, and how many months a plain number in it stands for."""

    position: int
    length: int


def period_column(table: TableInWave, grid: Grid, positions: Mapping[str, int]) -> PeriodColumn | None:
    """The column with the part of the period that a row counts: as declared, otherwise recognised by its header; None
    without one.

    `positions` are those of the declared columns.
    """
    names = [tidy(name).casefold() for name in grid.names]
    frequencies = {word: letter for letter, words in TIME_WORDS.items() for word in words}
    declared = table.declared.period
    position = next((position for position, name in enumerate(names) if name in frequencies), None)
    if declared is not None and declared.column is not None:
        position = positions[declared.column]
    if position is None:
        return None
    letter = declared.numbers if declared is not None and declared.numbers else frequencies.get(names[position], "M")
    return PeriodColumn(position, MONTHS_OF[letter])


def check_periods(counts: Counts, table: TableInWave) -> Remarks:
    """Check that the detail has counts of every month of the wave and of no other month.

    Nothing is checked where neither a column nor the headers give months, quarters or halves. Raises InputError naming
    the months found.
    """
    calendar = table.register.calendar
    if calendar is not None and calendar.months:
        own = months_named(_texts(counts), calendar, table) or months_named(_filled_headers(counts), calendar, table)
        if own is not None:
            return check_own_months(own, calendar, table)
        _require_no_column(table)
        return NOTHING
    wanted = _wanted(table)
    found = _months_in(counts, table)
    if found is None:
        _require_no_column(table)
        return NOTHING
    outside = sorted(month for month in found if month not in wanted)
    if outside:
        raise table.fault(
            f"it has counts of {_words(outside)}, which is not part of {table.partition.wave}",
            why="numbers of another period would be published as those of this one",
            remedy="keep the rows of the wave with `where`; or name the wave as what the file counts",
        )
    return _refuse_part(table, sorted(found)) if len(found) < len(wanted) else NOTHING


def _require_no_column(table: TableInWave) -> None:
    """Raise InputError where a column declared to give the period does not."""
    declared = table.declared.period
    if declared is not None and (declared.column is not None or declared.file_name):
        told_by = f"column '{declared.column}' does" if declared.column is not None else "the names of the files do"
        raise table.fault(
            f"{told_by} not give months, quarters or halves",
            why="it is not known whether the whole period was counted",
            remedy="correct `period`; months are numbers, names or dates with the year first (2024-03-15)",
        )


def _wanted(table: TableInWave) -> range:
    """The months of the wave in the common calendar."""
    calendar = table.register.calendar
    if calendar is None or calendar.is_common_year:
        return months(table.partition.wave)
    first = calendar.days(table.partition.wave)[0]
    begin = first.year * YEAR + first.month - 1
    return range(begin, begin + YEAR)


def _months_in(counts: Counts, table: TableInWave) -> set[int] | None:
    """The months given by rows, otherwise by headers; None where neither gives any."""
    length = counts.received.period_length
    given = _months_of_texts(_texts(counts), table, length)
    if given is None and all(_is_period(name) for name in counts.received.headers):
        given = _months_of_texts(_filled_headers(counts), table, length)
    return given


def _texts(counts: Counts) -> list[str]:
    """The texts in the period column of the detail."""
    query = f"select distinct {PERIOD} from {counts.detail} where nullif(trim({PERIOD}), '') is not null"
    return [str(text) for (text,) in counts.rows.connection.execute(query).fetchall()]


def _filled_headers(counts: Counts) -> list[str]:
    """The headers with some number under them, where there are several headers."""
    if len(counts.received.headers) < 2:
        return []
    query = f"select distinct header from {counts.numbers} where coalesce(number, 1) <> 0"
    return [str(header) for (header,) in counts.rows.connection.execute(query).fetchall()]


def _months_of_texts(texts: Iterable[str], table: TableInWave, length: int) -> set[int] | None:
    """All months that texts give; None when one of them gives no month, or there are no texts.

    A plain number stands for a period of `length` months.
    """
    wanted, found = _wanted(table), set()
    calendar = table.register.calendar
    knows_year = calendar is None or calendar.their_year(table.partition.wave) == table.partition.wave[:4]
    for text in texts:
        part = month_numbers(text, length)
        if part is None:
            return None
        year = YEAR_NUMBER.search(text) if knows_year else None
        if year is not None:
            found |= {int(year[1]) * YEAR + month - 1 for month in part}
            continue
        by_number = {month % YEAR + 1: month for month in wanted}
        found |= {by_number.get(month, wanted.start // YEAR * YEAR + month - 1) for month in part}
    return found or None


def month_numbers(text: str, length: int = 1) -> range | None:
    """The months that a text gives, counted from 1: those of a month, quarter or half; None when it gives none.

    A plain number stands for a period of `length` months.
    """
    rest = YEAR_NUMBER.sub(" ", text)
    part = _PART.search(rest)
    if part is not None:
        return _numbered(int(part[2]), MONTHS_OF["S" if part[1].lower() in "sh" else "Q"])
    named = _month_named(rest)
    if named is not None:
        return named
    numbers = [int(number) for number in _NUMBER.findall(rest)]
    if not numbers or (len(numbers) > 1 and not YEAR_NUMBER.match(text.strip())):
        return None  # a date that does not begin with its year may have the day or the month first
    return _numbered(numbers[0], length)


def _numbered(number: int, length: int) -> range | None:
    """The months of the period with that number, each of `length` months; None when a year has not so many."""
    first = (number - 1) * length + 1
    return range(first, first + length) if 1 <= number <= YEAR // length else None


def _is_month(word: str, name: str) -> bool:
    """Whether a word is a month's name or the beginning of it."""
    return len(word) >= SHORT and name.startswith(word)


def _month_named(text: str) -> range | None:
    """The month whose name, or the beginning of it, is a word of the text; None without one."""
    for word in _LETTERS.findall(text.casefold()):
        numbers = {number for names in MONTH_NAMES for number, name in enumerate(names, 1) if _is_month(word, name)}
        if len(numbers) == 1:
            (only,) = numbers
            return range(only, only + 1)
    return None


def _is_period(header: str) -> bool:
    """Whether a header is the name of a month or of a quarter, and not a class with a number in it."""
    return _month_named(header) is not None or _QUARTER.fullmatch(header.strip()) is not None


def _refuse_part(table: TableInWave, found: Sequence[int]) -> Remarks:
    """Stop at part of the period, unless a gap is declared or the wave is declared as partial and no name fits the
    part."""
    said = f"it has counts of {_words(found)} only, and the wave is {table.partition.wave}"
    named = _named(found)
    status = table.register.declared_status(table.partition.wave, table.name)
    if status is not None and status.status == "partial" and named is None:
        return NOTHING
    gaps = table.declared.period.gaps if table.declared.period else None
    if gaps:
        return warning(f"{said}: {gaps}")
    remedy = "wait for the whole period; if nothing was counted in the other months, set `period: {gaps: ...}`"
    raise table.fault(
        said,
        why="part of a period would be published as the whole period, and compared with complete ones",
        remedy=f"declare the wave as '{named}', which is what was counted; or {remedy}"
        if named
        else f"{remedy}; or declare the wave `partial` under `statuses`",
        kind=PartOfPeriod,
    )


def _named(found: Sequence[int]) -> str | None:
    """The wave made up of some months, such as 2023-Q1; None when they make up no wave."""
    year, first = divmod(found[0], YEAR)
    length = len(found)
    letter = next((letter for letter, size in MONTHS_OF.items() if size == length and letter != "A"), None)
    if letter is None or first % length or list(found) != list(range(found[0], found[0] + length)):
        return None
    number = first // length + 1
    return f"{year}-{letter}{number:02d}" if letter == "M" else f"{year}-{letter}{number}"


def _words(found: Sequence[int]) -> str:
    """Months in words, such as January to March 2023."""
    labels = [f"{MONTH_NAMES[0][month % YEAR].capitalize()} {month // YEAR}" for month in found]
    if len(found) > 1 and list(found) == list(range(found[0], found[0] + len(found))):
        return f"{labels[0]} to {labels[-1]}"
    return ", ".join(labels)
