"""Messages to the people who run an installation: a partition failed, waves are overdue, a draft waits for a person.

They go to those whom ILMS_NOTIFY names (`ilms/recipients.py`). They name sources, waves and releases, and no number:
what is not published yet does not leave the machine.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path

from ilms.recipients import Recipient, Undelivered
from warehouse.files import write_json

LINES = 20
"""How many lines a message has; people find the others with the commands that it names."""


def notify(recipients: Sequence[Recipient], title: str, lines: Iterable[str], *, more: str) -> bool:
    """Send a message; whether it was delivered to all. Without recipients nothing is sent.

    `more` is the command that shows everything. A message that cannot be delivered is reported on standard error, and
    never stops what it is about, nor the others from being told.
    """
    listed = list(lines)
    left = [f"and {len(listed) - LINES} more"] if len(listed) > LINES else []
    text = "\n".join([title, *(f"- {line}" for line in [*listed[:LINES], *left]), f"See: {more}"])
    delivered = [_delivered(recipient, title, text) for recipient in recipients]
    return bool(delivered) and all(delivered)


def _delivered(recipient: Recipient, title: str, text: str) -> bool:
    try:
        recipient.send(title, text)
    except Undelivered as error:
        print(f"'{title}' could not be sent {error}", file=sys.stderr)
        return False
    return True


def notify_of_new(
    recipients: Sequence[Recipient], kept: Path, found: Collection[str], title: str, *, more: str
) -> bool:
    """Send a message of those that were not in the last one, which `kept` (JSON) remembers; whether one was delivered.

    One that could not be delivered is sent again next time.
    """
    known = set(json.loads(kept.read_text(encoding="utf-8"))) if kept.exists() else set()
    new = sorted(set(found) - known)
    if new and not notify(recipients, title, new, more=more):
        return False
    write_json(kept, sorted(found))
    return bool(new)
