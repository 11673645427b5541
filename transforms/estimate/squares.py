"""Squares of weights and values where persons are the units: the units they are summed in, and the factors back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

from schemas.indicators import Indicator
from transforms.estimate.plan import Scan
from transforms.measures import Part
from transforms.relation import Relation

OF_WEIGHT = "cast(cast(weight as double) * weight as decimal(38, 12))"


class SquareScales(NamedTuple):
    """The factors by which the sums of y squared, of x times y and of x squared are multiplied."""

    yy: float = 1.0
    xy: float = 1.0
    xx: float = 1.0


UNSCALED = SquareScales()


@dataclass(frozen=True)
class Squares:
    """The squares that are summed beside weights and values; none where persons are not the sampling units.

    weight, values  the largest weight, and the largest size of each variable: divided by these, squares fit whatever
                    the unit
    are_summed      whether there are any
    """

    weight: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)
    are_summed: ClassVar[bool] = False

    def scales(self, _indicator: Indicator) -> SquareScales:
        """The factors that bring the squares of an indicator back to its own units."""
        return UNSCALED

    def of_scan(self, _scan: Scan) -> dict[str, str]:
        """Name and SQL of the sums of squares that the atoms of a scan have."""
        return {}

    def of_part(self, _part: Part) -> dict[str, str]:
        """The squares of a part, as `transforms.measures` calls them, and the column of the atoms of each."""
        return {}

    def below_quantile(self) -> dict[str, str]:
        """Name and SQL of the squares of the weights at or below the quantile `q`, and of all."""
        return {}


@dataclass(frozen=True)
class SquaresOfPersons(Squares):
    """Squares of weights, alone and times values, relative to the largest of each."""

    are_summed: ClassVar[bool] = True

    def scales(self, indicator: Indicator) -> SquareScales:
        """The units of weights and of the indicator's variables, squared."""
        weight = self.weight**2
        value, base = (self.values.get(str(name), 1.0) for name in (indicator.variable, indicator.base_variable))
        return SquareScales(weight * value**2, weight * value * base, weight * base**2)

    def of_scan(self, scan: Scan) -> dict[str, str]:
        """Of weights (`w2`), times a value (`w2v_`), its square (`w2vv_`) or the values of two variables (`w2vu_`)."""
        squared = f"power(cast(weight as double) / {self.weight!r}, 2)"
        sums = {"w2": f"sum(cast({squared} as decimal(38, 24)))"}
        relative = {name: f"({name} / {self.values[name]!r})" for name in scan.variables}
        for name, value in relative.items():
            sums[f"w2v_{name}"] = f"coalesce(sum(cast({squared} * {value} as decimal(38, 24))), 0)"
            sums[f"w2vv_{name}"] = f"coalesce(sum(cast({squared} * {value} * {value} as decimal(38, 24))), 0)"
        for one, other in scan.pairs:
            product = f"{squared} * {relative[one]} * {relative[other]}"
            sums[f"w2vu_{one}_{other}"] = f"coalesce(sum(cast({product} as decimal(38, 24))), 0)"
        return sums

    def of_part(self, part: Part) -> dict[str, str]:
        """Of weights, and of the part's variables where it has some."""
        sums = {"w2": "w2"}
        if part.variable:
            sums |= {each: f"{each}_{part.variable}" for each in ("w2v", "w2vv")}
        if part.base:
            sums |= {"w2uu": f"w2vv_{part.base}", "w2vu": f"w2vu_{part.variable}_{part.base}"}
        return sums

    def below_quantile(self) -> dict[str, str]:
        """In persons: the weights of a quantile are not relative to the largest."""
        return {
            "w2_below": f"coalesce(sum({OF_WEIGHT}) filter (value <= q), 0)",
            "w2_all": f"sum({OF_WEIGHT})",
        }


def read_squares(core: Relation, indicators: Iterable[Indicator]) -> SquaresOfPersons:
    """The squares of the variables of some indicators, with the largest of each among the person records."""
    variables = sorted({variable for each in indicators for variable in each.variables})
    wanted = ", ".join(["max(weight)", *(f"max(abs({name}))" for name in variables)])
    row = core.connection.execute(f"select {wanted} from {core} where weight > 0").fetchall()[0]
    weight, *values = (float(value) if value else 1.0 for value in row)
    return SquaresOfPersons(weight, dict(zip(variables, values, strict=True)))
