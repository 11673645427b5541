"""Squares of weights and values where persons are the units: what they are summed in, and what brings them back."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from schemas.indicators import Indicator
from schemas.sample_design import Design
from transforms.relation import Relation


class SquareScales(NamedTuple):
    """What the sums of the squares of y, of x times y and of the squares of x are multiplied with."""

    yy: float = 1.0
    xy: float = 1.0
    xx: float = 1.0


UNSCALED = SquareScales()


@dataclass(frozen=True)
class SquareUnits:
    """The largest weight, and the largest size of each variable: divided by these, squares fit whatever the unit.

    All are 1 where persons are not the units, and no squares are summed.
    """

    weight: float = 1.0
    values: Mapping[str, float] = field(default_factory=dict)

    def scales(self, indicator: Indicator) -> SquareScales:
        """What brings the squares of an indicator back to its own units."""
        weight = self.weight**2
        value, base = (self.values.get(str(name), 1.0) for name in (indicator.variable, indicator.base_variable))
        return SquareScales(weight * value**2, weight * value * base, weight * base**2)


def read_square_units(core: Relation, indicators: Iterable[Indicator], design: Design) -> SquareUnits:
    """The units for the variables of some indicators, from the person records."""
    if not design.persons_are_units:
        return SquareUnits()
    variables = sorted({variable for each in indicators for variable in each.variables})
    wanted = ", ".join(["max(weight)", *(f"max(abs({name}))" for name in variables)])
    row = core.connection.execute(f"select {wanted} from {core} where weight > 0").fetchall()[0]
    weight, *values = (float(value) if value else 1.0 for value in row)
    return SquareUnits(weight, dict(zip(variables, values, strict=True)))
