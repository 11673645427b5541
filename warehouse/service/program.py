"""Which program answers: another one may write the same numbers in another way."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import version
from pathlib import Path

import schemas
import warehouse

WRITTEN_BY = (warehouse, schemas)
"""The rooms that an answer is made by."""
PARTS = {".py", ".sql", ".yaml", ".json", ".html", ".css", ".csv"}
SOURCES = "sources"
"""The declarations of sources, which are in the release already."""


@cache
def program_mark() -> str:
    """A mark of the program: its version, and the code and declarations that answers are made by."""
    digest = hashlib.sha256(version("ilms").encode())
    for room in WRITTEN_BY:
        (folder,) = (Path(each) for each in room.__path__)
        for file in sorted(folder.rglob("*")):
            if file.suffix in PARTS and SOURCES not in file.relative_to(folder).parts:
                digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()
