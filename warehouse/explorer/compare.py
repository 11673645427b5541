"""Migrants beside others: pairs of numbers, the gap between them and what is known of its error."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache

from schemas.differences import load_differences
from warehouse.explorer.groups import SIDES, Sides
from warehouse.explorer.numbers import Number, Wanted

NORMAL_95 = 1.96


@dataclass(frozen=True)
class Pair:
    """The numbers of migrants and of others that differ in nothing else; either may be missing.

    basis     the classification that tells them apart: CBR, CCT or MIG
    code      that of the other classification, such as an age; empty where there is none
    measured  the gap as a number of the release, whose error has the covariance of both groups; None where it has none
    """

    basis: str
    sex: str
    time: str
    code: str
    migrants: Number | None = None
    others: Number | None = None
    everyone: Number | None = None
    measured: Number | None = None

    @property
    def is_whole(self) -> bool:
        """Whether both have a value."""
        return self.gap is not None

    @property
    def is_sound(self) -> bool:
        """Whether both are sound numbers."""
        return all(each is not None and each.kind == "sound" for each in (self.migrants, self.others))

    @property
    def gap(self) -> float | None:
        """Migrants less others."""
        if self.migrants is None or self.others is None or self.migrants.value is None or self.others.value is None:
            return None
        return self.migrants.value - self.others.value

    @property
    def error_at_most(self) -> float | None:
        """The standard error of the gap at most: that of numbers which go entirely with each other.

        The two groups are of one sample, whose clusters they share: they are not independent.
        """
        if self.migrants is None or self.others is None or self.migrants.se is None or self.others.se is None:
            return None
        return self.migrants.se + self.others.se

    @property
    def is_measured(self) -> bool:
        """Whether its interval is that of the release, with the covariance of both groups."""
        return self.measured is not None and self.measured.lower is not None and self.measured.upper is not None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 per cent interval of the gap: as the release gives it, else as wide as it is at most."""
        if self.gap is None:
            return None
        if self.measured is not None and self.measured.lower is not None and self.measured.upper is not None:
            return self.measured.lower, self.measured.upper
        if self.error_at_most is None:
            return None
        return self.gap - NORMAL_95 * self.error_at_most, self.gap + NORMAL_95 * self.error_at_most

    @property
    def is_clear(self) -> bool:
        """Whether the gap is more than chance explains."""
        return self.interval is not None and (self.interval[0] > 0 or self.interval[1] < 0)


def sides_of(indicator: str) -> tuple[str, Sides] | None:
    """The classification of migrants that an indicator is by; None where it is by none."""
    parts = indicator.split("_")
    return next(((basis, sides) for basis, sides in SIDES.items() if basis in parts), None)


def wanted_apart(
    indicator: str, classifications: Iterable[tuple[str, str]], code: str, areas: Sequence[str] = ()
) -> tuple[str, Wanted] | None:
    """The classification of migrants that an indicator is by, and its numbers of both sides and of everyone, in one
    class of the other classification, if a code is given; None where it tells no migrants from others.

    `classifications` are those of its dataflow, each with its column.
    """
    known = sides_of(indicator)
    if known is None:
        return None
    basis, sides = known
    columns = dict(classifications)
    other = next((column for name, column in columns.items() if column != "sex" and name != basis), None)
    chosen = {other: [code]} if other and code else {}
    of_sides = {columns[basis]: [*sides.both, sides.everyone]}
    return basis, Wanted(indicators=[indicator], areas=areas, **of_sides, **chosen)


def code_beside(number: Number, sides: Sides) -> str:
    """The code of the classification that is not that of migrants; empty where there is no other."""
    known = {*sides.both, sides.everyone, sides.unknown}
    return number.classif1 if number.classif2 in known else number.classif2


def side_code(number: Number, sides: Sides) -> str:
    """The code of migrant status that a number is of."""
    known = {*sides.both, sides.everyone, sides.unknown}
    return number.classif2 if number.classif2 in known else number.classif1


def pairs(numbers: Iterable[Number]) -> list[Pair]:
    """Numbers of one indicator set beside each other, in the order in which each first occurs."""
    found: dict[tuple[str, ...], dict[str, Number]] = {}
    basis = ""
    for each in numbers:
        known = sides_of(each.indicator)
        if known is None:
            continue
        basis, sides = known
        names = {sides.migrants: "migrants", sides.others: "others", sides.everyone: "everyone"}
        if (name := names.get(side_code(each, sides))) is not None:
            key = (each.area, each.source, each.sex, each.time, code_beside(each, sides))
            found.setdefault(key, {})[name] = each
    return [
        Pair(basis, sex, time, code, sides.get("migrants"), sides.get("others"), sides.get("everyone"))
        for (_, _, sex, time, code), sides in found.items()
    ]


@cache
def gap_indicators() -> Mapping[str, str]:
    """Indicator -> that of the gap between its migrants and others, where a release measures it."""
    return {each.of: name for name, each in load_differences().items() if each.compared_with == "others"}


def is_gap(indicator: str) -> bool:
    """Whether an indicator is that of a gap, which has the code of the migrants in it."""
    return indicator in gap_indicators().values()


def with_gaps(listed: Sequence[Pair], gaps: Iterable[Number]) -> list[Pair]:
    """Pairs with the numbers of the release for their gaps, where it has them."""
    found = {(each.area, each.source, each.sex, each.time, each.classif1): each for each in gaps}
    return [
        replace(pair, measured=found.get((one.area, one.source, pair.sex, pair.time, one.classif1)))
        for pair in listed
        if (one := pair.migrants or pair.others or pair.everyone) is not None
    ]
