"""The formats of SDMX, each an object that says what it is and how it is written.

Publishing, the manifest, services and the pages of docs/ read these lists. CONTRIBUTING.md explains how to add one.
"""

from __future__ import annotations

from collections.abc import Iterable

from schemas.errors import DeclarationError
from warehouse.sdmx.formats.base import DataFormat, Format, StructureFormat
from warehouse.sdmx.formats.csv import Csv10, Csv20
from warehouse.sdmx.formats.data_json import Json20
from warehouse.sdmx.formats.data_ml import GenericMl21, Ml30, StructureSpecificMl21
from warehouse.sdmx.formats.structure_json import StructureJson20
from warehouse.sdmx.formats.structure_ml import StructureMl21, StructureMl30

STRUCTURE_FORMATS: tuple[StructureFormat, ...] = (StructureMl21(), StructureMl30(), StructureJson20())
DATA_FORMATS: tuple[DataFormat, ...] = (
    GenericMl21(),
    StructureSpecificMl21(),
    Csv10(),
    Csv20(),
    Json20(),
    Ml30(),
)
"""In the order in which SDMX 2.1 REST prefers them; SDMX 3.0 REST prefers the last."""
FORMATS: tuple[Format, ...] = (*STRUCTURE_FORMATS, *DATA_FORMATS)
RELEASE_FORMATS = ("structure-ml-2.1", "structure-ml-3.0", "csv-2.0", "ml-2.1")
"""The ids of those that a release folder holds unless a setting names others."""


def formats_of(ids: Iterable[str]) -> tuple[Format, ...]:
    """The formats of those ids, in the order of the registry. Raises DeclarationError for an id that is none."""
    wanted = set(ids)
    known = {each.id for each in FORMATS}
    if unknown := wanted - known:
        raise DeclarationError(
            f"there is no format of SDMX called {', '.join(repr(each) for each in sorted(unknown))}",
            remedy=f"name some of {', '.join(sorted(known))}",
        )
    return tuple(each for each in FORMATS if each.id in wanted)
