"""What of a release is searched: indicators, countries and regions, sources, each by its words in three languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import duckdb

from schemas.sdmx import load_shape
from warehouse.assistants.search import folded_words, read_entries
from warehouse.service.shelf import OpenRelease

What = Literal["area", "indicator", "source", "topic"]
OF_NAME, OF_CODE, OF_PRODUCER = 3.0, 3.0, 1.0


@dataclass(frozen=True)
class Item:
    """What can be found: what it is, its id, and its words with their weights."""

    what: What
    id: str
    words: Mapping[str, float]
    size: int = 1


@dataclass(frozen=True)
class Index:
    """Everything that can be found in a release."""

    items: Sequence[Item]

    @cached_property
    def vocabulary(self) -> list[str]:
        """Every word, in order."""
        return sorted({word for item in self.items for word in item.words})

    @cached_property
    def spread(self) -> dict[str, int]:
        """Word -> how many items have it: rare words say more."""
        found: dict[str, int] = {}
        for item in self.items:
            for word in item.words:
                found[word] = found.get(word, 0) + 1
        return found


def read_index(release: OpenRelease, cursor: duckdb.DuckDBPyConnection) -> Index:
    """Read what can be found in a release."""
    indicators = [
        Item("indicator", each.flow.indicator, each.words, each.areas) for each in read_entries(release, cursor)
    ]
    names = release.names.of("CL_AREA")
    given = {code for (code,) in cursor.execute("select distinct ref_area from observation").fetchall()}
    areas = [
        Item("area", code, _weighted((OF_NAME, (text.en, text.fr, text.es)), (OF_CODE, (code,))), 1000)
        for code, text in names.items()
        if code in given
    ]
    rows = cursor.execute("""
        select source_id, title_en, title_fr, title_es, producer
        from source where kind <> 'benchmark' order by source_id
    """).fetchall()
    sources = [
        Item("source", id_, _weighted((OF_PRODUCER, (producer,)), (OF_NAME, titles), (OF_CODE, (id_,))))
        for id_, *titles, producer in rows
    ]
    used = {each.topic for each in release.flows.values()}
    topics = [
        Item("topic", topic, _weighted((OF_NAME, (text.en, text.fr, text.es)), (OF_CODE, (topic,))))
        for topic, text in load_shape().topics.items()
        if topic in used
    ]
    return Index([*areas, *topics, *indicators, *sources])


def _weighted(*places: tuple[float, Iterable[str | None]]) -> dict[str, float]:
    """The words of texts, each with the weight of the last place where it is."""
    return {word: weight for weight, texts in places for text in texts if text for word in folded_words(text)}
