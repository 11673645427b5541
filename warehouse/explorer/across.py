"""An indicator across countries: migrants beside others in the last period of each, women beside men."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from warehouse.explorer.catalogue import is_country
from warehouse.explorer.charts.draw import Figure, chart
from warehouse.explorer.charts.specs import Mark, dot_plot
from warehouse.explorer.charts.tiles import Tile, tile_map
from warehouse.explorer.compare import Pair, pairs, wanted_apart
from warehouse.explorer.groups import BOTH, MEN, WOMEN
from warehouse.explorer.marks import mark_of, marks_of
from warehouse.explorer.numbers import Number, read_numbers
from warehouse.explorer.reader import Reader

MOST_ROWS = 40
LEAST_TILES, HIGHEST_ON_TILE = 3, 100_000
"""Countries that a map has at least, and values that a tile has no room for."""


@dataclass(frozen=True)
class Row:
    """A country in a table: its pairs of women, of men and of both, in its last period."""

    area: str
    time: str
    women: Pair | None
    men: Pair | None
    both: Pair | None

    @property
    def pairs(self) -> list[Pair]:
        """Those that are there."""
        return [each for each in (self.women, self.men, self.both) if each is not None]

    def of(self, sex: str) -> Pair | None:
        """The pair of a sex."""
        return {WOMEN: self.women, MEN: self.men, BOTH: self.both}[sex]

    @property
    def is_apart(self) -> bool:
        """Whether it has a number of migrants."""
        return any(each.migrants is not None for each in self.pairs)


@dataclass(frozen=True)
class Across:
    """An indicator across countries.

    basis  what makes a migrant (CBR, CCT, MIG)
    code   of the other classification, that all numbers are of; empty where there is none
    """

    indicator: str
    basis: str
    code: str
    rows: Sequence[Row]
    figures: Sequence[Figure]
    tiles: Figure | None

    @property
    def apart(self) -> list[Row]:
        """The areas that tell migrants from others."""
        return [each for each in self.rows if each.is_apart]

    @property
    def not_apart(self) -> list[Row]:
        """The areas that have totals alone."""
        return [each for each in self.rows if not each.is_apart]


def read_across(reader: Reader, indicator: str, code: str, areas: Sequence[str] = ()) -> Across | None:
    """The last numbers of every country, or of those named; None where the indicator tells no migrants from others.

    Countries are named in what is asked of the database, which then passes over the parts of its table without them.
    """
    given = {each.area for each in reader.catalogue.indicators.get(indicator, ()) if is_country(each.area)}
    countries = sorted(given.intersection(areas) if areas else given)
    known = wanted_apart(indicator, reader.flow(indicator).classifications, code, countries)
    if known is None:
        return None
    basis, wanted = known
    rows = _rows(read_numbers(reader.cursor, wanted, only_last=True)) if countries else []
    return Across(indicator, basis, code, rows, _figures(reader, basis, rows), _tiles(reader, indicator, basis, rows))


def _rows(numbers: Sequence[Number]) -> list[Row]:
    """A row for each area, from the source with its last period; those with the highest value of migrants first."""
    by_area: dict[str, list[Number]] = {}
    for each in numbers:
        by_area.setdefault(each.area, []).append(each)
    rows = []
    for area, listed in by_area.items():
        last = max((each.time for each in listed), default="")
        source = next(each.source for each in listed if each.time == last)
        of = {pair.sex: pair for pair in pairs(each for each in listed if (each.time, each.source) == (last, source))}
        rows.append(Row(area, last, of.get(WOMEN), of.get(MEN), of.get(BOTH)))
    return sorted(rows, key=_height, reverse=True)


def _height(row: Row) -> tuple[bool, float]:
    number = next((each.migrants for each in row.pairs if each.migrants is not None), None)
    value = number.value if number is not None else None
    return value is not None, value or 0.0


def _figures(reader: Reader, basis: str, rows: Sequence[Row]) -> list[Figure]:
    """Women and men beside each other, with one scale."""
    shown = [row for row in rows if row.is_apart][:MOST_ROWS]
    labels = [row_label(reader, row) for row in shown]
    panels = {sex: _marks(reader, [row.of(sex) for row in shown], labels) for sex in (WOMEN, MEN)}
    if not any(panels.values()):
        panels = {BOTH: _marks(reader, [row.both for row in shown], labels)}
    every = [mark for marks in panels.values() for mark in marks]
    say = reader.say
    return [
        chart(
            reader.language,
            dot_plot(marks, every, labels),
            say("told.dots", sex=say(f"sex.{sex}"), basis=say(f"basis.{basis}"), count=len(labels)),
            say(f"sex.{sex}"),
        )
        for sex, marks in panels.items()
        if marks
    ]


def _marks(reader: Reader, listed: Sequence[Pair | None], labels: Sequence[str]) -> list[Mark]:
    return [mark for pair, label in zip(listed, labels, strict=True) for mark in marks_of(reader, pair, label)]


def _tiles(reader: Reader, indicator: str, basis: str, rows: Sequence[Row]) -> Figure | None:
    """Migrants, women and men together, on a map of tiles; what is made up is on no map."""
    numbers = {
        row.area: row.both.migrants
        for row in rows
        if row.both is not None and row.both.migrants is not None and not reader.catalogue.is_synthetic(row.area)
    }
    tiles = {
        area: Tile(mark.value, reader.say.number(mark.value, 0), mark.kind, mark.said)
        for area, number in numbers.items()
        if (mark := mark_of(reader, number, reader.area(area), "migrants", basis)) is not None
    }
    if len(tiles) < LEAST_TILES or max(each.value for each in tiles.values()) >= HIGHEST_ON_TILE:
        return None
    title = reader.say("tiles.title", who=reader.side(indicator, basis, "migrants"))
    return chart(reader.language, tile_map(tiles), reader.say("told.tiles", count=len(tiles)), title)


def row_label(reader: Reader, row: Row) -> str:
    """A country with its period, as a chart names it; where it is made up, that too."""
    made_up = f", {reader.say('made.up')}" if reader.catalogue.is_synthetic(row.area) else ""
    return f"{reader.area(row.area)}|{reader.say.period(row.time)}{made_up}"
