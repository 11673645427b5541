"""Run by test_dags.py in a process of its own: parse the DAG files as Airflow does and describe them as JSON."""

from __future__ import annotations

import json
import sys
import warnings
from typing import Any

import airflow.sdk

HEAVY = (
    "pandas",
    "duckdb",
    "great_expectations",
    "pyarrow",
    "numpy",
    "polars",
    "lxml",
    "transforms",
    "warehouse.release.build",
)


def describe(dag: Any) -> dict[str, Any]:
    """What scheduling a DAG follows and what its tasks give."""
    timetable = dag.timetable
    condition = getattr(timetable, "asset_condition", None)
    assets = [] if condition is None else getattr(condition, "objects", [condition])
    return {
        "timetable": type(timetable).__name__,
        "cron": getattr(timetable, "expression", None),
        "at_once": str(getattr(timetable, "run_immediately", None)),
        "waits_for": sorted(asset.name for asset in assets),
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "sources": dag.params.get("sources"),
        "tasks": {
            task.task_id: {
                "gives": sorted(asset.name for asset in task.outlets),
                "after": sorted(task.upstream_task_ids),
                "pool": task.pool,
                "retries": task.retries,
                "backs_off": bool(task.retry_exponential_backoff),
                "reports_failure": bool(task.on_failure_callback),
                "mode": getattr(task, "mode", None),
            }
            for task in dag.tasks
        },
    }


def decisions(policy: Any) -> dict[str, str]:
    """What a task makes of each kind of error: skip, or what the retry policy says."""
    from schemas import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.IlmsError)]
    cases: list[Exception] = [*(kind("what happened") for kind in kinds), MemoryError(), OSError("no space left")]
    return {type(case).__name__: decision(policy, case) for case in cases}


def decision(policy: Any, error: Exception) -> str:
    """What a task makes of an error."""
    from airflow.sdk.exceptions import AirflowSkipException

    from ilms.airflow.failing import in_the_log

    try:
        with in_the_log():
            raise error
    except AirflowSkipException:
        return "skip"
    except (SystemExit, MemoryError, OSError) as raised:
        return str(policy.evaluate(raised, try_number=1, max_tries=3).action.value)


def main() -> None:
    """Print the description as the last line."""
    before = set(sys.modules)
    warnings.simplefilter("ignore")
    from airflow.dag_processing.dagbag import DagBag

    bag = DagBag(sys.argv[1])
    imported = sorted({name for name in HEAVY if name in sys.modules and name not in before})
    partition = bag.dags["partition"].get_task("stages") if "partition" in bag.dags else None
    description = {
        "airflow": airflow.sdk.__version__,
        "errors": {str(file): str(error) for file, error in bag.import_errors.items()},
        "heavy": imported,
        "dags": {dag_id: describe(dag) for dag_id, dag in sorted(bag.dags.items())},
        "decisions": decisions(partition.retry_policy) if partition else {},
    }
    print("\n" + json.dumps(description))


if __name__ == "__main__":
    main()
