"""What two releases of nearly the same records tell together."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.tables import OBSERVATION_KEY
from transforms.protect.earlier import Compared, compare_with_earlier

MINIMUM = 5
Given = tuple[str, int | None]
"""The status of a number, and its cases."""


def written(file: Path, numbers: dict[str, list[Given]], method: str) -> Path:
    """Numbers of one indicator by class; a class may have been given differently in several releases."""
    rows = [f"('{code}', '{status}', {n or 'null'})" for code, some in numbers.items() for status, n in some]
    key = ", ".join(f"{'code' if name == 'classif1' else repr(name)} as {name}" for name in OBSERVATION_KEY)
    query = f"select {key}, obs_status, n, '{method}' as method from (values {', '.join(rows)}) t(code, obs_status, n)"
    duckdb.execute(f"copy ({query}) to '{file}' (format parquet)")
    return file


@pytest.mark.parametrize(
    ("earlier", "now", "on_and_off", "by_few"),
    [
        pytest.param([("", 40)], ("", 40), 0, 0, id="the same"),
        pytest.param([("C", None)], ("C", None), 0, 0, id="withheld in both"),
        pytest.param([("", 40)], ("", 39), 0, 1, id="one person less"),
        pytest.param([("", 40)], ("", 44), 0, 1, id="four more"),
        pytest.param([("", 40)], ("", 45), 0, 0, id="as many more as are published"),
        pytest.param([("", 40), ("", 60)], ("", 41), 0, 1, id="not the last release, but one before it"),
        pytest.param([("C", None)], ("", 40), 1, 0, id="given now"),
        pytest.param([("", 40)], ("C", None), 1, 0, id="withheld now"),
        pytest.param([("C", None), ("", 40)], ("", 40), 0, 0, id="withheld once, and given since"),
    ],
)
def test_what_a_number_tells_beside_an_earlier_one(
    tmp_path: Path, earlier: list[Given], now: Given, on_and_off: int, by_few: int
) -> None:
    numbers = written(tmp_path / "now.parquet", {"A": [now], "B": [("", 7)]}, "")
    seen = written(tmp_path / "earlier.parquet", {"A": earlier, "Z": [("", 8)]}, "suppression")
    with duckdb.connect() as connection:
        found = compare_with_earlier(connection, numbers, seen, MINIMUM)
    names = ("indicator sex A classif2",) if on_and_off + by_few else ()
    assert found == Compared(on_and_off, by_few, names)
    assert found.tells == bool(names)


def test_perturbed_numbers_are_not_compared_with_exact_ones(tmp_path: Path) -> None:
    numbers = written(tmp_path / "now.parquet", {"A": [("", 41)]}, "")
    seen = written(tmp_path / "earlier.parquet", {"A": [("", 40)]}, "cell_key")
    with duckdb.connect() as connection:
        assert not compare_with_earlier(connection, numbers, seen, MINIMUM).tells
