"""Suppression: what is unsafe, and what is withheld besides so that the attack finds nothing."""

from __future__ import annotations

import random
from collections.abc import Mapping

import pytest
from protection_examples import crossed, group, groups, three_by_three

from schemas.protection import Dominance, PPercent, Suppression, load_protection
from transforms.protect.attack.attack import Attack
from transforms.protect.attack.system import Publication
from transforms.protect.primary import is_dominated, needs_of, unsafe_sets
from transforms.protect.structure.groups import Structure
from transforms.protect.suppression import Search, find_pattern

COUNTS = [[2, 20, 30], [15, 25, 40], [30, 35, 45]]
SEXES = {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}
AGES = {
    "all": frozenset("abcd"),
    "under_65": frozenset("abc"),
    "15-24": frozenset("a"),
    "25+": frozenset("bcd"),
    "25-54": frozenset("b"),
    "55-64": frozenset("c"),
    "65+": frozenset("d"),
}
BIRTHS = {"all": frozenset("nx"), "native": frozenset("n"), "foreign": frozenset("x")}


@pytest.fixture
def profile() -> Suppression:
    declared = load_protection("suppression_of_registers")
    assert isinstance(declared, Suppression)
    return declared


def linked(seed: int = 1, ages: Mapping[str, frozenset[str]] = AGES) -> Structure:
    """Sex by age in two versions that overlap, by place of birth."""
    draw = random.Random(seed)
    cases: dict[tuple[str, ...], int] = {
        (s, a, b): draw.choice([1, 2, 6, 20, 60] if b == "x" else [30, 80]) for s in "mf" for a in "abcd" for b in "nx"
    }
    return crossed({"SEX": SEXES, "AGE": ages, "BIRTH": BIRTHS}, cases)


def test_few_cases_are_unsafe_and_zero_is_not(profile: Suppression) -> None:
    table = three_by_three([[2, 20, 30], [3, 0, 40], [30, 35, 1]])
    assert unsafe_sets(table, profile) == groups(table, ("north", "farm"), ("south", "plant"))


@pytest.mark.parametrize(
    ("contributions", "unsafe"),
    [
        # 80 + 12 = 92 of 100: two largest above 90 per cent
        ((80, 12, 8), True),
        # 70 + 20 = 90 of 100 exactly is allowed, and 10 are left over: more than 10 per cent of 70
        ((70, 20, 10), False),
        # 86 + 4 = 90, the other 10 are more than 10 per cent of 86
        ((86, 4, 4, 3, 3), False),
    ],
)
def test_dominance_worked_by_hand(profile: Suppression, contributions: tuple[int, ...], unsafe: bool) -> None:
    rules = profile.model_copy(
        update={
            "dominance": Dominance(largest=2, percent=90),
            "p_percent": PPercent(percent=10),
            "contributions": "weight",
        }
    )
    assert is_dominated(contributions, sum(contributions), rules) is unsafe


def test_p_percent_alone_worked_by_hand(profile: Suppression) -> None:
    rules = profile.model_copy(update={"p_percent": PPercent(percent=15), "contributions": "weight"})
    # the second (45) knows that the largest is at most 108 - 45 = 63, within 5 per cent of its 60: less than 15
    assert is_dominated((60, 45, 3), 108, rules)
    # the remainder of 10 leaves the largest between 60 and 70: more than 15 per cent
    assert not is_dominated((60, 45, 10), 115, rules)


def test_three_by_three_withholds_a_rectangle(profile: Suppression) -> None:
    table = three_by_three(COUNTS)
    pattern = find_pattern(table, profile)
    hidden = {key: group(table, *key) in pattern.withheld for key in (("north", "farm"), ("all", "all"))}
    assert hidden == {("north", "farm"): True, ("all", "all"): False}
    inner = [(r, b) for r in ("north", "middle", "south") for b in ("farm", "shop", "plant")]
    withheld = {key for key in inner if group(table, *key) in pattern.withheld}
    assert all(sum(key[0] == row for key in withheld) != 1 for row in ("north", "middle", "south"))
    assert all(sum(key[1] == column for key in withheld) != 1 for column in ("farm", "shop", "plant"))
    assert len(pattern.withheld) == 4


def test_linked_versions_are_protected_together(profile: Suppression) -> None:
    table = linked()
    pattern = find_pattern(table, profile)
    attack = Attack(table, Publication.without(table, pattern.withheld))
    assert pattern.unsafe
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_the_same_input_gives_the_same_pattern(profile: Suppression) -> None:
    first, second = (find_pattern(linked(3), profile) for _ in range(2))
    assert first == second


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(5))
def test_any_linked_table_is_protected(profile: Suppression, seed: int) -> None:
    table = linked(seed)
    pattern = find_pattern(table, profile)
    attack = Attack(table, Publication.without(table, pattern.withheld))
    assert attack.too_close(needs_of(table, set(pattern.unsafe), set(pattern.withheld), profile)) == []


def test_gaps_that_a_solver_leaves_are_closed(profile: Suppression) -> None:
    """Whatever was withheld before: an unsafe number alone, or with one other, is not protected."""
    table = three_by_three(COUNTS)
    unsafe = groups(table, ("north", "farm"))
    for before in (unsafe, groups(table, ("north", "farm"), ("north", "shop"))):
        closed = Search(table, profile, unsafe).close_gaps(before)
        assert before < closed
        attack = Attack(table, Publication.without(table, closed))
        assert attack.too_close(needs_of(table, unsafe, closed, profile)) == []


def test_what_is_withheld_without_need_is_reported_again(profile: Suppression) -> None:
    """Two people farm in the north: four corners hide them, and the plants of the south hide nobody."""
    table = three_by_three(COUNTS)
    unsafe = groups(table, ("north", "farm"))
    corners = groups(table, ("north", "farm"), ("north", "shop"), ("middle", "farm"), ("middle", "shop"))
    others = groups(table, ("south", "plant"), ("south", "all"), ("all", "plant"), ("middle", "plant"))
    found = Search(table, profile, unsafe).open_needless(corners | others)
    assert len(found) == len(corners)
    assert unsafe < found
    needs = needs_of(table, unsafe, found, profile)
    assert Attack(table, Publication.without(table, found)).too_close(needs) == []
