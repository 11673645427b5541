"""The agency that maintains the SDMX artefacts, and the construction of their ids."""

from __future__ import annotations

import re
from dataclasses import dataclass

from schemas.declaration import Text
from schemas.errors import DeclarationError
from warehouse.sdmx.rows import Reference

AGENCY_ID = re.compile(r"[A-Za-z][A-Za-z0-9_\-]*")
VERSION = re.compile(r"[0-9]+(\.[0-9]+)+")

DEFAULT_NAME = Text(
    en="ILMS pipeline for international labour migration statistics",
    fr="Chaîne de production ILMS de statistiques sur les migrations internationales de main-d'œuvre",
    es="Sistema ILMS de estadísticas sobre las migraciones laborales internacionales",
)


@dataclass(frozen=True)
class Agency:
    """The maintainer of every artefact, and their version: part of their address, not of their content.

    Raises DeclarationError for ids that SDMX forbids.
    """

    id: str = "ILMS"
    name: Text = DEFAULT_NAME
    version: str = "1.0"

    def __post_init__(self) -> None:
        if not AGENCY_ID.fullmatch(self.id):
            raise DeclarationError(f"'{self.id}' is not an SDMX agency id", remedy="write letters, digits, _ and -")
        if not VERSION.fullmatch(self.version):
            raise DeclarationError(f"'{self.version}' is not an SDMX version", remedy="write numbers such as 1.0")

    def reference(self, artefact: str) -> Reference:
        """The address of a dataflow or a data structure of this agency."""
        return Reference(self.id, artefact, self.version)
