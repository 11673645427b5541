"""A killed process, a full disk and a home that cannot be written cost no published number."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from three_registers import (
    SECOND,
    SOURCES,
    deliver,
    numbers,
    run,
    standing,
    three_registers,
)

from ilms.pipeline.batches import begin, plan_batch
from ilms.release.publish import publish_release
from ilms.settings import Settings
from schemas.errors import MachineError

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    with three_registers(tmp_path_factory, monkeypatch) as settings:
        yield settings


KILLED = """
import os, signal, sys
from pathlib import Path
from ilms.pipeline import stages
from ilms.run import run_all
from ilms.settings import Settings
from warehouse import accepted
from warehouse.release import build as release
from warehouse.release import life

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

home, mirror, moment, *sources = sys.argv[1:]
places = {
    "harmonising": (stages, "pass_gate"),
    "estimating": (stages, "estimate_core"),
    "keeping the facts of numbers": (stages, "accept_partition"),
    "linking the unit": (accepted, "write_json"),
    "pointing to the unit": (accepted, "_point"),
    "building the release": (release, "write_sdmx"),
    "pointing to the release": (life, "move_pointer"),
}
module, name = places[moment]
setattr(module, name, die)
run_all(Settings(home=Path(home), mirror=Path(mirror), release_rules="none"), sources=sources, say=print)
"""


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("harmonising", marks=pytest.mark.slow),
        pytest.param("estimating", marks=pytest.mark.slow),
        pytest.param("keeping the facts of numbers", marks=pytest.mark.slow),
        pytest.param("linking the unit", marks=pytest.mark.slow),
        "pointing to the unit",
        pytest.param("building the release", marks=pytest.mark.slow),
        "pointing to the release",
    ],
)
def test_a_killed_process_costs_no_number(house: Settings, moment: str) -> None:
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    arguments = [str(house.home), str(house.mirror), moment, SECOND]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert numbers(house) == before

    publish_release(house)
    if "release" in moment:
        assert standing(house) == {}, "the new numbers had passed everything"
    else:
        assert numbers(house) == before
        assert f"{SECOND}|2024" in [key for key, why in standing(house).items() if "has not ended" in why]
    assert run(house).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)


FULL = """
import resource, sys
from pathlib import Path
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import IlmsError

home, mirror, *sources = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    outcome = run_all(Settings(home=Path(home), mirror=Path(mirror), release_rules="none"), sources=sources, say=print)
except IlmsError as error:
    print(error.message)
    sys.exit(1)
"""


def test_a_full_disk_costs_no_number(house: Settings) -> None:
    """No file may grow beyond 3,000 bytes, so that harmonising stops as it does on a full disk."""
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(house.home), str(house.mirror), SECOND],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    assert numbers(house) == before
    publish_release(house)
    assert numbers(house) == before
    assert run(house).failed == {}
    assert standing(house) == {}


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """As a user who may read everything in a folder and write nothing."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
        return
    places = [folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())]
    for place in places:
        place.chmod(0o555)
    try:
        yield
    finally:
        for place in places:
            place.chmod(0o755)


def test_a_home_that_cannot_be_written_costs_no_number(house: Settings) -> None:
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    with unprivileged(house.home), pytest.raises(MachineError, match="ILMS_HOME cannot be written"):
        run(house, SECOND)
    assert numbers(house) == before
    assert run(house).failed == {}
    assert standing(house) == {}


def test_a_batch_that_ended_without_a_report_leaves_the_numbers_and_is_reported(house: Settings) -> None:
    """As Airflow leaves it when a machine is switched off: every partition of the batch is under way for ever."""
    before = numbers(house)
    begin(house.layout, house.profile, plan_batch(house.layout, house.access, SOURCES))
    publish_release(house)
    assert numbers(house) == before
    assert set(standing(house).values()) == {"Its last run has not ended; it was last seen at stage fetch."}
