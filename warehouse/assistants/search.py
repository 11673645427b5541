"""Indicators by words: titles in three languages, topics, definitions, codes, areas and ids."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import duckdb

from schemas.aliases import other_names, plain_id
from schemas.declaration import Text
from schemas.sdmx import load_shape
from warehouse.assistants.reading import AREAS, Reading
from warehouse.assistants.results import FoundIndicator, FoundIndicators
from warehouse.sdmx.flows import Flow
from warehouse.sdmx.rows import CodeNames
from warehouse.service.shelf import OpenRelease

WORD = re.compile(r"\w+")
OF_TITLE, OF_ID, OF_TOPIC, OF_DEFINITION, OF_CODES = 3.0, 2.0, 2.0, 1.0, 0.7
SAME_ID = 1000.0
LEAST_OF_BEST = 1 / 3
"""Indicators that fit the words less than this share of what the best does are left out."""
SHORTEST_BEGINNING, LEAST_SHARE, OF_ALIKE = 4, 0.6, 0.5
"""Words are alike that begin with the same letters: so many at least, and such a share of the longer one. They count
less than the same word."""


@dataclass(frozen=True)
class Entry:
    """A dataflow as it is searched: its words, each with the weight of the best place where it occurs."""

    flow: Flow
    first_year: str
    last_year: str
    areas: int
    observations: int
    words: Mapping[str, float] = field(repr=False)


def folded_words(text: str) -> list[str]:
    """The words of a text without case and accents."""
    bare = "".join(each for each in unicodedata.normalize("NFKD", text) if not unicodedata.combining(each))
    return [word for part in WORD.findall(bare.casefold()) for word in part.split("_") if word]


def read_entries(release: OpenRelease, cursor: duckdb.DuckDBPyConnection) -> list[Entry]:
    """Every dataflow of a release that has numbers, as it is searched."""
    names = CodeNames(cursor)
    found = cursor.execute("""
        select
            indicator, min(time[:4]), max(time[:4]), count(*), list(distinct ref_area),
            list(distinct sex), list(distinct observation.classif1), list(distinct observation.classif2)
        from observation
        inner join indicator using (indicator)
        group by indicator
    """).fetchall()
    flows = {each.indicator: each for each in release.flows.values()}
    entries = []
    for indicator, first, last, observations, areas, *columns in found:
        flow = flows[indicator]
        used = dict(zip(("sex", "classif1", "classif2"), columns, strict=True))
        codes = {AREAS: areas} | {f"CL_{name}": used[column] for name, column in flow.classifications}
        words = _weighted(flow, codes, names)
        entries.append(Entry(flow, first, last, len(areas), observations, words))
    return sorted(entries, key=lambda each: each.flow.indicator)


def _weighted(flow: Flow, codes: Mapping[str, Iterable[str]], names: CodeNames) -> dict[str, float]:
    topic = load_shape().topics.get(flow.topic)
    labels = [
        text for codelist, used in codes.items() for code in used if code and (text := names.of(codelist).get(code))
    ]
    places = (
        (OF_CODES, labels),
        (OF_DEFINITION, [flow.definition]),
        (OF_TOPIC, [topic] if topic else []),
        (OF_ID, [Text(en=flow.indicator)]),
        (OF_TITLE, [flow.title]),
    )
    words: dict[str, float] = {}
    for weight, texts in places:
        for text in texts:
            for said in filter(None, (text.en, text.fr, text.es)):
                words |= {word: max(weight, words.get(word, 0)) for word in folded_words(said)}
    return words


def find(reading: Reading, entries: list[Entry], words: str, limit: int) -> FoundIndicators:
    """The indicators that fit words, the best first: rare words count for more, and titles for more than areas."""
    asked = list(dict.fromkeys(folded_words(words)))
    vocabulary = {word for entry in entries for word in entry.words}
    alike = {each: _alike(each, vocabulary) for each in asked}
    scores: dict[str, float] = defaultdict(float)
    for like in alike.values():
        fits = {entry.flow.indicator: fit for entry in entries if (fit := _fit(entry, like))}
        rarity = math.log(1 + len(entries) / len(fits)) if fits else 0
        for indicator, fit in fits.items():
            scores[indicator] += fit * rarity
    named = _named(words)
    scores = scores | {name: SAME_ID for name in named if any(name == entry.flow.indicator for entry in entries)}
    least = LEAST_OF_BEST * max(scores.values(), default=0)
    fitting = [each for each in entries if scores.get(each.flow.indicator, 0) >= least > 0]
    ranked = sorted(fitting, key=lambda each: _rank(each, scores))
    return FoundIndicators(
        release=reading.mark,
        found=[_found(reading, each, named.get(each.flow.indicator, [])) for each in ranked[:limit]],
        total=len(ranked),
        is_truncated=len(ranked) > limit,
        words_without_match=[each for each in asked if not alike[each]] if not named else [],
    )


def _named(words: str) -> dict[str, list[str]]:
    """Ids that the words contain, and their older and newer ids; each with the ids that lead to it."""
    found: dict[str, list[str]] = {}
    for part in words.split():
        name = plain_id(part)
        if "_" not in name:
            continue
        found.setdefault(name, [])
        for other in other_names(name):
            found.setdefault(other.indicator, []).append(name)
    return found


def _alike(word: str, vocabulary: Iterable[str]) -> dict[str, float]:
    """The words like one, and how much."""
    found = {}
    for other in vocabulary:
        shared = _shared(word, other)
        longer = max(len(word), len(other))
        if shared == longer:
            found[other] = 1.0
        elif shared >= SHORTEST_BEGINNING and shared / longer >= LEAST_SHARE:
            found[other] = OF_ALIKE
    return found


def _shared(word: str, other: str) -> int:
    """How many letters two words begin with in common."""
    pairs = zip(word, other, strict=False)
    return next((place for place, (one, two) in enumerate(pairs) if one != two), min(len(word), len(other)))


def _fit(entry: Entry, like: Mapping[str, float]) -> float:
    return max((entry.words[word] * much for word, much in like.items() if word in entry.words), default=0.0)


def _rank(entry: Entry, scores: Mapping[str, float]) -> tuple[float, int, str]:
    return -scores[entry.flow.indicator], -entry.areas, entry.flow.indicator


def _found(reading: Reading, entry: Entry, leading: list[str]) -> FoundIndicator:
    return FoundIndicator(
        indicator=entry.flow.indicator,
        title=reading.text(entry.flow.title),
        topic=reading.topic(entry.flow),
        unit=reading.unit(entry.flow),
        definition=reading.text(entry.flow.definition),
        first_year=entry.first_year,
        last_year=entry.last_year,
        areas=entry.areas,
        observations=entry.observations,
        older_or_newer_of=leading,
    )
