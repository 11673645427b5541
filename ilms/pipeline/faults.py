"""Unforeseen errors become errors of their partition, in words: others go on, and no value of a record is shown.

The message of what was raised may quote a record, so it is shown nowhere; a file under ILMS_HOME keeps its kind and the
lines of code that it came through.
"""

from __future__ import annotations

import errno
import re
import tempfile
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from schemas.errors import IlmsError, MachineError, UnexpectedError, places
from warehouse.files import replacing
from warehouse.layout import Layout

MACHINE = {
    errno.ENOSPC: "the disk is full",
    errno.EDQUOT: "the disk space granted to this user is used up",
    errno.EFBIG: "a file has reached the size that the machine allows",
    errno.EROFS: "the disk cannot be written",
    errno.EACCES: "the file or folder may not be used by this user",
    errno.EPERM: "the file or folder may not be used by this user",
    errno.ENOTDIR: "a part of the path is not a folder",
    errno.EIO: "the disk reports an error",
    errno.EMFILE: "too many files are open",
    errno.ENFILE: "too many files are open on this machine",
    errno.ENOMEM: "the machine is short of memory",
}
"""Errors of the operating system that are faults of the machine, or of how it is set up."""
SHORT_OF_MEMORY = "free memory, or let DuckDB use less of it (ILMS_MEMORY_LIMIT); then run again"
DISK = "make room or give the permission, or choose another ILMS_HOME; then run again"
NO_SPACE = "No space left"
MAXIMUM_LINKS = 10
SAFE_BEGINNING = re.compile(r"[^'\"`\d(\[{\n]*")
"""How a message of an engine begins before it quotes anything."""


@contextmanager
def in_words(layout: Layout, where: str, doing: str) -> Iterator[None]:
    """Errors of ours pass without what caused them, and everything else as MachineError or UnexpectedError.

    `doing` is what went on in the block, such as `the harmonise stage`; `where` names a partition or source.
    """
    try:
        yield
    except IlmsError as error:
        # What caused it may quote a record, and Airflow would print it.
        raise error from None
    except Exception as error:  # noqa: BLE001 - whatever it is, it belongs to this partition alone
        raise as_ilms_error(error, layout, where, doing) from None


def require_home(layout: Layout) -> None:
    """Raise MachineError unless files can be written under ILMS_HOME: nothing could be kept, not even a reason."""
    try:
        layout.home.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=layout.home) as file:
            file.write(b"ILMS")
    except OSError as error:
        raise MachineError(
            f"ILMS_HOME cannot be written: {error.strerror}",
            where=str(layout.home),
            why="nothing that a run makes could be kept; what was published before stays as it is",
            remedy="make room or give the permission, or choose another ILMS_HOME; then run again",
        ) from None


def as_ilms_error(error: Exception, layout: Layout, where: str, doing: str) -> IlmsError:
    """An unforeseen error in words; its lines of code are kept in `layout.faults`."""
    at = ", ".join([where, *reversed(places(error))])
    if machine := _of_machine(error, at, doing):
        return machine
    kept = _keep_frames(error, layout, where, doing)
    return UnexpectedError(
        f"{doing} stopped with an unexpected {type(error).__name__}{_beginning(error)}",
        where=at,
        why="this is a fault of ILMS, which should have said what is wrong",
        remedy=f"report it with {kept}, which quotes no record; other sources are not affected",
    )


def _of_machine(error: Exception, at: str, doing: str) -> MachineError | None:
    """A full disk, a lack of memory or of permission; None for anything that is not the machine's fault."""
    import duckdb

    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return MachineError(f"{doing} ran out of memory", where=at, remedy=SHORT_OF_MEMORY)
    if isinstance(error, duckdb.IOException) and NO_SPACE in str(error):
        return MachineError(f"{doing} stopped: {MACHINE[errno.ENOSPC]}", where=at, remedy=DISK)
    if isinstance(error, OSError) and error.errno in MACHINE:
        file = f"; {error.filename}" if error.filename else ""
        return MachineError(f"{doing} stopped: {MACHINE[error.errno]}", where=f"{at}{file}", remedy=DISK)
    return None


def _beginning(error: Exception) -> str:
    """How an engine's message about a value begins, up to the value; nothing of other errors."""
    import duckdb
    import pyarrow

    if not isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException | pyarrow.ArrowInvalid):
        return ""
    found = SAFE_BEGINNING.match(str(error))
    return f" ({found[0].strip()} ...)" if found and found[0].strip() else ""


def _keep_frames(error: Exception, layout: Layout, where: str, doing: str) -> str:
    """Write down kind and lines of code of an error and of what led to it; gives where, in words."""
    file = layout.faults(re.sub(r"[^A-Za-z0-9.]+", "-", f"{where} {doing}"))
    lines = [f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} UTC, {where}, {doing}"]
    link: BaseException | None = error
    for _ in range(MAXIMUM_LINKS):
        if link is None:
            break
        kind = type(link)
        lines += ["", f"{kind.__module__}.{kind.__qualname__} {'; '.join(places(link))}".rstrip()]
        lines += [each.rstrip() for each in traceback.format_tb(link.__traceback__)]
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)
    try:
        with replacing(file) as draft:
            draft.write_text("\n".join(lines) + "\n", encoding="utf-8")
    except OSError:
        return "the lines of code below, since no file could be written: " + " < ".join(_short(error))
    return str(file)


def _short(error: BaseException) -> list[str]:
    """The innermost lines of code."""
    frames = traceback.extract_tb(error.__traceback__)[-3:]
    return [f"{frame.filename}:{frame.lineno}" for frame in reversed(frames)]
