"""Waves that should have come out and have not: looked for every morning on an installation with schedules.

`overdue` fails as long as a wave of a series is overdue, and names each in its log, so that it stands out among the
runs and triggers alerts on failure. Those that became overdue since the last message go to ILMS_NOTIFY. Deadline
alerts of Airflow 3.3 concern the duration of a run, not whether data arrive: a run that looks and finds nothing ends
well within any deadline.
"""

from __future__ import annotations

import os
from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from ilms.airflow.failing import fail, in_the_log

SHOWN = "`ilms sources --state overdue` shows what was looked for, and since when it should have been there"
ON_SCHEDULE = os.environ.get("ILMS_SCHEDULES") == "1"

with DAG(
    "overdue",
    schedule=CronTriggerTimetable("0 7 * * *", timezone="UTC", run_immediately=timedelta(0)) if ON_SCHEDULE else None,
    catchup=False,
    max_active_runs=1,
    description="Look for waves that should have come out",
    doc_md=__doc__,
    tags=["ilms"],
):

    @task(retries=0)
    def look_for_waves() -> list[str]:
        """Look for every wave of a series that was never fetched, including benchmarks; returns lines on awaited
        waves."""
        from ilms.notifier import notify_of_new
        from ilms.pipeline.awaited import awaited_lines
        from ilms.pipeline.batches import keep_all_awaited, plan_batch
        from ilms.regional.inputs import look_for_benchmarks
        from ilms.settings import load_settings
        from schemas.errors import OverdueWave
        from schemas.periods import today

        with in_the_log():
            settings = load_settings()
            awaited = plan_batch(settings.layout, settings.access).awaited
            keep_all_awaited(settings.layout, awaited)
            awaited |= look_for_benchmarks(settings.layout, settings.access, today())
        lines = list(awaited_lines(awaited))
        print("\n".join(lines))
        overdue = [key for key, each in awaited.items() if each.state == "overdue" and not each.unknown]
        kept = settings.layout.overdue_sent()
        notify_of_new(settings.notify, kept, overdue, "Waves are overdue", more="ilms sources --state overdue")
        if overdue:
            fail(OverdueWave(f"{len(overdue)} wave(s) are overdue", where=", ".join(overdue), remedy=SHOWN))
        return lines

    look_for_waves()
