"""Who may enter which folder of a home: what is not published yet, and records of persons, are their owner's alone."""

from __future__ import annotations

from pathlib import Path

from warehouse.layout import Layout

OWNER_FOLDER, OWNER_FILE = 0o700, 0o400
EVERYBODY_FOLDER, EVERYBODY_FILE = 0o755, 0o444
WORKROOMS = (
    *("raw", "core", "cells", "accepted", "regional", "quality", "profiles", "work"),
    *("status", "data_docs"),
)
"""Folders of a home in which numbers lie before they are published, or the records behind them; reasons of failures and
results of checks name such numbers too."""


def close_workrooms(layout: Layout) -> None:
    """Let nobody but the owner into the folders in which numbers lie before they are published; made where missing."""
    for folder in (*(layout.home / name for name in WORKROOMS), layout.held()):
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
    for path in (folder, *folder.rglob("*")):
        if path.is_dir():
            path.chmod(of_folders)
        elif path.stat().st_nlink == 1:
            path.chmod(of_files)
