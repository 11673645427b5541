"""All indicators of all kinds of source in one list, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from types import MappingProxyType

from schemas.corridors import load_corridor_indicators
from schemas.ilostat import load_ilostat_series
from schemas.indicators import load_catalogue
from schemas.published_indicator import PublishedIndicator
from schemas.regional_indicators import load_regional_indicators
from schemas.register_indicators import load_register_catalogue

IndicatorKind = str
"""A kind of source, or `regional` for the estimates of regions and the world."""


@dataclass(frozen=True)
class Published:
    """One indicator as it is published.

    kinds            the kinds of source that give it; its words and unit are those of the first
    declared         its words, dimensions and unit
    measure          count, rate, mean, quantile, ratio or gap
    classifications  what stands in classif1 and classif2: ids of classifications in data structures, without sex
    """

    kinds: tuple[IndicatorKind, ...]
    declared: PublishedIndicator
    measure: str
    classifications: tuple[str, ...]


@cache
def all_indicators() -> Mapping[str, Published]:
    """Indicator id -> the indicator, for every kind of source. Raises DeclarationError as the catalogues do.

    An indicator that surveys and registers both give stands once, in the words of the surveys' catalogue.
    """
    registers = load_register_catalogue()
    surveys, corridors, regions = load_catalogue().indicators, load_corridor_indicators(), load_regional_indicators()
    listed = [
        *((name, Published(("survey",), each, each.measure, each.types)) for name, each in surveys.items()),
        *(
            (name, Published(("register",), each, each.measure, registers.types(each)))
            for name, each in registers.indicators.items()
        ),
        *(
            (name, Published(("corridors",), each, each.measure, each.classifications))
            for name, each in corridors.items()
        ),
        *((name, Published(("regional",), each, each.measure, each.classifications)) for name, each in regions.items()),
    ]
    found: dict[str, Published] = {}
    for name, published in listed:
        first = found.setdefault(name, published)
        if first is not published:
            found[name] = replace(first, kinds=(*first.kinds, *published.kinds))
    return MappingProxyType(found)


@cache
def known_indicators() -> frozenset[str]:
    """Every id of ILOSTAT's list and of our catalogues."""
    return frozenset(all_indicators()) | frozenset(load_ilostat_series())
