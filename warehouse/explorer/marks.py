"""Numbers as the marks of charts, each with what a reader is told who points at it."""

from __future__ import annotations

from warehouse.explorer.charts.specs import Mark, Side
from warehouse.explorer.compare import Pair
from warehouse.explorer.numbers import Number
from warehouse.explorer.reader import Reader


def marks_of(reader: Reader, pair: Pair | None, label: str, place: float = 0.0) -> list[Mark]:
    """The marks of a pair in a chart; a withheld number has none."""
    if pair is None:
        return []
    sides: tuple[tuple[Side, Number | None], ...] = (
        (("others", pair.others), ("migrants", pair.migrants)) if pair.basis else (("everyone", pair.everyone),)
    )
    return [
        mark
        for side, number in sides
        if number is not None and (mark := mark_of(reader, number, label, side, pair.basis, place)) is not None
    ]


def mark_of(
    reader: Reader, number: Number, label: str, side: Side = "everyone", basis: str = "", place: float = 0.0
) -> Mark | None:
    """The mark of a number; None where it is withheld."""
    if number.value is None:
        return None
    said = _said(reader, number, label, reader.side(number.indicator, basis, side) if basis else "")
    return Mark(label, side, number.value, number.lower, number.upper, number.kind, place, number.is_break, said=said)


def _said(reader: Reader, number: Number, label: str, who: str) -> str:
    """Line by line: of what and of whom, value and interval, cases, and status where it is not the normal one."""
    say, interval = reader.say, reader.interval(number)
    lines = (
        ", ".join(filter(None, (*label.split("|"), who))),
        f"{reader.value(number)} {reader.unit(reader.flow(number.indicator))}",
        f"{say('interval.95')} {interval}" if interval else "",
        f"{say('with.colon', what=say('fact.n'))} {say.number(number.n, 0)}" if number.n is not None else "",
        reader.status(number),
    )
    return "\n".join(filter(None, lines))
