"""Maps by first digits: from codes of an international classification, of any number of digits, to its groups."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache

from schemas.concepts import load_concepts
from transforms.describe.described import Column

DIVISION = 2
"""Digits of the finest groups that are published."""


def digit_ranges(variable: str, column: Column) -> list[tuple[str, str, str]]:
    """Ranges of a column's codes, each with its group of the variable and the group's name.

    None where the codes are not numbers of two digits or more, or where the variable has no groups of digits.
    """
    profile = column.profile
    if not profile.is_whole or not DIVISION <= profile.longest <= 6:
        return []
    if not profile.leading_zeros and profile.longest < 3 and not profile.same_length:
        return []
    groups = _groups(variable)
    labels = load_concepts()[variable].values
    zeros = profile.longest - DIVISION
    return [
        (f"{first}{'0' * zeros}..{last}{'9' * zeros}" if zeros or first != last else first, value, labels[value])
        for value, divisions in groups.items()
        for first, last in _runs(divisions)
    ]


@cache
def _groups(variable: str) -> Mapping[str, list[str]]:
    """Value of a variable -> the groups of two digits in it: its own, or those of the finer variable."""
    concepts = load_concepts()
    values = concepts[variable].values
    if values and all(len(value) == DIVISION and value.isdigit() for value in values):
        return {value: [value] for value in values}
    for concept in concepts.values():
        finer = concept.coarser
        if finer and finer.variable == variable and all(len(each) == DIVISION for each in concept.values):
            return {value: sorted(groups) for value, groups in finer.groups.items()}
    return {}


def _runs(divisions: list[str]) -> Iterator[tuple[str, str]]:
    """Groups that follow one another, as ranges."""
    start = last = divisions[0]
    for each in divisions[1:]:
        if int(each) != int(last) + 1:
            yield start, last
            start = each
        last = each
    yield start, last
