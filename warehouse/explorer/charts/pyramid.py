"""An age and sex pyramid: women to the left, men to the right."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from warehouse.explorer.charts.draw import INK, PAPER, Spec
from warehouse.explorer.charts.specs import COLOURS, FIT, TOLD, Mark

BAR = 24


def pyramid(women: Sequence[Mark], men: Sequence[Mark], labels: Sequence[str]) -> Spec:
    """Bars of women and of men at each age, the oldest on top, with intervals; hollow where a number is not sound."""
    rows = [
        {**each.row, **{end: sign * each.row[end] for end in ("value", "lower", "upper")}}
        for marks, sign in ((women, -1), (men, 1))
        for each in marks
    ]
    largest = max((abs(row["upper"]) for row in rows), default=1.0) * 1.05
    colour = COLOURS[(women or men)[0].side]
    x: dict[str, Any] = {
        "type": "quantitative",
        "scale": {"domain": [-largest, largest], "nice": False},
        "axis": {"title": None, "tickCount": 5, "labelExpr": "format(abs(datum.value), ',~f')"},
    }
    y = {
        "field": "label",
        "type": "nominal",
        "scale": {"domain": list(labels)[::-1], "paddingInner": 0.15},
        "axis": {"title": None, "labelColor": INK},
    }
    return {
        **FIT,
        "height": BAR * len(labels),
        "data": {"values": rows},
        "encoding": {"y": y},
        "layer": [
            {
                "mark": {"type": "bar", "stroke": colour, "strokeWidth": 1.5},
                "encoding": {
                    "x": {**x, "field": "value", "stack": None},
                    "tooltip": TOLD,
                    "fill": {"condition": {"test": "datum.kind == 'sound'", "value": colour}, "value": PAPER},
                },
            },
            {
                "transform": [{"filter": "datum.lower != datum.upper"}],
                "mark": {"type": "rule", "color": INK},
                "encoding": {"x": {**x, "field": "lower"}, "x2": {"field": "upper"}},
            },
            {"mark": {"type": "rule", "color": INK}, "encoding": {"x": {**x, "datum": 0}, "y": None}},
        ],
    }
