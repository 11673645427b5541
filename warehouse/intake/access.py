"""Where the files of producers may be read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from schemas.loader import source_folder


@dataclass(frozen=True)
class Access:
    """Where the files of producers may be read.

    mirror   a folder that mirrors the producers' files
    online   whether files are fetched from the producers' own addresses
    local    folders that a source with `method: local` may read, in addition to the mirror
    contact  page or address for producers to contact, named in requests to them
    """

    mirror: Path | None = None
    online: bool = False
    local: tuple[Path, ...] = ()
    contact: str = ""

    def for_source(self, source_id: str) -> Access:
        """The same for one source, which may read its own folder too. Raises DeclarationError for an unknown one."""
        return replace(self, local=(source_folder(source_id), *self.local))
