"""Rounding and cell keys: right on average, the same everywhere, and never below zero."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from schemas.errors import DeclarationError
from schemas.protection import CellKey, load_protection
from transforms.protect.perturbation import check_seed, deviation, rounded, rounded_along

counts = st.lists(st.integers(0, 200), min_size=1, max_size=40)


@given(counts, st.floats(0, 1, exclude_max=True))
@example([200], 1 - 2.0**-53)
@settings(max_examples=200, deadline=None)
def test_neighbours_rounded_along_add_up_to_within_the_base(cases: list[int], start: float) -> None:
    truth = np.array(cases, dtype=float)
    given_counts = rounded_along(truth, 5, start)
    assert (given_counts % 5 == 0).all()
    assert (given_counts >= 0).all()
    assert (abs(np.cumsum(given_counts) - np.cumsum(truth)) < 5).all()
    assert (given_counts[truth == 0] == 0).all()


def test_rounding_is_right_on_average() -> None:
    drawn = (np.arange(1000) + 0.5) / 1000
    for cases in (1, 4, 5, 13):
        assert rounded(np.full(1000, float(cases)), drawn, 5).mean() == pytest.approx(cases)
    starts = [rounded_along(np.array([3.0, 4.0, 1.0]), 5, start)[1] for start in drawn]
    assert np.mean(starts) == pytest.approx(4.0)


def test_cell_keys_draw_the_declared_deviations() -> None:
    profile = load_protection("cell_key")
    assert isinstance(profile, CellKey)
    drawn = (np.arange(1000) + 0.5) / 1000
    for cases in (1, 2, 3, 50):
        moves = [deviation(cases, u, profile) for u in drawn]
        row = profile.perturbation[min(cases, len(profile.perturbation)) - 1]
        for move, share in row.deviations.items():
            assert moves.count(move) == pytest.approx(1000 * share, abs=1)
        assert np.mean(moves) == pytest.approx(0, abs=0.01)
        assert cases + min(moves) >= 0
    assert deviation(0, 0.99, profile) == 0


@pytest.mark.parametrize("seed", [None, "", "too short"])
def test_a_seed_that_can_be_guessed_is_refused_and_not_quoted(seed: str | None) -> None:
    with pytest.raises(DeclarationError) as caught:
        check_seed(seed)
    assert not seed or seed not in caught.value.message
