"""A new source, laid out as a folder of files to fill in."""

from __future__ import annotations

from pathlib import Path

from ilms.authoring.source_place import place_of_new
from schemas.errors import DeclarationError
from schemas.partition import Partition

TEMPLATES = Path(__file__).resolve().parents[2] / "schemas" / "templates"


def new_source(source_id: str, wave: str, folder: Path | None = None, *, kind: str = "survey") -> list[Path]:
    """Write the files of a new source, survey or register, and its first golden wave; returns their paths.

    Without a `folder` they go where ILMS_SOURCES says, and into the project's own sources where it says nothing.

    Raises DeclarationError for a bad id, area, wave or kind, and when the folder exists: nothing is ever overwritten.
    """
    partition = Partition(source_id, wave)
    source = TEMPLATES / kind
    kinds = sorted(path.name for path in TEMPLATES.iterdir() if path.is_dir())
    if kind not in kinds:
        raise DeclarationError(f"there is no template for a '{kind}'", remedy=f"use one of: {', '.join(kinds)}")
    target = place_of_new(source_id, folder)
    area, _, name = source_id.partition(".")
    facts = {"source_id": source_id, "area": area.lower(), "name": name, "wave": partition.wave}
    written = []
    for template in sorted(path for path in source.rglob("*") if path.is_file()):
        place = template.relative_to(source)
        file = target / (Path("golden", wave, place.name) if place.parts[0] == "golden" else place)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        file.write_text(text.format(**facts) if "{" in text else text, encoding="utf-8")
        written.append(file)
    return written
