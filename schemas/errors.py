"""Errors a statistician can act on: what happened, where, why it matters, what to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

PLACE = "ilms is at: "
Part = tuple[str | int, ...]
"""A part of a declaration by the keys that lead to it, such as ("variables", "sex") or ("corrections", 0)."""


class IlmsError(Exception):
    """Base of every error the pipeline raises on purpose.

    `what` says what is wrong, `where` names the file, line, column or wave, `why` says what would go wrong if it
    were let through, `remedy` says what to do. None of them may quote a person's record.
    """

    kind = "error"
    retryable = False

    def __init__(self, what: str, *, where: str = "", why: str = "", remedy: str = "") -> None:
        self.what, self.where, self.why, self.remedy = what, where, why, remedy
        super().__init__(self.message)

    @property
    def message(self) -> str:
        """The whole error as one readable paragraph."""
        parts = [self.what.rstrip(".") + "."]
        if self.where:
            parts.append(f"Where: {self.where}.")
        if self.why:
            parts.append(f"Why it matters: {self.why.rstrip('.')}.")
        if self.remedy:
            parts.append(f"What to do: {self.remedy.rstrip('.')}.")
        return " ".join(parts)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the keyword arguments, so that the error crosses process borders whole."""
        return (_rebuild, (type(self), self.what, self.where, self.why, self.remedy))


def _rebuild(cls: type[IlmsError], what: str, where: str, why: str, remedy: str) -> IlmsError:
    return cls(what, where=where, why=why, remedy=remedy)


class DeclarationError(IlmsError):
    """A declaration (YAML or CSV under `schemas/` or `expectations/`) is wrong."""

    kind = "declaration"


class InputError(IlmsError):
    """A producer's file is not what its declaration says: trying again will not help.

    `parts` are the parts of the declaration that a file does not bear out: without them, the rest of it can still be
    looked at. They are for whoever meets the error in this process, and do not travel to another one. A part may end in
    what is not foreseen there, such as ("codes", "7") of a variable, and so hold a record's word: it is never shown.
    """

    kind = "input"
    parts: tuple[Part, ...] = ()

    @property
    def each(self) -> tuple[InputError, ...]:
        """The faults that it reports: itself, or all of a list."""
        return (self,)


class InputFaults(InputError):
    """Several faults of a file that do not depend on one another."""

    found: tuple[InputError, ...] = ()

    @property
    def each(self) -> tuple[InputError, ...]:
        """All of them."""
        return self.found or (self,)


class NotInFile(InputError):
    """A producer's file holds nothing of the wave: another wave's file, or one of many waves that lacks this one."""


class PartOfPeriod(NotInFile):
    """A producer's file holds a part of the wave's period only."""


class AwaitedWave(IlmsError):
    """A wave of a series is not there yet: no fault, and nothing to do."""

    kind = "awaited"


class OverdueWave(AwaitedWave):
    """A wave of a series is not there, and should be."""

    kind = "overdue"


class FetchError(IlmsError):
    """The network or the producer's server failed: trying again may help."""

    kind = "network"
    retryable = True


class GateError(IlmsError):
    """A critical expectation failed: the partition stops before it is published."""

    kind = "gate"


class ExposedNumbers(GateError):
    """Confidential numbers can be worked out from those that would be published."""


class PublishError(IlmsError):
    """A release cannot be built or published; the current release stays."""

    kind = "publish"


class SourceUnavailable(IlmsError):
    """Neither a mirror nor online access is configured for this source: it is skipped, with this reason."""

    kind = "skipped"


class MachineError(IlmsError):
    """The machine failed, such as a full disk: neither the data nor a declaration is at fault, and trying again helps
    once it is mended."""

    kind = "machine"
    retryable = True


class StoreError(MachineError):
    """The store that several machines share cannot be reached, refuses, or holds what it should not: trying again helps
    once it is mended."""

    kind = "store"


class Overtaken(StoreError):
    """Another process was faster: what this one made was not kept."""


class UnexpectedError(IlmsError):
    """A fault of the pipeline itself, put into words: what is wrong with data and declarations has errors of its own.

    It leaves out the message of the exception, which may quote a record.
    """

    kind = "unexpected"


@contextmanager
def about(*part: str | int) -> Iterator[None]:
    """Say of an InputError in the block which part of the declaration it is about; parts it names are within this."""
    try:
        yield
    except InputError as error:
        for each in error.each:
            each.parts = tuple((*part, *inner) for inner in each.parts) or (part,)
        raise


@contextmanager
def naming(place: str) -> Iterator[None]:
    """Record, for `places`, where an unforeseen error in the block occurred. A place quotes no record."""
    try:
        yield
    except IlmsError:
        raise
    except Exception as error:
        error.add_note(PLACE + place)
        raise


def places(error: BaseException) -> list[str]:
    """Where `naming` saw an error pass, from the inside to the outside."""
    return [note.removeprefix(PLACE) for note in getattr(error, "__notes__", ()) if note.startswith(PLACE)]
