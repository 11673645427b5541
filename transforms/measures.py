"""The measures of indicators: what each is computed from, its value, interval, sign and notes, and what it discloses.

Each is one object, which estimation, notes, protection and checks use; the keys that declare a measure are in
`schemas/indicators.py`. Most are a sum y, or y over x: y and x are sums of weights, or of weights times a variable,
over a population. Quantiles and gaps are neither; their parts only give the populations and the cells.

A sum is named after what is summed and the part whose persons are summed over, such as `wv_employees_earnings`:

    n                       cases
    w, wv, wu               weights, weights times the variable v, and times the base variable u
    w2, w2v, w2vv, ...      the squares of weights, alone and times v, v squared, v u or u squared
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from types import MappingProxyType
from typing import ClassVar, Literal, Protocol

from schemas.indicators import Indicator

Sign = Literal["-", "+"]


@dataclass(frozen=True, order=True)
class Part:
    """Persons of a population; only those with a value of `variable`, and of `base`, where these are named."""

    population: str
    variable: str | None = None
    base: str | None = None

    @property
    def variables(self) -> tuple[str, ...]:
        """The numeric variables of which its persons have a value."""
        return tuple(name for name in (self.variable, self.base) if name is not None)

    @property
    def name(self) -> str:
        """Its name in columns."""
        return "_".join([self.population, *self.variables])


@dataclass(frozen=True)
class Sums:
    """The sums from which an indicator is computed, by their names in the domains.

    n           cases of the counted population
    base        cases of the denominator; of the counted population where there is none
    y, x        the total, or the numerator and the denominator; x is None for a total
    yy, xy, xx  where persons are the units: the squares of y, y times x, and the squares of x; None where zero
    is_linear   y is the total of a linear variable, whose precision is that of the statistic it linearises
    """

    n: str
    base: str
    y: str
    x: str | None = None
    yy: str | None = None
    xy: str | None = None
    xx: str | None = None
    is_linear: bool = False

    @property
    def is_total(self) -> bool:
        """Whether it is a number of persons, for which sampling units without cases count as zeros."""
        return self.x is None and not self.is_linear


@dataclass(frozen=True)
class Scale:
    """The factors that turn the standard error of y into that of the published value: `times`, over x for a ratio, per
    `unit`."""

    times: float = 1.0
    over_x: bool = False
    unit: float = 1.0


class Basis(Enum):
    """What a measure is computed from; each basis has its own estimator (transforms.estimate.tables).

    SUMS          one sum, or one divided by another
    DISTRIBUTION  the values of all persons, in order
    CLASSES       sums in the classes of factors
    """

    SUMS = "sums"
    DISTRIBUTION = "distribution"
    CLASSES = "classes"


class Measure(ABC):
    """One measure.

    basis             what it is computed from
    is_sum            a number of persons: its cells add up
    is_share          one population as a percentage of another that contains it
    is_signed         it may be negative, and so has no coefficient of variation
    discloses_total   together with the number of persons behind it, it discloses the total of a variable, which one of
                      them may dominate
    leaves_out_cases  its cases may be fewer than the persons it is about, and are checked separately
    ends              columns of its estimate that hold the measure's own interval
    how_error         the note on its standard error, where that does not follow from the design alone
    no_error          the note where the sample has several sampling units and yet gives no standard error
    """

    basis: ClassVar[Basis] = Basis.SUMS
    is_sum: ClassVar[bool] = False
    is_share: ClassVar[bool] = False
    is_signed: ClassVar[bool] = False
    discloses_total: ClassVar[bool] = False
    leaves_out_cases: ClassVar[bool] = False
    ends: ClassVar[tuple[str, ...]] = ()
    how_error: ClassVar[str | None] = None
    no_error: ClassVar[str] = "not given: the 95 % interval goes beyond the values in the sample"

    def parts(self, indicator: Indicator) -> tuple[Part, ...]:
        """The parts that an indicator needs, the counted one first."""
        return (Part(str(indicator.population), indicator.variable, indicator.base_variable),)

    @abstractmethod
    def sums(self, indicator: Indicator) -> Sums | None:
        """The sums of an indicator; None where it is not computed from sums."""

    def scale(self, indicator: Indicator) -> Scale:
        """The factors that bring the standard error of y to the published value's unit."""
        return Scale(over_x=True, unit=unit_of(indicator))

    def value(self, indicator: Indicator) -> str:
        """SQL of the published value, from y and x of its estimate."""
        return f"y / nullif(x, 0) / {unit_of(indicator)}"

    def bound(self, indicator: Indicator, sign: Sign) -> str:
        """SQL of one end of the 95 % interval, from obs_value, se, t and the columns of `ends`."""
        return f"obs_value {sign} t * se"


