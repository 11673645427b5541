"""From source to cells: one run per partition, named after it, such as `ABC.lfs:2024__20261201T070000`.

A run is one task, which goes through the stages one after the other: fetch, harmonise, estimate; it delivers `cells`
with the partition's key. Each stage looks first whether its work is done already, so a task that is tried again, or a
run that is cleared, continues where the one before it ended. A failed partition stops nothing but itself; it is run
again alone by clearing its run, or by triggering this DAG with its key, `ABC.lfs|2024`.

`ingest` requests the runs. When downloading, the sources that share an office of their own (`pool`) have a DAG of their
own, and are run one after the other.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, Param, PartitionedAtRuntime, task

from ilms.airflow.failing import RETRY_POLICY, in_the_log
from ilms.airflow.timetables import dag_of, pools_at_work, slots_of
from ilms.pipeline.stage_list import STAGES

RETRIES = int(os.environ.get("ILMS_RETRIES", "3"))
RETRY_SECONDS = float(os.environ.get("ILMS_RETRY_SECONDS", "300"))
CELLS = Asset(STAGES[-1].gives)


def report_failure(context: Any) -> None:
    """Write why a partition failed where `ilms sources` shows it, count it, and tell whom ILMS_NOTIFY names."""
    from ilms.airflow.metrics import count_failure
    from ilms.airflow.named_runs import partition_of
    from ilms.notifier import notify
    from ilms.pipeline.batches import record_failure
    from ilms.settings import load_settings

    settings, key = load_settings(), partition_of(context["dag_run"])
    error = context.get("exception")
    failed = record_failure(settings.layout, key, getattr(error, "error", error))
    count_failure(failed)
    notify(settings.notify, f"{key} failed", [f"stage {failed.stage}"], more="ilms sources")


def bring_to_cells(dag_run: Any = None, outlet_events: Any = None) -> None:
    """Bring the partition of a run from its source to cells."""
    from ilms.airflow.metrics import count_rows, timed
    from ilms.airflow.named_runs import partition_of
    from ilms.pipeline.batches import record_work
    from ilms.pipeline.stages import run_stage
    from ilms.settings import load_settings

    with in_the_log():
        key, settings = partition_of(dag_run), load_settings()
        for stage in STAGES:
            with timed(key, stage):
                result = run_stage(settings, stage, key)
            if result.did_work:
                count_rows(record_work(settings.layout, key, stage.name), stage)
            print(result.message)
    outlet_events[CELLS].add_partitions([key])


def partition_dag(pool: str) -> DAG:
    """The DAG of the partitions whose sources are fetched through a pool."""
    with DAG(
        dag_of(pool),
        schedule=PartitionedAtRuntime(),
        params={"partition": Param("", type="string", description="Its key, such as ABC.lfs|2024")},
        catchup=False,
        description="Bring a partition from its source to cells",
        doc_md=__doc__,
        tags=["ilms"],
    ) as dag:
        task(
            task_id="stages",
            outlets=[CELLS],
            pool=slots_of(pool),
            retries=RETRIES,
            retry_delay=timedelta(seconds=RETRY_SECONDS),
            retry_exponential_backoff=2.0,
            max_retry_delay=timedelta(hours=2),
            retry_policy=RETRY_POLICY,
            execution_timeout=timedelta(hours=6),
            on_failure_callback=report_failure,
        )(bring_to_cells)()
    return dag


for fetch_pool in pools_at_work():
    partition_dag(fetch_pool)
