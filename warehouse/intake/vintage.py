"""Vintages: the producer's files of one partition as they were received, immutable and checksummed.

raw/<source>/<wave>/
  <id>/            the files and vintage.json; the id comes from names and bytes: the same bytes, the same vintage
  latest           the id of the vintage fetched last
  rejected/<id>/   files that a drift guard stopped, with vintage.json and reason.txt, for inspection
  <id>.seen        size and times of its files when their bytes were last read (warehouse/seals.py)
  .incoming/       a fetch under way, or files of a killed one from which the next continues
  .lock            held while a fetch is under way
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import logging
import os
import shutil
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from schemas.errors import FetchError, InputError
from schemas.partition import Partition
from schemas.source import Source
from schemas.wave import Origin
from warehouse.files import replacing, sha256, write_json
from warehouse.layout import Layout
from warehouse.seals import changed_files
from warehouse.store.files import bring_here

logger = logging.getLogger(__name__)

MANIFEST = "vintage.json"
REASON = "reason.txt"
Role = Literal["data", "layout", "codebook"]


@dataclass(frozen=True)
class VintageFile:
    """One file as received: `address` is where it came from, etag and last_modified are the server's.

    updated  when its data last changed, according to a statistical service
    """

    name: str
    role: Role
    path: Path
    bytes: int
    sha256: str
    address: str
    etag: str | None = None
    last_modified: str | None = None
    updated: str | None = None


@dataclass(frozen=True)
class Vintage:
    """The files of one fetch, sorted by name. `is_new`: this fetch brought bytes that were not here before."""

    id: str
    folder: Path
    files: tuple[VintageFile, ...]
    fetched_at: datetime
    is_new: bool

    @property
    def origin(self) -> Origin:
        """Where the files came from."""
        return origin_of(file.address for file in self.files)

    @property
    def bytes(self) -> int:
        """Total size of the files."""
        return sum(file.bytes for file in self.files)

    def require_whole(self) -> None:
        """Read every file again, those in the store only once they are brought.

        Raises InputError naming those that are not as they were received.
        """
        bring_here(file.path for file in self.files)
        if changed := [file.name for file in self.files if sha256(file.path) != file.sha256]:
            raise InputError(
                f"files kept of vintage {self.id} were changed since they were fetched: {', '.join(changed)}",
                where=str(self.folder),
                why="numbers from them would be published under the checksums of the files as received",
                remedy="run again to fetch them again; where that is not possible, restore them from a copy",
            )


def origin_of(addresses: Iterable[str]) -> Origin:
    """The origin of files by their addresses: the producer, where any of them came from elsewhere than this machine."""
    here = ("mirror:", "local:", "generator:")
    return "producer" if any(address and not address.startswith(here) for address in addresses) else "mirror"


def vintage_id(files: Sequence[VintageFile]) -> str:
    """The first 12 hexadecimal digits of the SHA-256 over the sorted names and checksums of the files."""
    listing = sorted((file.name, file.sha256) for file in files)
    return hashlib.sha256(json.dumps(listing).encode()).hexdigest()[:12]


def latest_vintage(layout: Layout, partition: Partition) -> Vintage | None:
    """The vintage fetched last; None when there is none, or when files of it were removed or changed since.

    A damaged vintage counts as none: the next fetch restores it.
    """
    pointer = layout.raw(partition) / "latest"
    if not pointer.is_file():
        return None
    return _read(pointer.parent / pointer.read_text(encoding="utf-8").strip())


def kept_vintage(layout: Layout, partition: Partition, vintage_id: str) -> Vintage | None:
    """A vintage by its id; None when it is not kept, or damaged."""
    return _read(layout.raw(partition) / vintage_id)


def _read(folder: Path) -> Vintage | None:
    """A vintage from its folder, when every file is there as it was received."""
    if not folder.is_dir():
        return None
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
        files = tuple(VintageFile(path=folder / entry["name"], **entry) for entry in manifest["files"])
        fetched_at = datetime.fromisoformat(manifest["fetched_at"])
        digests = {file.name: file.sha256 for file in files}
        changed = changed_files(folder, digests, folder.with_name(f"{folder.name}.seen"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        logger.warning("vintage %s is damaged: %r", folder.name, error)
        return None
    if changed:
        logger.warning("vintage %s is damaged: %s changed since", folder.name, ", ".join(changed))
        return None
    return Vintage(folder.name, folder, files, fetched_at, is_new=False)


@dataclass(frozen=True)
class Shelf:
    """The folder of the vintages of one partition, and what is recorded about each."""

    source: Source
    partition: Partition
    folder: Path

    @contextmanager
    def incoming(self, *, wait_seconds: float = 600) -> Iterator[Path]:
        """The folder where a fetch gathers its files; one fetch of a partition at a time, the others wait.

        It may contain files left by a killed or interrupted fetch. Raises FetchError when another fetch does not end.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / ".lock").open("w") as lock:
            _acquire(lock.fileno(), self.partition, wait_seconds)
            self._clear_leftovers()
            staged = self.folder / ".incoming"
            staged.mkdir(exist_ok=True)
            yield staged

    def _clear_leftovers(self) -> None:
        """Remove files that a killed run was about to remove or rename."""
        for pattern in (".old-*", "rejected/.old-*"):
            for folder in self.folder.glob(pattern):
                shutil.rmtree(folder)
        for pattern in (".latest.*.part", ".*.seen.*.part", f"*/.{MANIFEST}.*.part"):
            for file in self.folder.glob(pattern):
                file.unlink()

    def keep(self, staged: Path, files: Sequence[VintageFile]) -> Vintage:
        """Make the staged files a vintage, or recognise that they already are one; it becomes the latest."""
        identity = vintage_id(files)
        vintage = _read(self.folder / identity)
        if vintage is None:
            write_json(staged / MANIFEST, self._manifest(files, datetime.now(UTC)))
            _settle(staged, {MANIFEST, *(file.name for file in files)}, self.folder / identity)
            vintage = _read(self.folder / identity)
            if vintage is None:
                raise FetchError("the files changed while they were stored", where=self.partition.key)
            vintage = replace(vintage, is_new=True)
        else:
            vintage = self._follow(vintage, files)
            remove_folder(staged)
        remove_folder(self.folder / "rejected" / identity)
        with replacing(self.folder / "latest") as draft:
            draft.write_text(f"{identity}\n", encoding="utf-8")
        return vintage

    def stand(self, staged: Path, vintage: Vintage) -> Vintage:
        """Leave the vintage fetched last as it is, and remove other leftovers of a fetch of the same files."""
        remove_folder(staged)
        remove_folder(self.folder / "rejected" / vintage.id)
        return vintage

    def reject(self, staged: Path, files: Sequence[VintageFile], reason: str) -> Path:
        """Set the staged files aside with the reason, for inspection. Returns their folder."""
        folder = self.folder / "rejected" / vintage_id(files)
        folder.parent.mkdir(exist_ok=True)
        with replacing(staged / REASON) as draft:
            draft.write_text(f"{reason}\n", encoding="utf-8")
        write_json(staged / MANIFEST, self._manifest(files, datetime.now(UTC)))
        _settle(staged, {MANIFEST, REASON, *(file.name for file in files)}, folder)
        return folder

    def _follow(self, vintage: Vintage, files: Sequence[VintageFile]) -> Vintage:
        """Update roles and times of update, which do not come with the bytes: a vintage takes those of the current
        fetch of the same bytes."""
        now = {file.name: file for file in files}
        current = tuple(
            replace(file, role=now[file.name].role, updated=now[file.name].updated) for file in vintage.files
        )
        if current != vintage.files:
            write_json(vintage.folder / MANIFEST, self._manifest(current, vintage.fetched_at))
        return replace(vintage, files=current)

    def _manifest(self, files: Sequence[VintageFile], fetched_at: datetime) -> dict[str, Any]:
        return {
            "id": vintage_id(files),
            "source": self.source.id,
            "wave": self.partition.wave,
            "origin": origin_of(file.address for file in files),
            "fetched_at": fetched_at.isoformat(timespec="seconds"),
            "producer": self.source.producer,
            "citation": self.source.citation,
            "licence": self.source.licence,
            "landing_page": self.source.landing_page,
            "synthetic": self.source.synthetic,
            "bytes": sum(file.bytes for file in files),
            "files": [
                {name: value for name, value in vars(file).items() if name != "path"}
                for file in sorted(files, key=lambda file: file.name)
            ],
        }


def remove_folder(folder: Path) -> None:
    """Remove a folder: first out of sight in one step, then from the disk."""
    if folder.exists():
        grave = folder.parent / f".old-{uuid.uuid4().hex}"
        folder.rename(grave)
        shutil.rmtree(grave)


def _acquire(lock: int, partition: Partition, wait_seconds: float) -> None:
    """Take the lock. The kernel releases it however its holder ends."""
    until = time.monotonic() + wait_seconds
    while True:
        try:
            return fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise FetchError(
                    f"another run has been fetching this partition for more than {wait_seconds:g} s",
                    where=partition.key,
                    remedy="wait for it or end it, then run again",
                ) from error
            time.sleep(0.1)


def _settle(staged: Path, belongs: set[str], folder: Path) -> None:
    """Make the staged folder read-only, sync it to the disk and give it its name, replacing what had the name
    before."""
    for path in staged.iterdir():
        if path.name in belongs:
            path.chmod(0o400)
            with path.open("rb") as stream:
                os.fsync(stream.fileno())
        else:
            path.unlink()
    remove_folder(folder)
    staged.rename(folder)
