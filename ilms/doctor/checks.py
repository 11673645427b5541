"""The registry of checks: a new one is a function that gives findings, and a line here."""

from __future__ import annotations

from collections.abc import Iterator

from ilms.doctor.airflow import airflow
from ilms.doctor.finding import Check, Finding, Installation
from ilms.doctor.home import leftovers, modes, release
from ilms.doctor.machine import clock, libraries, ports, programs, python, settings, space
from ilms.doctor.mirror import mirror
from ilms.doctor.store import store
from ilms.pipeline.faults import as_ilms_error

CHECKS: dict[str, Check] = {
    "python": python,
    "libraries": libraries,
    "settings": settings,
    "home": modes,
    "store": store,
    "disk": space,
    "release": release,
    "leftovers": leftovers,
    "files": mirror,
    "airflow": airflow,
    "ports": ports,
    "programs": programs,
    "clock": clock,
}


def examine(at: Installation) -> Iterator[tuple[str, Finding]]:
    """Every finding with the name of its check; a check that fails itself keeps no other from running."""
    for name, check in CHECKS.items():
        try:
            for finding in check(at):
                yield name, finding
        except Exception as error:  # noqa: BLE001 - an installation can be broken in ways that nobody foresaw
            fault = as_ilms_error(error, at.layout, f"ilms doctor, {name}", "the check")
            yield name, Finding("wrong", fault.what, fault.why, fault.remedy.replace(str(at.layout.home), "ILMS_HOME"))
