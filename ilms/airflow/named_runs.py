"""Runs of a partition, which its name tells apart in Airflow's lists of runs.

A run that an asset starts has a name of Airflow's choice, so these are requested one by one.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ilms.airflow.timetables import dag_of
from schemas.errors import InputError

PARTITION = "partition"
"""What a run's configuration calls the partition that it is of."""


def run_of(key: str, moment: datetime) -> str:
    """The id of a partition's run, such as `ABC.lfs:2024__20261201T070000`, in characters that Airflow allows."""
    return f"{key.replace('|', ':')}__{moment:%Y%m%dT%H%M%S}"


def request(key: str, pool: str, moment: datetime) -> None:
    """Ask for a partition's run from within a task; one of the same moment is run again."""
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.comms import TriggerDagRun

    task_runner.SUPERVISOR_COMMS.send(
        TriggerDagRun(
            dag_id=dag_of(pool), run_id=run_of(key, moment), conf={PARTITION: key}, note=key, reset_dag_run=True
        )
    )


def partition_of(dag_run: Any) -> str:
    """The partition that a run is of: from its configuration, or its partition key. Raises InputError without one."""
    key = (dag_run.conf or {}).get(PARTITION) or dag_run.partition_key
    if not key:
        raise InputError(
            "no partition is named",
            why="a run is of one partition",
            remedy="give its key, such as ABC.lfs|2024, as partition key or as `partition`",
        )
    return str(key)
