"""What partitions cost and give, by source, through Airflow's own metrics: to StatsD or OpenTelemetry, as the operator
has set Airflow up. Names and tags are in docs/operate.md.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from airflow.sdk.observability.stats import Stats

from ilms.pipeline.stage_list import ESTIMATE, HARMONISE, Stage
from ilms.pipeline.status import Status
from schemas.partition import Partition

RECORDS, NUMBERS, DURATION, FAILURES = "ilms.records", "ilms.numbers", "ilms.stage.duration", "ilms.failures"


@contextmanager
def timed(key: str, stage: Stage) -> Iterator[None]:
    """How long a stage of a partition takes, well or badly, in milliseconds as Airflow's own durations."""
    start = time.monotonic()
    try:
        yield
    finally:
        tags = {"source": Partition.parse(key).source, "stage": stage.name}
        Stats.timing(DURATION, (time.monotonic() - start) * 1000, tags=tags)


def count_rows(status: Status, stage: Stage) -> None:
    """The records that a partition was just harmonised to, or the numbers that were just estimated."""
    tags = {"source": status.source}
    if stage is HARMONISE and status.persons:
        Stats.incr(RECORDS, status.persons, tags=tags)
    if stage is ESTIMATE and status.cells:
        Stats.incr(NUMBERS, status.cells, tags=tags)


def count_failure(status: Status) -> None:
    """A partition that failed for good: in which stage, and by what kind of error."""
    Stats.incr(FAILURES, tags={"source": status.source, "stage": status.stage, "kind": status.error_kind})
