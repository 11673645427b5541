"""What a person sees while a batch runs: a table on a terminal, a line per change elsewhere."""

from __future__ import annotations

import time
from types import TracebackType

from rich.console import Console
from rich.live import Live
from rich.table import Table

from ilms.status import Status

COLOURS = {"running": "yellow", "failed": "bold red", "skipped": "dim", "ready": "green", "published": "green"}
WORDS = {"fetch": "fetching", "harmonise": "harmonising", "estimate": "estimating"}


def in_words(status: Status) -> str:
    """A partition's state as people say it."""
    if status.state == "running":
        return WORDS.get(status.stage, status.stage)
    return status.state


class Progress:
    """Shows statuses as they change; a context manager."""

    def __init__(self, console: Console) -> None:
        self.console = console
        self.started = time.monotonic()
        self.headline = ""
        self._told: dict[str, str] = {}
        self._live = Live(console=console, refresh_per_second=4, transient=True) if console.is_terminal else None

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
        """What goes on as a whole."""
        if headline == self.headline:
            return
        self.headline = headline
        if self._live:
            self._live.update(self._table({}))
        else:
            self._line(headline)

    def show(self, statuses: dict[str, Status]) -> bool:
        """Show the partitions; gives whether anything changed since the last time."""
        words = {key: in_words(status) for key, status in statuses.items()}
        changed = {key: word for key, word in words.items() if self._told.get(key) != word}
        self._told = words
        if self._live:
            self._live.update(self._table(statuses))
        else:
            for key, word in changed.items():
                self._line(f"{key:<24} {word}")
        return bool(changed)

    def _line(self, text: str) -> None:
        self.console.print(f"[{self._elapsed()}] {text}", markup=False, highlight=False)

    def _elapsed(self) -> str:
        seconds = int(time.monotonic() - self.started)
        return f"{seconds // 60:02d}:{seconds % 60:02d}"

    def _table(self, statuses: dict[str, Status]) -> Table:
        table = Table(box=None, pad_edge=False, show_header=False, title=None)
        table.add_row(f"[bold]{self._elapsed()}[/] {self.headline}")
        for key, status in statuses.items():
            colour = COLOURS.get(status.state, "")
            table.add_row(
                f"  {key:<24} [{colour}]{in_words(status)}[/]" if colour else f"  {key:<24} {in_words(status)}"
            )
        return table
