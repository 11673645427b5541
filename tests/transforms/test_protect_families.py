"""Which populations are held in one table: those that add up to another, and those of one rate."""

from __future__ import annotations

from itertools import product

from transforms.protect.structure.families import MOST_SIGNATURES, families
from transforms.protect.structure.groups import Universe

POPULATIONS = ("employed", "unemployed", "labour_force", "informal", "low_paid", "member", "young")


def labour_market() -> Universe:
    """Employed or unemployed; of the employed every mixture of the other four."""
    mixtures = [(True, False, True, *mixture) for mixture in product((True, False), repeat=4)]
    return Universe(POPULATIONS, ((False, True, True, False, False, False, False), *mixtures))


def test_what_adds_up_is_held_together_though_no_rate_says_so() -> None:
    found = families([("employed",), ("unemployed",), ("labour_force",)], labour_market())
    assert found == [("employed", "unemployed", "labour_force")]


def test_what_cuts_across_is_held_apart_with_what_it_is_a_rate_of() -> None:
    rates = [(name, "employed") for name in POPULATIONS[3:]]
    universe = labour_market()
    found = families([("employed",), ("unemployed",), ("labour_force",), *rates], universe)
    assert len(found) > 1
    assert all(any({*rate} <= {*some} for some in found) for rate in rates)
    assert any({"employed", "unemployed", "labour_force"} <= {*some} for some in found)
    assert all(len(universe.projected(some)) <= MOST_SIGNATURES for some in found)
