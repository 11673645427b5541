"""Regional estimates: started by fetched benchmarks and new national estimates; they start publishing.

`benchmarks` fetches every benchmark and delivers `benchmarks` when one of them is new. `regional` estimates every
edition after that, and, on an installation that runs on schedules, after each batch of national sources; `make run`
requests it after its batch. Nothing is estimated again from the same inputs. New estimates are delivered as `regional`,
which starts `publish`.
"""

from __future__ import annotations

import os
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from ilms.airflow.failing import RETRY_POLICY, in_the_log
from ilms.pipeline.stage_list import REGIONAL

BENCHMARKS, ESTIMATES, BATCH_ENDED = Asset("benchmarks"), Asset(REGIONAL.gives), Asset("batch_ended")
ON_SCHEDULE = os.environ.get("ILMS_SCHEDULES") == "1"
RETRY_SECONDS = float(os.environ.get("ILMS_RETRY_SECONDS", "300"))

with DAG(
    "benchmarks",
    # Not at once, however recent the scheduled time: starting Airflow must not start downloads (see dags/ingest.py).
    schedule=CronTriggerTimetable("0 5 1 * *", timezone="UTC", run_immediately=timedelta(0)) if ON_SCHEDULE else None,
    catchup=False,
    max_active_runs=1,
    description="Fetch the benchmarks of the regional estimates",
    doc_md=__doc__,
    tags=["ilms"],
):

    @task(outlets=[BENCHMARKS], retries=2, retry_delay=timedelta(seconds=RETRY_SECONDS), retry_policy=RETRY_POLICY)
    def fetch_benchmarks() -> list[str]:
        """Fetch every benchmark; skipped, so that nothing else is started, when none of them is new."""
        from ilms.regional.inputs import fetch_benchmark
        from ilms.settings import load_settings
        from schemas.loader import list_benchmarks

        with in_the_log():
            settings = load_settings()
            found = [fetch_benchmark(settings.layout, settings.access, source_id) for source_id in list_benchmarks()]
        new = [each.partition.key for each in found if each.vintage.is_new]
        if not new:
            raise AirflowSkipException("every benchmark is unchanged")
        print(f"new: {', '.join(new)}")
        return new

    fetch_benchmarks()

with DAG(
    REGIONAL.name,
    schedule=(BENCHMARKS | BATCH_ENDED) if ON_SCHEDULE else [BENCHMARKS],
    catchup=False,
    max_active_runs=1,
    description=REGIONAL.description,
    doc_md=__doc__,
    tags=["ilms"],
):

    @task(outlets=[ESTIMATES], retries=2, retry_delay=timedelta(seconds=5), retry_policy=RETRY_POLICY)
    def estimate_editions(ti: Any = None) -> list[str]:
        """Estimate every edition whose inputs are new; skipped when none is."""
        from functools import partial

        from ilms.regional.stage import regional_editions
        from ilms.settings import load_settings

        with in_the_log(partial(ti.xcom_push, "reason")):
            results = regional_editions(load_settings())
        messages = [result.message for result in results if result.did_work]
        if not messages:
            raise AirflowSkipException("every edition has already been estimated from the same inputs")
        print("\n".join(messages))
        return messages

    estimate_editions()
