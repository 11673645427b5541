"""Who has signed in to the curators' room: sessions in memory, which end with the process or after some hours."""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from threading import Lock

LASTING = timedelta(hours=8)
MOST = 100
COOKIE = "ilms_curator"


@dataclass(frozen=True)
class Session:
    """Somebody who has signed in. `form` stands in every form of theirs: no other site can send one in their name."""

    user: str
    form: str
    until: datetime


class Sessions:
    """The sessions that last. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, Session] = OrderedDict()

    def begin(self, user: str) -> str:
        """Begin a session; the secret that the browser keeps."""
        secret = secrets.token_urlsafe(32)
        with self._lock:
            self._held[secret] = Session(user, secrets.token_urlsafe(32), datetime.now(UTC) + LASTING)
            while len(self._held) > MOST:
                self._held.popitem(last=False)
        return secret

    def of(self, secret: str | None) -> Session | None:
        """The session of a secret, while it lasts."""
        with self._lock:
            found = self._held.get(secret or "")
        return found if found is not None and datetime.now(UTC) < found.until else None

    def end(self, secret: str | None) -> None:
        """End a session."""
        with self._lock:
            self._held.pop(secret or "", None)


def is_own_form(session: Session, given: str) -> bool:
    """Whether a form is one of the session's."""
    return hmac.compare_digest(session.form.encode(), given.encode())
