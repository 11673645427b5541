"""The store that several machines share: whether it can be used, and keeps two writers apart."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from ilms.doctor.finding import Finding, Installation, ok, wrong
from schemas.errors import StoreError
from warehouse.store.base import ABSENT, OtherVersion, Store
from warehouse.store.kept import store_of


def store(at: Installation) -> Iterator[Finding]:
    """Whether the store can be read, written and listed, and refuses a write over another version; nothing is left."""
    if not at.layout.store:
        yield ok("ILMS_STORE is not set: everything is kept in ILMS_HOME")
        return
    found, key = store_of(at.layout), f"check/{uuid.uuid4().hex}"
    try:
        yield from _tried(found, key)
    except StoreError as error:
        yield wrong(error.what, why=error.why, remedy=error.remedy)


def _tried(found: Store, key: str) -> Iterator[Finding]:
    version = found.write(key, b"first", over=ABSENT)
    try:
        kept_apart = _refuses(found, key, ABSENT) and found.write(key, b"second", over=version) != version
        kept_apart = kept_apart and _refuses(found, key, version) and key in found.versions("check/")
    finally:
        found.remove(key)
    if kept_apart:
        yield ok("it can be read and written, and refuses a write over what another one wrote")
        return
    yield wrong(
        "it does not heed If-None-Match and If-Match",
        why="two publishers could both win, and two machines undo each other's work",
        remedy="use a store that knows conditional writes, as Amazon S3, Ceph and MinIO do",
    )


def _refuses(found: Store, key: str, version: str) -> bool:
    try:
        found.write(key, b"third", over=version)
    except OtherVersion:
        return True
    return False
