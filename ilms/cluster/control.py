"""Start, stop and look at the cluster of a home: what `ilms cluster` does."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.util import find_spec

import psutil

from ilms.airflow.home import HOST, PROJECT, USER, AirflowError, AirflowHome
from ilms.airflow.ports import reserved_port
from ilms.airflow.processes import end_all, marked, only_driver
from ilms.airflow.progress import Progress
from ilms.airflow.run import IN_A_HURRY, USUAL_PORT, choices, left_running, wait_until_ready
from ilms.cluster import object_store, postgres, queue
from ilms.cluster.plan import WORKER, ClusterPlan, plan_file, ports_beside
from warehouse.files import write_json

KEEPER = "ilms.cluster.keeper"
LIBRARIES = ("celery", "redis", "psycopg2")
END_SECONDS = 60.0


@dataclass(frozen=True)
class Keeper:
    """The process that keeps the parts running, as somebody who waits for them watches it."""

    home: AirflowHome
    process: subprocess.Popen[bytes]

    def check(self) -> None:
        """Raise AirflowError when it has ended."""
        if self.process.poll() is not None:
            log = self.home.server_logs / "keeper.log"
            raise AirflowError(f"the cluster could not be started: {_last_line(log.read_text(encoding='utf-8'))}")


@dataclass(frozen=True)
class Wanted:
    """How a cluster is to be: see `ClusterPlan`."""

    workers: int
    schedules: bool
    memory_limit: str
    processors_each: int = 0
    bucket: bool = False


def start_cluster(home: AirflowHome, progress: Progress, wanted: Wanted) -> ClusterPlan:
    """Start a cluster and wait until it is ready for a batch; one that is up already stays as it is.

    Raises AirflowError when something that it needs is not installed, or Airflow of another kind is at work here.
    """
    require_installed(bucket=wanted.bucket)
    home.create()
    with only_driver(home):
        if left_running(home) is not None:
            if keeper_of(home) is None:
                raise AirflowError(
                    "`make up` has left Airflow running on the same data", remedy="stop it with `make down`, then again"
                )
            return ClusterPlan.read(home)
        end_all(home, IN_A_HURRY)
        stores = f"PostgreSQL, Redis{', a bucket' if wanted.bucket else ''}"
        progress.say(f"starting {stores}, Airflow and {wanted.workers} worker(s)")
        with reserved_port(USUAL_PORT) as port:
            plan = ClusterPlan(home, ports_beside(port), **asdict(wanted))
            plan.write()
            try:
                _start(plan)
            except BaseException:
                end_all(home, IN_A_HURRY)
                raise
        write_json(home.service, {"port": plan.ports.api, **choices(home), **_where_kept(plan)})
    return plan


def _where_kept(plan: ClusterPlan) -> dict[str, str]:
    return {"store": plan.object_store.address} if plan.bucket else {}


def _start(plan: ClusterPlan) -> None:
    begun = datetime.now(UTC).isoformat()
    home = plan.home
    with (home.server_logs / "keeper.log").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-I", "-m", KEEPER],
            cwd=PROJECT,
            env=home.environment(plan.ports.api, schedules=plan.schedules),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    wait_until_ready(home, plan.ports.api, begun, Keeper(home, process), at_a_time=plan.at_a_time)


def stop_cluster(home: AirflowHome, *, forget: bool) -> int:
    """End a cluster, each part in its turn, then whatever is left; how many processes there were.

    With `forget`, Airflow's database and the queue go too: the history of runs, no data of the pipeline.
    """
    home.create()
    with only_driver(home):
        home.service.unlink(missing_ok=True)
        processes = len(marked(home))
        keeper = keeper_of(home)
        if keeper is not None:
            keeper.terminate()
            psutil.wait_procs([keeper], timeout=END_SECONDS)
        end_all(home, IN_A_HURRY)
        if forget and plan_file(home).exists():
            plan = ClusterPlan.read(home)
            for folder in (postgres.data_folder(plan), plan.folder):
                shutil.rmtree(folder, ignore_errors=True)
    return processes


def keeper_of(home: AirflowHome) -> psutil.Process | None:
    """The process that keeps a home's cluster running; None when it is not up."""
    return next((process for process in marked(home) if KEEPER in process.cmdline()), None)


def status_lines(home: AirflowHome) -> list[str]:
    """Each part of a cluster, and whether it answers."""
    if keeper_of(home) is None or not plan_file(home).exists():
        return ["The cluster is not up."]
    plan = ClusterPlan.read(home)
    at_work = worker_names(home)
    lines = [
        _line("PostgreSQL", plan.ports.postgres, postgres.answers(plan)),
        _line("Redis", plan.ports.redis, queue.answers(plan)),
        _line("Airflow", plan.ports.api, left_running(home) is not None),
    ]
    if plan.bucket:
        lines.append(_line("bucket", plan.ports.gateway, plan.object_store.answers()))
    return lines + [
        f"worker {number}    {'at work' if str(number) in at_work else 'NOT RUNNING'}"
        for number in range(1, plan.workers + 1)
    ]


def store_variables(home: AirflowHome) -> dict[str, str]:
    """The variables that say where a home's cluster keeps everything; none where it has no bucket of its own."""
    return ClusterPlan.read(home).store() if plan_file(home).exists() else {}


def worker_names(home: AirflowHome) -> set[str]:
    """The workers that have a process now."""
    return {name for process in marked(home) if (name := worker_of(process))}


def worker_of(process: psutil.Process) -> str:
    """The number of the worker that a process belongs to; empty when it belongs to none."""
    try:
        return str(process.environ().get(WORKER, ""))
    except psutil.Error:
        return ""


def _line(name: str, port: int, answers: bool) -> str:
    return f"{name:<11} {HOST}:{port:<6} {'answers' if answers else 'DOES NOT ANSWER'}"


def require_installed(*, bucket: bool) -> None:
    """Raise AirflowError or MachineError unless the system's programs and the libraries are there, saying how to get
    them."""
    if missing := [name for name in LIBRARIES if find_spec(name) is None]:
        raise AirflowError(
            f"libraries of a cluster are not installed: {', '.join(missing)}",
            why="they are not needed on one machine, so only `make cluster` installs them",
            remedy="start the cluster with `make cluster`",
        )
    postgres.server_program("initdb")
    queue.server_program()
    if bucket:
        object_store.require_installed()


def how_to_reach(home: AirflowHome) -> str:
    """Where the pages of the cluster's Airflow are, and where their password is."""
    port = json.loads(home.service.read_text(encoding="utf-8"))["port"]
    return (
        f"Airflow runs at http://{HOST}:{port}\n"
        f"The password of user {USER} is kept in {home.passwords}, which nobody but you can read."
    )


def _last_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    return lines[-1] if lines else "its keeper ended silently, and was perhaps killed"
