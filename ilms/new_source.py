"""A new source, laid out as a folder of files to fill in."""

from __future__ import annotations

from pathlib import Path

from schemas.errors import DeclarationError
from schemas.loader import SOURCES_FOLDER
from schemas.partition import Partition

TEMPLATE = Path(__file__).resolve().parent.parent / "schemas" / "templates" / "survey"


def new_source(source_id: str, wave: str, folder: Path = SOURCES_FOLDER) -> list[Path]:
    """Write the files of a new survey source and its first golden wave; gives their paths.

    Raises DeclarationError for a bad id or wave, and when the folder exists: nothing is ever overwritten.
    """
    partition = Partition(source_id, wave)
    area, _, name = source_id.partition(".")
    target = folder / area / name
    if target.exists():
        raise DeclarationError(f"{source_id} exists already", where=str(target), remedy="change its files instead")
    facts = {"source_id": source_id, "area": area.lower(), "name": name, "wave": partition.wave}
    written = []
    for template in sorted(path for path in TEMPLATE.rglob("*") if path.is_file()):
        place = template.relative_to(TEMPLATE)
        file = target / (Path("golden", wave, place.name) if place.parts[0] == "golden" else place)
        file.parent.mkdir(parents=True, exist_ok=True)
        text = template.read_text(encoding="utf-8")
        file.write_text(text.format(**facts) if "{" in text else text, encoding="utf-8")
        written.append(file)
    return written
