"""Two small surveys in a mirror: declared, run and released, and what an analyst then reads of them."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pytest
from small_source import Declare

from ilms.pipeline.status import Status, read_status
from ilms.run import RunOutcome, run_all
from ilms.settings import Settings
from schemas.partition import Partition

HEADER = "id,str,psu,w,sexcode,years,born,act\n"
GOOD, OTHER = "ZZZ.small", "LIE.small"


def survey_file(seed: int, *, records: int = 400) -> str:
    """A made-up labour force survey: three strata of four PSUs, children included."""
    draw = random.Random(seed)
    lines = []
    for number in range(records):
        age = draw.randint(0, 85)
        status = "" if age < 15 else draw.choice("1111233")
        stratum, psu = number % 3, number % 12
        weight = f"{draw.uniform(50, 150):.4f}"
        lines.append(f"p{number},s{stratum},u{psu},{weight},{draw.choice('12')},{age},{draw.choice('111112')},{status}")
    return HEADER + "\n".join(lines) + "\n"


def lay_out(folder: Path, declare: Declare) -> Settings:
    """Two declared sources with good files in a mirror; nothing has run yet."""
    mirror = folder / "mirror"
    for number, source in enumerate((GOOD, OTHER)):
        files = [{"name": "lfs.csv", "mirror": f"{source}/lfs.csv"}]
        declare(source, waves={"2024": {"files": files}}, fetch={"size_change": 1000})
        (mirror / source).mkdir(parents=True)
        (mirror / source / "lfs.csv").write_text(survey_file(number))
    return Settings(home=folder / "home", mirror=mirror, release_rules="none")


def run(settings: Settings) -> RunOutcome:
    return run_all(settings, sources=[GOOD, OTHER], say=print)


def observations(settings: Settings) -> list[tuple[object, ...]]:
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select * from observation order by all").fetchall()


def numbers_of(settings: Settings, source: str) -> list[tuple[object, ...]]:
    return [row for row in observations(settings) if row[1] == f"BA:{source}"]


def state_of(settings: Settings, source: str) -> tuple[object, ...]:
    """State, since when its numbers stand, and why, as an analyst reads them."""
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        asked = "select state, standing_since, reason from what_was_published where source_id = ?"
        (row,) = connection.execute(asked, [source]).fetchall()
    return row


def status_of(settings: Settings, source: str) -> Status:
    """The last outcome of the wave of a source."""
    status = read_status(settings.layout, Partition(source, "2024"))
    assert status is not None
    return status


def received(settings: Settings, source: str) -> Path:
    """The file of a source in the mirror."""
    assert settings.mirror is not None
    return settings.mirror / source / "lfs.csv"


def published_areas(settings: Settings) -> set[object]:
    return {row[0] for row in observations(settings)}


def release_of(house: Settings, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The two sources after their first run: made once, and copied for each test."""
    released = tmp_path_factory.getbasetemp() / "released_surveys"
    if released.exists():
        shutil.copytree(released, house.home, symlinks=True)
    else:
        run(house)
        shutil.copytree(house.home, released, symlinks=True)
    return house
