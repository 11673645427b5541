"""Messages to the people who run an installation: a partition failed, waves are overdue, a draft waits for a person.

They go to the address in ILMS_NOTIFY as JSON, `{"text": ...}`, as the incoming webhooks of team chats and most gateways
to mail take it. They name sources, waves and releases, and no number: what is not published yet does not leave the
machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable
from pathlib import Path

from warehouse.files import write_json

SECONDS = 10
LINES = 20
"""How many lines a message has; people find the others with the commands that it names."""


def notify(address: str | None, title: str, lines: Iterable[str], *, more: str) -> bool:
    """Send a message; whether it was delivered. Without an address nothing is sent.

    `more` is the command that shows everything. A message that cannot be delivered is reported on standard error, and
    never stops what it is about.
    """
    if address is None:
        return False
    import httpx

    listed = list(lines)
    left = [f"and {len(listed) - LINES} more"] if len(listed) > LINES else []
    text = "\n".join([title, *(f"- {line}" for line in [*listed[:LINES], *left]), f"See: {more}"])
    try:
        httpx.post(address, json={"text": text}, timeout=SECONDS).raise_for_status()
    except httpx.HTTPError as error:
        print(f"'{title}' could not be sent to ILMS_NOTIFY: {type(error).__name__}", file=sys.stderr)
        return False
    return True


def notify_of_new(address: str | None, kept: Path, found: Collection[str], title: str, *, more: str) -> bool:
    """Send a message of those that were not in the last one, which `kept` (JSON) remembers; whether one was delivered.

    One that could not be delivered is sent again next time.
    """
    known = set(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else set()
    new = sorted(set(found) - known)
    if new and not notify(address, title, new, more=more):
        return False
    write_json(kept, sorted(found))
    return bool(new)
