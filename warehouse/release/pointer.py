"""The releases of a home: which exist, which one is current, and the lock for changing that."""

from __future__ import annotations

import fcntl
import json
import os
import re
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.manifest import Manifest, read_manifest
from warehouse.store.kept import publishing

RELEASE_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{8}")
TIME_IN_ID = "%Y%m%dT%H%M%SZ"
LOCK = ".publishing"
WITHDRAWN = "withdrawn.json"
"""Of homes of before: the releases that a curator went back from."""
PATIENCE_SECONDS = 60.0


@dataclass(frozen=True)
class Release:
    """One release. Ids sort in the order in which they were made."""

    id: str
    folder: Path
    is_current: bool

    @property
    def manifest(self) -> Manifest:
        """Its manifest. Raises PublishError when it cannot be read."""
        return read_manifest(self.folder)


def time_of(release_id: str) -> datetime:
    """When a release was made, in UTC to the second."""
    return datetime.strptime(release_id.split("-", maxsplit=1)[0], TIME_IN_ID).replace(tzinfo=UTC)


def list_releases(layout: Layout) -> list[Release]:
    """Every release that is or was current, oldest first. Those held back do not count (warehouse/release/life.py)."""
    pointed = _pointed_id(layout)
    return [Release(folder.name, folder, folder.name == pointed) for folder in release_folders(layout.releases())]


def release_folders(place: Path) -> list[Path]:
    """The folders of releases in a place, oldest first."""
    if not place.is_dir():
        return []
    return sorted(folder for folder in place.iterdir() if RELEASE_ID.fullmatch(folder.name))


def current_release(layout: Layout) -> Release | None:
    """The current release; None before the first one.

    Raises PublishError when the pointer names a release that is not there.
    """
    pointed = _pointed_id(layout)
    if pointed is None:
        return None
    folder = layout.releases() / pointed
    if not folder.is_dir():
        raise PublishError(
            f"the current release is {pointed}, but its folder is missing",
            where=str(layout.releases()),
            remedy="restore the folder, point to another release, or publish again",
        )
    return Release(pointed, folder, is_current=True)


def was_gone_back_from(layout: Layout, release_id: str) -> bool:
    """Whether a curator went back from this release to an earlier one, before there was a log of releases."""
    file = layout.releases() / WITHDRAWN
    return file.is_file() and release_id in json.loads(file.read_text(encoding="utf-8"))


def move_pointer(layout: Layout, release_id: str) -> None:
    """Replace the pointer in one step. It is relative, so a home can be moved."""
    pointer = layout.current()
    draft = pointer.with_name(f".{pointer.name}.{uuid.uuid4().hex}")
    draft.symlink_to(Path(os.path.relpath(layout.releases(), pointer.parent)) / release_id)
    draft.replace(pointer)


def remove_pointer(layout: Layout) -> None:
    """Point to no release: the only one was withdrawn."""
    layout.current().unlink(missing_ok=True)


def remove_stale_pointers(layout: Layout) -> None:
    """Remove pointers that a killed run left before putting them in place."""
    for draft in stale_pointers(layout):
        draft.unlink()


def stale_pointers(layout: Layout) -> list[Path]:
    """Pointers that are not put in place: a killed run left them, or one that publishes now is about to."""
    return list(layout.home.glob(f".{layout.current().name}.*"))


@contextmanager
def only_publisher(layout: Layout, *, patience_seconds: float = PATIENCE_SECONDS) -> Iterator[None]:
    """Hold the lock of this home. The kernel releases it however the process ends.

    Where several machines share a store, their releases are brought first, and put at the end (warehouse/store).

    Raises PublishError when another process still holds it after the given number of seconds, StoreError when one of
    another machine does.
    """
    if not layout.releases().is_dir():
        layout.releases().mkdir(parents=True, exist_ok=True)
        layout.releases().chmod(0o755)
    with publishing(layout, patience=patience_seconds), (layout.releases() / LOCK).open("a") as stream:
        _acquire(stream.fileno(), layout, time.monotonic() + patience_seconds)
        yield


def _acquire(descriptor: int, layout: Layout, deadline: float) -> None:
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise PublishError(
                    "another run is publishing",
                    where=str(layout.home),
                    why="two publishers would overwrite each other's pointer",
                    remedy="wait until it has ended, then try again",
                ) from error
            time.sleep(0.1)
        else:
            return


def _pointed_id(layout: Layout) -> str | None:
    pointer = layout.current()
    return pointer.readlink().name if pointer.is_symlink() else None
