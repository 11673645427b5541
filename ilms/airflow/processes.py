"""Airflow's servers as processes: started, watched, and ended to the last child."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psutil

from ilms.airflow.home import MARK, PROJECT, AirflowError, AirflowHome

# The triggerer is left out, as no task defers; the scheduler's log server too, as it would listen on every address
# of the machine and the pages read the logs from the disk anyway.
COMMANDS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
}
# What may be started again when it ended by itself: the DAG processor works on nothing that another process waits for.
# It ends where SQLite's one writer is not done in time.
RESTARTED = "dag-processor"
RESTARTS = 3
PATIENCE_SECONDS = 10.0
WORKER_TITLE = "airflow worker -- LocalExecutor"
DRIVER_LOCK = "driver.lock"


@dataclass
class Servers:
    """The servers that this process started."""

    home: AirflowHome
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    workers: set[int] = field(default_factory=set)
    restarts: int = 0
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, port: int, *, schedules: bool) -> None:
        """Start every server in a process session of its own, its output going to a file."""
        self.environment = self.home.environment(port, schedules=schedules)
        for name in COMMANDS:
            self.log(name).unlink(missing_ok=True)
            self._start(name)

    def _start(self, name: str) -> None:
        with self.log(name).open("a") as output:
            self.processes[name] = subprocess.Popen(
                [sys.executable, "-I", "-m", "airflow", *COMMANDS[name]],
                cwd=PROJECT,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def log(self, name: str) -> Path:
        """Where a server's output goes."""
        return self.home.server_logs / f"{name}.log"

    def check(self) -> None:
        """Raise AirflowError when a server, or a worker of the scheduler, has ended by itself.

        A killed worker may take the lock of the scheduler's queue with it, and then no task would ever start again. The
        DAG processor is started again, RESTARTS times at most.
        """
        for name, process in list(self.processes.items()):
            code = process.poll()
            if code is not None and name == RESTARTED and self.restarts < RESTARTS:
                self.restarts += 1
                self._start(name)
            elif code is not None:
                ended = f"was ended by signal {-code}" if code < 0 else f"stopped with exit code {code}"
                raise AirflowError(
                    f"Airflow's {name} {ended} in the middle of the run",
                    where=str(self.log(name)),
                    why="the run could not continue; finished work is kept",
                    remedy="read the end of that file, then run again",
                )
        if "scheduler" in self.processes:
            self._check_workers(self.processes["scheduler"].pid)

    def _check_workers(self, scheduler: int) -> None:
        try:
            children = psutil.Process(scheduler).children()
        except psutil.NoSuchProcess:
            return
        alive = {child.pid for child in children if _alive(child)}
        if self.workers - alive:
            raise AirflowError(
                "a worker process of Airflow's scheduler ended in the middle of the run",
                where=str(self.log("scheduler")),
                why="tasks could wait for it forever; finished work is kept",
                remedy="check whether the machine ran out of memory, then run again",
            )
        self.workers |= {child.pid for child in children if _is_worker(child)}


def _is_worker(child: psutil.Process) -> bool:
    """Whether a child of the scheduler is one that its executor keeps; others are short-lived, such as `file -b
    python`.

    The executor gives its workers a title, except on macOS, where they are started as Python's own `multiprocessing`.
    """
    try:
        words = child.cmdline()
    except psutil.Error:
        return False
    return " ".join(words).startswith(WORKER_TITLE) or "--multiprocessing-fork" in words


def marked(home: AirflowHome) -> list[psutil.Process]:
    """Every process of this home's Airflow, whoever started it, recognised by its folder in the environment."""
    found = []
    for process in psutil.process_iter():
        try:
            ours = process.pid != os.getpid() and process.environ().get(MARK) == str(home.folder)
            if ours and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.Error:
            # It ended meanwhile, or belongs to someone else, so it is not ours.
            continue
    return found


def end_all(home: AirflowHome, patience: float = PATIENCE_SECONDS) -> int:
    """End every Airflow process of this home and wait until it has ended; returns their number. Raises AirflowError.

    Each server is asked to end. Those that have not ended in time, or were started meanwhile, are killed.
    """
    processes = marked(home)
    servers = [process for process in processes if _is_session_leader(process)]
    for server in servers:
        _signal(server, signal.SIGTERM)
    _wait_until(lambda: not any(_alive(server) for server in servers), patience)
    for _ in range(20):
        for process in marked(home):
            _signal(process, signal.SIGKILL)
        if _wait_until(lambda: not marked(home), 1):
            return len(processes)
    raise AirflowError(
        f"processes of Airflow cannot be ended: {', '.join(str(process.pid) for process in marked(home))}",
        remedy="end them by hand, or restart the machine",
    )


def _is_session_leader(process: psutil.Process) -> bool:
    try:
        return os.getsid(process.pid) == process.pid
    except ProcessLookupError:
        return False


def _alive(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def _signal(process: psutil.Process, number: int) -> None:
    try:
        process.send_signal(number)
    except psutil.Error:
        return


def _wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait until the condition holds; returns whether it does."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


@contextmanager
def only_driver(home: AirflowHome) -> Iterator[None]:
    """Hold the lock of this home's Airflow; the kernel releases it however the process ends.

    Raises AirflowError when another `make run`, `up` or `down` holds it.
    """
    with (home.folder / DRIVER_LOCK).open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise AirflowError(
                "another run is at work on the same data",
                where=str(home.layout.home),
                remedy="wait for it, or stop it with Ctrl-C; or set ILMS_HOME to work elsewhere",
            ) from error
        yield
