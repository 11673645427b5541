"""From source to cells, one run per partition: fetch gives `raw`, harmonise gives `core`, estimate gives `cells`.

Every stage is a DAG of its own, which starts one run for each partition key (`ABC.lfs|2024`) that the stage before has
delivered. A partition that fails delivers nothing, so it stops alone; it is run again alone by clearing its run (all
runs of one partition carry its key) or by triggering `ingest` for its source and wave.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, PartitionedAssetTimetable, RetryAction, RetryRule, task
from airflow.sdk.exceptions import AirflowSkipException

from ilms.airflow.timetables import fetch_pools

RAW, CORE, CELLS = Asset("raw"), Asset("core"), Asset("cells")

# A fault of the network or the machine is worth another try; a wrong file, declaration or number is not. A process that
# was killed follows the usual count of retries.
RETRY_POLICY = ExceptionRetryPolicy(
    rules=[
        RetryRule("schemas.errors.FetchError", RetryAction.RETRY, reason="The network or the server failed."),
        RetryRule("schemas.errors.MachineError", RetryAction.RETRY, reason="The disk is full, or memory is short."),
        RetryRule("schemas.errors.IlmsError", RetryAction.FAIL, reason="Trying again would not help."),
    ]
)
RETRIES = int(os.environ.get("ILMS_RETRIES", "3"))
RETRY_SECONDS = float(os.environ.get("ILMS_RETRY_SECONDS", "300"))


def tell_failure(context: Any) -> None:
    """Write why a partition failed where `ilms sources` shows it."""
    from ilms.pipeline.batches import record_failure
    from ilms.settings import load_settings

    key = context["dag_run"].partition_key
    record_failure(load_settings(), key, context["task_instance"].task_id, context.get("exception"))


def stage(name: str, *, after: Asset, gives: Asset, dag_id: str, pool: str, description: str) -> DAG:
    """A DAG of one task that runs a stage function for the partition key of its run."""

    @task(
        task_id=name,
        outlets=[gives],
        pool=pool,
        retries=RETRIES,
        retry_delay=timedelta(seconds=RETRY_SECONDS),
        retry_exponential_backoff=2.0,
        max_retry_delay=timedelta(hours=2),
        retry_policy=RETRY_POLICY,
        execution_timeout=timedelta(hours=6),
        on_failure_callback=tell_failure,
    )
    def run(dag_run: Any = None) -> str:
        from ilms.pipeline import stages
        from ilms.pipeline.batches import record_work
        from ilms.settings import load_settings
        from schemas.errors import SourceUnavailable

        settings = load_settings()
        try:
            result = getattr(stages, f"{name}_partition")(settings, dag_run.partition_key)
        except SourceUnavailable as error:
            raise AirflowSkipException(error.message) from error
        if result.did_work:
            record_work(settings, dag_run.partition_key, name)
        print(result.message)
        return str(result.message)

    with DAG(
        dag_id,
        schedule=PartitionedAssetTimetable(assets=after),
        catchup=False,
        description=description,
        doc_md=__doc__,
        tags=["ilms"],
    ) as dag:
        run()
    return dag


for fetch_pool in fetch_pools():
    is_default = fetch_pool == "default"
    stage(
        "fetch",
        after=Asset(f"wanted_{fetch_pool}"),
        gives=RAW,
        dag_id="fetch" if is_default else f"fetch.{fetch_pool}",
        pool="default_pool" if is_default else fetch_pool,
        description="Fetch the files of a partition as a vintage",
    )
stage(
    "harmonise",
    after=RAW,
    gives=CORE,
    dag_id="harmonise",
    pool="default_pool",
    description="Harmonise a vintage to person records and pass them through the gate",
)
stage(
    "estimate",
    after=CORE,
    gives=CELLS,
    dag_id="estimate",
    pool="default_pool",
    description="Estimate the indicators of a partition and pass them through the gate",
)
