"""Where the folder of a new source goes."""

from __future__ import annotations

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
