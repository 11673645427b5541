"""Independent faults of a file, reported together instead of one in each run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from schemas.errors import InputError, InputFaults, NotInFile, about


class FaultList:
    """The faults found so far in the files of one partition, `where`."""

    def __init__(self, where: str) -> None:
        self.where = where
        self.found: list[InputError] = []

    @contextmanager
    def collecting(self, *part: str | int) -> Iterator[None]:
        """Record a fault that the block raises about a part of the declaration, and continue."""
        try:
            with about(*part):
                yield
        except InputError as error:
            self.found += error.each

    def require_none(self) -> None:
        """Raise a single fault as it is, several as one InputError that lists them with what to do about each.

        Where the first says that the wave is not in the file, no other matters.
        """
        if not self.found:
            return
        if len(self.found) == 1 or isinstance(self.found[0], NotInFile):
            raise self.found[0]
        listed = (
            f"({number}) {each.what.rstrip('.')} ({each.where}; what to do: {each.remedy.rstrip('.')})"
            for number, each in enumerate(self.found, start=1)
        )
        faults = InputFaults(
            f"{len(self.found)} faults: {' '.join(listed)}",
            where=self.where,
            why="; ".join(dict.fromkeys(each.why for each in self.found if each.why)),
            remedy="correct all of them, then run again",
        )
        faults.found = tuple(self.found)
        raise faults
