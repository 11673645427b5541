"""Flows from origins to destinations as a Sankey diagram, drawn as SVG: Vega-Lite has no such mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import escape

from warehouse.explorer.charts.draw import FONT, INK, MIGRANTS, OTHERS

WIDTH, HEIGHT, NODE, GAP, MARGIN = 700, 470, 12, 6, 170
LEAST_HEIGHT = 1.5
LONGEST = 26
"""Letters of a name before it is cut short."""


@dataclass(frozen=True)
class Flow:
    """A flow: from where, to where, how much."""

    origin: str
    destination: str
    value: float


def sankey(flows: Sequence[Flow]) -> str:
    """The diagram, origins to the left and destinations to the right, the largest on top."""
    origins, destinations = _sums(flows, "origin"), _sums(flows, "destination")
    total = sum(origins.values()) or 1.0
    most = max(len(origins), len(destinations), 1)
    scale = (HEIGHT - 10 - GAP * (most - 1)) / total
    left, right = _places(origins, scale), _places(destinations, scale)
    within = {("left", name): top for name, top in left.items()} | {("right", name): top for name, top in right.items()}
    parts = []
    order = {name: place for place, name in enumerate([*origins, *destinations])}
    for flow in sorted(flows, key=lambda each: (order[each.origin], list(destinations).index(each.destination))):
        thick = flow.value * scale
        start, end = within["left", flow.origin], within["right", flow.destination]
        within["left", flow.origin] += thick
        within["right", flow.destination] += thick
        parts.append(_ribbon(start, end, thick))
    parts += [_node(MARGIN, top, origins[name] * scale, name, MIGRANTS, "end") for name, top in left.items()]
    parts += [
        _node(WIDTH - MARGIN - NODE, top, destinations[name] * scale, name, OTHERS, "start")
        for name, top in right.items()
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}" '
        f'font-family="{escape(FONT)}" font-size="12" fill="{INK}"><g transform="translate(0,5)">'
        f"{''.join(parts)}</g></svg>"
    )


def shortened(name: str) -> str:
    """A name, cut where it is longer than the room beside a diagram."""
    return name if len(name) <= LONGEST else name[: LONGEST - 1] + "…"


def _sums(flows: Sequence[Flow], side: str) -> dict[str, float]:
    """Name -> the sum of its flows, largest first."""
    found: dict[str, float] = {}
    for each in flows:
        name = each.origin if side == "origin" else each.destination
        found[name] = found.get(name, 0.0) + each.value
    return dict(sorted(found.items(), key=lambda item: -item[1]))


def _places(sums: Mapping[str, float], scale: float) -> dict[str, float]:
    """Name -> the top of its node."""
    found, top = {}, 0.0
    for name, value in sums.items():
        found[name] = top
        top += value * scale + GAP
    return found


def _ribbon(start: float, end: float, thick: float) -> str:
    one, other = MARGIN + NODE, WIDTH - MARGIN - NODE
    middle = (one + other) / 2
    path = (
        f"M{one} {start:.1f}C{middle} {start:.1f} {middle} {end:.1f} {other} {end:.1f}"
        f"V{end + thick:.1f}C{middle} {end + thick:.1f} {middle} {start + thick:.1f} {one} {start + thick:.1f}Z"
    )
    return f'<path d="{path}" fill="{MIGRANTS}" fill-opacity="0.25"/>'


def _node(x: float, top: float, height: float, name: str, colour: str, anchor: str) -> str:
    at = x - 6 if anchor == "end" else x + NODE + 6
    height = max(height, LEAST_HEIGHT)
    return (
        f'<rect x="{x}" y="{top:.1f}" width="{NODE}" height="{height:.1f}" fill="{colour}"/>'
        f'<text x="{at}" y="{top + height / 2 + 4:.1f}" text-anchor="{anchor}">{escape(shortened(name))}</text>'
    )
