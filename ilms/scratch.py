"""Scratch folders: only their owner may enter them, and what killed processes leave of them is removed."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.files import ABANDONED_AFTER_SECONDS
from warehouse.layout import Layout
from warehouse.release.closed import OWNER_FOLDER, owner_only, rooms_of_records

SCRATCH = "tmp"
"""How scratch folders begin under the home."""
OF_SYSTEM = tuple(f"ilms-{name}-" for name in ("gate", "spill", "check", "describe", "propose"))
"""How those with records begin in the system's folder for temporary files. A service that runs for days has one, too,
which holds published numbers alone."""
DRAFT = f".*.{'[0-9a-f]' * 32}.part"
"""The draft of a file (warehouse/files.py); a download that can be continued has another name."""
LOCK = ".lock"
OLD_SECONDS = 24 * 3600
"""A folder of the system without a lock is an earlier version's, whose process may still run until it is this old."""


@contextmanager
def scratch_folder(layout: Layout) -> Iterator[Path]:
    """A scratch folder under the home that is removed afterwards: nothing unprotected or incomplete outlives its
    stage."""
    layout.work().mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
    with locked_folder(layout.work(), SCRATCH) as folder:
        yield folder


@contextmanager
def command_folder(command: str) -> Iterator[Path]:
    """A scratch folder for a command that needs no home; whatever is made meanwhile is its owner's alone."""
    with owner_only(), locked_folder(Path(tempfile.gettempdir()), f"ilms-{command}-") as folder:
        yield folder


@contextmanager
def locked_folder(place: Path, prefix: str) -> Iterator[Path]:
    """A new folder in a place, for its owner alone, removed afterwards.

    A lock beside it, which ends with the process however that ends, shows that it is in use.
    """
    with _new_lock(place, prefix) as lock:
        folder = lock.with_suffix("")
        folder.mkdir(mode=OWNER_FOLDER)
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            lock.unlink(missing_ok=True)


@contextmanager
def _new_lock(place: Path, prefix: str) -> Iterator[Path]:
    while True:
        file = place / f"{prefix}{uuid.uuid4().hex}{LOCK}"
        with file.open("x") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            # Somebody who swept between the two lines took the file for abandoned: then another one is made.
            if file.exists():
                yield file
                return


def sweep_scratch(layout: Layout) -> int:
    """Remove the scratch folders of processes that no longer run, and drafts of files of records that are old enough
    to be abandoned (warehouse/files.py); how many there were."""
    folders, drafts = abandoned(layout)
    for folder in folders:
        shutil.rmtree(folder, ignore_errors=True)
        folder.with_name(f"{folder.name}{LOCK}").unlink(missing_ok=True)
    for file in drafts:
        file.unlink(missing_ok=True)
    return len(folders) + len(drafts)


def abandoned(layout: Layout) -> tuple[list[Path], list[Path]]:
    """The scratch folders, and the drafts of files, that `sweep_scratch` would remove."""
    folders = [folder for folder in layout.work().glob(f"{SCRATCH}*") if _is_abandoned(folder)]
    system = (folder for folder in Path(tempfile.gettempdir()).glob("ilms-*") if folder.name.startswith(OF_SYSTEM))
    folders += [folder for folder in system if _is_own(folder) and _is_abandoned(folder, unlocked_seconds=OLD_SECONDS)]
    return folders, [file for room in rooms_of_records(layout) for file in room.rglob(DRAFT) if _is_old(file)]


def _is_old(file: Path) -> bool:
    with suppress(FileNotFoundError):
        return file.is_file() and time.time() - file.stat().st_mtime > ABANDONED_AFTER_SECONDS
    return False


def _is_own(folder: Path) -> bool:
    try:
        return folder.lstat().st_uid == os.getuid()
    except FileNotFoundError:
        return False


def _is_abandoned(folder: Path, *, unlocked_seconds: float = 0) -> bool:
    """Whether no process uses a folder; one without a lock counts once it has not changed for so long."""
    if folder.is_symlink() or not folder.is_dir():
        return False
    try:
        with folder.with_name(f"{folder.name}{LOCK}").open() as stream:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return time.time() - folder.stat().st_mtime >= unlocked_seconds
    except BlockingIOError:
        return False
