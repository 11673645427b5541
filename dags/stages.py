"""From source to cells, one run per partition: fetch gives `raw`, harmonise gives `core`, estimate gives `cells`.

Every stage is a DAG of its own, which starts one run for each partition key (`ABC.lfs|2024`) delivered by the previous
stage. A failed partition delivers nothing, so only that partition stops; it is rerun alone by clearing its run (all
runs of one partition carry its key) or by triggering `ingest` for its source and wave.
"""

from __future__ import annotations

import os
from datetime import timedelta
from itertools import pairwise
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, PartitionedAssetTimetable, RetryAction, RetryRule, task
from airflow.sdk.exceptions import AirflowSkipException

from ilms.airflow.timetables import fetch_pools
from ilms.pipeline.stage_list import FETCH, STAGES, Stage

# A fault of the network or the machine is worth another try; a wrong file, declaration or number is not. A killed
# process is retried the usual number of times.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule("schemas.errors.FetchError", RetryAction.RETRY, reason="The network or the server failed."),
        RetryRule("schemas.errors.MachineError", RetryAction.RETRY, reason="The disk is full, or memory is short."),
        RetryRule("schemas.errors.IlmsError", RetryAction.FAIL, reason="Trying again would not help."),
    ]
)
RETRIES = int(os.environ.get("ILMS_RETRIES", "3"))
RETRY_SECONDS = float(os.environ.get("ILMS_RETRY_SECONDS", "300"))


def report_failure(context: Any) -> None:
    """Write why a partition failed where `ilms sources` shows it, and send a message to ILMS_NOTIFY."""
    from ilms.notifier import notify
    from ilms.pipeline.batches import record_failure
    from ilms.settings import load_settings

    settings, key, stage = load_settings(), context["dag_run"].partition_key, context["task_instance"].task_id
    record_failure(settings.layout, key, stage, context.get("exception"))
    notify(settings.notify, f"{key} failed", [f"stage {stage}"], more="ilms sources")


def stage_dag(stage: Stage, *, after: Asset, gives: Asset, pool: str = "default") -> DAG:
    """A DAG of one task that runs a stage for the partition key of its run; each further pool has its own."""
    is_default = pool == "default"

    @task(
        task_id=stage.name,
        outlets=[gives],
        pool="default_pool" if is_default else pool,
        retries=RETRIES,
        retry_delay=timedelta(seconds=RETRY_SECONDS),
        retry_exponential_backoff=2.0,
        max_retry_delay=timedelta(hours=2),
        retry_policy=RETRY_POLICY,
        execution_timeout=timedelta(hours=6),
        on_failure_callback=report_failure,
    )
    def run(dag_run: Any = None) -> str:
        from ilms.pipeline.batches import record_work
        from ilms.pipeline.stages import run_stage
        from ilms.settings import load_settings
        from schemas.errors import AwaitedWave, SourceUnavailable

        settings = load_settings()
        try:
            result = run_stage(settings, stage, dag_run.partition_key)
        except (AwaitedWave, SourceUnavailable) as error:
            raise AirflowSkipException(error.message) from error
        if result.did_work:
            record_work(settings.layout, dag_run.partition_key, stage.name)
        print(result.message)
        return str(result.message)

    with DAG(
        stage.name if is_default else f"{stage.name}.{pool}",
        schedule=PartitionedAssetTimetable(assets=after),
        catchup=False,
        description=stage.description,
        doc_md=__doc__,
        tags=["ilms"],
    ) as dag:
        run()
    return dag


for fetch_pool in fetch_pools():
    stage_dag(FETCH, after=Asset(f"wanted_{fetch_pool}"), gives=Asset(FETCH.gives), pool=fetch_pool)
for before, following in pairwise(STAGES):
    stage_dag(following, after=Asset(before.gives), gives=Asset(following.gives))
