"""`make run`, `make up` and `make down` for real: Airflow starts, works, is killed, works again, and leaves nothing.

Every test starts servers, so each shows several things in the order in which they would happen to a person.
"""

from __future__ import annotations

import json
import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import duckdb
import httpx
import psutil
import pytest
import yaml
from http_server import Site, serving, status
from mail_server import MailServer, receiving
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
from statsd_server import StatsdServer, listening
from two_surveys import survey_file

from ilms.airflow.home import USER, AirflowHome
from ilms.airflow.processes import end_all, marked
from ilms.pipeline.status import read_status
from ilms.run import run_all
from ilms.settings import Settings
from schemas.partition import Partition

pytestmark = pytest.mark.slow

SYNTHETIC = "ZZZ.synthetic"
FINISH_SECONDS = 1200
"""A driver ends by itself when nothing moves; this is for one that does not."""
Observations = list[tuple[object, ...]]


def driver(settings: Settings, *arguments: str, **environment: str) -> subprocess.Popen[str]:
    """Start the command behind `make run`, `make up` and `make down`."""
    return subprocess.Popen(
        [sys.executable, "-m", "ilms.airflow.run", *arguments],
        env={
            **os.environ,
            "ILMS_HOME": str(settings.home),
            "ILMS_MIRROR": str(settings.mirror or ""),
            "ILMS_ONLINE": "",
            "ILMS_RELEASE_RULES": "none",
            **environment,
        },
        cwd=Path(__file__).parents[2],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def finish(process: subprocess.Popen[str], reported: str = "") -> tuple[int, str]:
    """Exit code of a driver and all that it printed."""
    output, _ = process.communicate(timeout=FINISH_SECONDS)
    return process.returncode, reported + output


def when_reported(process: subprocess.Popen[str], words: Sequence[str], act: Callable[[], None]) -> tuple[int, str]:
    """Do something as soon as the driver prints one of some words; then as `finish`."""
    assert process.stdout is not None
    reported = ""
    for line in process.stdout:
        reported += line
        if any(word in line for word in words):
            act()
            return finish(process, reported)
    raise AssertionError(f"the driver never printed any of {words}:\n{reported}")


def kill_server(home: AirflowHome, word: str) -> None:
    """Kill -9 the server whose command line has a word."""
    (server,) = [
        process for process in marked(home) if word in process.cmdline() and os.getsid(process.pid) == process.pid
    ]
    server.kill()


def observations(settings: Settings) -> Observations:
    """Every number of the current release."""
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute("select * from observation order by all").fetchall()


@pytest.fixture
def settings(tmp_path: Path) -> Iterator[Settings]:
    """A home of its own; no server outlives the test."""
    settings = Settings(home=tmp_path / "data")
    yield settings
    end_all(AirflowHome(settings.layout, settings.access), patience=0)


def test_a_killed_run_is_completed_by_the_next_one_to_the_last_digit(settings: Settings, tmp_path: Path) -> None:
    home = AirflowHome(settings.layout, settings.access)
    choice = ("run", "--source", SYNTHETIC, "--wave", "2024")

    code, reported = when_reported(driver(settings, *choice), ["fetching"], lambda: kill_server(home, "scheduler"))
    assert code == 1
    assert "scheduler was ended by signal 9" in reported
    assert "run again" in reported
    assert marked(home) == []
    assert not settings.layout.current().exists()

    run = driver(settings, *choice)
    code, _ = when_reported(run, ["harmonising", "estimating"], lambda: run.send_signal(signal.SIGKILL))
    assert code == -signal.SIGKILL
    assert marked(home), "nobody could end the servers of a driver that was killed"

    code, reported = finish(driver(settings, *choice))
    assert code == 0, reported
    assert "ended what an earlier run had left behind" in reported
    assert "1 succeeded, 0 failed, 0 skipped" in reported
    assert marked(home) == []

    undisturbed = Settings(home=tmp_path / "undisturbed")
    run_all(undisturbed, sources=[SYNTHETIC], waves=["2024"], say=print)
    assert observations(settings) == observations(undisturbed)
    assert len(observations(settings)) > 1000


@pytest.fixture
def small(tmp_path: Path, settings: Settings) -> Settings:
    """A source with a good wave and a ruined one in a mirror."""
    mirror = tmp_path / "mirror"
    folder = tmp_path / "sources" / "ZZZ" / "small"
    waves = {wave: {"files": [{"name": "lfs.csv", "mirror": f"{wave}.csv"}]} for wave in ("2023", "2024")}
    for made in (mirror, folder):
        made.mkdir(parents=True)
    (folder / "source.yaml").write_text(yaml.safe_dump({**SMALL_SOURCE, "waves": waves}), encoding="utf-8")
    table = ["column,2023,2024", *(f"{column},{column},{column}" for column in SMALL_COLUMNS)]
    (folder / "columns.csv").write_text("\n".join(table) + "\n", encoding="utf-8")
    (folder / "code_maps.csv").write_text(SMALL_CODES, encoding="utf-8")
    (mirror / "2023.csv").write_text(survey_file(1))
    (mirror / "2024.csv").write_text(survey_file(2).replace(",act\n", ",activity\n", 1))
    return Settings(home=settings.home, mirror=mirror)


def assert_wrong_logins_are_slowed(home: AirflowHome) -> None:
    """Three wrong logins take more than a moment; the right one is let in at once after them."""
    port = json.loads(home.service.read_text())["port"]
    address = f"http://127.0.0.1:{port}/auth/token"
    with httpx.Client(trust_env=False, timeout=60) as client:
        begun = time.monotonic()
        wrong = [client.post(address, json={"username": USER, "password": word}).status_code for word in "abc"]
        assert time.monotonic() - begun >= 0.5 + 1 + 2
        assert wrong == [401, 401, 401]
        assert client.post(address, json={"username": USER, "password": home.password()}).status_code == 201


def runs_of_partitions(client: httpx.Client) -> dict[str, str]:
    """The runs in Airflow's list of DAG `partition`, and how each ended."""
    found = client.get("/api/v2/dags/partition/dagRuns").json()["dag_runs"]
    return {run["dag_run_id"]: run["state"] for run in found}


def assert_the_list_tells_partitions_apart_and_the_log_says_the_reason(home: AirflowHome, reason: str) -> None:
    """Each run is named after its partition, and the log of the one that failed has its reason whole, and no code."""
    with closing(logged_in(home)) as client:
        runs = runs_of_partitions(client)
        assert {(name.split("__")[0], state) for name, state in runs.items()} == {
            ("ZZZ.small:2023", "success"),
            ("ZZZ.small:2024", "failed"),
        }
        (failed,) = (name for name, state in runs.items() if state == "failed")
        log = f"/api/v2/dags/partition/dagRuns/{failed}/taskInstances/stages/logs/1"
        lines = client.get(log).json()["content"]
    assert [line["event"] for line in lines if line.get("level") == "error"] == [reason, "Task exited"]
    assert not [line for line in lines if "error_detail" in line or "Traceback" in line["event"]]


def logged_in(home: AirflowHome) -> httpx.Client:
    """Airflow's REST interface, as the user of its pages is let in."""
    address = f"http://127.0.0.1:{json.loads(home.service.read_text())['port']}"
    client = httpx.Client(base_url=address, trust_env=False, timeout=60)
    token = client.post("/auth/token", json={"username": USER, "password": home.password()}).json()["access_token"]
    client.headers["Authorization"] = f"Bearer {token}"
    return client


@dataclass(frozen=True)
class Operators:
    """Those who look after an installation: their chat, their mail and their metrics, and how each is named."""

    chat: Site
    mail: MailServer
    metrics: StatsdServer

    @property
    def settings(self) -> dict[str, str]:
        """The environment of an installation that tells them."""
        return {
            "ILMS_NOTIFY": f"{self.chat.url}/hook mailto:operators@example.org",
            "ILMS_MAIL_SERVER": f"smtp://localhost:{self.mail.port}",
            "ILMS_MAIL_FROM": "ilms@example.org",
            **self.metrics.settings,
        }

    def assert_told_of(self, wave: str) -> None:
        """One message of the wave that failed, and figures of both by source."""
        title = f"ZZZ.small|{wave} failed"
        (asked,) = self.chat.requests
        assert json.loads(asked.body)["text"].splitlines() == [title, "- stage harmonise", "See: ilms sources"]
        (taken,) = self.mail.taken
        assert taken.mail["Subject"] == f"ILMS: {title}"
        told = [line for line in self.metrics.told() if line.startswith("airflow.ilms.")]
        assert "airflow.ilms.records,source=ZZZ.small:400|c" in told
        assert "airflow.ilms.failures,source=ZZZ.small,stage=harmonise,kind=input:1|c" in told
        timed = [line.partition(":")[0] for line in told if "duration" in line]
        assert timed.count("airflow.ilms.stage.duration,source=ZZZ.small,stage=harmonise") == 2


@pytest.fixture
def operators(tmp_path: Path) -> Iterator[Operators]:
    with serving() as chat, receiving("smtp", tmp_path) as mail, listening() as metrics:
        chat.posts["/hook"] = [status(200)]
        yield Operators(chat, mail, metrics)


def test_airflow_is_left_running_and_a_ruined_wave_fails_alone(
    small: Settings, operators: Operators, tmp_path: Path
) -> None:
    home = AirflowHome(small.layout, small.access)
    sources = {"ILMS_SOURCES": str(tmp_path / "sources"), **operators.settings}
    choice = ("run", "--source", "ZZZ.small")

    code, reported = finish(driver(small, "up", **sources))
    assert code == 0, reported
    assert "Airflow runs at http://127.0.0.1:" in reported
    assert home.password() not in reported
    assert str(home.passwords) in reported
    assert stat.S_IMODE(home.passwords.stat().st_mode) == 0o600
    assert_wrong_logins_are_slowed(home)
    listening = {
        connection.laddr.ip
        for process in marked(home)
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    }
    assert listening == {"127.0.0.1"}

    code, reported = finish(driver(small, *choice, **sources))
    assert code == 1, reported
    assert "1 succeeded, 1 failed, 0 skipped" in reported
    failed = read_status(small.layout, Partition("ZZZ.small", "2024"))
    assert failed is not None
    assert (failed.state, failed.error_kind) == ("failed", "input")
    assert "act" in failed.reason
    assert failed.reason in reported
    assert_the_list_tells_partitions_apart_and_the_log_says_the_reason(home, failed.reason)
    operators.assert_told_of("2024")
    assert {row[-2] for row in observations(small)} == {"2023"}

    assert small.mirror is not None
    (small.mirror / "2024.csv").write_text(survey_file(2))
    code, reported = finish(driver(small, *choice, **sources))
    assert code == 0, reported
    assert {row[-2] for row in observations(small)} == {"2023", "2024"}
    assert "running 1 partition(s)" in reported, "the other wave has nothing new"
    assert "2 succeeded, 0 failed, 0 skipped" in reported

    code, reported = finish(driver(small, *choice, **sources))
    assert code == 0, reported
    assert "nothing is new" in reported
    assert "no stage had any work to do" in reported

    elsewhere = tmp_path / "elsewhere"
    shutil.copytree(tmp_path / "mirror", elsewhere)
    (elsewhere / "2024.csv").write_text(survey_file(3))
    code, reported = finish(driver(Settings(home=small.home, mirror=elsewhere), *choice, **sources))
    assert code == 1, reported
    assert "make down" in reported

    code, reported = finish(driver(small, "down"))
    assert code == 0, reported
    assert marked(home) == []


def test_a_run_takes_no_notice_of_what_the_machine_is_set_to_for_other_work(tmp_path: Path) -> None:
    """A slow `file`, which the scheduler asks now and then; a proxy; another `schemas`; no HOME; a narrow umask."""
    settings = Settings(home=tmp_path / "été et hiver" / "year=2024" / "data")
    commands, packages = tmp_path / "bin", tmp_path / "packages"
    commands.mkdir()
    (commands / "file").write_text("#!/bin/sh\nsleep 1.5\necho ELF 64-bit\n")
    (commands / "file").chmod(0o755)
    (packages / "schemas").mkdir(parents=True)
    (packages / "schemas" / "__init__.py").write_text("raise ImportError('this is another project')\n")
    environment = {name: value for name, value in os.environ.items() if name != "HOME"}
    environment |= {
        "PATH": f"{commands}:{os.environ['PATH']}",
        "ALL_PROXY": "socks5://127.0.0.1:9",
        "PYTHONPATH": str(packages),
        "ILMS_HOME": str(settings.home),
        "ILMS_MIRROR": "",
    }

    try:
        run = subprocess.run(
            [sys.executable, "-I", "-m", "ilms.airflow.run", "run", "--source", SYNTHETIC, "--wave", "2024"],
            env=environment,
            umask=0o077,
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        end_all(AirflowHome(settings.layout, settings.access), patience=0)

    assert run.returncode == 0, run.stdout + run.stderr
    assert len(observations(settings)) > 1000


def test_a_misspelt_source_is_reported_at_once(settings: Settings) -> None:
    code, reported = finish(driver(settings, "run", "--source", "ZZZ.sinthetic"))
    assert code == 1
    assert "no source is called 'ZZZ.sinthetic'" in reported
    assert "starting Airflow" not in reported
