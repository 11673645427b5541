"""A map of tiles of one size, one a country, so that small countries count as much as large ones.

`tiles.csv` has the place of each, near its neighbours.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from warehouse.explorer.charts.draw import INK, PAPER, SOFT, Spec
from warehouse.explorer.charts.specs import TOLD
from warehouse.explorer.numbers import Kind

TILES_FILE = Path(__file__).parent.parent / "tiles.csv"
SIZE = 27
EMPTY, LIGHT, DARK = "#e9edf0", "#fbe0cd", "#7d2b00"


@dataclass(frozen=True)
class Tile:
    """A country on the map: its value as it is written, how far it carries, and what is told of it."""

    value: float
    written: str
    kind: Kind
    said: str = ""


@cache
def load_tiles() -> Mapping[str, tuple[int, int]]:
    """Country -> its column and row."""
    with TILES_FILE.open(encoding="utf-8", newline="") as file:
        return {row["code"]: (int(row["column"]), int(row["row"])) for row in csv.DictReader(file)}


def tile_map(tiles: Mapping[str, Tile]) -> Spec:
    """Every country as a tile; darker where the value is higher, with a dashed outline and no filling where it is not
    sound, grey where there is none."""
    places = load_tiles()
    rows = [_row(code, place, tiles.get(code)) for code, place in places.items()]
    values = [each.value for each in tiles.values() if each.kind == "sound"]  # others have no filling
    middle = (min(values) + max(values)) / 2 if values else 0.0
    columns, lines = (1 + max(place[axis] for place in places.values()) for axis in (0, 1))
    box = {"type": "rect", "width": SIZE - 2, "height": SIZE - 2, "strokeWidth": 1.5}
    fill = {"field": "value", "type": "quantitative", "scale": {"range": [LIGHT, DARK], "zero": False}}
    text_colour = {
        "condition": [
            {"test": "datum.kind == ''", "value": SOFT},
            {"test": f"datum.kind == 'sound' && datum.value > {middle}", "value": PAPER},
        ],
        "value": INK,
    }
    return {
        "width": columns * SIZE,
        "height": lines * SIZE,
        "data": {"values": rows},
        "encoding": {"x": _axis("x", columns), "y": _axis("y", lines)},
        "layer": [
            {"transform": [{"filter": "datum.kind == ''"}], "mark": {**box, "fill": EMPTY}},
            {
                "transform": [{"filter": "datum.kind == 'sound'"}],
                "mark": box,
                "encoding": {"fill": fill, "tooltip": TOLD},
            },
            {
                "transform": [{"filter": "datum.kind != '' && datum.kind != 'sound'"}],
                "mark": {**box, "fill": PAPER, "stroke": INK, "strokeDash": [3, 2]},
                "encoding": {"tooltip": TOLD},
            },
            {
                "mark": {"type": "text", "fontSize": 8.5, "dy": {"expr": "datum.kind == '' ? 0 : -5"}},
                "encoding": {"text": {"field": "code"}, "color": text_colour, "tooltip": TOLD},
            },
            {
                "transform": [{"filter": "datum.kind != ''"}],
                "mark": {"type": "text", "fontSize": 10, "fontWeight": "bold", "dy": 6},
                "encoding": {"text": {"field": "written"}, "color": text_colour, "tooltip": TOLD},
            },
        ],
    }


def _axis(name: str, count: int) -> dict[str, Any]:
    domain = [-0.5, count - 0.5]
    scale = {"domain": domain if name == "x" else domain[::-1], "nice": False, "zero": False}
    return {"field": name, "type": "quantitative", "axis": None, "scale": scale}


def _row(code: str, place: Sequence[int], tile: Tile | None) -> dict[str, Any]:
    told: dict[str, Any] = {"value": 0, "kind": ""}
    if tile:
        told = {"value": tile.value, "written": tile.written, "kind": tile.kind, "said": tile.said}
    return {"code": code, "x": place[0], "y": place[1], **told}
