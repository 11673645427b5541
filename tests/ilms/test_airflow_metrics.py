"""What partitions cost and give reaches a StatsD server by source, with Airflow set up as an operator does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from statsd_server import StatsdServer, listening

from ilms.airflow.metrics import count_failure, count_rows, timed
from ilms.pipeline.stage_list import ESTIMATE, FETCH, HARMONISE
from ilms.pipeline.status import Status


@pytest.fixture
def statsd(monkeypatch: pytest.MonkeyPatch) -> Iterator[StatsdServer]:
    """A StatsD server, and Airflow's metrics in this process set to it as in the process of a task."""
    from airflow.sdk.observability.metrics import stats_utils
    from airflow.sdk.observability.stats import Stats

    with listening() as server:
        for name, value in server.settings.items():
            monkeypatch.setenv(name, value)
        Stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)
        yield server
        monkeypatch.undo()
        Stats.initialize(factory=stats_utils.get_stats_factory(), export_legacy_names=False)


def test_records_and_numbers_are_counted_by_source_as_stages_give_them(statsd: StatsdServer) -> None:
    survey, register = Status("ABC.lfs", "2024", persons=400, cells=2490), Status("ABC.permits", "2024", persons=7)
    for stage in (FETCH, HARMONISE, ESTIMATE):
        count_rows(survey, stage)
    for stage in (FETCH, HARMONISE):
        count_rows(register, stage)
    assert [statsd.next() for _ in range(3)] == [
        "airflow.ilms.records,source=ABC.lfs:400|c",
        "airflow.ilms.numbers,source=ABC.lfs:2490|c",
        "airflow.ilms.records,source=ABC.permits:7|c",
    ]


def test_a_stage_is_timed_by_source_also_when_it_fails(statsd: StatsdServer) -> None:
    with pytest.raises(RuntimeError), timed("ABC.lfs|2024", HARMONISE):
        raise RuntimeError
    told = statsd.next()
    assert re.fullmatch(r"airflow\.ilms\.stage\.duration,source=ABC\.lfs,stage=harmonise:\d+\.\d+\|ms", told), told


def test_a_failure_is_counted_by_source_stage_and_kind_of_error(statsd: StatsdServer) -> None:
    count_failure(Status("ABC.lfs", "2024", state="failed", stage="harmonise", error_kind="input"))
    assert statsd.next() == "airflow.ilms.failures,source=ABC.lfs,stage=harmonise,kind=input:1|c"
