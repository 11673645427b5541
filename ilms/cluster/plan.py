"""What a cluster consists of: ports, workers and secrets, and the environment of each of its processes."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import quote

from ilms.airflow.home import HOST, AirflowHome
from ilms.airflow.ports import free_port
from ilms.cluster.object_store import ObjectStore
from ilms.pipeline.shares import share_of, usable_processors
from warehouse.files import replacing, write_json

DATABASE_USER = "ilms"
DATABASE = "airflow"
WORKER = "ILMS_CLUSTER_WORKER"
"""Names the worker in the environment of all its processes."""
ADDRESS = "ILMS_CLUSTER_ADDRESS"
"""The address under which a process is found by the others."""
LONGEST_TASK_SECONDS = 6 * 3600
"""`execution_timeout` of the stages (dags/stages.py)."""
HEARTBEAT_SECONDS = 45
"""A task that has not reported for so long is lost, and is run again: its worker was killed, or cannot be reached."""
QUEUED_SECONDS = 60
"""A task that no worker has begun for so long is queued again: its message was lost with a worker or with Redis."""
RETRIES = 3
USUAL_RUNS = 16
"""Partitions that a DAG runs at once, unless there is room for more."""


@dataclass(frozen=True)
class Ports:
    """Where the parts listen, all of them on this machine only; each worker's logs at an address of its own."""

    api: int
    postgres: int
    redis: int
    logs: int
    gateway: int = 0
    monitor: int = 0


