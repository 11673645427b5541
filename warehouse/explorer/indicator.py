"""The page of an indicator: across countries, or in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.across import Across, read_across
from warehouse.explorer.breakdown import read_breakdown
from warehouse.explorer.catalogue import is_country
from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.compare import is_gap
from warehouse.explorer.copying import Snippet, citation, snippets
from warehouse.explorer.definitions import Definition, definitions_of
from warehouse.explorer.notes import Said, said_in
from warehouse.explorer.numbers import Number, Wanted, one_frequency, only_sources, read_numbers
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader, options
from warehouse.explorer.shape import Shape, shape_of, total_of, version_of
from warehouse.explorer.table import Table, make_table
from warehouse.explorer.time_lines import lines_of
from warehouse.service.errors import no_results, shown

MOST_TOLD, MOST_DRAWN = 40, 120
"""Periods of a table, and of a line."""
Options = Sequence[tuple[str, str, bool]]


@dataclass(frozen=True)
class Field:
    """A field to choose from: its name in the address, its label, and what it offers."""

    name: str
    label: str
    options: Options


@dataclass(frozen=True)
class About:
    """What an indicator measures."""

    indicator: str
    unit: str
    definition: Said
    definitions: Sequence[Definition]


@dataclass(frozen=True)
class Panel:
    """A heading with figures and the table of the same numbers."""

    heading: str
    figures: Sequence[Figure]
    table: Table | None = None
    note: str = ""
    wide: Figure | None = None
    more: Sequence[Figure] = ()

    @property
    def charts(self) -> Sequence[Figure]:
        """Every chart under the heading."""
        return [*self.figures, *self.more, *([self.wide] if self.wide else [])]


@dataclass(frozen=True)
class IndicatorPage(Page):
    """An indicator, in an area or across them."""

    template: ClassVar[str] = "indicator.html"
    area: Link | None
    basis: str
    about: About
    fields: Sequence[Field]
    panels: Sequence[Panel]
    areas: Sequence[Link]
    snippets: Sequence[Snippet]
    sources: Sequence[Link]
    cite: str

    @property
    def charts(self) -> Sequence[Figure]:
        """Those of every panel."""
        return [each for panel in self.panels for each in panel.charts]


def indicator_page(reader: Reader, asked: Mapping[str, str]) -> IndicatorPage:
    """The page of an indicator. Raises RequestError (404) where it has no numbers."""
    indicator = asked["indicator"]
    if not reader.has(indicator):
        raise no_results(reader.say("no.indicator", indicator=shown(indicator)))
    return _in_area(reader, indicator, asked["area"], asked) if asked.get("area") else _across(reader, indicator, asked)


def _about(reader: Reader, indicator: str) -> About:
    flow = reader.flow(indicator)
    return About(indicator, reader.unit(flow), said_in(reader, flow.definition), definitions_of(reader, indicator))


def _areas(reader: Reader, indicator: str) -> list[Link]:
    areas = {each.area for each in reader.catalogue.indicators.get(indicator, ())}
    links = [Link(reader.area(area), reader.to("indicator", indicator, area)) for area in areas]
    return sorted(links, key=lambda link: link.text)


def _cite(reader: Reader, indicator: str, area: str = "") -> str:
    title = reader.text(reader.flow(indicator).title) + (f", {reader.area(area)}" if area else "")
    return citation(reader, title, [link.note for link in _sources(reader, indicator, area)][:3])


def _sources(reader: Reader, indicator: str, area: str = "") -> list[Link]:
    listed = reader.catalogue.indicators.get(indicator, ())
    found = {each.source for each in listed if not area or each.area == area}
    sources = [reader.catalogue.sources[each] for each in sorted(found) if each in reader.catalogue.sources]
    return [Link(reader.text(each.title), reader.to("source", each.id), each.producer) for each in sources]


# Across countries


def _across(reader: Reader, indicator: str, asked: Mapping[str, str]) -> IndicatorPage:
    flow = reader.flow(indicator)
    columns = [column for _, column in flow.classifications]
    rows = reader.cursor.execute(
        "select distinct classif1, classif2 from observation where indicator = ?", [indicator]
    ).fetchall()
    blank = Number("", "", indicator, "", "", "", "", None, "", None, None, None, None, None)
    codes = [Number(**{**blank.__dict__, "classif1": one or "", "classif2": two or ""}) for one, two in rows]
    shape = shape_of(reader, indicator, codes)
    code, field = _one_code(reader, shape, codes, asked)
    across = read_across(reader, indicator, code) if columns else None
    return IndicatorPage(
        title=reader.text(flow.title),
        area=None,
        basis="" if is_gap(indicator) else shape.basis,
        about=_about(reader, indicator),
        fields=[field] if field else [],
        panels=_across_panels(reader, across, code),
        areas=_areas(reader, indicator),
        snippets=snippets(reader, indicator, "", code),
        sources=_sources(reader, indicator),
        cite=_cite(reader, indicator),
    )


def _one_code(
    reader: Reader, shape: Shape, numbers: Sequence[Number], asked: Mapping[str, str]
) -> tuple[str, Field | None]:
    """The code of the rows' classification that is shown across areas or over time, and the field to choose it."""
    name, code_of = (shape.row, shape.row_code) if shape.row else (shape.fixed, shape.fixed_code)
    if not name:
        return "", None
    codelist = f"CL_{name}"
    codes = reader.ordered(codelist, (code_of(each) for each in numbers))
    code = asked.get("code", "")
    if code not in codes:
        code = total_of(reader, codelist, codes)
    labels = {each: reader.label(codelist, each) for each in codes}
    versions = {version_of(each) for each in codes}
    if len(versions) > 1:
        labels = {each: f"{label} · {reader.label(codelist, version_of(each))}" for each, label in labels.items()}
    return code, Field("code", reader.classification(name), options(code, labels))


