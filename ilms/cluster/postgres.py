"""A PostgreSQL server of the cluster's own, from the system's packages, on this machine only."""

from __future__ import annotations

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from typing import Any

from ilms.airflow.database import END_WHAT_WAS_UNDER_WAY
from ilms.airflow.home import HOST, AirflowError
from ilms.cluster.plan import DATABASE, DATABASE_USER, ClusterPlan

PACKAGE = "postgresql"
SYSTEM_USER = "postgres"
VERSIONS = Path("/usr/lib/postgresql")
FOLDERS_OF_ROOT = Path("/var/lib/postgresql")
"""PostgreSQL refuses to run as root, and its user may not enter the folders of others."""


def server_program(name: str) -> str:
    """The path of one of PostgreSQL's programs. Raises AirflowError when it is not installed."""
    versions = sorted(VERSIONS.glob(f"*/bin/{name}"), key=lambda file: int(file.parts[-3]))
    found = str(versions[-1]) if versions else shutil.which(name)
    if found is None:
        raise AirflowError(
            "PostgreSQL is not installed",
            why="Airflow keeps there what runs on several machines",
            remedy=f"apt-get install {PACKAGE}",
        )
    return found


def data_folder(plan: ClusterPlan) -> Path:
    """Where the database of a cluster is: in its folder, or, when root starts it, where its own user may be."""
    if os.geteuid():
        return plan.folder / "postgres"
    mark = hashlib.sha256(str(plan.home.folder).encode()).hexdigest()[:16]
    return FOLDERS_OF_ROOT / f"ilms-{mark}"


def as_its_user(command: list[str]) -> list[str]:
    """A command, run by PostgreSQL's own user when root starts it."""
    if os.geteuid():
        return command
    return ["setpriv", f"--reuid={SYSTEM_USER}", f"--regid={SYSTEM_USER}", "--init-groups", *command]


def make_database(plan: ClusterPlan) -> None:
    """Make the folder of the database unless it is there. Raises AirflowError."""
    folder = data_folder(plan)
    if (folder / "PG_VERSION").exists():
        return
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    options = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", f"--username={DATABASE_USER}"]
    with tempfile.NamedTemporaryFile("w") as password:
        password.write(plan.secret("postgres"))
        password.flush()
        if not os.geteuid():
            user = pwd.getpwnam(SYSTEM_USER)
            for path in (folder, password.name):
                os.chown(path, user.pw_uid, user.pw_gid)
        outcome = subprocess.run(
            as_its_user([server_program("initdb"), f"--pgdata={folder}", f"--pwfile={password.name}", *options]),
            capture_output=True,
            text=True,
            cwd="/",
            check=False,
        )
    if outcome.returncode:
        shutil.rmtree(folder, ignore_errors=True)
        raise AirflowError(f"PostgreSQL's folder could not be made: {outcome.stderr.strip()}", where=str(folder))


def server_command(plan: ClusterPlan) -> list[str]:
    """The command of the server: at one port of this machine, with no socket that others could find."""
    settings = {"listen_addresses": HOST, "port": plan.ports.postgres, "unix_socket_directories": ""}
    options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
    return as_its_user([server_program("postgres"), "-D", str(data_folder(plan)), *options])


def answers(plan: ClusterPlan) -> bool:
    """Whether the server takes queries."""
    import psycopg2

    try:
        _connection(plan, "postgres").close()
    except psycopg2.OperationalError:
        return False
    return True


def ensure_airflow_database(plan: ClusterPlan) -> None:
    """Make Airflow's database in the server unless it is there."""
    with closing(_connection(plan, "postgres")) as connection, connection.cursor() as cursor:
        connection.autocommit = True
        cursor.execute("select 1 from pg_database where datname = %s", (DATABASE,))
        if cursor.fetchone() is None:
            cursor.execute(f"create database {DATABASE}")


def end_what_was_under_way(plan: ClusterPlan) -> None:
    """Free the database of what was under way when the cluster last ended."""
    with closing(_connection(plan, DATABASE)) as connection, connection, connection.cursor() as cursor:
        for statement in END_WHAT_WAS_UNDER_WAY:
            cursor.execute(statement)


def _connection(plan: ClusterPlan, database: str) -> Any:
    import psycopg2

    return psycopg2.connect(
        host=HOST,
        port=plan.ports.postgres,
        user=DATABASE_USER,
        password=plan.secret("postgres"),
        dbname=database,
        connect_timeout=5,
    )