class Count(Measure):
    """A population, in persons."""

    is_sum = True

    def sums(self, indicator: Indicator) -> Sums:
        counted = self.parts(indicator)[0].name
        return Sums(n=f"n_{counted}", base=f"n_{counted}", y=f"w_{counted}", yy=f"w2_{counted}")

    def scale(self, indicator: Indicator) -> Scale:
        return Scale(unit=unit_of(indicator))

    def value(self, indicator: Indicator) -> str:
        return f"coalesce(y, 0) / {unit_of(indicator)}"

    def bound(self, indicator: Indicator, sign: Sign) -> str:
        """A number of persons is never negative."""
        end = super().bound(indicator, sign)
        return f"case when {end} < 0 then 0 else {end} end" if sign == "-" else end


class Rate(Measure):
    """One population as a percentage of another that contains it."""

    is_share = True

    def parts(self, indicator: Indicator) -> tuple[Part, ...]:
        return Part(str(indicator.numerator)), Part(str(indicator.denominator))

    def sums(self, indicator: Indicator) -> Sums:
        """The numerator is part of the denominator, so the sum of xy is the numerator's."""
        counted, base = (part.name for part in self.parts(indicator))
        squares = f"w2_{counted}"
        return Sums(f"n_{counted}", f"n_{base}", f"w_{counted}", f"w_{base}", yy=squares, xy=squares, xx=f"w2_{base}")

    def scale(self, indicator: Indicator) -> Scale:
        return Scale(times=100.0, over_x=True)

    def value(self, indicator: Indicator) -> str:
        # where everybody is in the numerator, rounding would otherwise give 99.99999999999999
        return "case when y = x and x > 0 then 100 else 100.0 * y / nullif(x, 0) end"

    def bound(self, indicator: Indicator, sign: Sign) -> str:
        """On the logit scale, so that it stays within 0 and 100."""
        share, spread = "obs_value / 100", "se / (obs_value * (1 - obs_value / 100))"
        logit = f"ln(({share}) / (1 - {share})) {sign} t * {spread}"
        return f"case when obs_value > 0 and obs_value < 100 then 100 / (1 + exp(-({logit}))) end"


class Mean(Measure):
    """The mean of a variable over the persons of a population who have a value of it."""

    discloses_total = True

    def sums(self, indicator: Indicator) -> Sums:
        counted = self.parts(indicator)[0].name
        n, y, x, yy, xy, xx = (f"{each}_{counted}" for each in ("n", "wv", "w", "w2vv", "w2v", "w2"))
        return Sums(n, n, y, x, yy, xy, xx)


class Ratio(Measure):
    """The total of a variable divided by that of another, over the persons who have both."""

    discloses_total = True

    def sums(self, indicator: Indicator) -> Sums:
        counted = self.parts(indicator)[0].name
        n, y, x, yy, xy, xx = (f"{each}_{counted}" for each in ("n", "wv", "wu", "w2vv", "w2vu", "w2uu"))
        return Sums(n, n, y, x, yy, xy, xx)


class Quantile(Measure):
    """A weighted quantile of a variable, with an interval of its own that lies between two values."""

    basis = Basis.DISTRIBUTION
    ends = ("low", "high")
    how_error = "by Woodruff's interval of the share"

    def sums(self, indicator: Indicator) -> None:
        return None

    def bound(self, indicator: Indicator, sign: Sign) -> str:
        return f"case when n > 0 then {'low' if sign == '-' else 'high'} / {unit_of(indicator)} end"


class Gap(Measure):
    """The percentage by which the mean of a variable in one population is below that in another."""

    basis = Basis.CLASSES
    is_signed = True
    leaves_out_cases = True
    no_error = "not given: of one of its groups, no stratum has cases in two sampling units"

    def parts(self, indicator: Indicator) -> tuple[Part, ...]:
        groups = (indicator.population, indicator.against, indicator.shares_of)
        return tuple(Part(group, indicator.variable) for group in groups if group is not None)

    def sums(self, indicator: Indicator) -> None:
        return None


MEASURES: Mapping[str, Measure] = MappingProxyType(
    {"count": Count(), "rate": Rate(), "mean": Mean(), "ratio": Ratio(), "quantile": Quantile(), "gap": Gap()}
)


class Measured(Protocol):
    """Anything with the name of its measure: an indicator of any catalogue, a published number."""

    @property
    def measure(self) -> str:
        """The name of the measure."""


def measure_of(measured: Measured) -> Measure:
    """The measure of an indicator or a number."""
    return MEASURES[measured.measure]


def unit_of(indicator: Indicator) -> float:
    """The size of the published unit: 1000 for numbers in thousands."""
    return float(10**indicator.unit_mult)
