"""A disk that is full and a home that cannot be written are reported in words, and the last release stays."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from small_source import Declare

from ilms.airflow.home import AirflowHome
from ilms.pipeline.status import read_status
from schemas.errors import MachineError
from schemas.partition import Partition
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.release.manifest import verify_release
from warehouse.release.pointer import current_release

pytestmark = pytest.mark.slow

SOURCE = "ZZZ.small"
HEADER = "id,str,psu,w,sexcode,years,born,act\n"


def rows(records: int) -> str:
    return HEADER + "".join(
        f"p{number},s{number % 2},u{number % 6},100,{1 + number % 2},{20 + number % 40},1,1\n"
        for number in range(records)
    )


@pytest.fixture
def command(declare: Declare, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`ilms run` of a small source as people start it, with files of so many bytes at most."""
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "lfs.csv").write_text(rows(60))
    declare(SOURCE, waves={"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}}, fetch={"size_change": 1000})

    def run(home: Path, largest: int = resource.RLIM_INFINITY) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-c", "from ilms.cli import main; main()", "run", "--source", SOURCE],
            env={**os.environ, "ILMS_HOME": str(home), "ILMS_MIRROR": str(tmp_path / "mirror")},
            preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (largest, resource.RLIM_INFINITY)),
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_a_disk_without_room_fails_the_partition_in_words_and_the_release_stays(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    layout = Layout(tmp_path / "home")
    assert command(layout.home).returncode == 0
    before = current_release(layout)
    (tmp_path / "mirror" / "lfs.csv").write_text(rows(6000))

    ended = command(layout.home, largest=20_000)

    assert ended.returncode == 1
    assert f"{SOURCE}|2024: FAILED." in ended.stdout
    assert "Traceback" not in ended.stdout + ended.stderr
    status = read_status(layout, Partition(SOURCE, "2024"))
    assert status is not None
    assert status.state == "failed"
    after = current_release(layout)
    assert after is not None
    assert before is not None
    assert after.id == before.id
    verify_release(after.folder)


def test_a_home_that_cannot_be_written_is_reported_before_anything_runs(
    command: Callable[..., subprocess.CompletedProcess[str]], tmp_path: Path
) -> None:
    (tmp_path / "home").write_text("a file where the folder should be")
    ended = command(tmp_path / "home")
    assert ended.returncode == 1
    assert "machine error ILMS_HOME cannot be written" in ended.stderr
    assert "Traceback" not in ended.stderr
    with pytest.raises(MachineError, match="ILMS_HOME cannot be written"):
        AirflowHome(Layout(tmp_path / "home"), Access()).create()
