"""Partitions in worker processes give what they give one after the other; each is lost or fails by itself."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from quick_release import leave_out_structures
from small_source import Declare
from two_surveys import GOOD, OTHER, lay_out, observations, survey_file

from ilms.pipeline.one_partition import run_one
from ilms.pipeline.shares import share_of, usable_processors, usual_jobs
from ilms.pipeline.side_by_side import Waiting, run_keys
from ilms.pipeline.status import read_status
from ilms.pipeline.workers import Ended, Worker, crew
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import InputError, MachineError
from schemas.partition import Partition

KEYS = {"A.lfs|2023": "A.lfs", "A.lfs|2024": "A.lfs", "B.lfs|2024": "B.lfs", "C.lfs|2024": "C.lfs"}
BYTES = {"A.lfs|2023": 5, "A.lfs|2024": 5, "B.lfs|2024": 8, "C.lfs|2024": 1}


@pytest.fixture
def house(tmp_path: Path, declare: Declare, monkeypatch: pytest.MonkeyPatch) -> Settings:
    leave_out_structures(monkeypatch)
    return lay_out(tmp_path, declare)


def test_the_source_with_most_to_read_begins_and_its_waves_follow_one_another() -> None:
    waiting = Waiting.of(KEYS, BYTES)

    assert [waiting.next(), waiting.next(), waiting.next(), waiting.next()] == [
        "A.lfs|2023",
        "B.lfs|2024",
        "C.lfs|2024",
        None,
    ]
    assert not waiting.again(Ended("A.lfs|2023"))
    assert waiting.next() == "A.lfs|2024"


@pytest.mark.parametrize(
    "ended", [Ended("B.lfs|2024", MachineError("short of memory")), Ended("B.lfs|2024", lost=True)]
)
def test_what_the_machine_failed_is_run_once_more_alone(ended: Ended) -> None:
    waiting = Waiting.of(KEYS, BYTES)
    assert [waiting.next(), waiting.next()] == ["A.lfs|2023", "B.lfs|2024"]

    assert waiting.again(ended)
    assert waiting.next() is None  # the other one is still at work
    waiting.again(Ended("A.lfs|2023"))
    assert waiting.next() == "B.lfs|2024"
    assert waiting.next() is None  # nothing beside it
    assert not waiting.again(ended)
    assert waiting.next() == "A.lfs|2024"


def test_a_wrong_file_is_not_run_again() -> None:
    waiting = Waiting.of(KEYS, BYTES)
    waiting.next()

    assert not waiting.again(Ended("A.lfs|2023", InputError("not as declared")))


def test_memory_is_shared_and_nobody_gets_too_little() -> None:
    processors = usable_processors()

    assert share_of("2GB", 1).memory == "2GB"
    assert share_of("2GB", 4).memory == "500MB"
    assert share_of("80%", 4).memory == "80%"
    assert share_of("2GB", processors).threads == 1
    assert usual_jobs("600MB") == 1
    assert usual_jobs("1TB") == usual_jobs("80%") == processors


def test_side_by_side_gives_what_one_after_the_other_gives(house: Settings) -> None:
    """One of two sources has a wrong file; its failure is the same, too."""
    assert house.mirror is not None
    (house.mirror / OTHER / "lfs.csv").write_text(survey_file(1).replace("born", "birth"))
    apart = replace(house, home=house.home.with_name("apart"))

    one = run_all(house, sources=[GOOD, OTHER], say=print)
    two = run_all(apart, sources=[GOOD, OTHER], jobs=2, say=print)

    assert list(one.failed) == [f"{OTHER}|2024"]
    assert two.failed.keys() == one.failed.keys()
    assert "born" in two.failed[f"{OTHER}|2024"]
    assert observations(apart) == observations(house) != []


def test_a_killed_process_is_noticed_and_its_partition_is_run_again(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    start, killed = Worker.start, list[str]()

    def start_and_kill_once(worker, settings, key, share, work):  # type: ignore[no-untyped-def]
        start(worker, settings, key, share, work)
        if key == f"{OTHER}|2024" and not killed:
            killed.append(key)
            os.kill(worker.process.pid, signal.SIGKILL)

    monkeypatch.setattr(Worker, "start", start_and_kill_once)

    outcomes = dict(run_keys(house, [f"{GOOD}|2024", f"{OTHER}|2024"], 2, print))

    assert killed
    assert outcomes == {f"{GOOD}|2024": None, f"{OTHER}|2024": None}
    status = read_status(house.layout, Partition(OTHER, "2024"))
    assert status is not None
    assert status.state == "ready"


def test_a_run_with_nothing_new_starts_no_process(house: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [f"{GOOD}|2024", f"{OTHER}|2024"]
    dict(run_keys(house, keys, 1, print))

    def started(worker: Worker) -> None:
        raise AssertionError("nothing is new, and a process was started")

    monkeypatch.setattr(Worker, "__init__", started)
    assert dict(run_keys(house, keys, 2, print)) == dict.fromkeys(keys)


def test_no_process_is_left_when_a_run_is_broken_off(house: Settings) -> None:
    with pytest.raises(KeyboardInterrupt), crew() as workers:
        workers.append(Worker())
        workers[0].start(house, f"{GOOD}|2024", share_of("2GB", 1), run_one)
        raise KeyboardInterrupt

    assert not workers[0].process.is_alive()


def test_what_is_loaded_ahead_says_nothing_when_its_process_ends() -> None:
    done = subprocess.run(
        [sys.executable, "-I", "-c", "import ilms.pipeline.preloaded"], capture_output=True, text=True, check=True
    )

    assert (done.stdout, done.stderr) == ("", "")
