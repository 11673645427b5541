"""Who may enter which folder of a home: what is not published yet, and records of persons, are their owner's alone."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.layout import PROFILES, Layout

OWNER_FOLDER, OWNER_FILE = 0o700, 0o400
EVERYBODY_FOLDER, EVERYBODY_FILE = 0o755, 0o444
WORKROOMS = (
    *("raw", "core", "cells", "accepted", "regional", "quality", "profiles", "work"),
    *("status", "data_docs", "disclosed", "attacks"),
)
"""Folders of a home in which numbers lie before they are published, or the records behind them; reasons of failures and
results of checks name such numbers too."""
OF_ALL_PROFILES = ("raw", "work", "disclosed")
"""Those that no release profile keeps apart."""
RECORDS = ("raw", "core", "cells", "accepted", "regional", "quality", "profiles", "work", "disclosed")
"""Those of them whose files hold records of persons, or numbers before they are protected."""


@contextmanager
def owner_only() -> Iterator[None]:
    """Whatever is made in the block is its owner's alone, also by libraries and whatever the user's umask is."""
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def mend_modes(layout: Layout) -> int:
    """Close what others may read of records, as earlier versions left it; how many files with content they were.

    The folders at the top are closed by `close_workrooms`.
    """
    mended = 0
    for room in rooms_of_records(layout):
        for path in room.rglob("*"):
            # Another process may remove it meanwhile.
            with suppress(FileNotFoundError):
                found = path.lstat()
                if found.st_mode & 0o077 and not path.is_symlink():
                    path.chmod(found.st_mode & 0o700)
                    mended += path.is_file() and found.st_size > 0
    return mended


def rooms_of_records(layout: Layout) -> list[Path]:
    """Every folder in which records lie, under every release profile; some may not exist."""
    homes = [layout.home, *sorted((layout.home / PROFILES).glob("*"))]
    return [home / name for home in homes for name in RECORDS]


def close_workrooms(layout: Layout) -> None:
    """Let nobody but the owner into the folders in which numbers lie before they are published; made where missing."""
    rooms = [*(layout.home / name for name in WORKROOMS), layout.held()]
    if layout.own != layout.home:
        rooms += [layout.home / PROFILES, layout.own]
        rooms += [layout.own / name for name in WORKROOMS if name not in OF_ALL_PROFILES]
    for folder in rooms:
        folder.mkdir(mode=OWNER_FOLDER, parents=True, exist_ok=True)
        if folder.stat().st_mode & 0o077:
            folder.chmod(OWNER_FOLDER)


def close(folder: Path) -> None:
    """Make a folder and all in it readable by its owner alone, and its files read-only.

    A file that another release shares stays readable there.
    """
    _set(folder, OWNER_FOLDER, OWNER_FILE)


def disclose(folder: Path) -> None:
    """Make a folder and all in it readable by everybody who may enter the home, and its files read-only."""
    _set(folder, EVERYBODY_FOLDER, EVERYBODY_FILE)


def _set(folder: Path, of_folders: int, of_files: int) -> None:
    found = [folder, *folder.rglob("*")]
    names_here = Counter(path.stat().st_ino for path in found)
    for path in found:
        if path.is_dir():
            path.chmod(of_folders)
        elif path.stat().st_nlink == names_here[path.stat().st_ino]:
            path.chmod(of_files)
