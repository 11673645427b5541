"""Describe a producer's files before anything is declared; nothing is kept."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from ilms.scratch import command_folder
from transforms.describe.described import Described
from transforms.describe.files import describe_files


def describe(
    files: Sequence[Path], layouts: Sequence[Path] = (), *, member: str | None = None, sheet: str | None = None
) -> Described:
    """What the files of a wave hold. Raises InputError as describe_files does."""
    with command_folder("describe") as folder:
        return describe_files(
            files,
            layouts,
            workdir=folder,
            member=member,
            sheet=sheet,
            memory_limit=os.environ.get("ILMS_MEMORY_LIMIT", "2GB"),
        )
