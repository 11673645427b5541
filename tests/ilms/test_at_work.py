"""Whoever waits at a terminal for a command sees that it is at work: after two seconds of silence, and not before."""

from __future__ import annotations

import io
import time

import pytest

from ilms.commands import at_work
from ilms.commands.at_work import AtWork


class Terminal(io.StringIO):
    """What a person sees who sits at a terminal."""

    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for seconds in a test."""
    monkeypatch.setattr(at_work, "SILENT_SECONDS", 0.05)
    monkeypatch.setattr(at_work, "LOOK_SECONDS", 0.01)


def until(stream: io.StringIO, text: str) -> None:
    """Wait until a text is there; fail after a minute."""
    deadline = time.monotonic() + 60
    while text not in stream.getvalue():
        assert time.monotonic() < deadline, stream.getvalue()
        time.sleep(0.01)


def test_a_terminal_shows_what_is_done_and_the_seconds_and_clears_them_for_what_is_printed() -> None:
    terminal = Terminal()
    working = AtWork("ilms release verify is at work", terminal)
    working.begin()
    until(terminal, "ilms release verify is at work")
    until(terminal, "0:00:0")
    working.doing("computing every checksum again")
    until(terminal, "computing every checksum again")
    working.heard()
    erase_line = "\x1b[2K"
    assert erase_line in terminal.getvalue().rpartition("computing every checksum again")[2]
    working.end()


def test_a_command_that_prints_all_the_time_is_not_talked_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(at_work, "SILENT_SECONDS", 30.0)
    terminal = Terminal()
    working = AtWork("ilms run is at work", terminal)
    working.begin()
    for _ in range(5):
        working.heard()
        time.sleep(0.02)
    working.end()
    assert terminal.getvalue() == ""


def test_nothing_is_shown_where_nobody_sits(capfd: pytest.CaptureFixture[str]) -> None:
    with at_work.shown_at_work("ilms run"):
        at_work.doing("publishing")
        time.sleep(0.2)
    assert capfd.readouterr() == ("", "")
