"""The curators' room of the explorer: Airflow's users enter it, and decide as `ilms release approve` and `reject`."""

from __future__ import annotations

import hmac
import json
from functools import partial
from pathlib import Path

from fastapi import FastAPI

from ilms.airflow.logins import USERS, SlowLogins
from ilms.release.decisions import approve_draft, reject_draft
from warehouse.explorer.room import Decision, Room
from warehouse.explorer.routes import add_pages
from warehouse.layout import Layout


def with_curators(service: FastAPI, layout: Layout) -> FastAPI:
    """The service with the explorer and its curators' room; wrong sign-ins are slowed down, as Airflow's are."""
    found = add_pages(service, layout, curators_room(layout, airflow_passwords(layout)))
    found.add_middleware(SlowLogins)
    return found


def airflow_passwords(layout: Layout) -> Path:
    """The file of Airflow's users in a home."""
    return layout.home / USERS


def curators_room(layout: Layout, passwords: Path) -> Room:
    """The room over a home; `passwords` is the file of Airflow's users, which is read at every sign-in."""
    return Room(layout, partial(may_enter, passwords), partial(_decide, layout))


def may_enter(passwords: Path, user: str, password: str) -> bool:
    """Whether a name and a password are those of a user of Airflow; never where there are none yet."""
    if not passwords.is_file():
        return False
    known: dict[str, str] = json.loads(passwords.read_text(encoding="utf-8"))
    expected = known.get(user, "")
    return bool(expected) and hmac.compare_digest(expected.encode(), password.encode())


def _decide(layout: Layout, release_id: str, decision: Decision, by: str, why: str, embargo: str) -> str:
    """Approve or reject a draft; says in which state it is then. Raises PublishError."""
    if decision == "approve":
        found = approve_draft(layout, release_id, by=by, why=why, embargo=embargo or None)
    else:
        found = reject_draft(layout, release_id, by=by, why=why)
    return f"{found.id}: {found.last.sentence}."
