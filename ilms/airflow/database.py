"""Airflow's database: brought up to date, and freed of what was under way when Airflow last ended."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from importlib.metadata import version

from ilms.airflow.home import PROJECT, AirflowError, AirflowHome
from warehouse.files import replacing

# Whatever was under way when Airflow ended has ended with it: the next start must neither resume it (its partitions are
# requested again) nor treat a killed server as running.
END_WHAT_WAS_UNDER_WAY = (
    "update task_instance set state = 'failed' where state in "
    "('scheduled', 'queued', 'running', 'restarting', 'up_for_retry', 'up_for_reschedule', 'deferred')",
    "update dag_run set state = 'failed' where state in ('queued', 'running')",
    "update job set state = 'failed' where state = 'running'",
    "delete from partitioned_asset_key_log where asset_partition_dag_run_id in "
    "(select id from asset_partition_dag_run where created_dag_run_id is null)",
    "delete from asset_partition_dag_run where created_dag_run_id is null",
    "delete from asset_dag_run_queue",
    "delete from callback where type = 'dag_processor'",
)


def prepare_database(home: AirflowHome) -> None:
    """Make the database ready for a start; no server of this home may be running. Raises AirflowError.

    A damaged database is set aside and made again: it has only Airflow's history, no data of the pipeline.
    """
    try:
        _migrate(home)
        _end_what_was_under_way(home)
    except sqlite3.OperationalError:
        raise
    except (sqlite3.DatabaseError, AirflowError):
        if not home.database.exists():
            raise
        _set_aside(home)
        _migrate(home)


def _migrate(home: AirflowHome) -> None:
    stamp = home.folder / "database-version"
    wanted = version("apache-airflow")
    if home.database.exists() and stamp.exists() and stamp.read_text(encoding="utf-8") == wanted:
        return
    log = home.server_logs / "migrate.log"
    with log.open("w") as output:
        outcome = subprocess.run(
            [sys.executable, "-I", "-m", "airflow", "db", "migrate"],
            cwd=PROJECT,
            env=home.environment(0, schedules=False),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            check=False,
        )
    if outcome.returncode:
        raise AirflowError("Airflow's database could not be made", where=str(log), remedy="read the end of that file")
    with replacing(stamp) as draft:
        draft.write_text(wanted, encoding="utf-8")


def _end_what_was_under_way(home: AirflowHome) -> None:
    with closing(sqlite3.connect(home.database, timeout=30)) as connection, connection:
        for statement in END_WHAT_WAS_UNDER_WAY:
            connection.execute(statement)


def _set_aside(home: AirflowHome) -> None:
    now = f"{datetime.now(UTC):%Y%m%dT%H%M%S}"
    for suffix in ("", "-wal", "-shm", "-journal"):
        file = home.database.with_name(home.database.name + suffix)
        if file.exists():
            file.replace(file.with_name(f"{file.name}.damaged-{now}"))
    (home.folder / "database-version").unlink(missing_ok=True)
