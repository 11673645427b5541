"""Whether kept files are still those that were written: by size and times, and by their bytes where these have changed.

A file that has the size, the times and the inode that it had when its bytes were last read is taken for unchanged.
Before its content counts (it is harmonised, or a release is made) its bytes are read whatever it looks like.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from pathlib import Path

from warehouse.files import sha256, write_json

logger = logging.getLogger(__name__)

Look = list[int]


def look_of(file: Path) -> Look | None:
    """Size, time of the content, time of any change, and inode of a file; None when it is not there.

    The time of the content can be put back by whoever changes it (`touch -r`), that of any change cannot.
    """
    try:
        found = file.stat()
    except OSError:
        return None
    return [found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino]


def changed_files(folder: Path, digests: Mapping[str, str], memory: Path) -> list[str]:
    """The names of files in a folder that are missing, or have other bytes than those of their SHA-256.

    `memory` keeps how each file looked when its bytes were read last, so that they need not be read again.
    """
    remembered = _recall(memory)
    looks: dict[str, list[str | int]] = {}
    changed = []
    for name, digest in digests.items():
        look = look_of(folder / name)
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
        logger.debug("how files look cannot be remembered, and they are read again each time: %s", error)
