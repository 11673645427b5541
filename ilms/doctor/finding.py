"""What a check is given, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from schemas.errors import IlmsError
from warehouse.intake.access import Access
from warehouse.layout import Layout

State = Literal["ok", "worth knowing", "wrong"]
PROJECT = Path(__file__).resolve().parents[2]
SHOWN = 5


@dataclass(frozen=True)
class Finding:
    """One line of the report. It names files by their place under ILMS_HOME or ILMS_MIRROR, and quotes no secret.

    `why` says why it matters, `remedy` what to do; both are empty where all is well.
    """

    state: State
    what: str
    why: str = ""
    remedy: str = ""


@dataclass(frozen=True)
class Installation:
    """What is examined.

    layout   the home, under its release profile
    access   where the files of producers may be read
    refused  why the settings of the environment cannot be used; None when they can
    project  the folder of this project's files
    """

    layout: Layout
    access: Access
    refused: IlmsError | None = None
    project: Path = PROJECT


Check = Callable[[Installation], Iterable[Finding]]
"""Looks at one thing, leaves it as it was, and gives at least one finding."""


def ok(what: str) -> Finding:
    """All is well."""
    return Finding("ok", what)


def worth_knowing(what: str, *, why: str, remedy: str) -> Finding:
    """Nothing is broken, but something is off or will be missed."""
    return Finding("worth knowing", what, why, remedy)


def wrong(what: str, *, why: str, remedy: str) -> Finding:
    """Something does not work, or cannot be relied on."""
    return Finding("wrong", what, why, remedy)


def listed(names: Iterable[str]) -> str:
    """The first few names, and how many more there are."""
    found = sorted(names)
    more = len(found) - SHOWN
    return ", ".join(found[:SHOWN]) + (f" and {more} more" if more > 0 else "")
