"""Drafts that something stands against, in Airflow for real: the run ends, a person is asked, and they go out: one at
once, one at the end of its embargo."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from small_source import Declare
from test_airflow_regional import ended, until
from test_airflow_run import driver, finish, logged_in
from two_surveys import survey_file

from ilms.airflow.api import AirflowApi
from ilms.airflow.home import USER, AirflowHome
from ilms.airflow.processes import end_all
from ilms.run import run_all
from ilms.settings import Settings
from warehouse.release.log import read_log
from warehouse.release.pointer import current_release
from warehouse.release.states import known_releases

pytestmark = pytest.mark.slow

SOURCE = "ZZZ.small"
EMBARGO = timedelta(seconds=60)
"""At least so long is an embargo."""
SLOWER = 4
"""So many times as long as Airflow last needed to follow an answer, it begins to wait for the end of an embargo."""


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


@dataclass(frozen=True)
class Airflow:
    """Airflow's pages and scheduler over a home, as a person and a program see them."""

    settings: Settings
    rules: dict[str, str]
    api: AirflowApi
    client: httpx.Client

    def runs(self, sample: int) -> str:
        """What a run prints that finds the file of another sample."""
        assert self.settings.mirror is not None
        (self.settings.mirror / "lfs.csv").write_text(survey_file(sample))
        code, reported = finish(driver(self.settings, "run", "--source", SOURCE, **self.rules))
        assert code == 0, reported
        return reported

    def question_about(self, draft: str) -> tuple[str, dict[str, Any]]:
        """The run of `review` that asks about a draft, and what it asks."""

        def found() -> tuple[str, dict[str, Any]] | None:
            runs = self.api.runs_since("review", "2020-01-01T00:00:00+00:00")
            questions = ((run_id, asked(self.client, run_id)) for run_id in runs)
            return next(((run_id, each) for run_id, each in questions if each and draft in each["subject"]), None)

        question = until(found)
        assert question is not None
        until(lambda: self.api.run_state("review", question[0]) == "running")
        return question

    def answer(self, run_id: str, **given: str) -> None:
        """Approve the draft that a run asks about."""
        answer = {"chosen_options": ["approve"], "params_input": {"why": "", "embargo": ""} | given}
        address = f"/api/v2/dags/review/dagRuns/{run_id}/taskInstances/decide/-1/hitlDetails"
        done = self.client.patch(address, json=answer)
        assert done.is_success, done.text

    def log_of(self, run_id: str, task: str) -> list[str]:
        """What the log of a task of a run of `review` says, in its first try."""
        address = f"/api/v2/dags/review/dagRuns/{run_id}/taskInstances/{task}/logs/1"
        return [line["event"] for line in self.client.get(address).json()["content"]]


@pytest.fixture
def airflow(settings: Settings, tmp_path: Path) -> Iterator[Airflow]:
    rules = {"ILMS_SOURCES": str(tmp_path / "sources"), "ILMS_RELEASE_RULES": "careful"}
    home = AirflowHome(settings.layout, settings.access)
    code, reported = finish(driver(settings, "up", **rules))
    assert code == 0, reported
    port, password = json.loads(home.service.read_text())["port"], home.password()
    with closing(AirflowApi(port, password)) as api, closing(logged_in(home)) as client:
        yield Airflow(settings, rules, api, client)


def draft_of(settings: Settings) -> str:
    """The draft that waits for a person."""
    (draft,) = [each.id for each in known_releases(settings.layout) if each.state == "in review"]
    return draft


def current(settings: Settings) -> str:
    found = current_release(settings.layout)
    return found.id if found else ""


def test_a_person_approves_in_airflow_what_runs_left_waiting(airflow: Airflow) -> None:
    settings = airflow.settings
    first = current(settings)
    assert "It waits for a person" in airflow.runs(2)
    assert current(settings) == first
    draft = draft_of(settings)
    run_id, question = airflow.question_about(draft)
    assert "numbers revised" in question["body"]
    assert "lfs.csv changed" in question["body"]
    answered = datetime.now(UTC)
    airflow.answer(run_id, why="the new sample is right")
    assert ended(airflow.api, "review", run_id) == "success"
    took = datetime.now(UTC) - answered
    assert current(settings) == draft
    last = [entry for entry in read_log(settings.layout) if entry.release == draft][-1]
    assert (last.state, last.by, last.why) == ("current", USER, "the new sample is right")
    assert "nothing is new" in airflow.runs(2)

    assert "It waits for a person" in airflow.runs(3)
    under_embargo = draft_of(settings)
    run_id, _ = airflow.question_about(under_embargo)
    embargo = max(EMBARGO, SLOWER * took)
    end = datetime.now(UTC).replace(microsecond=0) + embargo
    airflow.answer(run_id, why="at the time announced", embargo=end.isoformat())
    held = until(lambda: next((each for each in known_releases(settings.layout) if each.state == "embargoed"), None))
    assert held is not None
    assert (held.id, held.is_held, held.last.until) == (under_embargo, True, end)
    assert current(settings) == draft
    assert ended(airflow.api, "review", run_id, embargo.total_seconds() + 400) == "success"
    assert current(settings) == under_embargo
    last = [entry for entry in read_log(settings.layout) if entry.release == under_embargo][-1]
    assert (last.state, last.by, last.why) == ("current", USER, "its embargo ended")
    assert end <= last.at
    looked = airflow.log_of(run_id, "time_has_come")
    assert any("UP_FOR_RESCHEDULE" in line for line in looked), "Airflow began to wait before the end of the embargo"
    code, reported = finish(driver(settings, "down"))
    assert code == 0, reported
