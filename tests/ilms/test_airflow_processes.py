"""Airflow's processes: found by their mark, and ended to the last child."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from ilms.airflow.home import MARK, AirflowError, AirflowHome
from ilms.airflow.processes import COMMANDS, Servers, end_all, marked, only_driver
from warehouse.intake.access import Access
from warehouse.layout import Layout

# A server that ignores the signal to end, with a child in a session of its own: what a killed run can leave behind.
STUBBORN = """
import os, signal, subprocess, sys, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
subprocess.Popen([sys.executable, "-c", "import time; time.sleep(120)"], start_new_session=True)
print("ready", flush=True)
time.sleep(120)
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[AirflowHome]:
    home = AirflowHome(Layout(tmp_path / "data"), Access())
    home.create()
    yield home
    for process in marked(home):
        process.kill()


def start(home: AirflowHome, code: str) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env={**os.environ, MARK: str(home.folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    assert process.stdout
    process.stdout.readline()
    return process


def test_every_process_of_this_home_is_ended_and_of_no_other(home: AirflowHome, tmp_path: Path) -> None:
    other = AirflowHome(Layout(tmp_path / "other"), Access())
    stubborn = start(home, STUBBORN)
    bystander = start(other, STUBBORN)
    assert len(marked(home)) == 2

    assert end_all(home, patience=0.3) == 2

    assert marked(home) == []
    assert stubborn.wait(5) == -9
    assert bystander.poll() is None
    assert end_all(other, patience=0.3) == 2


def test_a_server_that_ends_when_asked_is_not_killed(home: AirflowHome) -> None:
    obedient = start(home, "import time; print(1, flush=True); time.sleep(120)")
    end_all(home, patience=10)
    assert obedient.wait(5) == -15


def test_ending_nothing_is_no_error(home: AirflowHome) -> None:
    assert end_all(home) == 0


def test_a_server_that_ended_is_named_with_its_log(home: AirflowHome) -> None:
    process = start(home, "import time; print(1, flush=True); time.sleep(120)")
    servers = Servers(home, {"scheduler": process})
    servers.check()
    process.kill()
    process.wait()
    with pytest.raises(AirflowError, match=r"scheduler was ended by signal 9.*scheduler\.log"):
        servers.check()


def test_a_dag_processor_that_ended_is_started_again_three_times(
    home: AirflowHome, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A command that Airflow does not know ends at once: so does a DAG processor whose database stays locked.
    monkeypatch.setitem(COMMANDS, "dag-processor", ("no-such-command",))
    home.create()
    ended = start(home, "print(1, flush=True)")
    servers = Servers(home, {"dag-processor": ended}, environment=home.environment(0, schedules=False))
    for restarts in (1, 2, 3):
        servers.processes["dag-processor"].wait(300)
        servers.check()
        assert servers.restarts == restarts
    servers.processes["dag-processor"].wait(300)
    with pytest.raises(AirflowError, match=r"dag-processor stopped with exit code 2.*dag-processor\.log"):
        servers.check()
    assert servers.log("dag-processor").read_text().count("no-such-command") >= 3


# A scheduler with a worker of its executor, and a program that it asks something in between: it answers when told to.
SCHEDULER = """
import os, subprocess, time
from setproctitle import setproctitle
if not os.fork():
    setproctitle("airflow worker -- LocalExecutor: <idle>")
    time.sleep(120)
asked = subprocess.Popen(["head", "-n1"], stdout=subprocess.DEVNULL)
print("ready", flush=True)
asked.wait()
print("told", flush=True)
time.sleep(120)
"""


def test_a_worker_of_the_scheduler_that_was_killed_is_noticed_and_no_other_child(home: AirflowHome) -> None:
    scheduler = start(home, SCHEDULER)
    servers = Servers(home, {"scheduler": scheduler})

    def workers_are_known() -> bool:
        servers.check()
        return bool(servers.workers)

    wait_for(workers_are_known)
    assert len(psutil.Process(scheduler.pid).children()) == 2

    assert scheduler.stdin
    assert scheduler.stdout
    scheduler.stdin.write(b"answer\n")
    scheduler.stdin.flush()
    assert scheduler.stdout.readline() == b"told\n"
    servers.check()

    (worker,) = psutil.Process(scheduler.pid).children()
    worker.kill()
    wait_for(lambda: worker.status() == psutil.STATUS_ZOMBIE)
    with pytest.raises(AirflowError, match="worker process of Airflow's scheduler ended"):
        servers.check()


def wait_for(condition: Callable[[], object]) -> None:
    """Wait until a condition holds; fail after a minute."""
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "it never came"
        time.sleep(0.02)


def test_two_drivers_do_not_share_a_home(home: AirflowHome) -> None:
    with only_driver(home), pytest.raises(AirflowError, match="another run is at work"), only_driver(home):
        raise AssertionError("the second driver got in")
    with only_driver(home):
        assert (home.folder / "driver.lock").exists()
