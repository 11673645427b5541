"""Finding by words in three languages, typing errors forgiven, and by ids, old or new."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from schemas.aliases import other_names, plain_id
from schemas.sdmx import load_shape
from warehouse.assistants.search import folded_words
from warehouse.explorer.catalogue import is_country
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.search_index import Index, Item

MOST = 30
LEAST_OF_BEST = 0.4
"""What fits less than this share of the best of its kind is left out."""
MOST_WORDS = 12
BEGINNING = 3
SMALL = frozenset(
    [
        "a",
        "and",
        "by",
        "d",
        "de",
        "del",
        "des",
        "du",
        "el",
        "en",
        "et",
        "for",
        "in",
        "l",
        "la",
        "las",
        "le",
        "les",
        "los",
        "of",
        "par",
        "por",
        "s",
        "the",
        "y",
    ]
)
"""Words that find nothing by themselves."""
ALIKE = """
    select word, jaro_winkler_similarity(word, $asked) as likeness
    from (select unnest($words) as word)
    where
        (length($asked) >= $beginning and starts_with(word, $asked))
        or (
            length($asked) > $beginning
            and damerau_levenshtein(word, $asked) <= case when length($asked) < 8 then 1 else 2 end
        )
    order by likeness desc, word
    limit 40
"""


@dataclass(frozen=True)
class Group:
    """What was found of a kind."""

    heading: str
    links: Sequence[Link]


@dataclass(frozen=True)
class SearchPage(Page):
    """What was found."""

    template: ClassVar[str] = "search.html"
    asked: str
    groups: Sequence[Group]
    read_as: Sequence[tuple[str, str]]


def search_page(reader: Reader, asked: Mapping[str, str]) -> SearchPage:
    """What a release has for the words that are asked for."""
    text = asked.get("q", "").strip()
    index = reader.shelves.indexes.of(reader.release, reader.cursor)
    words = [each for each in dict.fromkeys(folded_words(text)) if each not in SMALL][:MOST_WORDS]
    alike = {word: _alike(reader, index, word) for word in words}
    read_as = [(word, next(iter(like))) for word, like in alike.items() if like and word not in like]
    named = _named(reader, text)
    areas = _best(index, "area", alike)
    groups = [
        Group(reader.say("search.ids"), named),
        Group(reader.say("search.areas"), [_area_link(reader, each) for each in areas]),
        Group(
            reader.say("search.topics"),
            [
                Link(reader.text(load_shape().topics[each.id]), reader.to("topic", each.id))
                for each in _best(index, "topic", alike)
            ],
        ),
        Group(reader.say("search.indicators"), _indicators(reader, index, alike, areas)),
        Group(reader.say("sources"), _sources(reader, _best(index, "source", alike))),
    ]
    found = [each for each in (groups[:1] if named else groups) if each.links]
    return SearchPage(reader.say("search"), text, found, [] if named else read_as)


def _alike(reader: Reader, index: Index, word: str) -> dict[str, float]:
    """The words of the release like one, and how much: itself, those that begin with it, those a typing error away."""
    if word in index.spread:
        return {word: 1.0}
    asked = {"asked": word, "words": index.vocabulary, "beginning": BEGINNING}
    found = reader.cursor.execute(ALIKE, asked).fetchall()
    return {each: likeness * 0.9 for each, likeness in found}


def _best(index: Index, what: str, alike: Mapping[str, Mapping[str, float]]) -> list[Item]:
    """The items of a kind that fit the words, best first."""
    scores = {item.id: score for item in index.items if item.what == what and (score := _score(index, item, alike))}
    least = LEAST_OF_BEST * max(scores.values(), default=0.0)
    fitting = [each for each in index.items if each.what == what and scores.get(each.id, 0.0) >= least > 0]
    return sorted(fitting, key=lambda item: (-scores[item.id], -item.size, item.id))[:MOST]


def _score(index: Index, item: Item, alike: Mapping[str, Mapping[str, float]]) -> float:
    """How well an item fits: the sum over words of how alike, how weighty and how rare each is."""
    total = 0.0
    for like in alike.values():
        fits = [
            much * item.words[word] / math.log(2 + index.spread[word])
            for word, much in like.items()
            if word in item.words
        ]
        total += max(fits, default=0.0)
    return total


def _named(reader: Reader, text: str) -> list[Link]:
    """The indicators whose id, or whose older or newer id, is written in the text."""
    found: dict[str, Link] = {}
    for part in text.split():
        name = plain_id(part)
        if "_" not in name:
            continue
        ids = {name: ""} | {each.indicator: reader.say("search.other", id=name) for each in other_names(name)}
        for id_, note in ids.items():
            if reader.has(id_):
                title = reader.text(reader.flow(id_).title)
                found.setdefault(id_, Link(f"{id_} · {title}", reader.to("indicator", id_), note))
    return list(found.values())


def _area_link(reader: Reader, item: Item) -> Link:
    kind = "country" if is_country(item.id) else "region"
    return Link(reader.area(item.id), reader.to(kind, item.id), item.id)


def _indicators(
    reader: Reader, index: Index, alike: Mapping[str, Mapping[str, float]], areas: Sequence[Item]
) -> list[Link]:
    """The indicators that fit the words, those that named a country aside; in that country where it has them."""
    area = areas[0] if areas else None
    others = {word: like for word, like in alike.items() if not (area and any(each in area.words for each in like))}
    found = _best(index, "indicator", others or alike)
    given = {each.indicator for each in reader.catalogue.areas.get(area.id, ())} if area else set()
    links = []
    for item in found:
        title = reader.text(reader.flow(item.id).title)
        if area and item.id in given:
            links.append(Link(title, reader.to("indicator", item.id, area.id), reader.area(area.id)))
        else:
            links.append(Link(title, reader.to("indicator", item.id), reader.say.plural("countries", item.size)))
    return links


def _sources(reader: Reader, items: Sequence[Item]) -> list[Link]:
    found = ((item.id, reader.catalogue.source_by_id(item.id)) for item in items)
    return [Link(reader.text(each.title), reader.to("source", id_), id_) for id_, each in found if each is not None]
