"""What a register's table appears to be: which columns are breakdowns, which hold counts, which rows are totals.

Tables are small and hold no persons, so that all their words may be shown. A proposal is certain only where the name of
a column and everything in it agree; a person decides the others.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from schemas.read import TableRead
from schemas.vocabulary import RegisterColumn, forms, load_vocabulary, significant
from schemas.words import folded_words
from transforms.country_names import find_country, suggested_countries
from transforms.describe.files import open_given
from transforms.describe.guess import guess_read
from transforms.describe.proposals import MapRow
from transforms.describe.translate import translate
from transforms.read import kinds
from transforms.read.files import DataFile
from transforms.read.grid import Grid, read_grid
from transforms.read.json_records import load_json

HALF = 0.5
SEXES_AT_MOST = 4
"""How many words a column of sexes has at most: the two, another one, and none given."""
COUNTRIES: tuple[RegisterColumn, ...] = ("citizenship", "country_of_birth", "partner_country")
_READ = ("format", "encoding", "delimiter", "quote", "header_row", "sheet", "records", "member")
_NUMBER = re.compile(r"-?[0-9]{1,3}([., ' ]?[0-9]{3})*([.,][0-9]+)?|-?[0-9]+")
_YEAR = re.compile(r"(19|20)[0-9]{2}")
_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True)
class Breakdown:
    """A flow variable and the column it comes from, or the headers where `column` is empty; `rows` are its map."""

    variable: str
    column: str
    reason: str
    sure: bool
    rows: tuple[MapRow, ...] = ()
    country: bool = False


@dataclass(frozen=True)
class Totals:
    """Rows that seem to be sums: those with a word in a column; `by` are the columns that tell their parts apart."""

    column: str
    word: str
    by: tuple[str, ...]


@dataclass(frozen=True)
class TableProposal:
    """A table as it may be declared.

    value     the column of the counts; None where they stand under several headers (`melted`), or each record is one
    others    further columns that may hold the counts
    totals    rows that are called a total
    year      the column that holds several years
    left_out  columns of which nothing is proposed
    """

    read: TableRead
    records: int
    breakdowns: tuple[Breakdown, ...]
    value: str | None = None
    melted: bool = False
    melt_total: str | None = None
    others: tuple[str, ...] = ()
    totals: tuple[Totals, ...] = ()
    year: str | None = None
    left_out: tuple[str, ...] = ()
    remarks: tuple[str, ...] = field(default=())

    @property
    def columns(self) -> dict[str, str]:
        """The producer's name of each column that is read -> ours."""
        read = [each.column for each in self.breakdowns if each.column]
        read += [name for name in (self.year, self.value) if name]
        return _local_names(dict.fromkeys(read))


def propose_table(
    path: Path, wave: str, workdir: Path, *, member: str | None = None, sheet: str | None = None
) -> TableProposal:
    """What one file of a wave appears to be. Raises InputError when it cannot be read as a table."""
    given = open_given(path, workdir / "given", member)
    options: dict[str, object] = dict(_lists(given.inside))
    remarks: tuple[str, ...] = ()
    if not options:
        guess = guess_read(given.inside, sheet=sheet)
        options = {name: getattr(guess.read, name) for name in _READ if name in guess.read.model_fields_set}
        remarks = guess.remarks
    read = TableRead.model_validate({**options, **({"member": given.member} if given.member else {})})
    grid = read_grid(path, read, where=path.name, workdir=workdir / "table")
    words = {name: _words(grid, place) for place, name in enumerate(grid.names) if name}
    numeric = [name for name, found in words.items() if found and all(map(_NUMBER.fullmatch, found))]
    years = [name for name in numeric if all(map(_YEAR.fullmatch, words[name])) and _is_called(name, "year")]
    counts = [name for name in numeric if name not in years]
    told = [each for name in words if name not in numeric for each in _breakdown(name, words[name])]
    told = list({each.variable: each for each in reversed(told)}.values())[::-1]
    return _with_counts(read, grid, words, told, counts, years, wave, remarks)


def _lists(file: DataFile) -> dict[str, str]:
    """How JSON is read that holds a list of names, and beside it lists of values in their order; empty for others."""
    if kinds.kind_of(file.content) != "json":
        return {}
    content = load_json(file, "utf-8")
    lists = (
        {key: found for key, found in content.items() if isinstance(found, list) and found}
        if isinstance(content, dict)
        else {}
    )
    names = [key for key, found in lists.items() if all(isinstance(each, str) for each in found)]
    rows = [key for key, found in lists.items() if all(isinstance(each, list) for each in found)]
    if len(names) != 1 or len(rows) != 1:
        return {}
    return {"format": "json", "header": names[0], "records": rows[0]}


