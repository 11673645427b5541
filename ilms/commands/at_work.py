"""That a command is at work, for whoever waits at a terminal: on standard error, once nothing was printed for two
seconds, what is being done and for how long. It goes when anything is printed.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

SILENT_SECONDS = 2.0
LOOK_SECONDS = 0.2


class AtWork:
    """What a command is doing, shown when it has been silent for long."""

    def __init__(self, doing: str, stream: TextIO) -> None:
        self._doing, self._stream, self._since = doing, stream, time.monotonic()
        self._shown: Progress | None = None
        self._lock, self._ended = threading.Lock(), threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def begin(self) -> None:
        """Show it from now on."""
        self._thread.start()

    def end(self) -> None:
        """Show no more: the command has ended, or waits for a person."""
        self._ended.set()
        self._thread.join()
        self.heard()

    def heard(self) -> None:
        """Something is printed: what was shown makes way for it, and the silence begins anew."""
        with self._lock:
            self._since = time.monotonic()
            if self._shown:
                self._shown.stop()
                self._shown = None

    def doing(self, what: str) -> None:
        """What is being done from now on."""
        with self._lock:
            self._doing = what
            if self._shown:
                self._shown.update(self._shown.task_ids[0], description=what)

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with self._lock:
                if not self._shown and time.monotonic() - self._since >= SILENT_SECONDS:
                    self._show()

    def _show(self) -> None:
        columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
        self._shown = Progress(*columns, console=Console(file=self._stream), transient=True)
        self._shown.add_task(self._doing, total=None)
        self._shown.start()


_now: AtWork | None = None


@contextmanager
def shown_at_work(command: str) -> Iterator[None]:
    """Show that a command is at work until the block ends, to whoever sits at a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    global _now  # noqa: PLW0603 - a process runs one command, and all of it may say what it does
    _now = AtWork(f"{command} is at work", sys.stderr)
    _now.begin()
    try:
        yield
    finally:
        waiting()


def doing(what: str) -> None:
    """Say what the command does from now on, for whoever waits."""
    if _now:
        _now.doing(what)


def heard() -> None:
    """Something is about to be printed."""
    if _now:
        _now.heard()


def waiting() -> None:
    """The command waits for a person or for requests: nobody waits for it."""
    global _now  # noqa: PLW0603 - see shown_at_work
    if _now:
        _now.end()
        _now = None
