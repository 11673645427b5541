"""Which indicators can share a scan of the persons, and what the scan has to sum."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from schemas.indicators import Indicator
from transforms.measures import Basis, Part, measure_of

# Migrants and non-migrants are distinguished in every scan, so that tables by birth and by citizenship share one.
SHARED = ("CBR", "CCT")


@dataclass(frozen=True)
class Scan:
    """One pass over the persons: the leaves it distinguishes and the indicators computed from it.

    `factors` are the versions of classifications in whose classes gaps are computed.
    """

    leaves: tuple[str, ...]
    indicators: Mapping[str, Indicator]
    factors: tuple[str, ...] = ()

    def of(self, indicators: Mapping[str, Indicator]) -> Scan:
        """The same pass for some of its indicators, with fewer sums."""
        return Scan(self.leaves, indicators, self.factors)

    @property
    def parts(self) -> list[Part]:
        """Every part of its indicators, once."""
        parts = {part for each in self.indicators.values() for part in measure_of(each).parts(each)}
        return sorted(parts, key=lambda part: part.name)

    @property
    def populations(self) -> list[str]:
        """Every population of its indicators."""
        return sorted({part.population for part in self.parts})

    @property
    def variables(self) -> list[str]:
        """Every numeric variable of its indicators."""
        return sorted({variable for part in self.parts for variable in part.variables})

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Every pair of variables whose totals make a ratio."""
        return sorted({(part.variable, part.base) for part in self.parts if part.variable and part.base})


def plan_scans(indicators: Mapping[str, Indicator]) -> list[Scan]:
    """Indicators whose dimensions differ only in what every scan distinguishes share a scan, and so do gaps in the same
    classes."""
    groups: dict[tuple[str, ...], dict[str, Indicator]] = {}
    gaps: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Indicator]] = {}
    for name, indicator in indicators.items():
        if measure_of(indicator).basis is Basis.CLASSES:
            gaps.setdefault((tuple(indicator.dimensions), tuple(indicator.factors or ())), {})[name] = indicator
            continue
        own = tuple(dimension for dimension in indicator.dimensions if dimension not in SHARED)
        groups.setdefault(own, {})[name] = indicator
    scans = []
    for own, members in groups.items():
        used = [name for name in SHARED if any(name in each.dimensions for each in members.values())]
        scans.append(Scan((*own, *used), members))
    return scans + [Scan(dimensions, members, factors) for (dimensions, factors), members in gaps.items()]
