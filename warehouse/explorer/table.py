"""Tables of numbers: rows of anything, columns of women, men and both, each of migrants, others and everyone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from warehouse.explorer.compare import side_code, sides_of
from warehouse.explorer.groups import BOTH, MEN, WOMEN
from warehouse.explorer.numbers import Number
from warehouse.explorer.reader import Reader

SEXES = (WOMEN, MEN, BOTH, "")


@dataclass(frozen=True)
class Heading:
    """A heading over several columns, and theirs."""

    text: str
    below: Sequence[str]


@dataclass(frozen=True)
class Row:
    """A row: its label, a word about it, the number in each column, and where the label leads, if anywhere."""

    label: str
    cells: Sequence[Number | None]
    note: str = ""
    address: str = ""


@dataclass(frozen=True)
class Table:
    """A table of numbers of one indicator."""

    caption: str
    corner: str
    headings: Sequence[Heading]
    rows: Sequence[Row]


def make_table(
    reader: Reader,
    numbers: Sequence[Number],
    *,
    caption: str,
    corner: str,
    row_of: Callable[[Number], str],
    label_of: Callable[[str], str],
    order: Sequence[str],
    note_of: Callable[[str], str] = lambda _: "",
    address_of: Callable[[str], str] = lambda _: "",
) -> Table:
    """Numbers as a table: a row for each key that `row_of` gives, in the order given."""
    placed: dict[tuple[str, str, str], Number] = {}
    for each in numbers:
        placed[row_of(each), each.sex, _side(each)] = each
    sexes = [sex for sex in SEXES if any(each.sex == sex for each in numbers)]
    sides = {
        sex: [side for side in ("migrants", "others", "everyone", "") if _occurs(placed, sex, side)] for sex in sexes
    }
    basis = next((known[0] for each in numbers if (known := sides_of(each.indicator))), "")
    indicator = next((each.indicator for each in numbers), "")
    headings = [
        Heading(
            reader.say(f"sex.{sex or 'SEX_T'}"),
            [reader.side(indicator, basis, side) if side else reader.say("value") for side in sides[sex]],
        )
        for sex in sexes
    ]
    columns = [(sex, side) for sex in sexes for side in sides[sex]]
    rows = [
        Row(label_of(key), [placed.get((key, *column)) for column in columns], note_of(key), address_of(key))
        for key in order
    ]
    return Table(caption, corner, headings, rows)


def _occurs(placed: dict[tuple[str, str, str], Number], sex: str, side: str) -> bool:
    return any(key[1:] == (sex, side) for key in placed)


def _side(number: Number) -> str:
    """Its side; empty where its indicator has none."""
    known = sides_of(number.indicator)
    if known is None:
        return ""
    sides = known[1]
    names = {sides.migrants: "migrants", sides.others: "others", sides.everyone: "everyone"}
    return names.get(side_code(number, sides), "unknown")
