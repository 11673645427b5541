"""The quadratic: worked by hand on the world of 2019, inside its feasible range, exact where theta is 1."""

from __future__ import annotations

import numpy as np
import pytest
from odds import odds_ratio

from transforms.regional.solve import expit, logit, solve

# Third edition, 2019, millions: population, migrants, labour force, migrants in the labour force -> theta.
WORLD_2019 = [
    ("both sexes", 5735, 245, 3482, 169, 1.461),
    ("men", 2868, 128, 2128, 99, 1.196),
    ("women", 2867, 117, 1354, 70, 1.700),
]


@pytest.mark.parametrize(("who", "population", "migrants", "force", "x", "theta"), WORLD_2019)
def test_the_world_of_2019_gives_the_odds_ratios_worked_out_by_hand(
    who: str, population: float, migrants: float, force: float, x: float, theta: float
) -> None:
    assert odds_ratio(population, migrants, force, x) == pytest.approx(theta, abs=0.0005)
    assert solve(population, migrants, force, np.log(theta)) == pytest.approx(x, rel=0.002)


def test_migrants_who_take_part_like_everybody_are_their_share_of_the_labour_force() -> None:
    assert solve(1000, 200, 600, 0.0) == pytest.approx(120, abs=1e-12)


@pytest.mark.parametrize("step", [1e-3, 1e-6, 1e-9, 1e-12, 1e-15])
def test_near_theta_one_nothing_jumps(step: float) -> None:
    above, below = solve(1000, 200, 600, step), solve(1000, 200, 600, -step)
    assert below <= 120 <= above
    assert above - below <= 2 * step * 200


def test_roots_stay_feasible_and_grow_with_theta() -> None:
    random = np.random.default_rng(1)
    population = random.uniform(1, 1000, 5000)
    migrants, force = population * random.uniform(0, 1, 5000), population * random.uniform(0, 1, 5000)
    low, high = solve(population, migrants, force, -3.0), solve(population, migrants, force, 3.0)
    assert np.all(low <= high)
    for x in (low, high):
        assert np.all(x >= np.maximum(0, migrants + force - population))
        assert np.all(x <= np.minimum(migrants, force))


def test_solving_undoes_the_odds_ratio() -> None:
    assert solve(1000, 200, 600, np.log(odds_ratio(1000, 200, 600, 151.0))) == pytest.approx(151.0)


def test_no_migrants_are_no_migrants_in_the_labour_force() -> None:
    assert solve(1000, 0, 600, 1.0) == 0


@pytest.mark.parametrize(("migrants", "force"), [(1001, 600), (200, 1001), (-1, 600)])
def test_margins_that_cannot_be_are_refused(migrants: int, force: int) -> None:
    with pytest.raises(ValueError, match="between 0 and the population"):
        solve(1000, migrants, force, 0.0)


def test_log_odds_and_shares_are_each_others_inverse() -> None:
    assert expit(logit(0.3)) == pytest.approx(0.3)
