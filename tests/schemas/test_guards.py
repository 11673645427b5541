"""What a declaration may say of guards, and of the wave that a file itself gives."""

from __future__ import annotations

import pytest
from small_source import SMALL_SOURCE, Declare

from schemas.errors import DeclarationError


def test_a_guard_that_is_not_the_default_says_why(declare: Declare) -> None:
    with pytest.raises(DeclarationError, match="say in `because` why weight_ratio is not the default here"):
        declare(guards={"weight_ratio": 500})
    kept = declare(guards={"weight_ratio": 500, "because": "the sample of the capital is small"})
    assert kept.guards.weight_ratio == 500
    with pytest.raises(DeclarationError, match="mostly_unknown names 'shoe_size'"):
        declare(guards={"mostly_unknown": {"shoe_size": "few know"}})
    with pytest.raises(DeclarationError, match="the expression names 'raw.year'"):
        declare(wave_in_file={"year": "raw.year"})
    with pytest.raises(DeclarationError, match="also_in_file names the month, which `wave_in_file` does not give"):
        declare(waves={"2024": SMALL_SOURCE["waves"]["2024"] | {"also_in_file": {"month": [1]}}})
