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
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import httpx
import psutil
import pytest
import yaml
from small_source import SMALL_CODES, SMALL_COLUMNS, SMALL_SOURCE
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


def when_reported(process: subprocess.Popen[str], word: str, act: Callable[[], None]) -> tuple[int, str]:
    """Do something as soon as the driver prints a word; then as `finish`."""
    assert process.stdout is not None
    reported = ""
    for line in process.stdout:
        reported += line
        if word in line:
            act()
            return finish(process, reported)
    raise AssertionError(f"the driver never printed '{word}':\n{reported}")


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

    code, reported = when_reported(driver(settings, *choice), "fetching", lambda: kill_server(home, "scheduler"))
    assert code == 1
    assert "scheduler was ended by signal 9" in reported
    assert "run again" in reported
    assert marked(home) == []
    assert not settings.layout.current().exists()

    run = driver(settings, *choice)
    code, _ = when_reported(run, "harmonising", lambda: run.send_signal(signal.SIGKILL))
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


def test_airflow_is_left_running_and_a_ruined_wave_fails_alone(small: Settings, tmp_path: Path) -> None:
    home = AirflowHome(small.layout, small.access)
    sources = {"ILMS_SOURCES": str(tmp_path / "sources")}
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
    status = read_status(small.layout, Partition("ZZZ.small", "2024"))
    assert status is not None
    assert (status.state, status.error_kind) == ("failed", "input")
    assert "act" in status.reason
    assert status.reason in reported
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
