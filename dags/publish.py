"""Publish the accepted numbers as one release: one at a time, after each batch and when regional estimates are new."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, Asset, ExceptionRetryPolicy, RetryAction, RetryRule, task

from ilms.pipeline.stage_list import PUBLISH, REGIONAL

RETRY_POLICY = ExceptionRetryPolicy(rules=[RetryRule("schemas.errors.IlmsError", RetryAction.FAIL)])

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
        """Build the release and make it current; when nothing is new, the current release stays."""
        from pydantic import TypeAdapter

        from ilms.release.publish import publish_release
        from ilms.settings import load_settings
        from schemas.errors import IlmsError
        from warehouse.release.build import PublishResult

        try:
            result = publish_release(load_settings())
        except IlmsError as error:
            ti.xcom_push("reason", error.message)
            raise
        print(result.message)
        return dict(TypeAdapter(PublishResult).dump_python(result, mode="json"))

    publish()
