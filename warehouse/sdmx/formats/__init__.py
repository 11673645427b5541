"""The formats that a release writes in its folder `sdmx`, each an object that says what it is and how it is written.

Publishing, the manifest and the pages of docs/ read these lists. CONTRIBUTING.md says how one is added.
"""

from __future__ import annotations

from warehouse.sdmx.formats.base import DataFormat, Format, StructureFormat
from warehouse.sdmx.formats.csv import Csv10, Csv20
from warehouse.sdmx.formats.structure_ml_2_1 import StructureMl21

STRUCTURE_FORMATS: tuple[StructureFormat, ...] = (StructureMl21(),)
DATA_FORMATS: tuple[DataFormat, ...] = (Csv10(), Csv20())
FORMATS: tuple[Format, ...] = (*STRUCTURE_FORMATS, *DATA_FORMATS)
