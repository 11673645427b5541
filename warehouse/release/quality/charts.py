"""Small charts as SVG without a script: drawn from numbers, with a title that says them in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from warehouse.release.quality.words import ReportWords

WIDTH, HEIGHT = 200, 16


@dataclass(frozen=True)
class Part:
    """A part of a bar: how much, the style it is filled with, and what it is in words."""

    amount: float
    style: str
    said: str


def stacked_bar(parts: Sequence[Part], words: ReportWords) -> Markup:
    """Parts of a whole beside each other; empty where there is nothing. Styles differ in form, not in colour alone."""
    whole = sum(each.amount for each in parts)
    if not whole:
        return Markup("")
    at, drawn = 0.0, list[Markup]()
    for each in (each for each in parts if each.amount):
        width = WIDTH * each.amount / whole
        drawn.append(_rectangle(each.style, at, width))
        at += width
    said = (words("chart.part", said=each.said, amount=words.figures(each.amount, 4)) for each in parts if each.amount)
    return _chart("; ".join(said), drawn)


def bar(value: float, longest: float, said: str) -> Markup:
    """A bar whose length is the value, beside others whose longest is `longest`."""
    width = WIDTH * value / longest if longest else 0.0
    return _chart(said, [_rectangle("sound", 0.0, width)])


def spread(
    low: float, middle: float, high: float, end: float, words: ReportWords, marks: Sequence[float] = ()
) -> Markup:
    """A line from low to high with a dot in the middle, from 0 to `end`; what is further ends in an arrow."""

    def place(value: float) -> float:
        return 4 + (WIDTH - 8) * min(value, end) / end

    y = HEIGHT // 2
    drawn = [_upright(place(each)) for each in marks]
    drawn.append(Markup('<path class="line" d="M{:.1f} {}H{:.1f}"/>').format(place(low), y, place(high)))
    if high > end:
        arrow = Markup('<path class="sound" d="M{} {}L{} {}L{} {}z"/>')
        drawn.append(arrow.format(WIDTH - 6, y - 4, WIDTH, y, WIDTH - 6, y + 4))
    drawn.append(_dot("sound", place(middle)))
    told = {"low": words.figures(low), "middle": words.figures(middle), "high": words.figures(high)}
    return _chart(words("chart.spread", **told), drawn)


def deviation(value: float, allowed: float, end: float, words: ReportWords, *, differs: bool) -> Markup:
    """A dot left or right of a line in the middle, with the band of what is allowed; hollow where it is further."""

    def place(each: float) -> float:
        return WIDTH / 2 + (WIDTH / 2 - 6) * max(-end, min(each, end)) / end

    band = min(allowed, end)
    drawn = [
        _rectangle("band", place(-band), place(band) - place(-band)),
        _upright(WIDTH / 2),
        _dot("hollow" if differs else "sound", place(value)),
    ]
    told = {"value": words.number(value, signed=True), "allowed": words.figures(allowed)}
    return _chart(words("chart.deviation", **told), drawn)


def _rectangle(style: str, at: float, width: float) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" width="{:.1f}" height="{}"/>').format(style, at, width, HEIGHT)


def _upright(at: float) -> Markup:
    return Markup('<path class="mark" d="M{:.1f} 0V{}"/>').format(at, HEIGHT)


def _dot(style: str, at: float) -> Markup:
    return Markup('<circle class="{}" cx="{:.1f}" cy="{}" r="5"/>').format(style, at, HEIGHT // 2)


def _chart(said: str, drawn: Sequence[Markup]) -> Markup:
    """The chart for eyes, and its title for who reads it otherwise."""
    box = Markup(
        '<svg class="chart" viewBox="0 0 {} {}" preserveAspectRatio="none" role="img"><title>{}</title>{}</svg>'
    )
    return box.format(WIDTH, HEIGHT, said, Markup("").join(drawn))
