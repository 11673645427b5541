"""The page of a topic: its indicators, and of how many countries each is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from schemas.sdmx import load_shape
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.service.errors import no_results


@dataclass(frozen=True)
class TopicPage(Page):
    """A topic."""

    template: ClassVar[str] = "topic.html"
    links: Sequence[Link]


def topic_page(reader: Reader, asked: Mapping[str, str]) -> TopicPage:
    """The indicators of a topic. Raises RequestError (404) where there is no such topic."""
    topic = asked["topic"]
    flows = [each for each in reader.release.flows.values() if each.topic == topic]
    if not flows:
        raise no_results(reader.say("no.topic"))
    links = []
    for flow in flows:
        listed = reader.catalogue.indicators.get(flow.indicator, ())
        countries = len({each.area for each in listed})
        links.append(
            Link(
                reader.text(flow.title),
                reader.to("indicator", flow.indicator),
                reader.say.plural("countries", countries),
            )
        )
    title = reader.text(load_shape().topics[topic]) if topic in load_shape().topics else topic
    return TopicPage(title, sorted(links, key=lambda link: link.text))
