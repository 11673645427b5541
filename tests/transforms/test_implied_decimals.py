"""Special codes of numbers whose decimals a layout implies: they have decimals too, and are never taken for values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from small_source import SMALL_COLUMNS, Declare

from schemas.errors import InputError
from schemas.partition import Partition
from transforms.harmonise import harmonise
from transforms.read import RawInput, read_wave

SMALL = Partition("ZZZ.small", "2024")
LAYOUT = "input ID $2. STR $1. PSU $1. W 3. SEXCODE $1. YEARS 2. BORN $1. ACT $1. INCOME 8.2;"
PEOPLE = ("p1a1100134210", "p2a2100234110")
Core = Callable[..., list[tuple[Any, ...]]]


@pytest.fixture
def core(declare: Declare, tmp_path: Path) -> Core:
    """Earnings of fixed-width records that end in the given fields, with some codes declared missing."""

    def make(*incomes: str, codes: dict[str, str]) -> list[tuple[Any, ...]]:
        lines = [person[:-1] + income for person, income in zip(PEOPLE, incomes, strict=True)]
        (tmp_path / "lfs.txt").write_text("\n".join(lines) + "\n")
        (tmp_path / "lfs.sas").write_text(LAYOUT)
        own = declare().model_dump(exclude_none=True, exclude_defaults=True)["variables"]
        source = declare(
            columns="column,2024\n" + "".join(f"{name},{name.upper()}\n" for name in [*SMALL_COLUMNS, "income"]),
            variables={**own, "monthly_earnings": {"column": "income", "codes": codes}},
            read={"format": "fixed_width", "layout": {"format": "sas", "file": "lfs.sas"}},
        )
        files = [RawInput(tmp_path / "lfs.txt", "data"), RawInput(tmp_path / "lfs.sas", "layout")]
        raw, output = tmp_path / "raw.parquet", tmp_path / "core.parquet"
        table = read_wave(source.read, files, source.wave_columns("2024"), raw, where=SMALL.key, workdir=tmp_path)
        harmonise(source, SMALL, raw, output, implied=table.implied)
        return duckdb.execute(f"select monthly_earnings, monthly_earnings_missing from '{output}'").fetchall()

    return make


@pytest.mark.parametrize(
    ("code", "shifted"),
    [("99999999", "999999.99"), ("99999997..99999999", "999999.97..999999.99"), ("00000000", "0.00")],
)
def test_a_code_that_fills_its_field_stops_and_the_remedy_works(core: Core, code: str, shifted: str) -> None:
    incomes = ("00100050", code[-8:])
    if code != "00000000":
        with pytest.raises(InputError, match=rf"{code} of monthly_earnings is {shifted} \(1 record") as raised:
            core(*incomes, codes={code: "refused"})
        assert "write them so in `codes`" in raised.value.remedy
    assert core(*incomes, codes={shifted: "refused"}) == [(1000.5, None), (None, "refused")]


def test_codes_with_a_point_and_shorter_ones_are_what_they_are(core: Core) -> None:
    assert core("00009900", "    0.99", codes={"99": "unknown"}) == [(None, "unknown"), (0.99, None)]
    assert core("00000099", "  100.00", codes={"99": "unknown"}) == [(0.99, None), (100, None)]