@dataclass(frozen=True)
class ClusterPlan:
    """One cluster: where it is kept, its ports, how many workers it has, and whether schedules are followed.

    `processors_each` is how many processors a worker has; an equal part of this machine's if it is 0. `bucket` says
    whether the cluster has a bucket of its own, in which everything is kept; without one, everything is where
    ILMS_STORE says, or in the home, which the workers then share.
    """

    home: AirflowHome
    ports: Ports
    workers: int
    schedules: bool
    memory_limit: str
    processors_each: int = 0
    bucket: bool = False

    @property
    def folder(self) -> Path:
        """Where the parts keep what is their own: Redis its queue, each worker its scratch."""
        return self.home.folder / "cluster"

    def write(self) -> None:
        """Keep it for the process that starts the parts."""
        self.folder.mkdir(parents=True, exist_ok=True)
        for name in ("postgres", "redis"):
            file = self._secret_file(name)
            if not file.exists():
                with replacing(file) as draft:
                    draft.touch(mode=0o600)
                    draft.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        write_json(plan_file(self.home), {name: value for name, value in asdict(self).items() if name != "home"})

    @classmethod
    def read(cls, home: AirflowHome) -> ClusterPlan:
        """The plan kept in a home."""
        content = json.loads(plan_file(home).read_text(encoding="utf-8"))
        return cls(home, Ports(**content.pop("ports")), **content)

    def secret(self, name: str) -> str:
        """The password of PostgreSQL or Redis."""
        return self._secret_file(name).read_text(encoding="utf-8")

    def _secret_file(self, name: str) -> Path:
        return self.home.folder / f"secret-{name}"

    @property
    def database_address(self) -> str:
        """PostgreSQL, as SQLAlchemy takes it."""
        password = quote(self.secret("postgres"), safe="")
        return f"postgresql+psycopg2://{DATABASE_USER}:{password}@{HOST}:{self.ports.postgres}/{DATABASE}"

    @property
    def queue_address(self) -> str:
        """Redis, as Celery takes it."""
        return f"redis://:{quote(self.secret('redis'), safe='')}@{HOST}:{self.ports.redis}/0"

    @property
    def object_store(self) -> ObjectStore:
        """The server of the bucket."""
        return ObjectStore(self.folder / "bucket", self.ports.gateway, self.ports.monitor)

    def store(self) -> dict[str, str]:
        """The variables that say where everything is kept: to be set for all who work with the cluster."""
        if not self.bucket:
            return {}
        return {"ILMS_STORE": self.object_store.address, **self.object_store.environment()}

    @property
    def concurrency(self) -> int:
        """Tasks at once on each worker: one for each of its processors and one that only waits for others, and as many
        again, as a place is free only some time after its task has ended."""
        return 2 * (len(self.processors(1)) + 1)

    @property
    def at_a_time(self) -> int:
        """Partitions at work at a time: one for each processor of all workers, and one more."""
        return self.workers * len(self.processors(1)) + 1

    def processors(self, worker: int) -> list[int]:
        """The processors of a worker (numbered from 1), so that each stands for a machine of its own; the same ones for
        several workers where there are not enough."""
        all_ = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else [*range(usable_processors())]
        each = min(len(all_), self.processors_each or max(1, len(all_) // self.workers))
        first = (worker - 1) * each % len(all_)
        return all_[first : first + each]

    def servers(self) -> dict[str, str]:
        """The environment of Airflow's servers."""
        return {
            **self.home.environment(self.ports.api, schedules=self.schedules),
            **self._queue(),
            **self.store(),
            "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": self.database_address,
            ADDRESS: HOST,
        }

    def worker(self, number: int) -> dict[str, str]:
        """The environment of a worker: its folders are its own, and it knows nothing of Airflow's database but where
        results of tasks are told."""
        own = self.folder / f"worker-{number}"
        environment = {
            **self.home.environment(self.ports.api, schedules=self.schedules),
            **self._queue(),
            **self.store(),
            "ILMS_MEMORY_LIMIT": share_of(self.memory_limit, self.workers).memory,
            "AIRFLOW_HOME": str(own),
            "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(own / "logs"),
            WORKER: str(number),
            ADDRESS: worker_address(number),
        }
        del environment["AIRFLOW__DATABASE__SQL_ALCHEMY_CONN"]
        if environment.get("ILMS_STORE"):
            environment["ILMS_HOME"] = str(own / "home")
        return environment

    def _queue(self) -> dict[str, str]:
        slots = self.workers * self.concurrency
        # Messages are given again only after the longest task: a task that still runs would otherwise be given to a
        # second worker. What a killed worker had is found by its missing heartbeat, long before.
        settings = {
            "RESULT_BACKEND": f"db+{self.database_address}",
            "BROKER_URL": self.queue_address,
            "WORKER_CONCURRENCY": str(self.concurrency),
            "TASK_ACKS_LATE": "True",
            # A queue that is away for minutes must not fail a task that could not be put into it.
            "TASK_PUBLISH_MAX_RETRIES": "1000",
            "EXTRA_CELERY_CONFIG": json.dumps(
                {
                    "imports": ["ilms.cluster.warmed"],
                    "broker_connection_max_retries": None,
                    # Once Redis is back, Celery may put a task behind one that still runs, such as the one that waits
                    # for all others. A worker that took fewer tasks meanwhile would then take none.
                    "worker_enable_prefetch_count_reduction": False,
                }
            ),
        }
        return {
            **{f"AIRFLOW__CELERY__{name}": value for name, value in settings.items()},
            "AIRFLOW__CELERY_BROKER_TRANSPORT_OPTIONS__VISIBILITY_TIMEOUT": str(LONGEST_TASK_SECONDS + 600),
            "AIRFLOW__CORE__EXECUTOR": "CeleryExecutor",
            "AIRFLOW__CORE__PARALLELISM": str(slots),
            "AIRFLOW__CORE__MAX_ACTIVE_RUNS_PER_DAG": str(max(USUAL_RUNS, slots)),
            "AIRFLOW__CORE__MAX_ACTIVE_TASKS_PER_DAG": str(max(USUAL_RUNS, slots)),
            "AIRFLOW__CORE__HOSTNAME_CALLABLE": "ilms.cluster.plan.own_address",
            "AIRFLOW__LOGGING__WORKER_LOG_SERVER_PORT": str(self.ports.logs),
            "AIRFLOW__SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": str(HEARTBEAT_SECONDS),
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT": str(QUEUED_SECONDS),
            "AIRFLOW__SCHEDULER__TASK_QUEUED_TIMEOUT_CHECK_INTERVAL": "10",
            "AIRFLOW__SCHEDULER__NUM_STUCK_IN_QUEUED_RETRIES": "1000",
            # Also the API server is away for a while when the database is.
            "AIRFLOW__WORKERS__EXECUTION_API_RETRIES": "10",
            "AIRFLOW__WORKERS__MAX_FAILED_HEARTBEATS": "10",
            "ILMS_RETRIES": str(RETRIES),
        }


def ports_beside(api: int) -> Ports:
    """Ports that are free now, beside that of Airflow's pages."""
    return Ports(api, *(free_port() for _ in range(5)))


def plan_file(home: AirflowHome) -> Path:
    """Where the plan of a home's cluster is kept."""
    return home.folder / "cluster" / "plan.json"


def worker_address(number: int) -> str:
    """A worker's own address of this machine (127.0.0.2 and so on), as Airflow looks for logs at one port of all."""
    return f"127.0.0.{number + 1}"


def own_address() -> str:
    """Airflow's `hostname_callable`: where the logs of this process are read."""
    return os.environ[ADDRESS]
