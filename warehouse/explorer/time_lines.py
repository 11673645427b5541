"""An indicator of a country over time: migrants beside others, women beside men."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from warehouse.explorer.charts.draw import Figure, chart
from warehouse.explorer.charts.specs import Mark, dot_plot, line_chart
from warehouse.explorer.compare import Pair, pairs, wanted_apart
from warehouse.explorer.groups import BOTH, MEN, WOMEN
from warehouse.explorer.language import period_place
from warehouse.explorer.marks import marks_of
from warehouse.explorer.numbers import Number, one_frequency, only_sources, read_numbers
from warehouse.explorer.reader import Reader


@dataclass(frozen=True)
class Lines:
    """The pairs of an indicator over time, and their charts."""

    pairs: Sequence[Pair]
    figures: Sequence[Figure]


def read_lines(reader: Reader, indicator: str, area: str, code: str) -> Lines | None:
    """Migrants and others over time; None where the indicator tells them not apart."""
    known = wanted_apart(indicator, reader.flow(indicator).classifications, code, [area])
    if known is None:
        return None
    basis, wanted = known
    return lines_of(reader, basis, read_numbers(reader.cursor, wanted))


def lines_of(reader: Reader, basis: str, numbers: Sequence[Number]) -> Lines:
    """Numbers over time, of the source and the frequency with the most periods."""
    source = next(iter(only_sources(numbers)), "")
    numbers = one_frequency([each for each in numbers if each.source == source])
    listed = pairs(numbers) if basis else [Pair("", each.sex, each.time, "", everyone=each) for each in numbers]
    by_sex = {sex: [each for each in listed if each.sex == sex] for sex in (WOMEN, MEN)}
    if not any(by_sex.values()):
        by_sex = {BOTH: [each for each in listed if each.sex in (BOTH, "")]}
    marks = {sex: _marks(reader, found) for sex, found in by_sex.items()}
    every = [mark for found in marks.values() for mark in found]
    periods = sorted({each.time for each in listed})
    is_line = len(periods) > 2
    say = reader.say
    names = {sex: say(f"sex.{sex}") if any(each.sex for each in found) else "" for sex, found in by_sex.items()}
    figures = [
        chart(
            reader.language,
            line_chart(found, every) if is_line else dot_plot(found, every, [say.period(each) for each in periods]),
            say(
                "told.line", sex=names[sex] or say("value"), basis=say(f"basis.{basis}"), periods=_span(reader, periods)
            ),
            names[sex],
        )
        for sex, found in marks.items()
        if found
    ]
    return Lines(listed, figures)


def _marks(reader: Reader, listed: Sequence[Pair]) -> list[Mark]:
    """The marks of pairs in the order of their periods; a break in either series begins a new part of its line."""
    marks: list[Mark] = []
    parts: Counter[str] = Counter()
    for pair in sorted(listed, key=lambda each: each.time):
        for mark in marks_of(reader, pair, reader.say.period(pair.time), period_place(pair.time)):
            parts[mark.side] += mark.is_break
            marks.append(replace(mark, part=parts[mark.side]))
    return marks


def _span(reader: Reader, periods: Sequence[str]) -> str:
    if not periods:
        return ""
    first, last = reader.say.period(periods[0]), reader.say.period(periods[-1])
    return first if first == last else f"{first} – {last}"
