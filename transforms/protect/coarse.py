"""Means, quantiles and gaps of protected sources: withheld with few cases, and otherwise given coarsely.

A quantile is what one person earns, and its interval runs from one person's earnings to another's.
"""

from __future__ import annotations

import math

from schemas.perturbation import Coarse
from schemas.protection import Perturbation, Suppression
from transforms.measures import Basis, Measured, measure_of

WHOLE = 100.0
DECIMALS = 9  # leaves no trace of binary fractions


def rule_for(number: Measured, profile: Suppression | Perturbation) -> Coarse | None:
    """From how many cases on a number is given, and how coarsely; None for counts and rates."""
    measure = measure_of(number)
    if measure.basis is Basis.DISTRIBUTION:
        return profile.quantiles
    return None if measure.is_sum or measure.is_share else profile.means


def coarsened(value: float, rule: Coarse) -> float:
    """A value rounded to the step that the rule gives for it."""
    limit = abs(value) * rule.step_percent / WHOLE
    if limit == 0:
        return value
    exponent = math.floor(math.log10(limit))
    times = next((each for each in (5, 2) if each * 10.0**exponent <= limit), 1)
    return round(round(value / 10.0**exponent / times) * times * 10.0**exponent, DECIMALS)


def coarse_gap(gap: float, rule: Coarse, factor: float = 1.0) -> float:
    """A gap (per cent) for which the mean of its group is multiplied by a factor, rounded as that mean would be."""
    return round(WHOLE - coarsened((WHOLE - gap) * factor, rule), DECIMALS)
