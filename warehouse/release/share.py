"""Files that two releases have in common are kept once: one file with a name in each of the folders."""

from __future__ import annotations

import logging
import os
from pathlib import Path

from schemas.errors import PublishError
from warehouse.files import sha256
from warehouse.release.manifest import read_manifest

logger = logging.getLogger(__name__)


def share_files(earlier: Path, later: Path) -> int:
    """Let a release take the files of an earlier one that have the same bytes; how many bytes that saves.

    A damaged file of the earlier release is not taken over. Where the disk has no hard links, both keep their own.
    """
    try:
        before, after = read_manifest(earlier).files, read_manifest(later).files
    except PublishError as error:
        logger.warning("no file is shared with %s: %s", earlier.name, error.message)
        return 0
    saved = 0
    for name, file in after.items():
        known = earlier / name
        if before.get(name) != file or not known.is_file() or sha256(known) != file.sha256:
            continue
        place = later / name
        link = place.with_name(f".{place.name}.shared")
        try:
            os.link(known, link)
        except OSError as error:
            logger.warning("%s and %s share no files: %s", earlier.name, later.name, error.strerror)
            return saved
        link.replace(place)
        saved += file.bytes
    return saved
