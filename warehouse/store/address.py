"""Which store an address names: `s3://bucket/prefix`, or a folder."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from schemas.errors import DeclarationError
from warehouse.store.base import KEY, Store

BUCKET = re.compile(r"[a-z0-9][a-z0-9.\-]{1,61}[a-z0-9]")
S3 = "s3://"


def checked_address(text: str) -> str:
    """An address as it is kept: empty where there is no store. Raises DeclarationError for one that names none."""
    address = text.strip()
    if not address:
        return ""
    if not address.startswith(S3):
        if "://" in address:
            raise _wrong("is of no kind that is known")
        return str(Path(address).expanduser().resolve())
    bucket, _, prefix = address.removeprefix(S3).strip("/").partition("/")
    if not BUCKET.fullmatch(bucket):
        raise _wrong("names no bucket")
    if prefix and not KEY.fullmatch(prefix):
        raise _wrong("has a prefix with other characters than letters, digits, '.', '-', '_' and '/'")
    return f"{S3}{bucket}/{prefix}".rstrip("/")


@lru_cache(maxsize=8)
def open_store(address: str) -> Store:
    """The store at an address that was checked."""
    if address.startswith(S3):
        from warehouse.store.bucket import BucketStore

        bucket, _, prefix = address.removeprefix(S3).partition("/")
        return BucketStore(bucket, prefix)
    from warehouse.store.folder import FolderStore

    return FolderStore(Path(address))


def _wrong(what: str) -> DeclarationError:
    # The address is not repeated: somebody may have written a password into it.
    return DeclarationError(
        f"ILMS_STORE {what}",
        why="several machines share what is kept there",
        remedy="write it as s3://bucket/prefix or as a folder, or unset it to keep everything in ILMS_HOME",
    )
