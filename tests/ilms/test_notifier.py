"""Messages to the operators: they name what happened and the command that shows it, each overdue wave once."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from http_server import Site, nobody, serving, status

from ilms.notifier import LINES, notify, notify_of_new
from ilms.recipients import Webhook
from ilms.settings import load_settings

HOOK = "/hook"
OVERDUE = "ilms sources --state overdue"


@pytest.fixture
def chat() -> Iterator[Site]:
    with serving() as site:
        site.posts[HOOK] = [status(200)]
        yield site


def texts(chat: Site) -> list[str]:
    return [json.loads(request.body)["text"] for request in chat.requests]


def test_a_message_says_what_happened_and_where_it_is_shown(chat: Site) -> None:
    assert notify([Webhook(f"{chat.url}{HOOK}")], "ABC.lfs|2024 failed", ["stage harmonise"], more="ilms sources")
    assert texts(chat) == ["ABC.lfs|2024 failed\n- stage harmonise\nSee: ilms sources"]


def test_a_long_list_is_cut_and_says_so(chat: Site) -> None:
    waves = [f"ABC.lfs|{year}" for year in range(2000, 2000 + LINES + 3)]
    assert notify([Webhook(f"{chat.url}{HOOK}")], "Waves are overdue", waves, more=OVERDUE)
    (text,) = texts(chat)
    assert text.splitlines()[LINES:] == [f"- ABC.lfs|{2000 + LINES - 1}", "- and 3 more", f"See: {OVERDUE}"]


def test_each_overdue_wave_is_in_one_message_and_again_when_it_is_overdue_again(chat: Site, tmp_path: Path) -> None:
    chatroom, kept = [Webhook(f"{chat.url}{HOOK}")], tmp_path / "sent.json"

    def overdue(*waves: str) -> bool:
        return notify_of_new(chatroom, kept, waves, "Waves are overdue", more=OVERDUE)

    assert overdue("ABC.lfs|2023")
    assert not overdue("ABC.lfs|2023")
    assert overdue("ABC.lfs|2023", "ABC.lfs|2024")
    assert not overdue()
    assert overdue("ABC.lfs|2023")
    assert [text.splitlines()[1:-1] for text in texts(chat)] == [
        ["- ABC.lfs|2023"],
        ["- ABC.lfs|2024"],
        ["- ABC.lfs|2023"],
    ]


def test_a_message_that_cannot_be_delivered_is_reported_and_sent_next_time(
    chat: Site, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept = tmp_path / "sent.json"
    chat.posts[HOOK] = [status(503), status(200)]
    chatroom = [Webhook(f"{chat.url}{HOOK}")]
    assert not notify_of_new(chatroom, kept, ["ABC.lfs|2024"], "Waves are overdue", more=OVERDUE)
    assert "'Waves are overdue' could not be sent to the webhook: HTTPStatusError" in capsys.readouterr().err
    assert notify_of_new(chatroom, kept, ["ABC.lfs|2024"], "Waves are overdue", more=OVERDUE)
    with nobody() as unreachable:
        both = [Webhook(f"{unreachable}{HOOK}"), *chatroom]
        assert not notify(both, "ABC.lfs|2025 failed", [], more="ilms sources")
    assert texts(chat)[-1].startswith("ABC.lfs|2025 failed"), "the other one is told all the same"


def test_nobody_is_told_where_nobody_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert not notify([], "ABC.lfs|2024 failed", [], more="ilms sources")
    monkeypatch.setenv("ILMS_NOTIFY", "https://chat.example.org/hook  http://localhost:8080/hook")
    assert load_settings().notify == (Webhook("https://chat.example.org/hook"), Webhook("http://localhost:8080/hook"))
    monkeypatch.delenv("ILMS_NOTIFY")
    assert load_settings().notify == ()
