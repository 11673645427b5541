"""The file being read, and its name in errors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from schemas.errors import InputError

LISTED = 20
NAME_LENGTH = 60


@dataclass(frozen=True)
class DataFile:
    """One file of a wave, already taken out of its archives.

    `name` is the name as received (it becomes `_file`), `content` the bytes to read, `where` its name in errors, and
    `workdir` its scratch folder, which exists only while it is read. `names` are those of all its columns, once a
    reader has found them.
    """

    name: str
    content: Path
    where: str
    workdir: Path
    names: list[str] = field(default_factory=list, compare=False)

    def fault(self, what: str, *, at: str = "", why: str = "", remedy: str = "") -> InputError:
        """An InputError about this file; `at` is the line, column or sheet."""
        return InputError(what, where=f"{self.where}, {at}" if at else self.where, why=why, remedy=remedy)


def listed(names: Iterable[str], limit: int = LISTED) -> str:
    """Names as a short readable list: quoted, printable, each cut to a reasonable length, the rest counted."""
    every = list(names)
    shown = ", ".join(f"'{printable(name)}'" for name in every[:limit])
    rest = len(every) - limit
    return f"{shown} and {rest} more" if rest > 0 else shown


def printable(name: str) -> str:
    """A name that is safe in a message: control characters replaced, long ones cut."""
    clean = "".join(character if character.isprintable() else " " for character in name)
    return clean if len(clean) <= NAME_LENGTH else clean[:NAME_LENGTH] + "..."


def plural(number: int, noun: str) -> str:
    """A number with its noun: 1 line, 2 lines."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