def _across_panels(reader: Reader, across: Across | None, code: str) -> list[Panel]:
    if across is None:
        return []
    numbers = [
        number
        for row in across.rows
        for pair in row.pairs
        for number in (pair.migrants, pair.others, pair.everyone)
        if number is not None
    ]
    times = {row.area: row.time for row in across.rows}
    table = make_table(
        reader,
        numbers,
        caption=reader.say("table.across"),
        corner=reader.say("country"),
        row_of=lambda each: each.area,
        label_of=reader.area,
        note_of=lambda area: reader.say.period(times[area]),
        address_of=lambda area: reader.to("indicator", across.indicator, area, **({"code": code} if code else {})),
        order=[row.area for row in across.rows],
    )
    return [Panel(reader.say("panel.across"), across.figures, table, reader.say("panel.across.note"), across.tiles)]


# In one country


def _in_area(reader: Reader, indicator: str, area: str, asked: Mapping[str, str]) -> IndicatorPage:
    numbers = read_numbers(reader.cursor, Wanted(indicators=[indicator], areas=[area]))
    if not numbers:
        raise no_results(reader.say("no.numbers", indicator=shown(indicator), area=reader.area(shown(area))))
    source = asked.get("source", "")
    sources = only_sources(numbers)
    chosen = next((each for each in sources if each.endswith(f":{source}")), sources[0]) if source else sources[0]
    numbers = [each for each in numbers if each.source == chosen]
    shape = shape_of(reader, indicator, numbers)
    code, code_field = _one_code(reader, shape, numbers, asked)
    period, period_field = _period(reader, numbers, asked)
    breakdown = read_breakdown(reader, shape, [each for each in numbers if each.time == period], asked.get("by", ""))
    fields = [
        period_field,
        code_field,
        *([Field("by", reader.say("field.by"), breakdown.versions)] if breakdown else []),
    ]
    over_time = _over_time(reader, shape, numbers, code)
    panels = [over_time] if over_time else []
    if breakdown:
        heading = reader.say("panel.by", what=reader.classification(shape.row), period=reader.say.period(period))
        panels.append(Panel(heading, breakdown.figures, breakdown.table, more=breakdown.pyramids))
    is_land = is_country(area)
    return IndicatorPage(
        title=reader.text(reader.flow(indicator).title),
        area=Link(reader.area(area), reader.to("country" if is_land else "region", area)),
        basis="" if is_gap(indicator) else shape.basis,
        about=_about(reader, indicator),
        fields=[each for each in fields if each and len(each.options) > 1],
        panels=panels,
        areas=_areas(reader, indicator),
        snippets=snippets(reader, indicator, area, code),
        sources=_sources(reader, indicator, area),
        cite=_cite(reader, indicator, area),
    )


def _period(reader: Reader, numbers: Sequence[Number], asked: Mapping[str, str]) -> tuple[str, Field]:
    periods = sorted({each.time for each in numbers}, reverse=True)
    years = [each for each in periods if len(each) == 4]
    period = asked.get("period", "")
    if period not in periods:
        period = (years or periods)[0]
    return period, Field(
        "period", reader.say("field.period"), options(period, {each: reader.say.period(each) for each in periods})
    )


def _over_time(reader: Reader, shape: Shape, numbers: Sequence[Number], code: str) -> Panel | None:
    code_of = shape.row_code if shape.row else shape.fixed_code
    listed = [each for each in numbers if code_of(each) == code] if code else list(numbers)
    listed = one_frequency(listed)
    if shape.sides is not None:
        kept = {*shape.sides.both, shape.sides.everyone}
        listed = [each for each in listed if (each.classif1 in kept or each.classif2 in kept)]
    if not listed:
        return None
    periods = sorted({each.time for each in listed}, reverse=True)
    drawn, told = set(periods[:MOST_DRAWN]), periods[:MOST_TOLD]
    lines = lines_of(reader, shape.basis, [each for each in listed if each.time in drawn])
    table = make_table(
        reader,
        [each for each in listed if each.time in set(told)],
        caption=reader.say("table.time"),
        corner=reader.say("field.period"),
        row_of=lambda each: each.time,
        label_of=reader.say.period,
        order=told,
    )
    heading = reader.say("panel.time") if len(periods) > 1 else reader.say.period(periods[0])
    notes = [reader.say("break.note")] if any(each.is_break for each in listed) else []
    notes += [reader.say("time.note", count=MOST_TOLD)] if len(periods) > MOST_TOLD else []
    return Panel(heading, lines.figures, table, " ".join(notes))
