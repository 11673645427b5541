"""Writing files so that a killed run never leaves half of one."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, cast

ABANDONED_AFTER_SECONDS = 6 * 3600


@contextmanager
def replacing(target: Path, *, for_everybody: bool = False) -> Iterator[Path]:
    """A path beside `target` to write to; renamed to it when the block succeeds, removed otherwise.

    Only its owner may read it, unless it is made for everybody: then the user's umask decides.
    A process that is killed leaves its draft behind; the next writer of the same file removes it once it is old enough
    to be abandoned.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    for left in target.parent.glob(f".{target.name}.*.part"):
        if time.time() - left.stat().st_mtime > ABANDONED_AFTER_SECONDS:
            left.unlink(missing_ok=True)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex}.part")
    try:
        yield draft
        if not for_everybody:
            draft.chmod(draft.stat().st_mode & 0o700)
        with draft.open("rb") as written:
            os.fsync(written.fileno())
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def write_json(target: Path, content: Any) -> None:
    """Write JSON with sorted keys, atomically."""
    with replacing(target) as draft:
        draft.write_text(json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def link_or_copy(file: Path, other: Path) -> None:
    """Give a file another name; a copy of it, where the disk has no hard links."""
    try:
        os.link(file, other)
    except OSError:
        shutil.copyfile(file, other)


@contextmanager
def opened(file: Path) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed where its name ends with .gz."""
    with cast(IO[bytes], gzip.open(file)) if file.suffix == ".gz" else file.open("rb") as stream:
        yield stream


def sha256(file: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def flush(folder: Path) -> None:
    """Bring a folder and all in it to the disk."""
    for path in sorted(folder.rglob("*")):
        if path.is_dir():
            flush_folder(path)
        else:
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
    flush_folder(folder)


def flush_folder(folder: Path) -> None:
    """Bring the names in a folder to the disk, not the content of its files."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
