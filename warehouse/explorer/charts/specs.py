"""What charts show, as specifications of Vega-Lite.

A mark says by its form how far a number carries: filled for sound numbers, hollow for unreliable ones, hollow with a
dashed outline for imputed ones. Migrants are circles, others squares, so that no chart depends on its colours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor
from typing import Any, Literal

from warehouse.explorer.charts.draw import INK, MIGRANTS, OTHERS, PAPER, SOFT, THIRD, Spec
from warehouse.explorer.numbers import Kind

Side = Literal["migrants", "others", "everyone"]
COLOURS: Mapping[str, str] = {"migrants": MIGRANTS, "others": OTHERS, "everyone": THIRD}
SHAPES: Mapping[str, str] = {"migrants": "circle", "others": "square", "everyone": "diamond"}
SIDES: tuple[Side, ...] = ("migrants", "others", "everyone")
KINDS: tuple[Kind, ...] = ("sound", "unreliable", "withheld", "imputed")
WIDTH = 420
"""Of a chart with its labels: beside each other on a page, all are drawn to one scale."""
FIT: Mapping[str, Any] = {"width": WIDTH, "autosize": {"type": "fit-x", "contains": "padding"}}
MOST_YEARS = 6
"""Years that an axis names."""
ROW = 36
"""Height of a row of a dot plot."""
LINES = "split(datum.label, '|')"
"""A bar begins a second line of a label."""
OFFSETS = (ROW / 2 - 6, ROW / 2 + 6, ROW / 2)
"""Where the marks of each side stand in a row: migrants above others."""


@dataclass(frozen=True)
class Mark:
    """A number in a chart: what it stands beside, its side, place, value, interval and kind.

    part  of a line: marks of different parts are not joined, as their series is broken between them
    said  what a reader is told who points at it, line by line
    """

    label: str
    side: Side
    value: float
    lower: float | None = None
    upper: float | None = None
    kind: Kind = "sound"
    place: float = 0.0
    is_break: bool = False
    part: int = 0
    said: str = ""

    @property
    def row(self) -> dict[str, Any]:
        """As Vega-Lite takes it."""
        return {
            "label": self.label,
            "side": self.side,
            "value": self.value,
            "lower": self.value if self.lower is None else self.lower,
            "upper": self.value if self.upper is None else self.upper,
            "kind": self.kind,
            "place": self.place,
            "is_break": self.is_break,
            "part": self.part,
            "said": self.said,
        }


TOLD: Mapping[str, Any] = {"field": "said", "type": "nominal"}
"""The text of a mark for readers who point at it; the picture that a page shows has none."""


def _rows(marks: Sequence[Mark]) -> dict[str, Any]:
    return {"values": [each.row for each in marks]}


def _colour() -> dict[str, Any]:
    return {"field": "side", "type": "nominal", "scale": {"domain": SIDES, "range": [COLOURS[each] for each in SIDES]}}


def _points(size: int = 70) -> dict[str, Any]:
    """Marks: filled, or hollow where they are not sound, dashed where imputed."""
    return {
        "mark": {"type": "point", "size": size, "strokeWidth": 1.8, "opacity": 1},
        "encoding": {
            "shape": {
                "field": "side",
                "type": "nominal",
                "scale": {"domain": SIDES, "range": [SHAPES[each] for each in SIDES]},
            },
            "stroke": _colour(),
            "fill": {"condition": {"test": "datum.kind == 'sound'", **_colour()}, "value": PAPER},
            "strokeDash": {"condition": {"test": "datum.kind == 'imputed'", "value": [2, 2]}, "value": [1, 0]},
            "tooltip": TOLD,
        },
    }


def _scale(marks: Sequence[Mark], *, with_zero: bool) -> dict[str, Any]:
    ends = [end for each in marks for end in (each.row["lower"], each.row["upper"])]
    low, high = (min(ends), max(ends)) if ends else (0.0, 1.0)
    if with_zero:
        low, high = min(low, 0.0), max(high, 0.0)
    room = (high - low or 1.0) * 0.06
    low = low if with_zero and low == 0 else max(0.0, low - room) if low >= 0 else low - room
    return {"domain": [low, high + room], "nice": False, "zero": False}


def _years(first: float, last: float) -> list[float]:
    """The middles of years that an axis names: every one, or every second, fifth or tenth where they are many."""
    years = range(floor(first), floor(last) + 1)
    step = next((each for each in (1, 2, 5, 10) if len(years) <= each * MOST_YEARS), 20)
    return [year + 0.5 for year in years if step == 1 or year % step == 0]


def _line_of_zero(channel: str, axis: Mapping[str, Any], others: Sequence[str]) -> list[dict[str, Any]]:
    """A line across the chart where the axis of values passes zero, as those of differences do.

    `others` are the channels that the marks of the chart have besides.
    """
    low, high = axis["scale"]["domain"]
    if not low < 0 < high:
        return []
    encoding = {channel: {**axis, "datum": 0}, **dict.fromkeys(others)}
    return [{"data": {"values": [{}]}, "mark": {"type": "rule", "color": SOFT}, "encoding": encoding}]


def line_chart(marks: Sequence[Mark], scale_of: Sequence[Mark]) -> Spec:
    """Values over time with bands of their intervals; dashed rules where a series is broken.

    `scale_of` are the marks whose values the axis covers, so that charts beside each other have the same one.
    """
    places = [each.place for each in scale_of]
    first, last = min(places), max(places)
    room = max((last - first) * 0.05, 0.5)
    axis = {"grid": False, "title": None, "values": _years(first, last), "labelExpr": "format(floor(datum.value), 'd')"}
    x = {
        "field": "place",
        "type": "quantitative",
        "scale": {"domain": [first - room, last + room], "nice": False, "zero": False},
        "axis": axis,
    }
    y: dict[str, Any] = {
        "type": "quantitative",
        "scale": _scale(scale_of, with_zero=False),
        "axis": {"title": None, "tickCount": 5, "grid": True},
    }
    points = _points(40)
    return {
        **FIT,
        "height": 200,
        "data": _rows(marks),
        "encoding": {"x": x, "detail": {"field": "part", "type": "nominal"}},
        "layer": [
            *_line_of_zero("y", y, ("x", "detail")),
            {
                "transform": [{"filter": "datum.is_break"}],
                "mark": {"type": "rule", "strokeDash": [4, 3], "color": SOFT},
            },
            {
                "mark": {"type": "area", "opacity": 0.16, "interpolate": "linear"},
                "encoding": {
                    "y": {**y, "field": "lower"},
                    "y2": {"field": "upper"},
                    "fill": _colour(),
                },
            },
            {
                "mark": {"type": "line", "strokeWidth": 2},
                "encoding": {"y": {**y, "field": "value"}, "stroke": _colour()},
            },
            {**points, "encoding": {**points["encoding"], "y": {**y, "field": "value"}}},
        ],
    }


def dot_plot(
    marks: Sequence[Mark], scale_of: Sequence[Mark], labels: Sequence[str], *, with_zero: bool = False
) -> Spec:
    """A row for each label, in this order, with its values and their intervals."""
    y = {
        "field": "label",
        "type": "nominal",
        "scale": {"domain": list(labels)},
        "axis": {
            "title": None,
            "labelColor": INK,
            "labelLimit": 175,
            "labelFontSize": 12.5,
            "labelExpr": LINES,
            "grid": True,
            "gridDash": [1, 3],
        },
    }
    axis = {"title": None, "orient": "top", "tickCount": 5, "grid": True}
    x: dict[str, Any] = {
        "type": "quantitative",
        "scale": _scale(scale_of, with_zero=with_zero),
        "axis": axis,
    }
    offset = {"field": "side", "type": "nominal", "scale": {"domain": SIDES, "range": OFFSETS}}
    points = _points()
    interval = {
        "mark": {"type": "rule", "strokeWidth": 2, "opacity": 0.75},
        "encoding": {
            "x": {**x, "field": "lower"},
            "x2": {"field": "upper"},
            "stroke": _colour(),
        },
    }
    shown = {**points, "encoding": {**points["encoding"], "x": {**x, "field": "value"}}}
    return {
        **FIT,
        "height": ROW * len(labels),
        "data": _rows(marks),
        "encoding": {"y": y, "yOffset": offset},
        "layer": [*_line_of_zero("x", x, ("y", "yOffset")), interval, shown],
    }


def bar_chart(marks: Sequence[Mark], scale_of: Sequence[Mark], labels: Sequence[str]) -> Spec:
    """Bars from zero, two of each label, with their intervals; hollow bars where numbers are not sound."""
    y = {
        "field": "label",
        "type": "nominal",
        "scale": {"domain": list(labels), "paddingInner": 0.25},
        "axis": {"title": None, "labelColor": INK, "labelLimit": 175, "labelFontSize": 12.5},
    }
    x = {"type": "quantitative", "scale": _scale(scale_of, with_zero=True)}
    axis = {"title": None, "orient": "top", "tickCount": 4}
    offset = {"field": "side", "type": "nominal", "scale": {"domain": ["migrants", "others"]}}
    is_pair = len({each.side for each in scale_of}) > 1
    bars = {
        "mark": {"type": "bar", "strokeWidth": 1.5},
        "encoding": {
            "x": {**x, "field": "value", "axis": axis},
            "stroke": _colour(),
            "fill": {"condition": {"test": "datum.kind == 'sound'", **_colour()}, "value": PAPER},
            "strokeDash": {"condition": {"test": "datum.kind == 'imputed'", "value": [3, 2]}, "value": [1, 0]},
            "tooltip": TOLD,
        },
    }
    interval = {
        "transform": [{"filter": "datum.lower < datum.upper"}],
        "mark": {"type": "rule", "strokeWidth": 1.5, "color": INK},
        "encoding": {"x": {**x, "field": "lower", "axis": axis}, "x2": {"field": "upper"}},
    }
    return {
        **FIT,
        "height": (28 if is_pair else 20) * len(labels),
        "data": _rows(marks),
        "encoding": {"y": y} | ({"yOffset": offset} if is_pair else {}),
        "layer": [bars, interval],
    }
