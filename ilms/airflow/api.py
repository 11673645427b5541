"""The requests of the driver to Airflow's REST interface."""

from __future__ import annotations

import time
from collections.abc import Collection
from datetime import datetime
from typing import Any

import httpx

from ilms.airflow.home import HOST, USER, AirflowError

TOKEN_SECONDS = 1800.0


class NoAnswerError(AirflowError):
    """Airflow's interface did not answer: it is too busy, has ended, or cannot reach its database."""


class AirflowApi:
    """Airflow's REST interface on this machine. Every call raises AirflowError when Airflow does not do as asked."""

    def __init__(self, port: int, password: str) -> None:
        self.address = f"http://{HOST}:{port}"
        # A proxy of the environment must not come between two programs on one machine.
        self._client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)
        self._password = password
        self._token_until = 0.0

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def is_healthy(self) -> bool:
        """Whether the scheduler, the DAG processor and the interface to which tasks report are running."""
        try:
            response = self._client.get("/api/v2/monitor/health")
            tasks = self._client.get("/execution/health")
        except httpx.HTTPError:
            return False
        if not (response.is_success and tasks.is_success):
            return False
        health = response.json()
        return all((health.get(part) or {}).get("status") == "healthy" for part in ("scheduler", "dag_processor"))

    def parsed_since(self, dag_ids: Collection[str], moment: str) -> bool:
        """Whether Airflow has read the files of these DAGs after that moment (ISO 8601, UTC)."""
        dags = self._get("/api/v2/dags", {"limit": 100})["dags"]
        parsed = {dag["dag_id"] for dag in dags if (dag.get("last_parsed_time") or "") > moment and not dag["is_stale"]}
        return set(dag_ids) <= parsed

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files, one text each."""
        found = self._get("/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in found]

    def ensure_pool(self, name: str, slots: int) -> None:
        """Make a pool unless it exists; the slots of an existing one are left as someone set them."""
        body = {"name": name, "slots": slots, "description": "made by ILMS", "include_deferred": False}
        self._call("POST", "/api/v2/pools", json=body, also=(httpx.codes.CONFLICT,))

    def trigger(self, dag_id: str, conf: dict[str, Any]) -> str:
        """Start a run of a DAG; returns the run's id."""
        path = f"/api/v2/dags/{dag_id}/dagRuns"
        return str(self._call("POST", path, json={"logical_date": None, "conf": conf})["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """State of a run: queued, running, success or failed."""
        return str(self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def ended_well_at(self, dag_id: str, run_id: str, task_id: str) -> str | None:
        """When a task of a run succeeded (ISO 8601, UTC); None when it was skipped or failed."""
        task = self._get(f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}")
        return str(task["end_date"]) if task["state"] == "success" else None

    def runs_since(self, dag_id: str, moment: str) -> list[str]:
        """Ids of the runs of a DAG that were requested at or after a moment, the first one first.

        The runs started by an asset event could be requested directly, but Airflow 3.3 answers with an error while any
        of them is still queued.
        """
        found = self._get(f"/api/v2/dags/{dag_id}/dagRuns", {"order_by": "-run_after", "limit": 50})["dag_runs"]
        since = datetime.fromisoformat(moment)
        return [run["dag_run_id"] for run in reversed(found) if datetime.fromisoformat(run["queued_at"]) >= since]

    def left_by(self, dag_id: str, run_id: str, task_id: str, key: str = "return_value") -> Any:
        """What a task returned, or left under another key; None when it left nothing."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/xcomEntries/{key}"
        return self._call("GET", path, params={"deserialize": True}, also=(httpx.codes.NOT_FOUND,)).get("value")

    def tasks_alive(self, dag_ids: Collection[str]) -> int:
        """How many tasks of these DAGs are running now, or wait for their next try."""
        body = {"dag_ids": list(dag_ids), "state": ["running", "up_for_retry"], "page_limit": 1}
        return int(self._call("POST", "/api/v2/dags/~/dagRuns/~/taskInstances/list", json=body)["total_entries"])

    def task_instances(self, dag_id: str) -> list[dict[str, Any]]:
        """The tasks of every run of a DAG: state, try_number, hostname and more of each."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/~/taskInstances"
        return list(self._get(path, {"limit": 100})["task_instances"])

    def _get(self, path: str, params: dict[str, Any] | None = None) -> Any:
        return self._call("GET", path, params=params)

    def _call(self, method: str, path: str, *, also: tuple[int, ...] = (), **arguments: Any) -> Any:
        self._log_in()
        try:
            response = self._client.request(method, path, **arguments)
        except httpx.HTTPError as error:
            raise NoAnswerError(f"Airflow does not answer: {error}", where=f"{method} {path}") from error
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            # Its database may be away for a moment; who waits asks again.
            raise NoAnswerError(f"Airflow answers with {response.status_code}", where=f"{method} {path}")
        if response.is_error and response.status_code not in also:
            raise AirflowError(
                f"Airflow refused with {response.status_code}: {response.text[:500]}", where=f"{method} {path}"
            )
        return response.json()

    def _log_in(self) -> None:
        if time.monotonic() < self._token_until:
            return
        try:
            response = self._client.post("/auth/token", json={"username": USER, "password": self._password})
            response.raise_for_status()
        except httpx.HTTPStatusError as error:
            raise AirflowError(f"Airflow does not let us in: {error}", where=self.address) from error
        except httpx.HTTPError as error:
            raise NoAnswerError(f"Airflow does not answer: {error}", where=self.address) from error
        self._client.headers["Authorization"] = f"Bearer {response.json()['access_token']}"
        self._token_until = time.monotonic() + TOKEN_SECONDS
