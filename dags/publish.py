"""Publish the accepted numbers as one release: one at a time, after each batch and when regional estimates are new.

A draft that something stands against waits, and a run of `review` asks a person about it.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DAG, Asset, task

from ilms.airflow.failing import RETRY_POLICY, in_the_log
from ilms.pipeline.stage_list import PUBLISH, REGIONAL

with DAG(
    PUBLISH.name,
    schedule=Asset("batch_ended") | Asset(REGIONAL.gives),
    catchup=False,
    max_active_runs=1,
    description=PUBLISH.description,
    doc_md=__doc__,
    tags=["ilms"],
):

    @task(pool=PUBLISH.name, retries=2, retry_delay=timedelta(seconds=5), retry_policy=RETRY_POLICY)
    def publish(ti: Any = None) -> dict[str, Any]:
        """Build the release and make it current, unless something stands against it."""
        from functools import partial

        from pydantic import TypeAdapter

        from ilms.release.publish import publish_release
        from ilms.settings import load_settings
        from warehouse.release.build import PublishResult

        with in_the_log(partial(ti.xcom_push, "reason")):
            result = publish_release(load_settings())
        print(result.message)
        return dict(TypeAdapter(PublishResult).dump_python(result, mode="json"))

    @task.short_circuit
    def waits(published: dict[str, Any]) -> str:
        """The draft and the release that it was compared with, when it waits for a person; else empty."""
        from ilms.release.decisions import asked_of
        from ilms.settings import load_settings

        return asked_of(load_settings().layout, published["release_id"])

    published = publish()
    # Asked once of each draft: a run of that name may be there already, since an earlier publishing or `make up`.
    ask = TriggerDagRunOperator(
        task_id="ask",
        trigger_dag_id="review",
        trigger_run_id="{{ ti.xcom_pull(task_ids='waits') }}",
        conf={"release": "{{ ti.xcom_pull(task_ids='publish')['release_id'] }}"},
        skip_when_already_exists=True,
    )
    waits(published) >> ask
