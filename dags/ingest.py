"""Request partitions, wait until each has ended, and start publishing.

`ingest` is started by `make run`, for the partitions that have anything new, or by hand, for everything or with
{"sources": ["ABC.lfs"], "waves": ["2024"]}; `ingest.<source>` does the same for one source on the schedule that the
source declares. It requests a run of `partition` for each partition (see stages.py).

An asset can only report success: a failed partition delivers nothing that a later DAG could wait for. So the batch
itself checks until every partition has ended, successfully or not, and then delivers `batch_ended`, which starts
`publish`.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, CronTriggerTimetable, Param, PokeReturnValue, task
from airflow.sdk.exceptions import AirflowSkipException

from ilms.airflow.failing import RETRY_POLICY, in_the_log
from ilms.airflow.timetables import dag_of, pools_at_work, timetables

BATCH_ENDED = Asset("batch_ended")
LOOK_SECONDS = float(os.environ.get("ILMS_LOOK_SECONDS", "30"))
ON_SCHEDULE = os.environ.get("ILMS_SCHEDULES") == "1"


@task(retries=2, retry_delay=timedelta(seconds=5), retry_policy=RETRY_POLICY)
def begin(params: dict[str, Any], dag_run: Any = None) -> list[str]:
    """Plan the batch, mark its partitions as under way, and request a run of each; returns their keys."""
    from ilms.airflow.named_runs import request
    from ilms.pipeline.awaited import awaited_lines
    from ilms.pipeline.batches import begin as mark
    from ilms.pipeline.batches import plan_batch, pools_of
    from ilms.settings import load_settings

    with in_the_log():
        settings = load_settings()
        batch = plan_batch(settings.layout, settings.access, params["sources"], params["waves"])
        if params["partitions"]:
            batch = batch.only(params["partitions"])
        mark(settings.layout, settings.profile, batch)
        pools = pools_of(batch.keys, pools_at_work())
    for name, reason in {**batch.skipped, **batch.broken}.items():
        print(f"{name} is left out: {reason}")
    for line in awaited_lines(batch.awaited):
        print(line)
    for key, pool in pools.items():
        request(key, pool, dag_run.run_after)
    if not batch.keys:
        raise AirflowSkipException("none of its partitions has files to read, so there is nothing to publish")
    return list(batch.keys)


# It checks from one process throughout: a sensor that releases its slot between checks is queued again before the
# scheduler has recorded the end of its previous check, and then counts as failed. The pool has one slot, so that
# waiting batches never take the slots of the partitions that they wait for.
@task.sensor(
    mode="poke",
    pool="batches",
    poke_interval=LOOK_SECONDS,
    timeout=timedelta(days=2).total_seconds(),
    retries=2,
    retry_delay=timedelta(seconds=5),
    outlets=[BATCH_ENDED],
)
def all_ended(keys: Sequence[str], ti: Any = None) -> PokeReturnValue:
    """Wait until every partition of the batch has ended, successfully or not."""
    from ilms.pipeline.batches import has_ended
    from ilms.settings import load_settings

    def active_runs() -> int:
        dags = map(dag_of, pools_at_work())
        return sum(ti.get_dr_count(dag_id=dag_id, states=["queued", "running"]) for dag_id in dags)

    return PokeReturnValue(is_done=has_ended(load_settings().layout, keys, active_runs))


def ingest(dag_id: str, schedule: Any, sources: list[str], description: str) -> DAG:
    """A DAG that runs one batch."""
    params = {
        "sources": Param(sources, type="array", items={"type": "string"}, description="Sources; none means all"),
        "waves": Param([], type="array", items={"type": "string"}, description="Waves; none means all"),
        "partitions": Param(
            [], type="array", items={"type": "string"}, description="Of these only some; none means all"
        ),
    }
    with DAG(
        dag_id,
        schedule=schedule,
        catchup=False,
        params=params,
        max_active_runs=1,
        description=description,
        doc_md=__doc__,
        tags=["ilms"],
    ) as dag:
        all_ended(begin())
    return dag


ingest("ingest", None, [], "Run every partition, or those chosen, and publish them")

for timetable in timetables() if ON_SCHEDULE else []:
    if timetable.cron:
        # Not at once, however recent the scheduled time: starting Airflow must not start downloads. With False, Airflow
        # 3.3 catches up on a time less than a tenth of the interval ago.
        schedule = CronTriggerTimetable(timetable.cron, timezone="UTC", run_immediately=timedelta(0))
        ingest(f"ingest.{timetable.source}", schedule, [timetable.source], f"Run {timetable.source} on its schedule")
