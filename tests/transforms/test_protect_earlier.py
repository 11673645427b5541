"""What earlier releases told of the numbers of today."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from schemas.tables import OBSERVATION_KEY
from transforms.duck import parquet_rows
from transforms.protect.earlier import ToldNumber, read_told

MINIMUM = 5
Given = tuple[str, int | None]
"""The status of a number, and its cases."""


def written(file: Path, numbers: dict[str, list[Given]], method: str) -> Path:
    """Numbers of one indicator by class; a class may have been given differently in several releases."""
    rows = [f"('{code}', '{status}', {n or 'null'})" for code, some in numbers.items() for status, n in some]
    key = ", ".join(f"{'code' if name == 'classif1' else repr(name)} as {name}" for name in OBSERVATION_KEY)
    listed = f"(values {', '.join(rows)}) t(code, obs_status, n)"
    query = f"select {key}, obs_status, n, 2.5 * n as obs_value, '{method}' as method from {listed}"
    duckdb.execute(f"copy ({query}) to '{file}' (format parquet)")
    return file


@pytest.mark.parametrize(
    ("earlier", "now", "told"),
    [
        pytest.param([("", 40)], ("", 40), ToldNumber(True, False, False, False), id="the same"),
        pytest.param([("C", None)], ("C", None), ToldNumber(False, True, False, False), id="withheld in both"),
        pytest.param([("", 40)], ("", 39), ToldNumber(True, False, True, True), id="one person less"),
        pytest.param([("", 40)], ("", 44), ToldNumber(True, False, True, True), id="four more"),
        pytest.param([("", 40)], ("", 45), ToldNumber(True, False, False, True), id="as many more as are published"),
        pytest.param([("", 40), ("", 60)], ("", 41), ToldNumber(True, False, True, True), id="not the last release"),
        pytest.param([("C", None)], ("", 40), ToldNumber(False, True, False, False), id="given now"),
        pytest.param([("", 40)], ("C", None), ToldNumber(True, False, False, False), id="withheld now"),
        pytest.param([("C", None), ("", 40)], ("", 40), ToldNumber(True, False, False, False), id="given since"),
    ],
)
def test_what_earlier_releases_told_of_a_number(
    tmp_path: Path, earlier: list[Given], now: Given, told: ToldNumber
) -> None:
    numbers = written(tmp_path / "now.parquet", {"A": [now], "B": [("", 7)]}, "")
    seen = written(tmp_path / "earlier.parquet", {"A": earlier, "Z": [("", 8)]}, "suppression")
    with duckdb.connect() as connection:
        found = read_told(connection, parquet_rows(numbers), seen, MINIMUM)
    assert found == (told, ToldNumber(False, False, False, False))


def test_perturbed_numbers_are_not_compared_with_exact_ones(tmp_path: Path) -> None:
    numbers = written(tmp_path / "now.parquet", {"A": [("", 41)]}, "")
    seen = written(tmp_path / "earlier.parquet", {"A": [("", 40)]}, "cell_key")
    with duckdb.connect() as connection:
        assert read_told(connection, parquet_rows(numbers), seen, MINIMUM) == (ToldNumber(False, False, False, False),)
