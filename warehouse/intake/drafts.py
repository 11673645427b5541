"""Files that a download leaves beside its target, so that a later try continues instead of starting again.

All of them are hidden: `.NAME.part`, the bytes so far; `.NAME.part.json`, the server's facts about them; `.NAME.json`,
its facts about a complete file, so that the server need only be asked whether it has changed.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.files import write_json


@dataclass(frozen=True)
class Remembered:
    """A server's facts about a file: enough to ask later whether it is still the same."""

    address: str
    etag: str | None = None
    last_modified: str | None = None
    total: int | None = None

    @property
    def resumes_by(self) -> str | None:
        """The value of If-Range. A weak ETag does not guarantee the same bytes, so it cannot be used."""
        strong = self.etag if self.etag and not self.etag.startswith("W/") else None
        return strong or self.last_modified


@dataclass(frozen=True)
class Draft:
    """A download in progress from `address` to `target`."""

    address: str
    target: Path

    @property
    def part(self) -> Path:
        """The bytes so far."""
        return self.target.with_name(f".{self.target.name}.part")

    @property
    def part_note(self) -> Path:
        """The server's facts about the file to which the part belongs."""
        return self.target.with_name(f".{self.target.name}.part.json")

    @property
    def note(self) -> Path:
        """The server's facts about the complete target."""
        return self.target.with_name(f".{self.target.name}.json")

    def begun(self) -> tuple[Remembered | None, int]:
        """A file begun by an earlier try that can be resumed, and how many bytes of it are present."""
        remembered = self._read(self.part_note)
        have = self.part.stat().st_size if self.part.is_file() else 0
        if remembered and have and have == remembered.total:
            self.finish()
        elif remembered and have and remembered.resumes_by:
            return remembered, have
        return None, 0

    def known(self) -> Remembered | None:
        """The server's facts about the complete file that is already at the target."""
        return self._read(self.note) if self.target.is_file() else None

    def begin(self, remembered: Remembered) -> None:
        """Discard earlier bytes and note which file is being downloaded."""
        # The old bytes are removed before the new note is written: a run killed in between must not combine the two.
        self.discard()
        write_json(self.part_note, asdict(remembered))

    def finish(self) -> None:
        """Give the complete part its name. In this order, a kill in between costs a download, never a mixture."""
        self.note.unlink(missing_ok=True)
        self.part.replace(self.target)
        self.part_note.replace(self.note)

    def keep(self, remembered: Remembered) -> None:
        """Note the server's earlier facts about the complete file that was put at the target."""
        write_json(self.note, asdict(remembered))

    def discard(self) -> None:
        """Remove the part."""
        self.part.unlink(missing_ok=True)
        self.part_note.unlink(missing_ok=True)

    def _read(self, note: Path) -> Remembered | None:
        """A note, if it is about this address. An unreadable one counts as none: notes only save time."""
        try:
            remembered = Remembered(**json.loads(note.read_text(encoding="utf-8")))
        except (OSError, ValueError, TypeError):
            return None
        return remembered if remembered.address == self.address else None
