"""What has to be summed for which indicator, and which indicators can share a scan of the persons.

An indicator is a sum y, or y over x: y and x are sums of weights, or of weights times a variable, over a population.
Quantiles and gaps are not; their part only gives the population and the cells (transforms.estimate.quantile and gap).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from schemas.indicators import Indicator

SEX = "SEX"
KEYS = ("sex", "classif1", "classif2")

# Migrants and non-migrants are told apart in every scan, so that tables by birth and by citizenship share one.
SHARED = ("CBR", "CCT")


@dataclass(frozen=True, order=True)
class Part:
    """Persons of a population, those with a value of `variable`, and of `base`, where these are named."""

    population: str
    variable: str | None = None
    base: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The numeric variables that its persons have a value of."""
        return tuple(name for name in (self.variable, self.base) if name is not None)

    @property
    def name(self) -> str:
        """Its name in columns."""
        return "_".join([self.population, *self.variables])


@dataclass(frozen=True)
class Sums:
    """The sums of domains that an indicator is made of: cases, y and x, and for persons as units their squares.

    `x` is none for a total; that of a linear variable (`is_linear`) has the precision of what it stands for.
    """

    n: str
    y: str
    x: str | None
    yy: str
    xy: str
    xx: str
    is_linear: bool = False

    @property
    def is_total(self) -> bool:
        """Whether it is the number of persons itself, to which sampling units without cases add as noughts."""
        return self.x is None and not self.is_linear


def parts_of(indicator: Indicator) -> tuple[Part, ...]:
    """The parts that an indicator needs, the counted one first."""
    if indicator.measure == "rate":
        return Part(str(indicator.numerator)), Part(str(indicator.denominator))
    if indicator.measure == "gap":
        groups = (indicator.population, indicator.against, indicator.shares_of)
        return tuple(Part(group, indicator.variable) for group in groups if group is not None)
    return (Part(str(indicator.population), indicator.variable, indicator.base_variable),)


def sums_of(indicator: Indicator) -> Sums:
    """The columns that make an indicator. The numerator of a rate lies in its denominator, so xy is the numerator's."""
    parts = parts_of(indicator)
    counted = parts[0].name
    if indicator.measure == "count":
        return Sums(f"n_{counted}", f"w_{counted}", None, f"w2_{counted}", "0", "0")
    if indicator.measure == "rate":
        base = parts[1].name
        return Sums(f"n_{counted}", f"w_{counted}", f"w_{base}", f"w2_{counted}", f"w2_{counted}", f"w2_{base}")
    if indicator.measure == "ratio":
        n, y, x, yy, xy, xx = (f"{each}_{counted}" for each in ("n", "wv", "wu", "w2vv", "w2vu", "w2uu"))
        return Sums(n, y, x, yy, xy, xx)
    return Sums(f"n_{counted}", f"wv_{counted}", f"w_{counted}", f"w2vv_{counted}", f"w2v_{counted}", f"w2_{counted}")


def base_of(indicator: Indicator) -> str:
    """The column that counts the cases of the denominator."""
    return f"n_{parts_of(indicator)[-1].name}"


def is_summed(indicator: Indicator) -> bool:
    """Whether an indicator is one sum, or one over another: neither a quantile nor a gap."""
    return indicator.measure not in ("quantile", "gap")


def dimension_of_key(dimensions: Iterable[str]) -> dict[str, str | None]:
    """Which classification stands in sex, classif1 and classif2; an empty column where there is none."""
    names = list(dimensions)
    others = [name for name in names if name != SEX]
    return {
        "sex": SEX if SEX in names else None,
        "classif1": others[0] if others else None,
        "classif2": others[1] if len(others) > 1 else None,
    }


@dataclass(frozen=True)
class Scan:
    """One pass over the persons: the leaves it tells apart and the indicators that are made of it.

    `factors` are the versions of classifications in whose classes gaps are taken.
    """

    leaves: tuple[str, ...]
    indicators: Mapping[str, Indicator]
    factors: tuple[str, ...] = ()

    def of(self, indicators: Mapping[str, Indicator]) -> Scan:
        """The same pass for some of its indicators: fewer sums are added up from what it tells apart."""
        return Scan(self.leaves, indicators, self.factors)

    @property
    def parts(self) -> list[Part]:
        """Every part of its indicators, once."""
        return sorted(
            {part for each in self.indicators.values() for part in parts_of(each)}, key=lambda part: part.name
        )

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
    """Indicators whose dimensions differ only in what every scan tells apart share one; so do gaps in like classes."""
    groups: dict[tuple[str, ...], dict[str, Indicator]] = {}
    gaps: dict[tuple[tuple[str, ...], tuple[str, ...]], dict[str, Indicator]] = {}
    for name, indicator in indicators.items():
        if indicator.measure == "gap":
            gaps.setdefault((tuple(indicator.dimensions), tuple(indicator.factors or ())), {})[name] = indicator
            continue
        own = tuple(dimension for dimension in indicator.dimensions if dimension not in SHARED)
        groups.setdefault(own, {})[name] = indicator
    scans = []
    for own, members in groups.items():
        used = [name for name in SHARED if any(name in each.dimensions for each in members.values())]
        scans.append(Scan((*own, *used), members))
    return scans + [Scan(dimensions, members, factors) for (dimensions, factors), members in gaps.items()]
