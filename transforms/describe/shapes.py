"""Whether the values of a column are plausible for a weight, an age or a year."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from schemas.vocabulary import Shape
from transforms.describe.profile import ColumnProfile, Spread

OLDEST, HOURS_OF_A_WEEK = 120, 168
YEARS = (1880, 2100)
BODY_WEIGHTS = (2, 150)
"""Kilograms of body weight; sampling weights are spread more widely, or lie around one."""
STRATA = 10
"""Minimum number of strata in a sample; fewer are classes of something else, such as social strata."""
AGES = 40
"""Minimum number of different ages in a survey of all ages."""


def shape_fault(shape: Shape | None, profile: ColumnProfile) -> str | None:
    """What speaks against a column having a shape: nothing (empty), a doubt in words, or None where it is
    impossible."""
    if shape is None:
        return ""
    if shape in _TEXTS:
        return _TEXTS[shape](profile)
    if profile.spread is None or profile.spread.count * 2 < profile.filled:
        return None
    if not profile.is_numeric:
        return "some of its values are not numbers"
    return _NUMBERS[shape](profile, profile.spread)


def _code(profile: ColumnProfile) -> str | None:
    if profile.distinct < 2:
        return None
    return "every record has another value" if profile.distinct >= 0.95 * profile.filled else ""


def _stratum(profile: ColumnProfile) -> str | None:
    return (
        "it has few values: they may be classes of another kind" if 2 <= profile.distinct < STRATA else _code(profile)
    )


def _identifier(profile: ColumnProfile) -> str | None:
    return None if profile.distinct < 2 or (profile.spread and not profile.is_whole) else ""


def _number(profile: ColumnProfile, spread: Spread) -> str | None:
    if profile.distinct < 2:
        return "it is the same for everyone"
    if spread.low < 0:
        return "some of its values are negative"
    if profile.empty:
        return "some records have none"
    if spread.quantiles[0] > BODY_WEIGHTS[0] and spread.quantiles[-1] < BODY_WEIGHTS[1]:
        return "it may be body weight: few values are above 150"
    return "" if profile.distinct > 10 else "it has few values"


def _year(_profile: ColumnProfile, spread: Spread) -> str | None:
    if spread.quantiles[2] < YEARS[0] or spread.quantiles[2] > YEARS[1]:
        return None
    return "" if YEARS[0] <= spread.low and spread.high <= YEARS[1] else "some of its values are not years"


def _within(low: int, high: int) -> Callable[[ColumnProfile, Spread], str | None]:
    def fault(profile: ColumnProfile, spread: Spread) -> str | None:
        return "" if profile.is_whole and low <= spread.low and spread.high <= high else None

    return fault


def _age(profile: ColumnProfile, spread: Spread) -> str | None:
    if spread.quantiles[2] > OLDEST or spread.quantiles[2] < 0:
        return None
    if not profile.is_whole:
        return "some of its values are not whole years"
    if spread.low < 0 or spread.high > OLDEST:
        return f"it ranges from {spread.low:g} to {spread.high:g}, and not all of these are ages"
    return "" if profile.distinct >= AGES else "it has few values: they may be groups"


def _hours(_profile: ColumnProfile, spread: Spread) -> str | None:
    if spread.quantiles[2] > HOURS_OF_A_WEEK:
        return "most values exceed the hours in a week"
    return "" if spread.low >= 0 and spread.high <= HOURS_OF_A_WEEK else "some values are not weekly hours"


def _amount(profile: ColumnProfile, spread: Spread) -> str | None:
    if profile.distinct <= 20:
        return None
    return "" if spread.low >= 0 else "some of its values are negative"


_TEXTS: Mapping[Shape, Callable[[ColumnProfile], str | None]] = {
    "code": _code,
    "stratum": _stratum,
    "identifier": _identifier,
}
_NUMBERS: Mapping[Shape, Callable[[ColumnProfile, Spread], str | None]] = {
    "number": _number,
    "year": _year,
    "quarter": _within(1, 4),
    "month": _within(1, 12),
    "age": _age,
    "hours": _hours,
    "amount": _amount,
}
