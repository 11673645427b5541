"""A draft that something stands against, in Airflow for real: the run ends, a person is asked, and it goes out."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import httpx
import pytest
from small_source import Declare
from test_airflow_regional import ended, until
from test_airflow_run import driver, finish
from two_surveys import survey_file

from ilms.airflow.api import AirflowApi
from ilms.airflow.home import HOST, USER, AirflowHome
from ilms.airflow.processes import end_all
from ilms.run import run_all
from ilms.settings import Settings
from warehouse.release.log import read_log
from warehouse.release.pointer import current_release
from warehouse.release.states import known_releases

pytestmark = pytest.mark.slow

SOURCE = "ZZZ.small"


@pytest.fixture
def settings(tmp_path: Path, declare: Declare) -> Iterator[Settings]:
    """A home with a release of one survey; no server outlives the test."""
    declare(SOURCE, waves={"2024": {"files": [{"name": "lfs.csv", "mirror": "lfs.csv"}]}})
    (tmp_path / "mirror").mkdir()
    (tmp_path / "mirror" / "lfs.csv").write_text(survey_file(1))
    settings = Settings(home=tmp_path / "data", mirror=tmp_path / "mirror")
    run_all(settings, sources=[SOURCE], say=print)
    yield settings
    end_all(AirflowHome(settings.layout, settings.access), patience=0)


def asked(client: httpx.Client, run_id: str) -> dict[str, Any] | None:
    """What Airflow's page of required actions asks, once it does."""
    answer = client.get(f"/api/v2/dags/review/dagRuns/{run_id}/taskInstances/decide/-1/hitlDetails")
    return dict(answer.json()) if answer.is_success else None


def logged_in(port: int, password: str) -> httpx.Client:
    client = httpx.Client(base_url=f"http://{HOST}:{port}", trust_env=False, timeout=60)
    token = client.post("/auth/token", json={"username": USER, "password": password}).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


def test_a_person_approves_in_airflow_what_a_run_left_waiting(settings: Settings, tmp_path: Path) -> None:
    rules = {"ILMS_SOURCES": str(tmp_path / "sources"), "ILMS_RELEASE_RULES": "careful"}
    first = current_release(settings.layout)
    home = AirflowHome(settings.layout, settings.access)
    code, reported = finish(driver(settings, "up", **rules))
    assert code == 0, reported

    (tmp_path / "mirror" / "lfs.csv").write_text(survey_file(2))
    code, reported = finish(driver(settings, "run", "--source", SOURCE, **rules))
    assert code == 0, reported
    assert "It waits for a person" in reported
    assert current_release(settings.layout) == first
    (draft,) = [each.id for each in known_releases(settings.layout) if each.state == "in review"]

    port, password = json.loads(home.service.read_text())["port"], home.password()
    with closing(AirflowApi(port, password)) as api, closing(logged_in(port, password)) as client:
        (run_id,) = until(lambda: api.runs_since("review", "2020-01-01T00:00:00+00:00"))
        question = until(lambda: asked(client, run_id)) or {}
        assert draft in question["subject"]
        assert "numbers revised" in question["body"]
        assert "lfs.csv changed" in question["body"]
        until(lambda: api.run_state("review", run_id) == "running")
        answer = {"chosen_options": ["approve"], "params_input": {"why": "the new sample is right", "embargo": ""}}
        done = client.patch(f"/api/v2/dags/review/dagRuns/{run_id}/taskInstances/decide/-1/hitlDetails", json=answer)
        assert done.is_success, done.text
        assert ended(api, "review", run_id) == "success"

    now = current_release(settings.layout)
    assert now is not None
    assert now.id == draft
    last = [entry for entry in read_log(settings.layout) if entry.release == draft][-1]
    assert (last.state, last.by, last.why) == ("current", USER, "the new sample is right")
    code, reported = finish(driver(settings, "run", "--source", SOURCE, **rules))
    assert code == 0, reported
    assert "nothing is new" in reported
    code, reported = finish(driver(settings, "down"))
    assert code == 0, reported
