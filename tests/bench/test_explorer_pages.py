"""The benchmark of the explorer asks for every kind of page of a release that it makes."""

from __future__ import annotations

import re

import pytest

from bench import explorer

pytestmark = pytest.mark.slow


def test_every_kind_of_page_is_measured_beside_its_queries(capsys: pytest.CaptureFixture[str]) -> None:
    assert explorer.main(["--observations", "1", "--countries", "2", "--requests", "2"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert re.fullmatch(r"pages over \d\d,\d{3} observations, .*", lines[0])
    measured = {line[:34].strip(): line[34:].split() for line in lines[2:]}
    assert {"front", "country", "indicator across countries", "number", "region", "corridors"} <= measured.keys()
    assert all(float(each) > 0 for page, p95, *_ in measured.values() for each in (page, p95))
    assert measured["topic"][-1] == "–"  # it asks the database nothing
