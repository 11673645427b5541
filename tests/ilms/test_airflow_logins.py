"""Wrong logins are answered later and later, right ones at once, and nothing else is touched."""

from __future__ import annotations

import asyncio
import time

import httpx
import pytest

from ilms.airflow.logins import LONGEST_PAUSE, MOST_WAITING, Receive, Scope, Send, SlowLogins

PAUSE = 0.02


async def airflow(scope: Scope, receive: Receive, send: Send) -> None:
    """As Airflow answers: a login by its password, everything else at once."""
    password = (await receive())["body"]
    status = 401 if scope["path"].startswith("/auth/token") and password != b"right" else 201
    await send({"type": "http.response.start", "status": status, "headers": []})
    await send({"type": "http.response.body", "body": b""})


async def ask(client: httpx.AsyncClient, path: str, body: bytes) -> tuple[int, float]:
    """Status of an answer and how many seconds it took."""
    begun = time.monotonic()
    response = await client.post(path, content=body)
    return response.status_code, time.monotonic() - begun


def through(slow: SlowLogins) -> httpx.AsyncClient:
    return httpx.AsyncClient(transport=httpx.ASGITransport(slow), base_url="http://airflow")


@pytest.mark.parametrize("path", ["/auth/token", "/auth/token/cli"])
def test_each_wrong_login_in_a_row_waits_twice_as_long_and_a_right_one_ends_the_row(path: str) -> None:
    async def log_in() -> tuple[list[tuple[int, float]], float]:
        slow = SlowLogins(airflow, first_pause=PAUSE)
        async with through(slow) as client:
            return [await ask(client, path, word) for word in (b"a", b"b", b"c", b"right", b"d")], slow.pause

    ((s1, t1), (s2, t2), (s3, t3), (right, _), (s4, t4)), next_pause = asyncio.run(log_in())
    assert (s1, s2, s3, right, s4) == (401, 401, 401, 201, 401)
    assert t1 >= PAUSE
    assert t2 >= 2 * PAUSE
    assert t3 >= 4 * PAUSE
    assert t4 >= PAUSE
    assert next_pause == 2 * PAUSE, "the row began anew"


def test_logins_at_the_same_time_gain_nothing_and_too_many_are_turned_away() -> None:
    async def log_in() -> tuple[list[httpx.Response], float]:
        async with through(SlowLogins(airflow, first_pause=PAUSE / 20)) as client:
            begun = time.monotonic()
            answers = await asyncio.gather(*(client.post("/auth/token", content=b"wrong") for _ in range(25)))
            return answers, time.monotonic() - begun

    answers, seconds = asyncio.run(log_in())
    turned_away = [answer for answer in answers if answer.status_code == 429]
    assert len(turned_away) == 25 - MOST_WAITING
    assert all(int(answer.headers["retry-after"]) >= 1 for answer in turned_away)
    assert seconds >= PAUSE / 20 * (2**MOST_WAITING - 1), "one after the other"


def test_a_pause_has_an_end() -> None:
    slow = SlowLogins(airflow)
    slow.wrong = 1_000_000
    assert slow.pause == LONGEST_PAUSE


def test_requests_that_are_not_logins_are_never_delayed() -> None:
    async def ask_otherwise() -> tuple[int, float]:
        slow = SlowLogins(airflow, first_pause=60)
        slow.wrong = 5
        async with through(slow) as client:
            return await asyncio.wait_for(ask(client, "/api/v2/dags", b""), timeout=5)

    assert asyncio.run(ask_otherwise())[0] == 201
