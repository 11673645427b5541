"""The attack, on tables small enough to be solved by hand."""

from __future__ import annotations

import pytest
from protection_examples import crossed, group, groups, three_by_three

from transforms.protect.attack.attack import Attack, Need
from transforms.protect.attack.system import Publication
from transforms.protect.structure.groups import Structure

# Rows north, middle, south; columns farm, shop, plant. Two people farm in the north.
COUNTS = [[2, 20, 30], [15, 25, 40], [30, 35, 45]]


def width(structure: Structure, withheld: set[int], wanted: int) -> float:
    """How wide the attack finds the interval of a withheld set."""
    attack = Attack(structure, Publication.without(structure, withheld))
    attack.too_close([Need(wanted, 1e9)])
    return float(attack.high[wanted] - attack.low[wanted])


def test_a_number_withheld_alone_is_worked_out_from_its_margin() -> None:
    table = three_by_three(COUNTS)
    alone = group(table, "north", "farm")
    exposed = Attack(table, Publication.without(table, [alone])).too_close([Need(alone, 1)])
    assert [each.group for each in exposed] == [alone]
    assert exposed[0].width == pytest.approx(0, abs=1e-6)


def test_one_more_in_its_row_does_not_help_as_columns_reveal_both() -> None:
    table = three_by_three(COUNTS)
    assert width(table, groups(table, ("north", "farm"), ("north", "shop")), group(table, "north", "farm")) < 1e-6


def test_four_corners_leave_an_interval_worked_out_by_hand() -> None:
    table = three_by_three(COUNTS)
    corners = groups(table, ("north", "farm"), ("north", "shop"), ("middle", "farm"), ("middle", "shop"))
    # north farm x: north shop 22 - x, middle farm 17 - x, middle shop 23 + x; all at least 1, so x goes from 1 to 16
    assert width(table, corners, group(table, "north", "farm")) == pytest.approx(15)


def test_a_corner_of_zero_is_published_so_it_cannot_hide_anything() -> None:
    table = three_by_three([[2, 20, 30], [15, 0, 40], [30, 35, 45]])
    corners = groups(table, ("north", "farm"), ("north", "shop"), ("middle", "farm"))
    assert width(table, corners, group(table, "north", "farm")) < 1e-6


def test_a_rate_reveals_its_withheld_numerator() -> None:
    table = three_by_three(COUNTS)
    corners = groups(table, ("north", "farm"), ("north", "shop"), ("middle", "farm"), ("middle", "shop"))
    hidden, whole = group(table, "north", "farm"), group(table, "north", "all")
    reported = Publication.without(table, corners)
    with_rate = Publication(reported.disclosed, rates=((hidden, whole, 100 * 2 / 52),))
    assert Attack(table, reported).too_close([Need(hidden, 3)]) == []
    assert [each.group for each in Attack(table, with_rate).too_close([Need(hidden, 3)])] == [hidden]


def test_two_versions_of_one_classification_reveal_what_each_withholds() -> None:
    """Youth, prime and old in one version; under 65 and over in the other: all less under-65 is the old."""
    ages = {
        "all": frozenset("ypo"),
        "youth": frozenset("y"),
        "prime": frozenset("p"),
        "old": frozenset("o"),
        "adult": frozenset("po"),
        "below_65": frozenset("yp"),
    }
    table = crossed({"AGE": ages}, {("y",): 2, ("p",): 50, ("o",): 20})
    one_version = groups(table, ("youth",), ("prime",))
    assert width(table, one_version, group(table, "youth")) < 1e-6  # all - adult
    both = groups(table, ("youth",), ("prime",), ("adult",))
    assert width(table, both, group(table, "youth")) == pytest.approx(50)  # youth + prime = 52, each at least 1
    assert len(both) == 3


def test_the_value_of_a_withheld_number_discloses_it_as_its_cases_do() -> None:
    """Men and women: each is both sexes less the other."""
    table = crossed({"SEX": {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}}, {("m",): 3, ("f",): 30})
    withheld = groups(table, ("M",), ("F",))
    reported = Publication.without(table, withheld)
    told = reported.disclosed.copy()
    told[group(table, "F")] = True
    assert Attack(table, reported).too_close([Need(group(table, "M"), 3)]) == []
    assert Attack(table, Publication(told)).too_close([Need(group(table, "M"), 3)])