def _with_counts(
    read: TableRead,
    grid: Grid,
    words: Mapping[str, Sequence[str]],
    told: list[Breakdown],
    counts: list[str],
    years: list[str],
    wave: str,
    remarks: Sequence[str],
) -> TableProposal:
    """The proposal, once it is settled where the counts stand: in one column, or under headers that are classes."""
    classes = [name for name in counts if not _is_total(name)]
    across = _across(classes) if len(classes) > 1 else None
    of_year = [name for name in counts if name == wave[:4]]
    named = [name for name in counts if _is_called(name, "count")]
    value = None if across else next(iter([*of_year, *named, *counts]), None)
    used = {each.column for each in told} | {*counts, *years}
    several = next((name for name in years if len(set(words[name])) > 1), None)
    return TableProposal(
        read=read,
        records=len(grid.rows),
        breakdowns=tuple([*told, across] if across else told),
        value=value,
        melted=across is not None,
        melt_total=next((name for name in counts if _is_total(name)), None) if across else None,
        others=() if across else tuple(name for name in counts if name != value),
        totals=tuple(_totals(grid, words, [each.column for each in told])),
        year=several,
        left_out=tuple(name for name in grid.names if name and name not in used),
        remarks=tuple(remarks),
    )


def _totals(grid: Grid, words: Mapping[str, Sequence[str]], columns: Sequence[str]) -> Iterator[Totals]:
    """The rows with a word for totals in one of the columns; their parts are alike in the other columns they fill."""
    places = {name: grid.names.index(name) for name in columns}
    for name in columns:
        for word in filter(_is_total, words[name]):
            rows = [row for row in grid.rows if row[places[name]] == word]
            yield Totals(
                name,
                word,
                tuple(other for other in columns if other != name and all(row[places[other]] for row in rows)),
            )


def _words(grid: Grid, place: int) -> list[str]:
    return list(dict.fromkeys(word for row in grid.rows if (word := row[place])))


def _breakdown(name: str, words: Sequence[str]) -> Iterator[Breakdown]:
    """What a column of words breaks the counts down by, where they are countries or sexes."""
    parts = [word for word in words if not _is_total(word)]
    if parts and (rows := _sexes(parts)):
        yield Breakdown("sex", name, "all its words are sexes", all(row.sure for row in rows), rows)
        return
    rows = _with_unknown(parts) if len(parts) <= SEXES_AT_MOST else ()
    if {"male", "female"} <= {row.value for row in rows}:
        yield Breakdown("sex", name, "two of its words are the sexes", True, rows)
        return
    found = [word for word in parts if find_country(word, "name").code]
    if len(found) < 2 or len(found) < HALF * len(parts):
        return
    variable = next((each for each in COUNTRIES if _is_called(name, each)), None)
    reason = f"{len(found)} of its {len(parts)} words are names of countries"
    unknown = (word for word in parts if word not in found)
    rows = tuple(MapRow(word, "", suggested_countries(word, "name").strip(" ;()"), False) for word in unknown)
    if variable is None:
        reason += "; whether it is citizenship, birth or destination is not in its name"
    yield Breakdown(variable or COUNTRIES[0], name, reason, variable is not None, rows, country=True)


def _across(headers: Sequence[str]) -> Breakdown | None:
    """What the headers of several columns of counts are, where they are all sexes, or all countries."""
    if rows := _sexes(headers):
        return Breakdown("sex", "", "the headers of the counts name sexes", all(row.sure for row in rows), rows)
    if all(find_country(each, "name").code for each in headers):
        return Breakdown(COUNTRIES[0], "", "the headers of the counts are countries", False, country=True)
    return None


def _sexes(words: Sequence[str]) -> tuple[MapRow, ...]:
    """The map of words that all are sexes; empty where one is not."""
    found = [(word, translate("sex", word)) for word in words]
    rows = [MapRow(word, meaning.value, "", meaning.sure) for word, meaning in found if meaning]
    return tuple(rows) if len(rows) == len(words) else ()


def _with_unknown(words: Sequence[str]) -> tuple[MapRow, ...]:
    """A map of words of which some are sexes; of the others nothing is known."""
    rows = {row.code: row for word in words for row in _sexes([word])}
    return tuple(rows.get(word, MapRow(word, "", "", False)) for word in words)


def _is_total(word: str) -> bool:
    return significant(word) in _phrases("total") or folded_words(word) in _phrases("total")


def _is_called(name: str, what: RegisterColumn) -> bool:
    """Whether a header is called as columns of this kind are: `year`, `count`, or a breakdown."""
    return bool({folded_words(name), significant(name)} & _phrases(what))


def _phrases(what: RegisterColumn) -> frozenset[tuple[str, ...]]:
    return frozenset(form for phrase in load_vocabulary().register_tables[what] for form in forms(phrase))


def _local_names(names: Iterable[str]) -> dict[str, str]:
    """Names of ours for the producer's columns, made of their letters."""
    found: dict[str, str] = {}
    for name in names:
        base = _NAME.sub("_", " ".join(folded_words(name))).strip("_") or "column"
        base = base if base[0].isalpha() else f"column_{base}"
        ours = (base, *(f"{base}_{number}" for number in range(2, 1000)))
        found[name] = next(each for each in ours if each not in found.values())
    return found
