"""What a loaded declaration means for the numbers of one wave: what a partition is made from besides its files.

Comments, the order of keys, labels, golden waves, who produced the data and how it is fetched leave the numbers of a
wave as they are, and so does whatever another wave alone uses.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from schemas.periods import Waves
from schemas.series import resolved, series_of
from schemas.source import Source
from schemas.spellings import filled
from schemas.wave import RawFile, Wave

NOT_IN_NUMBERS = {
    "title",
    "producer",
    "citation",
    "licence",
    "landing_page",
    "priority",
    "cadence",
    "schedule",
    "fetch",
    "consolidate",
    "override",
    "series",
    "spellings",
    "protection",
}
"""Keys of a source that enter no number or note. A key that is not listed here counts, so a new one is safe. The
protection counts separately, since a release profile may change it."""
LEFT_OUT: dict[type[BaseModel], set[str]] = {
    RawFile: {"mirror", "address", "parameters", "listing", "link", "sdmx", "pxweb"},
    Wave: {"by_origin"},
}
"""Keys of a file that say where it comes from: the vintage records what arrived. What differs by origin is already in
place in the source as it is for one origin."""
_ELSEWHERE = object()
"""What is declared for other waves alone."""


def wave_meaning(source: Source, wave: str) -> str:
    """SHA-256 of what the declaration means for one wave: its columns, variables, tables, design, and the maps used."""
    source = source.of_wave(wave)
    fields = {name: value for name, value in _fields(source) if name not in {*NOT_IN_NUMBERS, "code_maps"}}
    declared = _in_wave(fields | source.wave_fields(wave), wave, source.wave_names(wave))
    words = set(_texts(declared))
    declared["code_maps"] = {
        name: {code: meaning.value for code, meaning in codes.items()}
        for name, codes in source.code_maps.items()
        if name in words
    }
    return _digest(declared)


def whole_meaning(source: Source) -> str:
    """SHA-256 of a whole declaration as loaded: comments and the order of keys leave it as it is, and so does a wave
    that a series gives as time goes by."""
    declared = source.model_dump(mode="json")
    series = {wave: each for wave in source.waves if (each := series_of(source, wave))}
    given = {wave for wave, each in series.items() if source.waves[wave] == resolved(each, None)}
    return _digest(declared | {"waves": {wave: own for wave, own in declared["waves"].items() if wave not in given}})


def _digest(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def _fields(model: BaseModel) -> Iterator[tuple[str, Any]]:
    return ((name, getattr(model, name)) for name in type(model).model_fields)


def _in_wave(value: Any, wave: str, names: Mapping[str, str]) -> Any:
    """A value as JSON: waves become whether this one is among them, placeholders what they stand for in it, and what is
    for other waves is dropped."""

    def inside(item: Any) -> Any:
        return _in_wave(item, wave, names)

    if isinstance(value, str):
        return filled(value, names)
    if isinstance(value, Waves):
        return wave in value
    if isinstance(value, BaseModel):
        left_out = LEFT_OUT.get(type(value), set())
        fields = {name: each for name, each in _fields(value) if name not in left_out}
        return inside(fields) if _is_of(value, wave) else _ELSEWHERE
    if isinstance(value, dict):
        value = {str(key): inside(each) for key, each in value.items()}
        return {key: each for key, each in value.items() if each is not _ELSEWHERE}
    if isinstance(value, list | tuple):
        value = [each for each in map(inside, value) if each is not _ELSEWHERE]
    return value


def _is_of(part: BaseModel, wave: str) -> bool:
    """Whether a part of a declaration applies to a wave; one that names no waves applies to all."""
    return getattr(part, "wave", wave) == wave and wave in getattr(part, "waves", [wave])


def _texts(value: Any) -> Iterator[str]:
    """Every text in a declaration: the name of a code map that is used is one of them."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
