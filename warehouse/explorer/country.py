"""The page of a country: what there is, what it says, from which sources, and what is missing and why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from schemas.sdmx import load_shape
from warehouse.explorer.catalogue import Source, is_country
from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.findings import Finding, Told, findings, read_told
from warehouse.explorer.headlines import load_headlines
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.time_lines import read_lines
from warehouse.service.errors import no_results, shown

MISSING = """
    select
        reason_code, any_value(label_en), any_value(label_fr), any_value(label_es),
        list(distinct indicator order by indicator), list(distinct source order by source)
    from availability
    inner join availability_reason using (reason_code)
    where source in ({places}) and availability.state = 'not_produced' and not starts_with(reason_code, 'needs_')
    group by reason_code
    order by count(distinct indicator) desc, reason_code
"""


@dataclass(frozen=True)
class Missing:
    """Why indicators are not given: the reason in words, which they are, in which sources."""

    reason: str
    indicators: Sequence[str]
    sources: Sequence[str]


@dataclass(frozen=True)
class Topic:
    """The indicators of a topic that a country has."""

    name: str
    links: Sequence[Link]


@dataclass(frozen=True)
class CountryPage(Page):
    """A country."""

    template: ClassVar[str] = "country.html"
    area: str
    is_synthetic: bool
    findings: Sequence[Finding]
    told: Sequence[Told]
    figures: Sequence[Figure]
    figures_about: str
    topics: Sequence[Topic]
    sources: Sequence[Source]
    missing: Sequence[Missing]
    region: Link | None

    @property
    def charts(self) -> Sequence[Figure]:
        """Those of its first subject over time."""
        return self.figures


def country_page(reader: Reader, asked: Mapping[str, str]) -> CountryPage:
    """The page of a country. Raises RequestError (404) where the release has nothing of it."""
    area, catalogue = asked["area"], reader.catalogue
    if area not in catalogue.areas or not is_country(area):
        raise no_results(reader.say("no.country", area=shown(area)))
    told = read_told(reader, area)
    first = next(iter(told), None)
    code = load_headlines()[first.subject].code if first else ""
    lines = read_lines(reader, first.indicator, area, code) if first else None
    own = [each for each in catalogue.sources.values() if each.area == area]
    parent = catalogue.parents.get(area)
    return CountryPage(
        title=reader.area(area),
        area=area,
        is_synthetic=catalogue.is_synthetic(area),
        findings=list(findings(reader, area, told)),
        told=told,
        figures=lines.figures if lines else (),
        figures_about=reader.text(reader.flow(first.indicator).title) if first else "",
        topics=_topics(reader, area),
        sources=own,
        missing=_missing(reader, [each.id for each in own]),
        region=Link(reader.area(parent), reader.to("region", parent)) if parent else None,
    )


def _topics(reader: Reader, area: str) -> list[Topic]:
    found: dict[str, list[Link]] = {}
    given: dict[str, list[str]] = {}
    for each in reader.catalogue.areas[area]:
        given.setdefault(each.indicator, []).extend((each.first, each.last))
    for indicator, periods in given.items():
        flow = reader.flow(indicator)
        first, last = min(periods)[:4], max(periods)[:4]
        years = first if first == last else f"{first}–{last}"
        found.setdefault(flow.topic, []).append(
            Link(reader.text(flow.title), reader.to("indicator", indicator, area), years)
        )
    shape = load_shape().topics
    return [
        Topic(reader.text(shape[topic]), sorted(links, key=lambda link: link.text))
        for topic, links in sorted(found.items(), key=lambda item: -len(item[1]))
    ]


def _missing(reader: Reader, source_ids: Sequence[str]) -> list[Missing]:
    if not source_ids:
        return []
    rows = reader.cursor.execute(MISSING.format(places=", ".join("?" * len(source_ids))), source_ids).fetchall()
    position = {"en": 1, "fr": 2, "es": 3}[reader.language]
    return [Missing(row[position] or row[1], row[4], row[5]) for row in rows]
