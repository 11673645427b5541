"""Rounding and cell keys: right on average, the same everywhere, never below zero, and no weight can be read."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pytest
from protection_examples import crossed, group
from pydantic import ValidationError

from schemas.errors import DeclarationError
from schemas.perturbation import Coarse, CountNoise, ValueBase
from schemas.protection import Perturbation, load_protection
from transforms.protect.coarse import coarse_gap, coarsened
from transforms.protect.maximum_entropy import contribution_deviations, count_deviations
from transforms.protect.perturbation import (
    Perturbed,
    check_seed,
    draws,
    looked_up,
    moved,
    perturbed,
    round_number,
    value_base,
)
from transforms.protect.structure.groups import Floats, Positions, Structure
from transforms.protect.structure.records import Joint

SEED = "a seed of the tests, long enough"
METHODS = ("rounding", "cell_key")
SEXES = {"T": frozenset("mf"), "M": frozenset("m"), "F": frozenset("f")}
# pt_ex_cnts() of the R package ptable 1.0.0: D = 2, V = 1.05, js = 1
PTABLE = {
    1: {-1: 0.50833333, 1: 0.47500000, 2: 0.01666667},
    2: {-2: 0.16155827, 0: 0.55565037, 1: 0.24246618, 2: 0.04032518},
    3: {-1: 0.41231301, 0: 0.28806097, 1: 0.18693903, 2: 0.11268699},
    4: {-2: 0.07012498, -1: 0.24450007, 0: 0.37074990, 1: 0.24450007, 2: 0.07012498},
}


def profile(name: str) -> Perturbation:
    found = load_protection(name)
    assert isinstance(found, Perturbation)
    return found


def men_and_women(men: int, women: int, weights: Mapping[str, float], *, first_key: int = 0) -> tuple[Structure, Joint]:
    """Counts of all, of men and of women, whose weights differ between them; every person has another record key."""
    of = {"m": men, "f": women}
    table = crossed({"SEX": SEXES}, {(sex,): n for sex, n in of.items()})
    leaves = sorted(sex for sex, n in of.items() if n)  # one atom each
    weight = np.array([of[leaf] * weights[leaf] for leaf in leaves])
    atoms = replace(table.atoms, weight=weight, largest=[(weights[leaf],) for leaf in leaves])
    structure = replace(table, atoms=atoms, weight_range=(min(weights.values()), max(weights.values())))
    keys = np.array([float(hash((first_key, place, of[leaf])) % 2**32) for place, leaf in enumerate(leaves)])
    places: Positions = np.arange(len(leaves), dtype=np.int64)
    return structure, Joint(structure.atoms.cases, weight, keys, places)


def publish(name: str, structure: Structure, joint: Joint, seed: str = SEED) -> tuple[Perturbed, Floats, Floats]:
    """What is published, with the true cases and weights of the groups."""
    changed = perturbed(structure, joint, profile(name), seed)
    return changed, structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)


@pytest.mark.parametrize("cases", PTABLE)
def test_a_perturbation_table_is_that_of_the_published_example(cases: int) -> None:
    noise = CountNoise(maximum=2, variance=1.05, smallest=2)
    moves, chances = count_deviations(noise, cases)
    assert dict(zip(moves.astype(int).tolist(), chances, strict=True)) == pytest.approx(PTABLE[cases], abs=1e-7)


@pytest.mark.parametrize("name", METHODS)
def test_every_count_has_the_declared_moments(name: str) -> None:
    noise = profile(name).counts
    for cases in range(1, noise.repeated_from + noise.multiples_of):
        moves, chances = count_deviations(noise, cases)
        assert chances.sum() == pytest.approx(1)
        assert moves @ chances == pytest.approx(0, abs=1e-9)
        assert moves**2 @ chances == pytest.approx(noise.variance)
        assert np.abs(moves).max() <= noise.maximum
        given = cases + moves
        assert ((given == 0) | (given >= noise.smallest)).all()
        assert (given % noise.multiples_of == 0).all()


@pytest.mark.parametrize("name", METHODS)
def test_counts_drawn_are_right_on_average(name: str) -> None:
    noise, drawn = profile(name).counts, (np.arange(20_000) + 0.5) / 20_000
    for cases in (1, 4, 13, 200):
        moves = moved(np.full(len(drawn), float(cases)), drawn, noise) - cases
        assert moves.mean() == pytest.approx(0, abs=0.01)
        assert moves.var() == pytest.approx(noise.variance, rel=0.02)
    assert (moved(np.zeros(5), drawn[:5], noise) == 0).all()


@pytest.mark.parametrize("name", METHODS)
def test_noise_of_contributions_has_the_declared_moments(name: str) -> None:
    noise = profile(name).contributions
    moves, chances = contribution_deviations(noise)
    assert moves @ chances == pytest.approx(0, abs=1e-9)
    assert moves**2 @ chances == pytest.approx(noise.variance)
    assert np.abs(moves).max() == noise.maximum


def test_parameters_that_no_table_can_have_are_refused() -> None:
    for wrong in (
        {"maximum": 5, "variance": 2, "smallest": 3},  # one case can only lose 1 or gain 2 and more: at least 2
        {"maximum": 1, "variance": 1, "smallest": 3},  # one case cannot become 3
        {"maximum": 4, "variance": 3, "smallest": 5, "multiples_of": 5},  # the variance of rounding 1 to 0 or 5 is 4
    ):
        with pytest.raises(ValidationError, match="count of"):
            CountNoise.model_validate(wrong)


def test_a_profile_that_gives_means_of_one_person_is_refused() -> None:
    declared = profile("cell_key").model_dump()
    with pytest.raises(ValidationError, match="must be 12 or more"):
        Perturbation.model_validate(declared | {"means": {"minimum": 10, "step_percent": 1}})
    with pytest.raises(ValidationError, match="multiples_of"):
        Perturbation.model_validate(declared | {"method": "rounding"})


@pytest.mark.parametrize("name", METHODS)
def test_equal_sets_of_persons_get_equal_numbers_and_no_average_undoes_them(name: str) -> None:
    """Another table of the same men has them in other atoms, in another order."""
    structure, joint = men_and_women(7, 9, {"m": 120.0, "f": 310.0})
    again = replace(joint, keys=joint.keys[::-1], atoms=joint.atoms[::-1])
    one, other = (publish(name, structure, each)[0] for each in (joint, again))
    assert (one.cases == other.cases).all()
    assert (one.weight == other.weight).all()
    published = np.array([publish(name, structure, each)[0].cases for each in (joint, again) * 10])
    assert (published.mean(axis=0) == one.cases).all()


@pytest.mark.parametrize("name", METHODS)
def test_another_seed_changes_the_numbers(name: str) -> None:
    structure, joint = men_and_women(40, 60, {"m": 120.0, "f": 310.0})
    found = [publish(name, structure, joint, seed=f"{SEED} {each}")[0] for each in range(40)]
    assert len({tuple(each.cases) for each in found}) > 5
    assert len({tuple(each.weight) for each in found}) > 5


def test_the_draws_of_men_and_women_do_not_tell_that_of_both() -> None:
    """A sum of keys is known from those of its parts, so a draw must not be the key itself."""
    keys = np.array([float(each) for each in (2**31, 2**30)])
    men, women, both = draws(np.append(keys, keys.sum()), "cases", SEED)
    assert both != pytest.approx((men + women) % 1)
    assert draws(keys, "weights", SEED)[0] != men


@pytest.mark.parametrize("name", METHODS)
def test_no_mean_weight_follows_from_a_value_and_its_cases(name: str) -> None:
    """With value = weight / cases x perturbed cases, total, men and women give the exact share of men.

    Values are few round numbers, so that now and then a guess is right by chance.
    """
    means, shares = [], []
    for men, women, trial in itertools.product((1, 3, 8, 40), (2, 5, 90), range(20)):
        structure, joint = men_and_women(men, women, {"m": 137.31, "f": 318.77}, first_key=trial)
        changed, cases, weight = publish(name, structure, joint)
        places = [group(structure, key) for key in SEXES]
        if (changed.cases[places] > 0).all():
            total, m, f = mean = (changed.weight / changed.cases)[places]
            means += list(np.isclose(mean, (weight / cases)[places], rtol=1e-4))
            shares.append(f != m and bool(np.isclose((f - total) / (f - m), men / (men + women), rtol=1e-4)))
    assert not any(means)
    assert len(shares) > 50
    assert np.mean(shares) < 0.2


@pytest.mark.parametrize("name", METHODS)
def test_values_have_noise_of_their_own_besides_rounding(name: str) -> None:
    """In multiples of the largest weight; the noise of the cases does not tell it."""
    fine = profile(name).model_copy(update={"values": ValueBase(persons=0.001)})
    moves, own = [], []
    for trial in range(400):
        structure, joint = men_and_women(40, 60, {"m": 137.31, "f": 318.77}, first_key=trial)
        changed, at = perturbed(structure, joint, fine, SEED), group(structure, "M")
        moves.append(changed.cases[at] - 40)
        own.append((changed.weight[at] - 137.31 * changed.cases[at]) / 137.31)
    assert np.var(own) == pytest.approx(fine.contributions.variance, rel=0.2)
    assert max(np.abs(own)) <= fine.contributions.maximum + 1e-3
    assert abs(np.corrcoef(moves, own)[0, 1]) < 0.15


def test_the_weight_of_one_person_is_never_read() -> None:
    """The value of a cell of one person lies anywhere around the weight, and among few values that others share."""
    for name, base in (("rounding", 1000.0), ("cell_key", 1000.0)):
        values = set()
        for trial in range(60):
            structure, joint = men_and_women(1, 200, {"m": 437.31, "f": 187.3}, first_key=trial)
            changed, *_ = publish(name, structure, joint)
            at = group(structure, "M")
            assert changed.base == base
            assert changed.weight[at] % base == 0
            assert changed.cases[at] > 0 or changed.weight[at] == 0
            values.add(float(changed.weight[at]))
        assert len(values) > 2


def test_where_all_weights_are_equal_values_follow_from_cases() -> None:
    structure, joint = men_and_women(7, 30, {"m": 1.0, "f": 1.0})
    changed, *_ = publish("rounding", structure, joint)
    assert changed.base is None
    assert (changed.weight == changed.cases).all()


def test_a_base_is_declared_in_persons_or_in_cases() -> None:
    _, joint = men_and_women(10, 10, {"m": 100.0, "f": 300.0})
    assert value_base(ValueBase(persons=750), joint) == 750
    assert value_base(ValueBase(cases=3), joint) == 1000
    assert [round_number(each) for each in (0.3, 1, 1.1, 40, 501)] == [0.5, 1, 2, 50, 1000]
    for wrong in ({}, {"persons": 1, "cases": 1}):
        with pytest.raises(ValidationError, match="either"):
            ValueBase.model_validate(wrong)


def test_a_draw_at_either_end_has_a_deviation() -> None:
    moves, chances = np.array([-1.0, 1.0]), np.array([0.5, 0.5])
    assert looked_up(np.array([0.0, 0.5, 1 - 2.0**-53]), moves, chances).tolist() == [-1, 1, 1]


def test_means_and_quantiles_are_given_in_steps() -> None:
    rule = Coarse(minimum=20, step_percent=5)
    assert [coarsened(each, rule) for each in (15_230.0, 1_012.0, 38.41, 0.0, 7.0, -38.41)] == [
        15_000, 1_000, 38, 0, 7, -38,
    ]  # fmt: skip
    assert coarsened(38.41, Coarse(minimum=20, step_percent=2)) == 38.5
    assert coarse_gap(14.7, rule) == 14
    assert coarse_gap(14.7, rule, factor=1.1) == 6


@pytest.mark.parametrize("seed", [None, "", "too short"])
def test_a_seed_that_can_be_guessed_is_refused_and_not_quoted(seed: str | None) -> None:
    with pytest.raises(DeclarationError) as caught:
        check_seed(seed)
    assert not seed or seed not in caught.value.message
