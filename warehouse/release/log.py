"""The log of releases: who gave which release which state, when and why. Lines are only ever appended.

Each line holds the SHA-256 of the line before it, so that a line changed or taken out afterwards shows. A line is
brought to the disk before anything follows from it; what a killed process left of one is removed by the next.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from schemas.errors import PublishError
from warehouse.layout import Layout

State = Literal[
    "draft", "in review", "approved", "embargoed", "current", "superseded", "rejected", "withdrawn", "pruned"
]
MEANINGS: dict[State, str] = {
    "draft": "built, and not yet compared with the current release",
    "in review": "something stands against it: it waits until a person approves or rejects it",
    "approved": "approved, and about to become current",
    "embargoed": "approved, and becomes current at the time given",
    "current": "the release that readers are pointed to",
    "superseded": "another one took its place",
    "rejected": "a person decided that it does not go out",
    "withdrawn": "a person took it back after it had been approved or current",
    "pruned": "removed, as old as schemas/release_rules.yaml says",
}
FIRST = "0" * 64
"""What the first line has for the line before it."""


class LogEntry(BaseModel):
    """One line: from `at` on, the release is in that state. `until` is the end of an embargo."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    release: str
    state: State
    at: datetime
    by: str
    why: str
    until: datetime | None = None
    previous: str = ""

    @property
    def sentence(self) -> str:
        """The line in words, such as: rejected on 2026-11-30 by Ana: the weights of one file are doubled."""
        until = f" until {self.until:%Y-%m-%d %H:%M} UTC" if self.until else ""
        by = f" by {self.by}" if self.by else ""
        return f"{self.state}{until} on {self.at:%Y-%m-%d}{by}: {self.why.rstrip('.')}"


def read_log(layout: Layout) -> list[LogEntry]:
    """Every line, oldest first; none when there is no log yet. A line that a killed process left unfinished is no line.

    Raises PublishError when a line cannot be read.
    """
    found = []
    for number, line in enumerate(_lines(layout.release_log()), start=1):
        try:
            found.append(LogEntry.model_validate_json(line))
        except ValidationError as error:
            raise PublishError(
                "a line of the log of releases cannot be read",
                where=f"{layout.release_log()}, line {number}",
                why="nobody could tell which release may go out",
                remedy="restore the log from a copy",
            ) from error
    return found


def line_faults(layout: Layout) -> list[str]:
    """The lines that were changed, in words; none when every line follows from the one before it."""
    before, faults = FIRST, []
    for number, line in enumerate(_lines(layout.release_log()), start=1):
        try:
            previous = LogEntry.model_validate_json(line).previous
        except ValidationError:
            previous = ""
        if previous != before:
            faults.append(f"line {number} does not follow from the line before it: one of the two was changed")
        before = _digest(line)
    return faults


def last_digest(layout: Layout) -> str:
    """What the next line has for the line before it."""
    lines = _lines(layout.release_log())
    return _digest(lines[-1]) if lines else FIRST


def digests(layout: Layout) -> frozenset[str]:
    """What every line has, or had, for the line before it, with what the next one would have."""
    return frozenset({FIRST, *map(_digest, _lines(layout.release_log()))})


def append(
    layout: Layout,
    release: str,
    state: State,
    *,
    by: str,
    why: str,
    until: datetime | None = None,
    at: datetime | None = None,
) -> LogEntry:
    """Append a line; `at` is now unless given. Raises PublishError when the line cannot be written whole."""
    file = layout.release_log()
    file.parent.mkdir(parents=True, exist_ok=True)
    moment = (at or datetime.now(UTC)).astimezone(UTC).replace(microsecond=0)
    with _locked(file) as descriptor:
        lines = _lines(file)
        entry = LogEntry(
            release=release,
            state=state,
            at=moment,
            by=by,
            why=why,
            until=until,
            previous=_digest(lines[-1]) if lines else FIRST,
        )
        _write(descriptor, file, sum(len(line) + 1 for line in lines), entry)
    return entry


def _write(descriptor: int, file: Path, size: int, entry: LogEntry) -> None:
    """Write a line behind the whole ones, which take `size` bytes, or nothing."""
    os.ftruncate(descriptor, size)
    line = entry.model_dump_json().encode() + b"\n"
    try:
        while line:
            line = line[os.write(descriptor, line) :]
        os.fsync(descriptor)
    except OSError as error:
        os.ftruncate(descriptor, size)
        raise PublishError(
            f"the log of releases cannot be written: {error}",
            where=str(file),
            why="no release changes its state without a line that says so",
            remedy="make room on the disk, then do it again",
        ) from error


@contextmanager
def _locked(file: Path) -> Iterator[int]:
    """The file, opened to append, for nobody else."""
    is_new = not file.exists()
    descriptor = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        if is_new:
            os.fchmod(descriptor, 0o644)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield descriptor
    finally:
        os.close(descriptor)


def _lines(file: Path) -> list[bytes]:
    """The whole lines: what follows the last line end was not written to its end."""
    return file.read_bytes().split(b"\n")[:-1] if file.is_file() else []


def _digest(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
