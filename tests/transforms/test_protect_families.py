"""Which populations are attacked in one table: those that add up to another, and those of one rate."""

from __future__ import annotations

from itertools import product

from transforms.protect.structure.families import MOST_SIGNATURES, families
from transforms.protect.structure.groups import Universe

POPULATIONS = ("employed", "unemployed", "labour_force", "informal", "low_paid", "member", "young")


def labour_market() -> Universe:
    """Employed or unemployed; of the employed every mixture of the other four."""
    mixtures = [(True, False, True, *mixture) for mixture in product((True, False), repeat=4)]
    return Universe(POPULATIONS, ((False, True, True, False, False, False, False), *mixtures))


def test_populations_that_add_up_are_in_one_table_even_without_a_rate_between_them() -> None:
    found = families([("employed",), ("unemployed",), ("labour_force",)], labour_market())
    assert found == [("employed", "unemployed", "labour_force")]


def test_populations_that_overlap_are_in_tables_apart_each_with_its_rates() -> None:
    rates = [(name, "employed") for name in POPULATIONS[3:]]
    universe = labour_market()
    found = families([("employed",), ("unemployed",), ("labour_force",), *rates], universe)
    assert len(found) > 1
    assert all(any({*rate} <= {*some} for some in found) for rate in rates)
    assert any({"employed", "unemployed", "labour_force"} <= {*some} for some in found)
    assert all(len(universe.projected(some)) <= MOST_SIGNATURES for some in found)
