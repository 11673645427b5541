"""What a person sees while a batch runs: a table on a terminal, a line per change elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ilms.pipeline.stage_list import STAGES
from ilms.pipeline.status import Status

WAITING = "waiting"
AT_WORK = {stage.name: stage.at_work for stage in STAGES}


def in_words(status: Status, since: str) -> str:
    """A partition's state in plain words; states from before the batch began (ISO 8601, UTC) do not count."""
    if status.changed_at < since:
        return WAITING
    return AT_WORK.get(status.stage, status.stage) if status.state == "running" else status.state


class Progress:
    """Shows the progress; a context manager."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._started = time.monotonic()
        self._headline = ""
        self._words: dict[str, str] = {}
        self._live = Live(console=console, get_renderable=self._table, transient=True) if console.is_terminal else None

    def __enter__(self) -> Progress:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, headline: str) -> None:
        """Show the overall activity."""
        self._headline = headline
        self._draw([headline])

    def show(self, statuses: dict[str, Status], *, since: str) -> bool:
        """Show the partitions of a batch; returns whether any has changed since the last time."""
        words = {key: in_words(status, since) for key, status in statuses.items()}
        moved = [key for key, word in words.items() if self._words.get(key, WAITING) != word]
        self._words = words
        self._draw([f"{key:<24} {words[key]}" for key in moved])
        return bool(moved)

    def _draw(self, lines: list[str]) -> None:
        if self._live:
            return
        for line in lines:
            self._console.print(f"[{self._elapsed()}] {line}", markup=False, highlight=False, soft_wrap=True)

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self._started)
        return f"{seconds // 60:02d}:{seconds % 60:02d}"

    def _table(self) -> Table:
        """The headline, how many partitions are in which state, and those at work or failed one by one."""
        counts = Counter(self._words.values())
        table = Table(box=None, pad_edge=False, show_header=False)
        table.add_row(f"[bold]{self._elapsed()}[/] {self._headline}")
        if counts:
            table.add_row("      " + ", ".join(f"{count} {word}" for word, count in sorted(counts.items())))
        for key, word in self._words.items():
            if word == "failed" or word in AT_WORK.values():
                table.add_row(f"      {key:<24} [{'red' if word == 'failed' else 'yellow'}]{word}[/]")
        return table
