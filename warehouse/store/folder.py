"""A store in a folder, such as one that several machines mount: writes by rename, under a lock of the file system."""

from __future__ import annotations

import fcntl
import hashlib
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from schemas.errors import StoreError
from warehouse.files import flush_folder
from warehouse.store.base import ABSENT, Held, OtherVersion, Store, checked, damaged

LOCK = ".lock"
CHUNK = 1 << 20


class FolderStore(Store):
    """Objects are files under a folder, their versions follow from inode and times."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.address = str(folder)

    def read(self, key: str) -> Held | None:
        """An object; None when there is none."""
        with self._in_words():
            try:
                with (self.folder / checked(key)).open("rb") as stream:
                    return Held(stream.read(), _version(os.fstat(stream.fileno())))
            except FileNotFoundError:
                return None

    def write(self, key: str, content: bytes, *, over: str | None) -> str:
        """Write an object beside its place and rename it, if it has the version named."""
        place = self.folder / checked(key)
        with self._in_words(), self._locked():
            if over is not None and over != _version_at(place):
                raise OtherVersion(key)
            with _draft(place) as draft:
                draft.write_bytes(content)
                _sync(draft)
                draft.replace(place)
            flush_folder(place.parent)
            return _version_at(place)

    def versions(self, prefix: str) -> dict[str, str]:
        """The version of every object under a folder."""
        with self._in_words():
            found = (self.folder / prefix).rglob("*")
            files = (path for path in found if path.is_file() and not path.name.startswith("."))
            return {path.relative_to(self.folder).as_posix(): _version_at(path) for path in files}

    def remove(self, key: str) -> None:
        """Remove an object."""
        with self._in_words():
            (self.folder / checked(key)).unlink(missing_ok=True)

    def upload(self, digest: str, file: Path) -> None:
        """Copy a file; the copy gets its name once it is whole."""
        place = self.folder / self.content_key(digest)
        with self._in_words():
            if place.is_file():
                return
            with _draft(place) as draft:
                if _copy(file, draft) != digest:
                    raise StoreError(
                        "a file was changed while it was put into the store",
                        where=str(file),
                        why="the store would hold something else than what was made",
                        remedy="run the partition again",
                    )
                draft.replace(place)
            flush_folder(place.parent)

    def download(self, digest: str, target: Path) -> None:
        """Copy content to a file."""
        place = self.folder / self.content_key(digest)
        with self._in_words():
            if not place.is_file():
                raise damaged(self.address, digest, "is missing")
            if _copy(place, target) != digest:
                raise damaged(self.address, digest, "is not as it was put")

    @contextmanager
    def _locked(self) -> Iterator[None]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self.folder / LOCK).open("a") as stream:
            fcntl.flock(stream, fcntl.LOCK_EX)
            yield

    @contextmanager
    def _in_words(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"the store cannot be used: {error.strerror or type(error).__name__}",
                where=self.address,
                why="what is kept there cannot be read or added to",
                remedy="check that the folder is mounted, has room and may be written to, then run again",
            ) from error


@contextmanager
def _draft(place: Path) -> Iterator[Path]:
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = place.with_name(f".{uuid.uuid4().hex}.part")
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _copy(file: Path, target: Path) -> str:
    """Copy a file to the disk; the SHA-256 of what was copied."""
    digest = hashlib.sha256()
    with file.open("rb") as source, target.open("wb") as copy:
        while chunk := source.read(CHUNK):
            digest.update(chunk)
            copy.write(chunk)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _sync(file: Path) -> None:
    with file.open("rb") as stream:
        os.fsync(stream.fileno())


def _version_at(place: Path) -> str:
    try:
        return _version(place.stat())
    except FileNotFoundError:
        return ABSENT


def _version(found: os.stat_result) -> str:
    return f"{found.st_ino}-{found.st_mtime_ns}-{found.st_size}"
