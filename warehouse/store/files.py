"""Files of a scratch whose content is in the store only: a mark beside their place says so, until it is brought."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from warehouse.files import sha256
from warehouse.store.address import open_store
from warehouse.store.record import Entry

AT_ONCE = 8
"""How many files are brought or put at the same time."""


def mark_of(file: Path) -> Path:
    """Where it is said that the content of a file is in the store."""
    return file.with_name(f".{file.name}.stored")


def digest_of(file: Path) -> str | None:
    """The SHA-256 of a file that is here, or in the store; None when it is in neither."""
    return sha256(file) if file.is_file() else stored_digest(file)


def stored_digest(file: Path) -> str | None:
    """The SHA-256 of a file that is in the store and not here; None for any other."""
    if file.exists():
        return None
    entry = marked(file)
    return entry.sha256 if entry else None


def marked(file: Path) -> Entry | None:
    """What a mark says."""
    try:
        return Entry.model_validate(json.loads(mark_of(file).read_text(encoding="utf-8"))["entry"])
    except (FileNotFoundError, NotADirectoryError):
        return None


def leave_in_store(address: str, file: Path, entry: Entry) -> None:
    """Say of a file that its content is in the store, in place of what is here."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    mark, kept = mark_of(file), entry.model_dump(mode="json", exclude_defaults=True)
    draft = mark.with_name(f".{uuid.uuid4().hex}.part")
    draft.write_text(json.dumps({"store": address, "entry": kept}), encoding="utf-8")
    draft.replace(mark)
    file.unlink(missing_ok=True)


def forget(file: Path) -> None:
    """Remove a file, here and from what is put next."""
    mark_of(file).unlink(missing_ok=True)
    file.unlink(missing_ok=True)


def bring_here(files: Iterable[Path]) -> None:
    """Bring the content of files that is in the store only; the others are left alone.

    Raises StoreError when the store cannot be reached, or content is missing or damaged.
    """
    wanted = [file for file in files if not file.exists() and mark_of(file).is_file()]
    if not wanted:
        return
    with ThreadPoolExecutor(AT_ONCE) as threads:
        list(threads.map(_bring, wanted))


def _bring(file: Path) -> None:
    kept = json.loads(mark_of(file).read_text(encoding="utf-8"))
    place(kept["store"], file, Entry.model_validate(kept["entry"]))


def place(address: str, file: Path, entry: Entry, same: Path | None = None) -> None:
    """Let a file be as its entry says, in one step; `same` is one that has its content and mode already."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f".{uuid.uuid4().hex}.part")
    try:
        if entry.link:
            draft.symlink_to(entry.link)
        elif same is not None:
            draft.hardlink_to(same)
        elif entry.content is not None:
            draft.write_bytes(entry.inlined)
        else:
            open_store(address).download(entry.sha256, draft)
        if not entry.link and same is None:
            draft.chmod(entry.mode)
        draft.replace(file)
    finally:
        draft.unlink(missing_ok=True)
    mark_of(file).unlink(missing_ok=True)


def remove_empty(folder: Path, home: Path) -> None:
    """Remove folders that hold nothing any more, from the inside to the outside."""
    while folder != home and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent
