"""Drawing a specification of Vega-Lite as SVG, without a browser and without a network."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from schemas.declaration import Language
from warehouse.language import MARKS

Spec = Mapping[str, Any]

INK, SOFT, LINE, PAPER = "#1d2b36", "#5a6772", "#d9dee2", "#ffffff"
MIGRANTS, OTHERS, THIRD = "#b5460f", "#1f6a94", "#6d6a75"
"""Colours that are told apart by colour-blind readers; shapes say the same."""
FONT = "'Source Sans 3', 'Segoe UI', 'Helvetica Neue', Arial, 'Liberation Sans', sans-serif"
"""That of the pages: an image inherits none from them. Names with spaces are quoted, or none of the list counts."""
VEGA_LITE = "6.1"
NOT_FOR_READERS = re.compile(r' (?:role|aria-[a-z]+|class|stroke-miterlimit|pointer-events)="[^"]*"')
EMPTY = re.compile(r'<path (?:d="[^"]*" )?display="none"/>|<path d=""[^>]*/>|<path d="M0,0h0v0h0Z"[^>]*/>')
FRAME = 30
"""About what an axis takes above or below a plot, in pixels."""
CONFIG: Spec = {
    "background": "transparent",
    "font": FONT,
    "view": {"stroke": None},
    "axis": {
        "labelColor": SOFT,
        "labelFontSize": 12,
        "titleColor": SOFT,
        "titleFontSize": 12,
        "titleFontWeight": "normal",
        "gridColor": LINE,
        "domain": False,
        "ticks": False,
        "labelPadding": 6,
    },
    "legend": {"disable": True},
    "text": {"fontSize": 12, "color": INK},
}


@dataclass(frozen=True)
class Figure:
    """A chart: its heading, how it is drawn, and what a reader who cannot see it is told.

    draw    gives its SVG; the page does not wait for it, as the chart has an address of its own
    width, height  about how large it is, in pixels: the room that a page keeps until it is there
    spec    what Vega draws in a browser; None where the picture is all there is
    """

    title: str
    draw: Callable[[], str]
    told: str
    width: int
    height: int
    spec: Spec | None = None


def chart(language: Language, spec: Spec, told: str, title: str = "") -> Figure:
    """The chart of a specification, with numbers as the language writes them; `told` is what it shows, in words."""
    whole = {**spec, "config": CONFIG}
    return Figure(title, partial(_draw, whole, language), told, spec["width"], spec["height"] + FRAME, whole)


def locale_of(language: Language) -> dict[str, Any]:
    """How Vega writes numbers in a language."""
    between, before = MARKS[language]
    return {"decimal": before, "thousands": between, "grouping": [3], "currency": ["", ""]}


def _draw(spec: Spec, language: Language) -> str:
    return _drawn(json.dumps(spec, sort_keys=True), language)


@lru_cache(maxsize=512)
def _drawn(spec: str, language: Language) -> str:
    """The SVG of a specification. What it shows stands in words beside it: its parts are not read out one by one."""
    import vl_convert

    svg: str = vl_convert.vegalite_to_svg(
        spec, vl_version=VEGA_LITE, allowed_base_urls=[], format_locale=locale_of(language)
    )
    return EMPTY.sub("", NOT_FOR_READERS.sub("", svg))
