"""What every store does: objects under keys, versions of them, and writes that depend on the version."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

from schemas.errors import StoreError

KEY = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]*(/[A-Za-z0-9_][A-Za-z0-9_.\-]*)*")
ABSENT = ""
"""The version of an object that does not exist."""
SHA256 = re.compile(r"[0-9a-f]{64}")


class OtherVersion(Exception):
    """An object does not have the version that a write depends on. Whoever writes says what that means."""


@dataclass(frozen=True)
class Held:
    """An object as it was read: its content, and the version that a write over it names."""

    content: bytes
    version: str


class Store(ABC):
    """Objects under keys. Every write is whole or does not happen, and is seen by the next read.

    Raises StoreError when the store cannot be reached or refuses.
    """

    address: str

    @abstractmethod
    def read(self, key: str) -> Held | None:
        """An object; None when there is none."""

    @abstractmethod
    def write(self, key: str, content: bytes, *, over: str | None) -> str:
        """Write an object, and return its version.

        `over` is the version that it must have, ABSENT if there must be none, None for any. Contents must differ from
        one write to the next, as the version of a bucket is a checksum. Raises OtherVersion.
        """

    @abstractmethod
    def versions(self, prefix: str) -> dict[str, str]:
        """The version of every object whose key begins with a prefix, which ends with a slash."""

    @abstractmethod
    def remove(self, key: str) -> None:
        """Remove an object; nothing happens when there is none."""

    @abstractmethod
    def upload(self, digest: str, file: Path) -> None:
        """Keep the content of a file under its SHA-256; content that is kept already stays as it is.

        Raises StoreError when the file no longer has that SHA-256, or not all of it arrived.
        """

    @abstractmethod
    def download(self, digest: str, target: Path) -> None:
        """Write content to a file. Raises StoreError when there is none with that SHA-256, or it is not whole."""

    def content_key(self, digest: str) -> str:
        """The key of content."""
        if not SHA256.fullmatch(digest):
            raise ValueError("not a SHA-256")
        return f"objects/{digest[:2]}/{digest}"


def checked(key: str) -> str:
    """A key, when it is made of what keys are made of."""
    if not KEY.fullmatch(key):
        raise ValueError(f"{key!r} is no key of a store")
    return key


def damaged(address: str, digest: str, what: str) -> StoreError:
    """Content that is not what its key says."""
    return StoreError(
        f"content of the store {what}",
        where=f"{address}, object {digest}",
        why="numbers would be made of files other than those that were kept",
        remedy="restore the object from a copy or an earlier version of the bucket, or remove it and run the partition "
        "again on a machine that has the file",
    )
