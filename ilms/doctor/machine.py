"""The machine: its Python and libraries, disk, ports, clock, and programs that some things need."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from importlib import metadata

from packaging.requirements import Requirement

from ilms.airflow.ports import free_port
from ilms.doctor.finding import Finding, Installation, listed, ok, worth_knowing, wrong
from warehouse.release.pointer import list_releases, time_of

FIRST_PYTHON, LAST_PYTHON = (3, 11), (3, 13)
LOCK = "requirements.lock"
LOCKED = re.compile(r"^[\w.-]+==.*?(?= *\\?$)", re.MULTILINE)
GIGABYTE = 10**9
LEAST_GIGABYTES, ENOUGH_GIGABYTES = 1, 10
"""Below the first, a run with one larger survey may not end; below the second, a year of releases may not fit."""
PORTS = {8080: "`make up`", 8480: "`ilms serve`"}
PROGRAMS = {
    ("chromium", "chromium-browser"): "the tests that look at pages in a browser are skipped",
    ("Rscript",): "the tests and comparisons of `make bench` that need R are skipped",
}
CLOCK_MAY_BE_BEHIND = timedelta(minutes=5)


def settings(at: Installation) -> Iterator[Finding]:
    """Whether the settings of the environment can be used."""
    if at.refused is None:
        yield ok("every setting (ILMS_...) can be used")
        return
    what = at.refused.what
    for value in filter(None, (os.environ.get("ILMS_MIRROR", "").strip(), str(at.layout.home))):
        what = what.replace(value, "...")
    yield wrong(
        what,
        why=at.refused.why or "no command runs with it",
        remedy=at.refused.remedy or "correct or unset the setting",
    )


def python(_: Installation) -> Iterator[Finding]:
    """Whether this Python is one that the libraries are made for."""
    version = ".".join(map(str, sys.version_info[:3]))
    if FIRST_PYTHON <= sys.version_info[:2] <= LAST_PYTHON:
        yield ok(f"Python {version}")
        return
    yield wrong(
        f"Python {version}",
        why="the libraries are locked and tested for Python 3.11, 3.12 and 3.13",
        remedy="install one of them, then: make clean run",
    )


def libraries(at: Installation) -> Iterator[Finding]:
    """Whether the libraries are those of requirements.lock."""
    lock = at.project / LOCK
    if not lock.is_file():
        yield worth_knowing(
            f"there is no {LOCK}, so versions of libraries are not compared",
            why="numbers are tested with the versions locked there",
            remedy="run from a copy of the repository",
        )
        return
    required = [Requirement(line) for line in LOCKED.findall(lock.read_text(encoding="utf-8"))]
    asked = [each for each in required if each.marker is None or each.marker.evaluate()]
    differing = [said for each in asked if (said := _difference(each))]
    if differing:
        yield wrong(
            f"{len(differing)} of {len(asked)} libraries are not as locked: {listed(differing)}",
            why="results are tested with the locked versions only",
            remedy="run `make run` again, which installs what the lock says; or `make clean` first",
        )
    else:
        yield ok(f"{len(asked)} libraries are those of {LOCK}")


def _difference(asked: Requirement) -> str:
    try:
        found = metadata.version(asked.name)
    except metadata.PackageNotFoundError:
        return f"{asked.name} is not installed"
    return "" if asked.specifier.contains(found, prereleases=True) else f"{asked.name} is {found}, not{asked.specifier}"


def space(at: Installation) -> Iterator[Finding]:
    """Whether there is room on the disk of the home."""
    place = next(folder for folder in (at.layout.home, *at.layout.home.parents) if folder.is_dir())
    yield from room_found(shutil.disk_usage(place).free)


def room_found(free_bytes: int) -> Iterator[Finding]:
    """What so many free bytes mean."""
    said = f"{free_bytes / GIGABYTE:,.1f} GB are free on the disk of ILMS_HOME"
    if free_bytes < LEAST_GIGABYTES * GIGABYTE:
        yield wrong(
            said,
            why="a run stops when the disk is full; what was published stays",
            remedy="make room, or remove old releases: `ilms release prune`",
        )
    elif free_bytes < ENOUGH_GIGABYTES * GIGABYTE:
        yield worth_knowing(
            said,
            why="every delivery and every release is kept, and they add up",
            remedy="watch it; `ilms release prune` lists releases that may go",
        )
    else:
        yield ok(said)


def ports(_: Installation) -> Iterator[Finding]:
    """Whether the usual ports are free."""
    for port, user in PORTS.items():
        if free_port(port) == port:
            yield ok(f"port {port}, usual for {user}, is free")
        else:
            yield worth_knowing(
                f"port {port}, usual for {user}, is in use",
                why="it may be this installation's own server; another one would have to take another port",
                remedy="`make up` takes one by itself and says which; for pages: ilms serve --port 8481",
            )


def programs(_: Installation) -> Iterator[Finding]:
    """Which programs that nothing but tests and comparisons need are there."""
    for names, without in PROGRAMS.items():
        if any(shutil.which(name) for name in names):
            yield ok(f"{names[0]} is installed")
        else:
            yield worth_knowing(
                f"{names[0]} is not installed", why=without, remedy="install it, if you want them; runs do not need it"
            )


def clock(at: Installation) -> Iterator[Finding]:
    """Whether the clock is not behind what was made earlier."""
    now = datetime.now(UTC)
    latest = max((time_of(each.id) for each in list_releases(at.layout)), default=now)
    said = f"{now:%Y-%m-%d %H:%M} UTC"
    if now + CLOCK_MAY_BE_BEHIND < latest:
        yield wrong(
            f"the clock says {said}, and the newest release is of {latest:%Y-%m-%d %H:%M} UTC",
            why="releases are ordered by the time in their ids, and waves become due by the date",
            remedy="set the clock of the machine, by network time if possible",
        )
    else:
        yield ok(f"the clock says {said}, after every release")
