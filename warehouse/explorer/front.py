"""The front page: what the release says first, and the ways into it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from schemas.sdmx import load_shape
from warehouse.explorer.across import Across, read_across
from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.headlines import load_headlines
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader


@dataclass(frozen=True)
class FrontPage(Page):
    """The headline subject across countries, and countries, subjects and topics to go on with."""

    template: ClassVar[str] = "front.html"
    across: Across | None
    countries: Sequence[Link]
    subjects: Sequence[Link]
    topics: Sequence[Link]
    counts: Mapping[str, int]

    @property
    def charts(self) -> Sequence[Figure]:
        """Those of the headline subject."""
        return self.across.figures if self.across else ()


def front_page(reader: Reader, _: Mapping[str, str]) -> FrontPage:
    """The front page of a release."""
    say, catalogue = reader.say, reader.catalogue
    headline = next(iter(load_headlines().values()))
    indicator = next((each for each in headline.by.values() if reader.has(each)), None)
    across = read_across(reader, indicator, headline.code) if indicator else None
    countries = [
        Link(
            reader.area(area),
            reader.to("country", area),
            say("synthetic.short") if catalogue.is_synthetic(area) else say.plural("numbers", count),
        )
        for area, count in catalogue.countries.items()
    ]
    subjects = [
        Link(say(f"subject.{name}"), reader.to("indicator", found))
        for name, each in load_headlines().items()
        if (found := next((one for one in each.by.values() if reader.has(one)), None))
    ]
    topics: dict[str, int] = {}
    for each in reader.release.flows.values():
        topics[each.topic] = topics.get(each.topic, 0) + 1
    shape = load_shape().topics
    return FrontPage(
        say("front.title"),
        across,
        sorted(countries, key=lambda link: link.text),
        subjects,
        [
            Link(reader.text(shape[topic]), reader.to("topic", topic), say.plural("indicators", count))
            for topic, count in sorted(topics.items(), key=lambda item: -item[1])
            if topic in shape
        ],
        {
            "numbers": sum(each.count for each in catalogue.series),
            "indicators": len(catalogue.indicators),
            "countries": len(catalogue.countries),
        },
    )
