"""A process that forks others has read ahead what every partition reads."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from expectations.suites import list_suites, load_suite
from ilms.pipeline.warm import warm_up
from schemas.indicators import load_catalogue
from schemas.register_indicators import load_register_catalogue
from transforms.country_names import find_country


def test_nothing_that_comes_with_the_software_is_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    warm_up()

    def refuse(*arguments: Any, **named: Any) -> Any:
        raise AssertionError("a file is read again")

    monkeypatch.setattr(Path, "read_text", refuse)
    monkeypatch.setattr(Path, "read_bytes", refuse)
    monkeypatch.setattr("babel.localedata.load", refuse)
    assert load_catalogue()
    assert load_register_catalogue()
    assert all(load_suite(name).expectations for name in list_suites())
    assert find_country("Jerman", "name").code == "DEU", "so Germany is called in Indonesian, and in no list of ours"
