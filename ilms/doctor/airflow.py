"""Airflow: its database and processes, where it was ever started in this home."""

from __future__ import annotations

import fcntl
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from ilms.airflow.api import AirflowApi
from ilms.airflow.home import AirflowHome
from ilms.airflow.processes import DRIVER_LOCK, marked
from ilms.doctor.finding import Finding, Installation, listed, ok, worth_knowing, wrong

BUSY_SECONDS = 5
LOGS = "`airflow/servers` of ILMS_HOME"


def airflow(at: Installation) -> Iterator[Finding]:
    """Whether the database is sound, secrets are closed, and what `make up` started answers."""
    home = AirflowHome(at.layout, at.access)
    if not home.folder.is_dir():
        yield ok("Airflow has not been started here; `ilms run` does without")
        return
    yield from _secrets(home.folder)
    yield from _database(home)
    yield from _servers(home)


def _secrets(folder: Path) -> Iterator[Finding]:
    names = [file.name for file in (*folder.glob("secret-*"), *folder.glob("passwords.json"))]
    if opened := [name for name in names if (folder / name).stat().st_mode & 0o077]:
        yield wrong(
            f"others may read {listed(opened)} of Airflow's folder",
            why="whoever has them can start and stop runs",
            remedy="`make down`, remove these files, `make up`: they are made anew",
        )


def _database(home: AirflowHome) -> Iterator[Finding]:
    if not home.database.exists():
        yield ok("Airflow has no database yet; the next `make run` makes it")
        return
    damaged = _damage(home.database)
    if damaged:
        yield wrong(
            f"Airflow's database is damaged or cannot be read ({damaged})",
            why="runs through Airflow may stop; no numbers are in it",
            remedy="make down, then make run: it is set aside and made again",
        )
        return
    stamp = home.folder / "database-version"
    made_by = stamp.read_text(encoding="utf-8").strip() if stamp.exists() else "an unknown version"
    if made_by != version("apache-airflow"):
        yield worth_knowing(
            f"Airflow's database is of {made_by}, and {version('apache-airflow')} is installed",
            why="the servers of both cannot share it",
            remedy="make down, then make up or make run: it is brought up to date",
        )
    else:
        yield ok(f"Airflow's database is sound (Airflow {made_by})")


def _damage(database: Path) -> str:
    """What SQLite says of a damaged database; empty when it is sound."""
    try:
        with closing(sqlite3.connect(f"{database.as_uri()}?mode=ro", uri=True, timeout=BUSY_SECONDS)) as connection:
            said = connection.execute("pragma quick_check(1)").fetchone()[0]
    except sqlite3.Error as error:
        return type(error).__name__
    return "" if said == "ok" else "its check fails"


def _servers(home: AirflowHome) -> Iterator[Finding]:
    processes = marked(home)
    if not home.service.exists():
        if processes and not _is_driven(home):
            yield worth_knowing(
                f"{len(processes)} process(es) of Airflow are left of a run that was killed",
                why="they take memory; they publish nothing by themselves",
                remedy="make down",
            )
        else:
            yield ok("a run is at work" if processes else "Airflow is not left running (`make up` does that)")
        return
    if not processes:
        yield wrong(
            "Airflow was left running by `make up`, and none of its processes runs",
            why="no source is ingested on its schedule; a restart of the machine ends them",
            remedy="make up",
        )
    elif _answers(home):
        yield ok("the Airflow of `make up` answers: scheduler, DAG processor and pages are healthy")
    else:
        yield wrong(
            "the Airflow of `make up` runs, but does not answer or is not healthy",
            why="schedules may stand still",
            remedy=f"wait a minute on a busy machine; else read the end of the files in {LOGS}, make down, make up",
        )


def _answers(home: AirflowHome) -> bool:
    port = json.loads(home.service.read_text(encoding="utf-8"))["port"]
    with closing(AirflowApi(port, "")) as api:
        return api.is_healthy()


def _is_driven(home: AirflowHome) -> bool:
    """Whether a `make run`, `up` or `down` is at work."""
    file = home.folder / DRIVER_LOCK
    if not file.exists():
        return False
    with file.open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False
