"""The home: who may read it, the current release, and what dead runs left."""

from __future__ import annotations

import os
from collections.abc import Iterator

from ilms.doctor.finding import Finding, Installation, listed, ok, worth_knowing, wrong
from ilms.scratch import abandoned
from schemas.errors import PublishError
from warehouse.layout import Layout
from warehouse.release.closed import WORKROOMS, rooms_of_records
from warehouse.release.manifest import Manifest
from warehouse.release.pointer import Release, current_release, stale_pointers
from warehouse.release.states import log_faults

BY_OTHERS = 0o077
AFTER_RUN = "the next run closes them; or at once: chmod -R go= on what is named"


def modes(at: Installation) -> Iterator[Finding]:
    """Whether the home can be written, and nobody else may read what is not published."""
    home = at.layout.home
    if not home.is_dir():
        yield worth_knowing(
            "ILMS_HOME does not exist yet", why="nothing has been run with this setting", remedy="start with: make run"
        )
        return
    if not os.access(home, os.R_OK | os.W_OK | os.X_OK):
        yield wrong(
            "ILMS_HOME cannot be written by this user",
            why="nothing that a run makes could be kept",
            remedy="give the permission, or run as the folder's owner",
        )
        return
    opened = open_folders(at.layout)
    if opened:
        yield wrong(
            f"others may enter {listed(opened)} of ILMS_HOME",
            why="records of persons and numbers before protection lie there",
            remedy=AFTER_RUN,
        )
    files = [
        path.relative_to(home).as_posix()
        for room in rooms_of_records(at.layout)
        for path in room.rglob("*")
        if path.is_file() and not path.is_symlink() and path.stat().st_mode & BY_OTHERS
    ]
    if files:
        yield wrong(
            f"{len(files)} file(s) of records may be read by others: {listed(files)}",
            why="they would be open as soon as their folder is",
            remedy=AFTER_RUN,
        )
    if not opened and not files:
        yield ok("ILMS_HOME can be written, and what is not published is closed to others")


def open_folders(layout: Layout) -> list[str]:
    """The folders with what is not published that others may enter."""
    homes = {layout.home, layout.own}
    rooms = {layout.held(), *(home / name for home in homes for name in WORKROOMS)}
    return [
        room.relative_to(layout.home).as_posix() for room in rooms if room.is_dir() and room.stat().st_mode & BY_OTHERS
    ]


def release(at: Installation) -> Iterator[Finding]:
    """Whether the pointer leads to a whole release, and the log of releases is as it was written."""
    pointer = at.layout.current()
    if pointer.exists() and not pointer.is_symlink():
        yield wrong(
            "`current` is not the pointer to a release: it is a file or folder of its own",
            why="no run can publish, and readers see what nobody published; a copy without links makes such a folder",
            remedy="move it away, then: ilms release list, ilms release use ID",
        )
        return
    try:
        found = current_release(at.layout)
        manifest = found.manifest if found else None
    except PublishError as error:
        yield wrong(
            error.what,
            why="readers find no release, or not all of it",
            remedy=error.remedy or "ilms release list; ilms release use ID",
        )
        return
    if found is None or manifest is None:
        yield worth_knowing("nothing is published yet", why="readers find no release", remedy="ilms run")
    elif faults := _differing(found, manifest):
        yield wrong(
            f"release {found.id} is not whole: {listed(faults)}",
            why="its numbers may not be those that were published",
            remedy="restore the files from a backup, or publish again: ilms run",
        )
    else:
        yield ok(f"release {found.id} is whole by names and sizes; `ilms release verify` computes every checksum")
    if lines := log_faults(at.layout):
        yield wrong(
            f"the log of releases is not as it was written: {listed(lines)}",
            why="who approved what cannot be relied on",
            remedy="compare it with a backup",
        )


def _differing(found: Release, manifest: Manifest) -> list[str]:
    """The files of the manifest that are missing, or of another size."""
    faults = []
    for name, file in manifest.files.items():
        path = found.folder / name
        if not path.is_file():
            faults.append(f"{name} is missing")
        elif path.stat().st_size != file.bytes:
            faults.append(f"{name} has another size")
    return faults


def leftovers(at: Installation) -> Iterator[Finding]:
    """What runs that were killed left behind."""
    folders, drafts = abandoned(at.layout)
    left = [*folders, *drafts, *stale_pointers(at.layout)]
    if left:
        yield worth_knowing(
            f"{len(left)} scratch folder(s), drafts or pointers of runs that were killed are left",
            why="they take room, and may hold records (which only you can read)",
            remedy="the next run removes them: ilms run",
        )
    else:
        yield ok("no scratch of killed runs is left; locks end with their process, so none can be stale")
