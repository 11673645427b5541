"""The DAGs: what starts what, what is tried again, and that reading the files costs Airflow next to nothing."""

from __future__ import annotations

import ast
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from small_source import SMALL_SOURCE

DAGS = Path(__file__).parents[2] / "dags"
Description = dict[str, Any]


@pytest.fixture(scope="module")
def described(tmp_path_factory: pytest.TempPathFactory) -> Description:
    """The DAGs as Airflow reads them with schedules on, a source in a slow pool, and one with a broken declaration."""
    folder = tmp_path_factory.mktemp("dags")
    for name, text in {
        "small": yaml.safe_dump({**SMALL_SOURCE, "schedule": "30 5 15 * *", "fetch": {"pool": "slow_office"}}),
        "broken": "schedule: [",
    }.items():
        source = folder / "sources" / "ZZZ" / name
        source.mkdir(parents=True)
        (source / "source.yaml").write_text(text)
    outcome = subprocess.run(
        [sys.executable, str(Path(__file__).with_name("inspect_dags.py")), str(DAGS)],
        env={
            **os.environ,
            "AIRFLOW_HOME": str(folder / "airflow"),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "ILMS_SOURCES": str(folder / "sources"),
            "ILMS_SCHEDULES": "1",
            "ILMS_ONLINE": "1",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    return dict(json.loads(outcome.stdout.splitlines()[-1]))


def test_every_dag_file_can_be_read(described: Description) -> None:
    assert described["errors"] == {}
    dags = {"ingest", "partition", "partition.slow_office", "publish", "review", "ingest.ZZZ.small", "overdue"}
    assert dags <= set(described["dags"])


def test_reading_the_files_imports_nothing_heavy(described: Description) -> None:
    assert described["heavy"] == []


def test_dag_files_import_only_the_sdk_its_operators_and_what_is_light_of_ours_at_the_top() -> None:
    ours = ("ilms.airflow.failing", "ilms.airflow.timetables", "ilms.pipeline.stage_list")
    allowed = (
        *ours,
        "airflow.sdk",
        "airflow.providers.standard",
        "__future__",
        "collections.abc",
        "datetime",
        "itertools",
        "os",
        "typing",
    )
    for file in DAGS.glob("*.py"):
        for node in ast.parse(file.read_text(encoding="utf-8")).body:
            names = [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            names += [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            for name in names:
                assert name.startswith(allowed), f"{file.name}, line {node.lineno}: {name} is imported at the top"


@pytest.mark.parametrize(("dag", "pool"), [("partition", "partitions"), ("partition.slow_office", "slow_office")])
def test_a_partition_goes_through_the_stages_in_one_task_in_the_pool_of_its_office_if_that_has_one(
    described: Description, dag: str, pool: str
) -> None:
    partition = described["dags"][dag]
    assert partition["timetable"] == "PartitionedAtRuntime"
    (task,) = partition["tasks"].values()
    assert (task["gives"], task["pool"]) == (["cells"], pool)
    assert (task["retries"], task["backs_off"], task["reports_failure"]) == (3, True, True)


def test_a_batch_delivers_when_all_have_ended(described: Description) -> None:
    tasks = described["dags"]["ingest"]["tasks"]
    assert tasks["all_ended"]["after"] == ["begin"]
    assert tasks["all_ended"]["gives"] == ["batch_ended"]


def test_waiting_batches_cannot_take_the_slots_of_what_they_wait_for(described: Description) -> None:
    waiting = described["dags"]["ingest"]["tasks"]["all_ended"]
    assert (waiting["pool"], waiting["mode"]) == ("batches", "poke")


def test_one_release_is_published_at_a_time_after_each_batch_and_new_regional_estimates(
    described: Description,
) -> None:
    publish = described["dags"]["publish"]
    assert publish["waits_for"] == ["batch_ended", "regional"]
    assert publish["max_active_runs"] == 1
    assert publish["tasks"]["publish"]["pool"] == "publish"


def test_a_draft_that_waits_is_asked_about_and_an_embargo_waited_for(described: Description) -> None:
    asked = {name: each["after"] for name, each in described["dags"]["publish"]["tasks"].items()}
    assert asked == {"publish": [], "waits": ["publish"], "ask": ["waits"]}
    review = {name: each["after"] for name, each in described["dags"]["review"]["tasks"].items()}
    assert review == {
        "differences": [],
        "decide": ["differences"],
        "follow": ["decide"],
        "is_under_embargo": ["follow"],
        "time_has_come": ["is_under_embargo"],
        "let_out": ["time_has_come"],
    }


def test_regional_estimates_follow_new_benchmarks_and_new_national_estimates(described: Description) -> None:
    benchmarks, regional = described["dags"]["benchmarks"], described["dags"]["regional"]
    assert benchmarks["tasks"]["fetch_benchmarks"]["gives"] == ["benchmarks"]
    assert regional["waits_for"] == ["batch_ended", "benchmarks"]
    assert regional["tasks"]["estimate_editions"]["gives"] == ["regional"]
    assert regional["max_active_runs"] == 1


def test_each_source_has_the_schedule_it_declares_and_no_catching_up(described: Description) -> None:
    scheduled = described["dags"]["ingest.ZZZ.small"]
    assert (scheduled["cron"], scheduled["sources"], scheduled["catchup"]) == ("30 5 15 * *", ["ZZZ.small"], False)
    assert scheduled["at_once"] == "0:00:00", "starting Airflow must not start downloads"
    assert "ingest.ZZZ.broken" not in described["dags"]


def test_waves_that_are_overdue_are_looked_for_every_morning(described: Description) -> None:
    overdue = described["dags"]["overdue"]
    assert (overdue["cron"], overdue["at_once"]) == ("0 7 * * *", "0:00:00")
    assert overdue["tasks"]["look_for_waves"]["retries"] == 0, "looking again at once finds nothing else"


def test_faults_of_network_and_machine_are_tried_again_and_a_bad_file_is_not(described: Description) -> None:
    decisions = described["decisions"]
    of_machines = {decisions.pop(name) for name in ("FetchError", "MachineError", "StoreError", "Overtaken")}
    assert of_machines == {"retry"}
    assert decisions.pop("MemoryError") == "default"
    assert decisions.pop("OSError") == "default"
    skipped = {decisions.pop(name) for name in ("AwaitedWave", "OverdueWave", "SourceUnavailable")}
    assert skipped == {"skip"}, "there is nothing to do"
    assert {"InputError", "DeclarationError", "GateError"} <= set(decisions)
    assert set(decisions.values()) == {"fail"}
