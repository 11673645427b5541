"""The regional estimates in Airflow for real: new benchmarks start them, and what is new in them is published."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import duckdb
import pytest
from rich.console import Console
from small_world import FOLDER, write_world
from test_airflow_run import driver, finish

from ilms.airflow.api import AirflowApi
from ilms.airflow.batch import BatchResult, run_regional
from ilms.airflow.home import AirflowHome
from ilms.airflow.processes import Servers, end_all
from ilms.airflow.progress import Progress
from ilms.airflow.timetables import timetables
from ilms.settings import Settings

pytestmark = pytest.mark.slow

Answer = TypeVar("Answer")


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A home of its own and a made-up world in the mirror; no server outlives the test."""
    settings = Settings(home=tmp_path / "data", mirror=write_world(tmp_path / "mirror"))
    yield settings
    end_all(AirflowHome(settings.layout, settings.access), patience=0)


def until(question: Callable[[], Answer], seconds: float = 400) -> Answer:
    """The first answer that is not empty."""
    deadline = time.monotonic() + seconds
    while not (answer := question()):
        assert time.monotonic() < deadline
        time.sleep(1)
    return answer


def ended(api: AirflowApi, dag_id: str, run_id: str, seconds: float = 400) -> str:
    states = ("success", "failed")
    return str(until(lambda: next((s for s in states if s == api.run_state(dag_id, run_id)), ""), seconds))


def world(settings: Settings) -> float:
    """Migrants in the labour force of the world, as the current release has them."""
    query = """select obs_value from observation
               where ref_area = 'X01' and indicator = 'MST_TEAP_SEX_AGE_MIG_NB' and sex = 'SEX_T'
               and classif1 = 'AGE_YTHADULT_YGE15' and classif2 = 'MIG_STATUS_MIGRANT' and time = '2022'"""
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as release:
        return float(release.execute(query).fetchall()[0][0])


def test_new_benchmarks_start_the_estimates_and_these_a_release(settings: Settings) -> None:
    home, started = AirflowHome(settings.layout, settings.access), datetime.now(UTC).isoformat()
    code, reported = finish(driver(settings, "up"))
    assert code == 0, reported
    port = json.loads(home.service.read_text(encoding="utf-8"))["port"]
    with closing(AirflowApi(port, home.password())) as api:
        moment = datetime.now(UTC).isoformat()
        assert ended(api, "benchmarks", api.trigger("benchmarks", {})) == "success"
        regional, *_ = until(lambda: api.runs_since("regional", moment))
        assert regional.startswith("asset_triggered__")
        assert ended(api, "regional", regional) == "success"
        estimated = api.ended_well_at("regional", regional, "estimate_editions")
        assert estimated is not None
        publish, *_ = until(lambda: api.runs_since("publish", estimated))
        assert publish.startswith("asset_triggered__")
        assert ended(api, "publish", publish) == "success"
        before = world(settings)
        ingestions = [f"ingest.{each.source}" for each in timetables() if each.cron]
        assert [each for each in ingestions if api.runs_since(each, started)] == [], "nobody asked for it"

        def again() -> BatchResult:
            with Progress(Console()) as progress:
                return run_regional(
                    settings.layout, settings.access, settings.profile, BatchResult(None), api, Servers(home), progress
                )

        assert again().regional == "nothing is new"
        _take_part_more(settings)
        result = again()
        assert "edition latest" in result.regional
        assert result.publication is not None
        assert result.failed == {}
        assert world(settings) > before
    code, reported = finish(driver(settings, "down"))
    assert code == 0, reported


def _take_part_more(settings: Settings) -> None:
    """The producer of the reports corrects the rate of one country's migrants."""
    assert settings.mirror is not None
    file = settings.mirror / FOLDER / "lfpr_by_migrant_status.csv"
    lines = file.read_text().splitlines()
    number = next(number for number, line in enumerate(lines) if line.startswith("CCC,M"))
    fields = lines[number].split(",")
    fields[lines[0].split(",").index("lfpr_migrant")] = "95"
    lines[number] = ",".join(fields)
    file.write_text("\n".join(lines) + "\n")
