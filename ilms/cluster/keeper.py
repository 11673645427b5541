"""The process that starts the parts of a cluster and keeps them running, as an operating system's services would.

    python -m ilms.cluster.keeper     (ILMS_HOME says whose; `ilms cluster up` starts it)

A part that ends by itself is started again. Told to end, it ends them in the opposite order.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from ilms.airflow.home import MARK, PROJECT, AirflowError, AirflowHome
from ilms.cluster import postgres, queue
from ilms.cluster.object_store import ObjectStore
from ilms.cluster.plan import ClusterPlan, worker_address
from ilms.settings import load_settings
from schemas.errors import IlmsError

FIRST_SECONDS = 60.0
"""How long a server may take until it answers."""
PATIENCE_SECONDS = 10.0
PAUSE_SECONDS = 1.0
LONGEST_PAUSE_SECONDS = 30.0
SOUND_SECONDS = 60.0
"""A part that ran for so long was sound: when it ends, it is started again at once."""
ROOT = Path("/")
SERVERS = {
    "api-server": ("api-server",),
    "dag-processor": ("dag-processor",),
    "scheduler": ("scheduler", "--skip-serve-logs"),
    "triggerer": ("triggerer", "--skip-serve-logs"),
}


ANSWERS = {"postgres": postgres.answers, "redis": queue.answers}
"""How it is known that a part answers that others need."""


@dataclass
class Part:
    """One part of the cluster, as a process in a session of its own, its output going to a file."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    log: Path
    folder: Path = PROJECT
    processors: list[int] = field(default_factory=list)
    end_signal: int = signal.SIGTERM
    process: subprocess.Popen[bytes] | None = None
    begun: float = 0.0
    pause: float = PAUSE_SECONDS

    def start(self) -> None:
        """Start it, or start it again."""
        with self.log.open("w" if self.process is None else "a") as output:
            self.process = subprocess.Popen(
                self.command,
                cwd=self.folder,
                env=dict(self.environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        if self.processors and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self.process.pid, self.processors)
        self.begun = time.monotonic()

    def keep(self) -> None:
        """Start it again when it has ended; one that ends again and again, after longer and longer pauses."""
        if self.process is None or self.process.poll() is None:
            return
        ran = time.monotonic() - self.begun
        self.pause = PAUSE_SECONDS if ran > SOUND_SECONDS else min(self.pause, LONGEST_PAUSE_SECONDS)
        if ran >= self.pause:
            say(f"{self.name} ended with {self.process.returncode}: it is started again")
            self.pause *= 2
            self.start()

    def tell_to_end(self) -> None:
        """Ask it to end."""
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(self.end_signal)

    def end(self, deadline: float) -> None:
        """Wait until it has ended; by the deadline its session is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()


def stores_of(plan: ClusterPlan) -> dict[str, Part]:
    """Programs of the system, which all others need. They get neither passwords nor anything else of ours but the mark
    by which they are found."""
    logs = plan.home.server_logs
    plain = {"PATH": os.environ["PATH"], MARK: str(plan.home.folder)}
    found = [
        Part("postgres", postgres.server_command(plan), plain, logs / "postgres.log", ROOT, end_signal=signal.SIGINT),
        Part("redis", queue.server_command(plan), plain, logs / "redis.log", ROOT),
    ]
    if plan.bucket:
        commands = plan.object_store.commands()
        found += [Part(name, command, plain, logs / f"{name}.log", ROOT) for name, command in commands.items()]
    return {part.name: part for part in found}


def programs_of(plan: ClusterPlan) -> dict[str, Part]:
    """Airflow's servers and the workers; the stores have been started, as these must know how to reach them."""
    servers, logs = plan.servers(), plan.home.server_logs
    python = [sys.executable, "-I", "-m"]
    found = [
        Part(name, [*python, "airflow", *command], servers, logs / f"{name}.log") for name, command in SERVERS.items()
    ]
    for number in range(1, plan.workers + 1):
        name, environment = f"worker-{number}", plan.worker(number)
        worker = ["airflow", "celery", "worker", "--skip-serve-logs", "--celery-hostname", name]
        serving = ["uvicorn", "--factory", "airflow.utils.serve_logs.log_server:get_app", "--no-access-log"]
        at = ["--host", worker_address(number), "--port", str(plan.ports.logs)]
        found += [
            Part(name, [*python, *worker], environment, logs / f"{name}.log", PROJECT, plan.processors(number)),
            Part(f"{name}-logs", [*python, *serving, *at], environment, logs / f"{name}-logs.log"),
        ]
    return {part.name: part for part in found}


def start_all(plan: ClusterPlan, parts: dict[str, Part]) -> None:
    """Start every part, the stores first, and add each to the parts. Raises AirflowError, MachineError."""
    postgres.make_database(plan)
    if plan.bucket:
        plan.object_store.prepare()
    parts |= stores_of(plan)
    for name, answers in ANSWERS.items():
        parts[name].start()
        _wait_for(parts[name], partial(answers, plan))
    if plan.bucket:
        start_bucket(plan.object_store, parts)
    prepare(plan)
    parts |= (programs := programs_of(plan))
    for part in programs.values():
        part.start()


def start_bucket(store: ObjectStore, parts: Mapping[str, Part]) -> None:
    """Start the server of the bucket, and make its disk, its user and the bucket where they are not there yet."""
    parts["monitor"].start()
    store.add_disk()
    parts["disk"].start()
    store.add_user()
    parts["gateway"].start()
    _wait_for(parts["gateway"], store.answers)
    store.add_bucket()


def prepare(plan: ClusterPlan) -> None:
    """Bring Airflow's database up to date, and forget what was under way when the cluster last ended."""
    postgres.ensure_airflow_database(plan)
    log = plan.home.server_logs / "migrate.log"
    with log.open("w") as output:
        outcome = subprocess.run(
            [sys.executable, "-I", "-m", "airflow", "db", "migrate"],
            cwd=PROJECT,
            env=plan.servers(),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if outcome.returncode:
        raise AirflowError("Airflow's database could not be made", where=str(log), remedy="read the end of that file")
    postgres.end_what_was_under_way(plan)
    queue.empty(plan)


def _wait_for(part: Part, answers: Callable[[], bool]) -> None:
    deadline = time.monotonic() + FIRST_SECONDS
    while not answers():
        ended = part.process is not None and part.process.poll() is not None
        if ended or time.monotonic() > deadline:
            raise AirflowError(
                f"{part.name} {'ended' if ended else 'did not answer'}",
                where=str(part.log),
                remedy="read the end of that file",
            )
        time.sleep(0.2)


def say(line: str) -> None:
    """A line for the log, at once."""
    print(line, flush=True)


def main() -> int:
    """Start everything, keep it running, and end it when told to."""
    told: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, _: told.append(number))
    settings = load_settings()
    plan = ClusterPlan.read(AirflowHome(settings.layout, settings.access))
    parts: dict[str, Part] = {}
    try:
        start_all(plan, parts)
        while not told:
            for part in parts.values():
                part.keep()
            time.sleep(0.5)
    except IlmsError as error:
        say(error.message)
        return 1
    finally:
        end_all(parts)
    return 0


def end_all(parts: Mapping[str, Part]) -> None:
    """End every part: Airflow and its workers first, then what they keep their records in."""
    stores = [part for part in parts.values() if part.folder == ROOT]
    for group in ([part for part in parts.values() if part.folder != ROOT], stores):
        for part in group:
            part.tell_to_end()
        deadline = time.monotonic() + PATIENCE_SECONDS
        for part in group:
            part.end(deadline)


if __name__ == "__main__":
    raise SystemExit(main())
