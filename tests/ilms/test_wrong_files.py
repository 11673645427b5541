"""Files that are not those of their wave stop it, and what was accepted before stands."""

from __future__ import annotations

import random
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from small_source import SMALL_COLUMNS, Declare

from ilms.run import run_all
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.accepted import accepted_vintages

pytestmark = pytest.mark.slow

SURVEY = "ZZZ.small"
DELIVERED = "lfs/{wave}/lfs.csv"
Record = list[str]


def records(seed: int, number: int = 400) -> list[Record]:
    """Adults of a made-up survey, in the order of SMALL_COLUMNS: three strata of four PSUs, every tenth not asked."""
    draw = random.Random(seed)
    return [
        [
            f"p{each}", f"s{each % 3}", f"u{each % 12}", f"{draw.uniform(50, 150):.4f}", draw.choice("12"),
            str(draw.randint(15, 85)), draw.choice("1111111229"), draw.choice("111123"),
        ]
        for each in range(number)
    ]  # fmt: skip


@pytest.fixture
def house(tmp_path: Path, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A survey of two years, the size of whose files may change as it likes."""
    leave_out_structures(monkeypatch)
    files = [{"name": "lfs.csv", "mirror": DELIVERED}]
    declare(SURVEY, waves={wave: {"files": files} for wave in ("2023", "2024")}, fetch={"size_change": 1000})
    return Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")


def deliver(house: Settings, wave: str, rows: list[Record]) -> None:
    assert house.mirror is not None
    file = house.mirror / DELIVERED.format(wave=wave)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("\n".join([",".join(SMALL_COLUMNS), *map(",".join, rows)]) + "\n")


def fault_of(house: Settings, wave: str = "2024") -> str:
    """Why the wave fails when it is run; empty when it does not."""
    return run_all(house, sources=[SURVEY], waves=[wave], say=print).failed.get(f"{SURVEY}|{wave}", "")


def test_a_delivery_unlike_the_accepted_one_stops_and_the_accepted_one_passes_again(house: Settings) -> None:
    deliver(house, "2024", records(1))
    assert fault_of(house) == ""

    deliver(house, "2024", records(1, 200))

    assert "200 records, -50% against the 400 of vintage" in fault_of(house)
    (kept,) = accepted_vintages(house.layout, Partition(SURVEY, "2024"))
    assert kept.records == 400
    assert 35_000 < kept.weighted < 45_000
    assert 0.05 < kept.unknown["birth_status"] < 0.2

    deliver(house, "2024", records(1))
    assert fault_of(house) == ""


def test_the_file_of_one_wave_is_not_taken_for_another(house: Settings) -> None:
    deliver(house, "2023", records(1))
    assert fault_of(house, "2023") == ""

    deliver(house, "2024", records(1))

    assert "lfs.csv has the same bytes as lfs.csv of wave 2023" in fault_of(house)
