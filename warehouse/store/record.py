"""Records: which files belong together, with their SHA-256. A small object that makes all of them visible at once."""

from __future__ import annotations

import base64
import gzip
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TypeVar

from pydantic import BaseModel, ConfigDict

from schemas.errors import StoreError
from warehouse.store.lease import owner

SMALL_BYTES, SMALL_JSON_BYTES = 4096, 2**20
"""Files of this size are in the record itself: those in JSON say what others are, and are read more often."""
Kind = TypeVar("Kind", bound="Listing")


class Entry(BaseModel):
    """A file, a link or a folder, by its path in the home.

    sha256   of a file's content; of a folder that is kept as one, of the listing of what is in it
    content  of a file that is small, or says what others are: it is in the record itself (base64)
    link     what a symbolic link points to
    listed   a folder that is kept as one: its listing is an object
    folder   a folder in such a listing, of which only the mode is kept
    """

    model_config = ConfigDict(extra="ignore", frozen=True)

    sha256: str = ""
    size: int = 0
    mode: int = 0o600
    content: str | None = None
    link: str = ""
    listed: bool = False
    folder: bool = False

    @property
    def is_content(self) -> bool:
        """Whether it is a file whose content is an object of its own."""
        return bool(self.sha256) and not self.listed and self.content is None

    @property
    def inlined(self) -> bytes:
        """The content that is in the record itself."""
        return base64.b64decode(self.content or "")


class Listing(BaseModel):
    """What is in a folder, by the path in the home."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    files: dict[str, Entry] = {}


class Record(Listing):
    """What was put by whom and when. `id` makes each one differ from the one before, also when the files do not."""

    id: str = ""
    by: str = ""
    at: datetime = datetime.min.replace(tzinfo=UTC)

    @property
    def sentence(self) -> str:
        """Who put it, in words."""
        return f"{self.by or 'somebody'} at {self.at:%Y-%m-%d %H:%M:%S} UTC"


def new_record(files: Mapping[str, Entry]) -> Record:
    """A record of this process, of now."""
    at = datetime.now(UTC)
    return Record(files=dict(sorted(files.items())), id=uuid.uuid4().hex, by=owner(), at=at)


def written(listing: Listing) -> bytes:
    """A record or a listing as it is kept: the same one gives the same bytes."""
    return gzip.compress(listing.model_dump_json(exclude_defaults=True).encode(), compresslevel=6, mtime=0)


def read_record(content: bytes, where: str) -> Record:
    """A record as it was written. Raises StoreError for one that cannot be read, or leads out of the home."""
    return _checked(Record, content, where)


def read_listing(content: bytes, where: str, *, below: str) -> Listing:
    """The listing of a folder as it was written. Raises StoreError for one that cannot be read, or leads out of it."""
    found = _checked(Listing, content, where)
    if not all(f"{path}/".startswith(f"{below}/") for path in found.files):
        raise _unreadable(where)
    return found


def _checked(of: type[Kind], content: bytes, where: str) -> Kind:
    try:
        found = of.model_validate_json(gzip.decompress(content))
    except (OSError, EOFError, ValueError):
        raise _unreadable(where) from None
    if not all(_is_inside(path) and _is_inside(entry.link or "-") for path, entry in found.files.items()):
        raise _unreadable(where)
    return found


def entry_of(file: Path, digest: str) -> Entry:
    """The entry of a file that is here."""
    found = file.stat()
    is_inlined = found.st_size <= (SMALL_JSON_BYTES if file.suffix == ".json" else SMALL_BYTES)
    content = base64.b64encode(file.read_bytes()).decode() if is_inlined else None
    return Entry(sha256=digest, size=found.st_size, mode=found.st_mode & 0o777, content=content)


def _is_inside(path: str) -> bool:
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts


def _unreadable(where: str) -> StoreError:
    return StoreError(
        "a record of the store cannot be read",
        where=where,
        why="it says which files belong together",
        remedy="restore it from an earlier version of the bucket, or remove it and run again",
    )
