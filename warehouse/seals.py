"""Whether kept files are unchanged: by size and times, and by their bytes where size or times have changed.

A file with the same size, times and inode as when its bytes were last read counts as unchanged. Before its content is
used (harmonised, or put into a release), its bytes are read in any case.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from warehouse.files import sha256, write_json
from warehouse.store.files import stored_digest

logger = logging.getLogger(__name__)

Look = list[int]


def look_of(file: Path) -> Look | None:
    """Size, time of the content, time of any change, and inode of a file; None when it does not exist.

    The time of the content can be reset after a change (`touch -r`), that of any change cannot.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def changed_files(folder: Path, digests: Mapping[str, str], memory: Path) -> list[str]:
    """The names of files in a folder that are missing, or whose bytes do not have their SHA-256.

    One whose content is in the store only is as the store keeps it. `memory` keeps size and times of each file when its
    bytes were last read, so that they need not be read again.
    """
    remembered = _recall(memory)
    looks: dict[str, list[str | int]] = {}
    changed = []
    for name, digest in digests.items():
        look = look_of(folder / name)
        if look is None and stored_digest(folder / name) == digest:
            continue
        if look is None or ([digest, *look] != remembered.get(name) and sha256(folder / name) != digest):
            changed.append(name)
        else:
            looks[name] = [digest, *look]
    if not changed and looks != remembered:
        _remember(memory, looks)
    return changed


def _recall(memory: Path) -> dict[str, list[str | int]]:
    try:
        found = json.loads(memory.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _remember(memory: Path, looks: Mapping[str, list[str | int]]) -> None:
    try:
        write_json(memory, looks)
    except OSError as error:
        logger.debug("size and times of files cannot be recorded, so they are read again each time: %s", error)
