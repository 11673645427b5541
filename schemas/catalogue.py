"""All indicators of all kinds of source in one list, by id."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from types import MappingProxyType

from schemas.ilostat import load_ilostat_series
from schemas.kinds import KINDS
from schemas.published_indicator import Published
from schemas.regional_indicators import regional_indicators

IndicatorKind = str
"""A kind of source, or REGIONAL."""
REGIONAL = "regional"
"""What gives the estimates of regions and the world: no kind of source, but all of them together."""


@cache
def all_indicators() -> Mapping[str, Published]:
    """Indicator id -> the indicator, of every kind of source. Raises DeclarationError as the catalogues do.

    An indicator that several kinds give is listed once, in the words of the first of them.
    """
    catalogues = {name: kind.indicators() for name, kind in KINDS.items()} | {REGIONAL: regional_indicators()}
    found: dict[str, Published] = {}
    for kind, indicators in catalogues.items():
        for name, published in indicators.items():
            first = found.get(name, published)
            found[name] = replace(first, kinds=(*first.kinds, kind))
    return MappingProxyType(found)


@cache
def known_indicators() -> frozenset[str]:
    """Every id of ILOSTAT's list and of our catalogues."""
    return frozenset(all_indicators()) | frozenset(load_ilostat_series())
