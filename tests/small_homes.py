"""Homes with small sources, before and after their first run: fixtures that several files of tests share."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from quick_release import leave_out_structures
from small_source import Declare

if TYPE_CHECKING:
    from ilms.settings import Settings


@pytest.fixture
def surveys(tmp_path: Path, declare: Declare) -> Settings:
    """Two surveys with good files in a mirror, before their first run."""
    from two_surveys import lay_out

    return lay_out(tmp_path, declare)


@pytest.fixture
def released(surveys: Settings, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """The two surveys after their first run: their release."""
    from two_surveys import release_of

    leave_out_structures(monkeypatch)
    return release_of(surveys, tmp_path_factory)
