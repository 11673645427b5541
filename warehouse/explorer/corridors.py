"""Corridors: who lives or works in one country and comes from another, as each source counts it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import ClassVar

from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.charts.sankey import HEIGHT, WIDTH, sankey
from warehouse.explorer.charts.sankey import Flow as Ribbon
from warehouse.explorer.corridor_codes import CODE, INTO, OUT_OF, ends_of
from warehouse.explorer.groups import BOTH
from warehouse.explorer.numbers import COLUMNS, Number
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.service.errors import no_results, shown

LAST = f"""
    select {COLUMNS}
    from observation
    where indicator = ? and obs_value is not null and (sex = '{BOTH}' or coalesce(sex, '') = '')
    qualify time = max(time) over (partition by ref_area, source)
    order by all
"""
OF_PAIR = f"""
    select {COLUMNS}
    from observation
    where
        (ref_area = $destination and (classif1 in (select unnest($into)) or classif2 in (select unnest($into))))
        or (ref_area = $origin and (classif1 in (select unnest($out_of)) or classif2 in (select unnest($out_of))))
    qualify time = max(time) over (partition by ref_area, source, indicator)
    order by all
"""
MOST = 12
"""Origins and destinations of a matrix."""


@dataclass(frozen=True)
class MatrixRow:
    """An origin in a matrix, and the number for each destination."""

    name: str
    address: str
    numbers: Sequence[Number | None]


@dataclass(frozen=True)
class CorridorsPage(Page):
    """An indicator as a matrix and a diagram of origins and destinations."""

    template: ClassVar[str] = "corridors.html"
    indicators: Sequence[tuple[str, str, bool]]
    indicator: str
    unit: str
    figure: Figure | None
    destinations: Sequence[str]
    rows: Sequence[MatrixRow]
    left_out: int

    @property
    def charts(self) -> Sequence[Figure]:
        """The diagram."""
        return [self.figure] if self.figure else []


@dataclass(frozen=True)
class PairRow:
    """A number about a corridor, and what it is of."""

    number: Number
    indicator: str
    address: str
    what: str
    unit: str
    reporter: str


@dataclass(frozen=True)
class CorridorPage(Page):
    """A corridor: everything that either country counts of it."""

    template: ClassVar[str] = "corridor.html"
    origin: Link
    destination: Link
    rows: Sequence[PairRow]
    back: str


def corridors_page(reader: Reader, asked: Mapping[str, str]) -> CorridorsPage:
    """Origins and destinations of an indicator. Raises RequestError (404) where no indicator tells them."""
    given = reader.shelves.corridors.of(reader.release, reader.cursor).indicators
    if not given:
        raise no_results(reader.say("no.corridors"))
    indicator = asked.get("indicator", given[0])
    if indicator not in given:
        raise no_results(reader.say("no.indicator", indicator=shown(indicator)))
    flow = reader.flow(indicator)
    numbers = [Number(*row) for row in reader.cursor.execute(LAST, [indicator]).fetchall()]
    of_pair = _largest(numbers)
    origins, destinations = _ends(of_pair, 0), _ends(of_pair, 1)
    within = {pair: each for pair, each in of_pair.items() if pair[0] in origins and pair[1] in destinations}
    ribbons = [
        Ribbon(reader.area(origin), reader.area(destination), each.value or 0.0)
        for (origin, destination), each in within.items()
        if each.value
    ]
    rows = [
        MatrixRow(reader.area(origin), origin, [within.get((origin, destination)) for destination in destinations])
        for origin in origins
    ]
    title = reader.text(flow.title)
    told = reader.say("told.sankey", count=len(ribbons))
    choices = [(each, reader.text(reader.flow(each).title), each == indicator) for each in given]
    return CorridorsPage(
        title=reader.say("corridors"),
        indicators=choices,
        indicator=title,
        unit=reader.unit(flow),
        figure=Figure(title, partial(sankey, ribbons), told, WIDTH, HEIGHT)
        if ribbons and flow.unit_measure != "PT"
        else None,
        destinations=destinations,
        rows=rows,
        left_out=len(of_pair) - len(within),
    )


def _largest(numbers: Sequence[Number]) -> dict[tuple[str, str], Number]:
    """Corridor -> its number; of several that differ in another classification, the largest, which is their total."""
    found: dict[tuple[str, str], Number] = {}
    for each in numbers:
        ends = ends_of(each)
        if ends and (each.value or 0.0) >= (found[ends].value or 0.0 if ends in found else 0.0):
            found[ends] = each
    return found


def _ends(of_pair: Mapping[tuple[str, str], Number], side: int) -> list[str]:
    """The origins (0) or destinations (1) with the largest sums."""
    sums: dict[str, float] = {}
    for ends, each in of_pair.items():
        sums[ends[side]] = sums.get(ends[side], 0.0) + (each.value or 0.0)
    return sorted(sums, key=lambda code: (-sums[code], code))[:MOST]


def corridor_page(reader: Reader, asked: Mapping[str, str]) -> CorridorPage:
    """Everything about a corridor. Raises RequestError (404) where nothing is."""
    origin, destination = asked["origin"], asked["destination"]
    parameters = {
        "origin": origin,
        "destination": destination,
        "into": [f"{version}_{origin}" for version in INTO.values()],
        "out_of": [f"{version}_{destination}" for version in OUT_OF.values()],
    }
    numbers = [Number(*row) for row in reader.cursor.execute(OF_PAIR, parameters).fetchall()]
    if not numbers:
        raise no_results(reader.say("no.corridor", origin=reader.area(origin), destination=reader.area(destination)))
    rows = [_pair_row(reader, each) for each in numbers]
    title = reader.say("corridor.title", origin=reader.area(origin), destination=reader.area(destination))
    reverse = reader.to("corridor", destination, origin)
    return CorridorPage(title, _land(reader, origin), _land(reader, destination), rows, reverse)


def _land(reader: Reader, area: str) -> Link:
    has_page = area in reader.catalogue.areas
    return Link(reader.area(area), reader.to("country", area) if has_page else "")


def _pair_row(reader: Reader, number: Number) -> PairRow:
    flow = reader.flow(number.indicator)
    codes = {"sex": number.sex, "classif1": number.classif1, "classif2": number.classif2}
    what = [
        reader.of_column(flow, column, codes[column])
        for _, column in flow.classifications
        if codes[column] and not CODE.fullmatch(codes[column])
    ]
    return PairRow(
        number,
        reader.text(flow.title),
        reader.to("indicator", number.indicator, number.area),
        ", ".join(what),
        reader.unit(flow),
        reader.area(number.area),
    )
