"""A person decides on a draft that something stands against, with the differences before their eyes.

`publish` starts a run for each draft that waits, and again when it was compared with another release. The run waits
without a process until somebody answers on Airflow's page of required actions. An answer to a draft that was decided
on meanwhile, or gave way to another one, fails and says so. A draft approved with an embargo goes out at its end.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.providers.standard.sensors.date_time import DateTimeSensor
from airflow.sdk import DAG, Param, task

from ilms.airflow.failing import RETRY_POLICY, in_the_log
from ilms.pipeline.stage_list import PUBLISH

APPROVE, REJECT = "approve", "reject"
LONGEST_EMBARGO = timedelta(days=3650)

with DAG(
    "review",
    schedule=None,
    catchup=False,
    params={"release": Param("", type="string", description="The draft")},
    # `make run` ends Airflow as soon as it has published: what was being asked then is asked again by the next one.
    default_args={"retries": 3, "retry_delay": timedelta(seconds=5)},
    description="Ask a person whether a draft goes out",
    doc_md=__doc__,
    tags=["ilms"],
):

    @task(retry_policy=RETRY_POLICY)
    def differences(params: dict[str, Any]) -> str:
        """What stands against the draft, and all that differs, in Markdown; tells ILMS_NOTIFY that it waits."""
        from ilms.notifier import notify
        from ilms.release.decisions import waiting
        from ilms.settings import load_settings

        with in_the_log():
            settings = load_settings()
            draft = waiting(settings.layout, params["release"])
        notify(settings.notify, f"Release {draft.known.id} waits for a person", [], more="ilms release review")
        return draft.markdown

    ask = HITLOperator(
        task_id="decide",
        subject="Release {{ params.release }}: does it go out?",
        body="{{ ti.xcom_pull(task_ids='differences') }}",
        options=[APPROVE, REJECT],
        params={
            "why": Param("", type="string", description="The reason, which the log keeps; without one nothing is done"),
            "embargo": Param(
                "", type="string", description="When it becomes current, such as 2026-12-01T09:00+01:00; empty is now"
            ),
        },
    )

    @task(pool=PUBLISH.name, retry_policy=RETRY_POLICY)
    def follow(answer: dict[str, Any], params: dict[str, Any]) -> str:
        """Do as was answered; gives the end of the embargo, empty without one."""
        from ilms.release.decisions import approve_draft, reject_draft
        from ilms.settings import load_settings

        given, release = answer["params_input"], params["release"]
        by, why = str((answer["responded_by_user"] or {}).get("name") or ""), given["why"]
        with in_the_log():
            layout = load_settings().layout
            if answer["chosen_options"] == [REJECT]:
                decided = reject_draft(layout, release, by=by, why=why).last
            else:
                decided = approve_draft(layout, release, by=by, why=why, embargo=given["embargo"].strip() or None).last
        print(decided.sentence)
        return decided.until.isoformat() if decided.until else ""

    @task.short_circuit
    def is_under_embargo(until: str) -> bool:
        """Whether the release is to wait for a time."""
        return bool(until)

    # It looks again every minute, with no process in between: a task that defers would need Airflow's triggerer.
    time_has_come = DateTimeSensor(
        task_id="time_has_come",
        target_time="{{ ti.xcom_pull(task_ids='follow') or '2000-01-01T00:00:00+00:00' }}",
        mode="reschedule",
        poke_interval=timedelta(minutes=1),
        timeout=LONGEST_EMBARGO,
    )

    @task(pool=PUBLISH.name, retry_policy=RETRY_POLICY)
    def let_out() -> list[str]:
        """Let the release out, if nobody has withdrawn it meanwhile."""
        from ilms.release.decisions import publish_due
        from ilms.settings import load_settings

        with in_the_log():
            return [release.id for release in publish_due(load_settings().layout)]

    text = differences()
    text >> ask
    until = follow(ask.output)
    is_under_embargo(until) >> time_has_come >> let_out()
