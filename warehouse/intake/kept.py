"""Files fetched before, prepared for the next fetch."""

from __future__ import annotations

import hashlib
from pathlib import Path

from warehouse.intake.drafts import Draft, Remembered
from warehouse.intake.vintage import Vintage, VintageFile
from warehouse.store.files import bring_here

_CHUNK = 1 << 20


def kept_file(previous: Vintage | None, name: str, address: str) -> VintageFile | None:
    """The file of the previous vintage with a name, received from an address."""
    files = previous.files if previous else ()
    return next((file for file in files if (file.name, file.address) == (name, address)), None)


def reuse(draft: Draft, previous: Vintage | None) -> None:
    """Prepare the file of the previous vintage, so that the server need only confirm that it has not changed."""
    if draft.known() or draft.begun()[0]:
        return
    file = kept_file(previous, draft.target.name, draft.address)
    if file and (file.etag or file.last_modified) and copy_hashed(file.path, draft.target) == file.sha256:
        draft.keep(Remembered(file.address, file.etag, file.last_modified, file.bytes))


def copy_hashed(path: Path, target: Path) -> str:
    """Copy a file and return the SHA-256 of the bytes copied; the target has its name only once it is complete."""
    bring_here([path])
    digest = hashlib.sha256()
    # Synced to the disk only with the vintage: most fetches find nothing new, and need not wait for the disk.
    draft = target.with_name(f".{target.name}.copy")
    with path.open("rb") as reading, draft.open("wb") as writing:
        while chunk := reading.read(_CHUNK):
            digest.update(chunk)
            writing.write(chunk)
    draft.replace(target)
    return digest.hexdigest()
