"""Distributions of noise: of all with mean zero and a given variance, the one of maximum entropy.

Nothing but the declared parameters is built into such a distribution (Marley and Leaver, A method for confidentialising
user-defined tables, ISI World Statistics Congress 2011; Giessing 2016, as in schemas/perturbation.py).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from schemas.errors import IlmsError
from schemas.perturbation import ContributionNoise, CountNoise
from transforms.protect.structure.groups import Floats

STEPS = 100  # on either side of zero, for noise that is not a whole number
CLOSE = 1e-12
TRIALS = 500
FLAT = 1e-10
DECREASE = 1e-4


@cache
def count_deviations(noise: CountNoise, cases: int) -> tuple[Floats, Floats]:
    """The deviations that a count of cases may have, in ascending order, and the probability of each."""
    moves = noise.moves(cases)
    return np.array(moves, dtype=np.float64), probabilities(moves, noise.variance) if cases else np.ones(1)


@cache
def contribution_deviations(noise: ContributionNoise) -> tuple[Floats, Floats]:
    """The deviations of a total, in multiples of its largest contribution, and the probability of each."""
    moves = np.linspace(-noise.maximum, noise.maximum, 2 * STEPS + 1)
    return moves, probabilities(moves, noise.variance)


def probabilities(moves: Sequence[float] | Floats, variance: float) -> Floats:
    """The probability of each deviation.

    They are exp(a + b x + c x squared); b and c are found by Newton's method, as the minimum of a convex function.
    Raises IlmsError where no distribution over the deviations has that variance and the mean zero.
    """
    unit = np.abs(moves).max()
    powers = np.array([np.asarray(moves) / unit, (np.asarray(moves) / unit) ** 2])
    wanted = np.array([0.0, variance / unit**2])
    at = np.zeros(2)
    for _ in range(TRIALS):
        chances = _chances(at, powers)
        gradient = powers @ chances - wanted
        if np.abs(gradient).max() < CLOSE:
            return chances
        curvature = (powers * chances) @ powers.T - np.outer(powers @ chances, powers @ chances)
        at = _nearer(at, np.linalg.lstsq(curvature, gradient, rcond=None)[0], gradient, powers, wanted)
    raise IlmsError(
        f"no noise has the variance {variance:g} with deviations from {min(moves):g} to {max(moves):g}",
        why="numbers cannot be perturbed without it",
        remedy="declare another `variance` or `maximum` in protection.yaml",
    )


def _chances(at: Floats, powers: Floats) -> Floats:
    exponents = at @ powers
    chances = np.exp(exponents - exponents.max())
    return np.asarray(chances / chances.sum(), dtype=np.float64)


def _nearer(at: Floats, step: Floats, gradient: Floats, powers: Floats, wanted: Floats) -> Floats:
    """A step of Newton's method, shortened until the function decreases; close to its end that cannot be seen."""
    length, before, slope = 1.0, _dual(at, powers, wanted), float(gradient @ step)
    while length * slope > FLAT and _dual(at - length * step, powers, wanted) > before - DECREASE * length * slope:
        length /= 2
    return at - length * step


def _dual(at: Floats, powers: Floats, wanted: Floats) -> float:
    exponents = at @ powers
    return float(exponents.max() + np.log(np.exp(exponents - exponents.max()).sum()) - at @ wanted)
