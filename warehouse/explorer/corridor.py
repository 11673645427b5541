"""The page of a corridor: everything that either country counts of it, now and over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.corridor_codes import CODE, INTO, OUT_OF
from warehouse.explorer.groups import BOTH
from warehouse.explorer.numbers import COLUMNS, MOST, Number, one_frequency
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.time_lines import lines_of
from warehouse.service.errors import no_results

OF_PAIR = f"""
    select {COLUMNS}
    from observation
    where
        (ref_area = $destination and (classif1 in (select unnest($into)) or classif2 in (select unnest($into))))
        or (ref_area = $origin and (classif1 in (select unnest($out_of)) or classif2 in (select unnest($out_of))))
    order by all
    limit {MOST}
"""
LEAST_PERIODS = 3
"""Periods of a line."""


@dataclass(frozen=True)
class PairRow:
    """A number about a corridor, and what it is of."""

    number: Number
    what: str


@dataclass(frozen=True)
class Counted:
    """What a source counts of a corridor by an indicator: in its last period, and over time where it has three."""

    indicator: str
    address: str
    reporter: str
    source: str
    unit: str
    time: str
    rows: Sequence[PairRow]
    figures: Sequence[Figure]


@dataclass(frozen=True)
class CorridorPage(Page):
    """A corridor."""

    template: ClassVar[str] = "corridor.html"
    origin: Link
    destination: Link
    counted: Sequence[Counted]
    back: str

    @property
    def charts(self) -> Sequence[Figure]:
        """Those over time."""
        return [figure for each in self.counted for figure in each.figures]


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
    series: dict[tuple[str, str, str], list[Number]] = {}
    for each in numbers:
        series.setdefault((each.area, each.source, each.indicator), []).append(each)
    return CorridorPage(
        reader.say("corridor.title", origin=reader.area(origin), destination=reader.area(destination)),
        _land(reader, origin),
        _land(reader, destination),
        [_counted(reader, listed) for listed in series.values()],
        reader.to("corridor", destination, origin),
    )


def _land(reader: Reader, area: str) -> Link:
    has_page = area in reader.catalogue.areas
    return Link(reader.area(area), reader.to("country", area) if has_page else "")


def _counted(reader: Reader, numbers: Sequence[Number]) -> Counted:
    """The numbers of one source and indicator."""
    last = max(each.time for each in numbers)
    rows = [PairRow(each, _what(reader, each)) for each in numbers if each.time == last]
    one = numbers[0]
    flow, source = reader.flow(one.indicator), reader.catalogue.sources.get(one.source)
    return Counted(
        reader.text(flow.title),
        reader.to("indicator", one.indicator, one.area),
        reader.area(one.area),
        reader.text(source.title) if source else one.source_id,
        reader.unit(flow),
        last,
        rows,
        _over_time(reader, numbers, last),
    )


def _what(reader: Reader, number: Number) -> str:
    """What a number is of besides its corridor."""
    flow = reader.flow(number.indicator)
    codes = {"sex": number.sex, "classif1": number.classif1, "classif2": number.classif2}
    return ", ".join(
        reader.of_column(flow, column, codes[column])
        for _, column in flow.classifications
        if codes[column] and not CODE.fullmatch(codes[column])
    )


def _over_time(reader: Reader, numbers: Sequence[Number], last: str) -> Sequence[Figure]:
    """The total over time, of women and men where they are told apart; nothing where there are too few periods."""
    totals = [each for each in numbers if each.time == last and each.sex in (BOTH, "")]
    if not totals:
        return []
    total = max(totals, key=lambda each: each.value or 0.0)  # that of another classification is its largest
    codes = (total.classif1, total.classif2)
    listed = one_frequency([each for each in numbers if (each.classif1, each.classif2) == codes])
    if len({each.time for each in listed}) < LEAST_PERIODS:
        return []
    return lines_of(reader, "", listed).figures
