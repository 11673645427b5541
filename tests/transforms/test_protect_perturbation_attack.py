"""An attack on perturbed counts: what follows from all tables and the largest deviation that the method declares."""

from __future__ import annotations

import numpy as np
import pytest
from protection_examples import three_by_three
from scipy.optimize import linprog

from schemas.perturbation import CountNoise
from schemas.protection import Perturbation, load_protection
from transforms.protect.maximum_entropy import count_deviations
from transforms.protect.perturbation import perturbed
from transforms.protect.structure.groups import Floats, Structure
from transforms.protect.structure.records import Joint

CASES = ((1, 2, 12), (3, 1, 7), (9, 4, 40))
FEW, WIDTH, TRIALS = 5, 3, 12


def publish(structure: Structure, noise: CountNoise, seed: str) -> Floats:
    """The published cases of every set."""
    declared = load_protection("cell_key")
    assert isinstance(declared, Perturbation)
    profile = declared.model_copy(update={"counts": noise})
    size = len(structure.atoms.cases)
    keys = np.arange(1.0, size + 1) * 7919
    joint = Joint(structure.atoms.cases, structure.atoms.weight, keys, np.arange(size, dtype=np.int64))
    return perturbed(structure, joint, profile, seed).cases


def possible(given: float, noise: CountNoise) -> tuple[int, int]:
    """The smallest and largest count that may have become a published one."""
    before = range(max(0, int(given) - noise.maximum), int(given) + noise.maximum + 1)
    found = [n for n in before if given - n in noise.moves(n)]
    return found[0], found[-1]


def narrowest(noise: CountNoise) -> int:
    """The narrowest interval to which all published numbers confine a count of few persons, over several secrets."""
    structure = three_by_three(CASES)
    sets, cases = structure.sets.toarray(), structure.sums(structure.atoms.cases)
    widths = []
    for trial in range(TRIALS):
        ends = np.array([possible(n, noise) for n in publish(structure, noise, f"a seed of the tests {trial}")])
        assert ((ends[:, 0] <= cases) & (cases <= ends[:, 1])).all()
        both, limits = np.vstack([sets, -sets]), np.concatenate([ends[:, 1], -ends[:, 0]])
        for few in np.flatnonzero((cases > 0) & (cases < FEW)):
            low, high = (
                sign * linprog(sign * sets[few], A_ub=both, b_ub=limits, bounds=(0, None)).fun for sign in (1, -1)
            )
            widths.append(int(np.floor(high + 1e-6) - np.ceil(low - 1e-6)))
    return min(widths)


@pytest.mark.parametrize("name", ["rounding", "cell_key"])
def test_few_persons_stay_uncertain_to_whoever_puts_all_tables_together(name: str) -> None:
    declared = load_protection(name)
    assert isinstance(declared, Perturbation)
    assert narrowest(declared.counts) >= WIDTH


def test_noise_that_is_nearly_always_as_large_as_it_may_be_is_undone() -> None:
    """Of three counts that add up, one that moved up by 2 and two that moved down by 2 tell everything."""
    assert narrowest(CountNoise(maximum=2, variance=1.9, smallest=1)) < WIDTH


def test_large_deviations_are_rare_so_that_they_cost_no_accuracy() -> None:
    wide, narrow = (CountNoise(maximum=maximum, variance=3) for maximum in (10, 5))
    for noise in (wide, narrow):
        moves, chances = count_deviations(noise, 100)
        assert chances[np.abs(moves) > 4].sum() < 0.02
        assert moves**2 @ chances == pytest.approx(3)
