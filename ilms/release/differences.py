"""Which differences a wave of a survey gives, by its numbers and the periods before it; and why not the others."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from schemas.availability import Decision, load_availability_reasons
from schemas.differences import DifferenceIndicator, load_differences
from schemas.release_profiles import UNPROTECTED
from warehouse.release.inputs import ReleasePartition


def decide_differences(partition: ReleasePartition, decided: Mapping[str, Decision]) -> Iterator[Decision]:
    """A decision on every difference of an indicator on which was `decided`."""
    for name, each in load_differences().items():
        if each.of in decided:
            yield replace(_decision(partition, each, decided[each.of]), indicator=name)


def _decision(partition: ReleasePartition, difference: DifferenceIndicator, of: Decision) -> Decision:
    """That on the indicator itself, unless its differences cannot be given."""
    if not of.is_produced:
        return of
    if partition.protection != UNPROTECTED:
        return _none(of, "no_differences_of_protected")
    if difference.compared_with == "others":
        return of
    periods = [each for each in partition.compared if each.which == difference.compared_with]
    if not periods:
        return _none(of, "no_earlier_period")
    if all(each.since_break for each in periods):
        return _none(of, "break_between", f" ({periods[0].wave}, {partition.partition.wave})")
    return of


def _none(of: Decision, code: str, which: str = "") -> Decision:
    said = load_availability_reasons()[code].label.en
    return Decision(of.indicator, "not_produced", code, reason=f"{said}{which}")
