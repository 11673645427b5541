"""Corridors across countries: who lives or works in one and comes from another, as a matrix and diagrams."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from warehouse.explorer.charts.chord import SIZE, chord
from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.charts.sankey import HEIGHT, WIDTH, sankey
from warehouse.explorer.charts.sankey import Flow as Ribbon
from warehouse.explorer.corridor_matrix import Matrix, read_matrix
from warehouse.explorer.numbers import Number
from warehouse.explorer.page import Page
from warehouse.explorer.reader import Reader
from warehouse.service.errors import no_results, shown


@dataclass(frozen=True)
class MatrixRow:
    """An origin in a matrix, and the number for each destination."""

    name: str
    address: str
    numbers: Sequence[Number | None]


@dataclass(frozen=True)
class CorridorsPage(Page):
    """An indicator as a matrix and diagrams of origins and destinations."""

    template: ClassVar[str] = "corridors.html"
    indicators: Sequence[tuple[str, str, bool]]
    indicator: str
    unit: str
    figures: Sequence[Figure]
    destinations: Sequence[str]
    rows: Sequence[MatrixRow]
    left_out: int

    @property
    def charts(self) -> Sequence[Figure]:
        """The diagrams."""
        return self.figures


def corridors_page(reader: Reader, asked: Mapping[str, str]) -> CorridorsPage:
    """Origins and destinations of an indicator. Raises RequestError (404) where no indicator tells them."""
    given = reader.shelves.corridors.of(reader.release, reader.cursor).indicators
    if not given:
        raise no_results(reader.say("no.corridors"))
    indicator = asked.get("indicator", given[0])
    if indicator not in given:
        raise no_results(reader.say("no.indicator", indicator=shown(indicator)))
    flow = reader.flow(indicator)
    matrix = read_matrix(reader.cursor, indicator)
    rows = [
        MatrixRow(reader.area(origin), origin, [matrix.numbers.get((origin, each)) for each in matrix.destinations])
        for origin in matrix.origins
    ]
    return CorridorsPage(
        title=reader.say("corridors"),
        indicators=[(each, reader.text(reader.flow(each).title), each == indicator) for each in given],
        indicator=reader.text(flow.title),
        unit=reader.unit(flow),
        figures=_diagrams(reader, matrix) if flow.unit_measure != "PT" else [],
        destinations=matrix.destinations,
        rows=rows,
        left_out=matrix.left_out,
    )


def _diagrams(reader: Reader, matrix: Matrix) -> list[Figure]:
    """Sankey and chord: shares of a whole, which rates are not."""
    ribbons = [
        Ribbon(reader.area(origin), reader.area(destination), each.value)
        for (origin, destination), each in matrix.numbers.items()
        if each.value
    ]
    if not ribbons:
        return []
    say, count = reader.say, len(ribbons)
    return [
        Figure(say("sankey"), partial(sankey, ribbons), say("told.sankey", count=count), WIDTH, HEIGHT),
        Figure(say("chord"), partial(chord, ribbons), say("told.chord", count=count), SIZE, SIZE),
    ]
