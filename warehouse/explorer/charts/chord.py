"""Flows between countries as a chord diagram, drawn as SVG: Vega-Lite has no such mark."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import cos, pi, sin

from markupsafe import escape

from warehouse.explorer.charts.draw import FONT, INK, MIGRANTS, OTHERS
from warehouse.explorer.charts.sankey import Flow, shortened

SIZE, RADIUS, THICK = 700, 190, 12
PAD = pi / 45
"""Between countries: room for a label beside each, however small its part is."""
Span = tuple[float, float]
"""A part of the circle: where it begins and ends, clockwise from the top, in radians."""


def chord(flows: Sequence[Flow]) -> str:
    """The diagram: a part of the circle for each country, first what leaves it, then what arrives; largest first."""
    sums = _sums(flows)
    total = sum(out + into for out, into in sums.values()) or 1.0
    scale = (2 * pi - PAD * len(sums)) / total
    leaving, arriving, rings = _places(sums, scale)
    parts = []
    for flow in sorted(flows, key=lambda each: -each.value):
        width = flow.value * scale
        start, end = leaving[flow.origin], arriving[flow.destination]
        leaving[flow.origin], arriving[flow.destination] = start + width, end + width
        parts.append(_ribbon((start, start + width), (end, end + width)))
    parts += [ring for name in sums for ring in rings[name]]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {SIZE} {SIZE}" width="{SIZE}" height="{SIZE}" '
        f'font-family="{escape(FONT)}" font-size="12" fill="{INK}"><g transform="translate({SIZE / 2:g},{SIZE / 2:g})">'
        f"{''.join(parts)}</g></svg>"
    )


def _sums(flows: Sequence[Flow]) -> dict[str, tuple[float, float]]:
    """Country -> what leaves it and what arrives, the largest first."""
    found: dict[str, tuple[float, float]] = {}
    for each in flows:
        out, into = found.get(each.origin, (0.0, 0.0))
        found[each.origin] = (out + each.value, into)
        out, into = found.get(each.destination, (0.0, 0.0))
        found[each.destination] = (out, into + each.value)
    return dict(sorted(found.items(), key=lambda item: -sum(item[1])))


def _places(
    sums: Mapping[str, tuple[float, float]], scale: float
) -> tuple[dict[str, float], dict[str, float], dict[str, list[str]]]:
    """Where the parts of each country begin that leave and that arrive, and its ring with its name."""
    leaving, arriving, rings, at = {}, {}, {}, PAD / 2
    for name, (out, into) in sums.items():
        leaving[name], arriving[name], end = at, at + out * scale, at + (out + into) * scale
        rings[name] = [
            *([_ring((at, arriving[name]), MIGRANTS)] if out else []),
            *([_ring((arriving[name], end), OTHERS)] if into else []),
            _name(name, (at + end) / 2),
        ]
        at = end + PAD
    return leaving, arriving, rings


def _point(angle: float, radius: float) -> str:
    return f"{radius * sin(angle):.1f} {-radius * cos(angle):.1f}"


def _arc(span: Span, radius: float, *, back: bool = False) -> str:
    """An arc to the end of a part, or back to its beginning."""
    is_large = int(span[1] - span[0] > pi)
    return f"A{radius} {radius} 0 {is_large} {int(not back)} {_point(span[0] if back else span[1], radius)}"


def _ribbon(start: Span, end: Span) -> str:
    path = (
        f"M{_point(start[0], RADIUS)}{_arc(start, RADIUS)}Q0 0 {_point(end[0], RADIUS)}"
        f"{_arc(end, RADIUS)}Q0 0 {_point(start[0], RADIUS)}Z"
    )
    return f'<path d="{path}" fill="{MIGRANTS}" fill-opacity="0.25"/>'


def _ring(span: Span, colour: str) -> str:
    outer = RADIUS + THICK
    path = (
        f"M{_point(span[0], RADIUS + 1)}L{_point(span[0], outer)}{_arc(span, outer)}"
        f"L{_point(span[1], RADIUS + 1)}{_arc(span, RADIUS + 1, back=True)}Z"
    )
    return f'<path d="{path}" fill="{colour}"/>'


def _name(name: str, angle: float) -> str:
    """The name of a country beside its part, written outward."""
    is_left = angle > pi
    turned = angle * 180 / pi - 90 + (180 if is_left else 0)
    at = -(RADIUS + THICK + 6) if is_left else RADIUS + THICK + 6
    anchor = "end" if is_left else "start"
    return (
        f'<text transform="rotate({turned:.1f})" x="{at}" y="4" text-anchor="{anchor}">{escape(shortened(name))}</text>'
    )
