"""The queue of tasks: a Redis server of the cluster's own, from the system's packages, on this machine only."""

from __future__ import annotations

import shutil

from ilms.airflow.home import HOST, AirflowError
from ilms.cluster.plan import ClusterPlan
from warehouse.files import replacing

PACKAGE = "redis-server"


def server_program() -> str:
    """The path of the server. Raises AirflowError when Redis is not installed."""
    program = shutil.which(PACKAGE)
    if program is None:
        raise AirflowError(
            "Redis is not installed",
            why="workers take their tasks from it",
            remedy=f"apt-get install {PACKAGE}",
        )
    return program


def server_command(plan: ClusterPlan) -> list[str]:
    """The command of the server, its settings written to its folder."""
    folder = plan.folder / "redis"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    settings = {
        "bind": HOST,
        "port": plan.ports.redis,
        "protected-mode": "yes",
        "requirepass": plan.secret("redis"),
        "dir": f'"{folder}"',
        # Tasks that wait are still there after it was killed.
        "appendonly": "yes",
        "save": '""',
    }
    file = folder / "redis.conf"
    with replacing(file) as draft:
        draft.touch(mode=0o600)
        draft.write_text("".join(f"{name} {value}\n" for name, value in settings.items()), encoding="utf-8")
    return [server_program(), str(file)]


def answers(plan: ClusterPlan) -> bool:
    """Whether the server takes commands."""
    import redis

    client = redis.Redis(host=HOST, port=plan.ports.redis, password=plan.secret("redis"), socket_timeout=5)
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def empty(plan: ClusterPlan) -> None:
    """Forget the tasks that waited when the cluster last ended: their runs have ended with it."""
    import redis

    client = redis.Redis(host=HOST, port=plan.ports.redis, password=plan.secret("redis"), socket_timeout=5)
    client.flushdb()
    client.close()
