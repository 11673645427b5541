"""Where the folder of a new source goes, and how it gets there: whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from schemas.codelists import load_codelist
from schemas.errors import DeclarationError
from schemas.loader import source_folders


def place_of_new(source_id: str, folder: Path | None = None) -> Path:
    """The folder of a source that is not there yet: in `folder`, or where ILMS_SOURCES says, or in the project's own.

    Raises DeclarationError for an area that is not one, and when the folder exists: nothing is ever overwritten.
    """
    area, _, name = source_id.partition(".")
    if area not in load_codelist("CL_AREA").by_code:
        raise DeclarationError(
            f"'{area}' of {source_id} is not an area of CL_AREA",
            remedy="begin with the country's code of ISO 3166-1, three capital letters",
        )
    target = (folder or source_folders()[:2][-1]) / area / name
    if target.exists():
        raise DeclarationError(f"{source_id} exists already", where=str(target), remedy="change its files instead")
    return target


def write_whole(target: Path, texts: Mapping[str, str]) -> None:
    """Write the folder of a new source, file name -> text, beside its place and rename it into it."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}-") as draft:
        whole = Path(draft) / target.name
        whole.mkdir()
        for name, text in texts.items():
            (whole / name).write_text(text, encoding="utf-8")
        whole.rename(target)
