"""Wrong logins to Airflow's pages and REST interface, and to the curators' room, are slowed down, so that passwords
cannot be guessed by trying.

Airflow's own manager of users answers a wrong password at once, however many came before.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

USERS = "airflow/passwords.json"
"""Where in a home Airflow's manager of users keeps who may sign in."""
LOGINS = "/auth/token"
CURATORS = "/curators/sign-in"
"""How the addresses of Airflow's logins begin, and how those of the curators' room end."""
FIRST_PAUSE = 0.5
LONGEST_PAUSE = 30.0
MOST_WAITING = 10


def _is_login(path: str) -> bool:
    return path.startswith(LOGINS) or path.endswith(CURATORS)


class SlowLogins:
    """ASGI middleware: logins are answered one at a time, and each wrong one in a row after twice the delay of the one
    before.

    A correct one resets the delay. Beyond a few that wait, logins are turned away with 429 and the time after which to
    try again.
    """

    def __init__(self, app: App, *, first_pause: float = FIRST_PAUSE) -> None:
        self.app, self.first_pause = app, first_pause
        self.wrong = self.waiting = 0
        self.turn = asyncio.Lock()

    @property
    def pause(self) -> float:
        """Seconds that the next wrong login waits for its answer."""
        return min(self.first_pause * 2.0 ** min(self.wrong, 16), LONGEST_PAUSE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on; a login in its turn."""
        is_login = scope["type"] == "http" and scope["method"] == "POST" and _is_login(scope["path"])
        if not is_login:
            await self.app(scope, receive, send)
        elif self.waiting >= MOST_WAITING:
            await self._turn_away(send)
        else:
            self.waiting += 1
            try:
                async with self.turn:
                    await self.app(scope, receive, self._answering(send))
            finally:
                self.waiting -= 1

    def _answering(self, send: Send) -> Send:
        async def answer(message: Message) -> None:
            if message["type"] == "http.response.start":
                if message["status"] >= 400:
                    pause, self.wrong = self.pause, self.wrong + 1
                    await asyncio.sleep(pause)
                else:
                    self.wrong = 0
            await send(message)

        return answer

    async def _turn_away(self, send: Send) -> None:
        again = str(round(self.pause) + 1).encode()
        headers = [(b"content-type", b"application/json"), (b"retry-after", again)]
        await send({"type": "http.response.start", "status": 429, "headers": headers})
        await send({"type": "http.response.body", "body": b'{"detail": "Too many logins; try again later"}'})
