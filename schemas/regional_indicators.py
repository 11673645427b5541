"""What the regional estimates publish, as `regional_indicators.yaml` declares it."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from schemas.declaration import Declaration
from schemas.published_indicator import Published, PublishedIndicator
from schemas.yaml_lines import load_model

REGIONAL_INDICATORS_FILE = Path(__file__).parent / "regional_indicators.yaml"


class RegionalIndicator(PublishedIndicator):
    """One indicator: the measure that it takes from the aggregates, its dimensions and its unit."""

    measure: Literal["count", "rate"]
    takes: Literal["population", "labour_force", "participation", "employment", "activity"]


class _File(Declaration):
    indicators: dict[str, RegionalIndicator]


@cache
def load_regional_indicators() -> Mapping[str, RegionalIndicator]:
    """Every indicator of the regional estimates. Raises DeclarationError that names file and line."""
    declared, _ = load_model(_File, REGIONAL_INDICATORS_FILE)
    return MappingProxyType(declared.indicators)


def regional_indicators() -> Mapping[str, Published]:
    """The same as they are published."""
    indicators = load_regional_indicators()
    return {name: Published(each, each.measure, each.classifications) for name, each in indicators.items()}
