"""SDMX-ML 2.1 data messages, structure-specific and generic, observation by observation.

A generic message states for each component whether it is a dimension or an attribute; a structure-specific one does
not, unless its data structure is read too. A repeated key is an error here in a generic message; in a
structure-specific one, an observation repeated in everything but its value is, and other repetitions are found by the
key of the table read from it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import IO, Any

import duckdb
from lxml import etree

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile
from transforms.read.header import find_columns
from transforms.read.parts import in_batches, no_records, write_part
from transforms.read.series_keys import Components, refuse_repeated

VALUE = "OBS_VALUE"
_TIME = "TIME_PERIOD"
_NOT_A_NUMBER = "NaN"
_MESSAGES = {
    "StructureSpecificData": False,
    "StructureSpecificTimeSeriesData": False,
    "GenericData": True,
    "GenericTimeSeriesData": True,
}
"""The root of a data message -> whether it is generic."""
_READ = ("Structure", "Group", "Series", "Obs")
_SAFELY: Any = {"resolve_entities": False, "no_network": True, "load_dtd": False}
_MARKUP = re.compile(r"<[^>]*>")
_HEAD = 4096
_ONCE = "dimension "
"""Prefix of the name of a column that is only read to check that no key occurs twice."""


@dataclass(frozen=True)
class _Observation:
    key: Mapping[str, str]
    others: Mapping[str, str]

    def values(self) -> dict[str, str]:
        return {**self.key, **self.others}


def read_sdmx_ml(file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> Part:
    """The declared components of all observations as a part: dimensions and attributes by their ids, OBS_VALUE.

    Raises InputError when the message is not SDMX-ML 2.1 data, incomplete or without observations, when a component is
    in none of them, and when a key occurs more than once.
    """
    found, key = _components(file)
    columns = {local: found[at] for local, at in find_columns(found, wanted, file, at="its observations").items()}
    own = {f"{_ONCE}{name}": name for name in key}
    every = {**columns, **own}
    rows = ([values.get(name) for name in every.values()] for values in map(_Observation.values, _observations(file)))
    part = write_part(file, list(every), in_batches(rows, list(every)), read.decimal)
    refuse_repeated(file, part.path, list(own), connection)
    return Part(file, part.path, {local: local for local in columns})


def sdmx_ml_components(file: DataFile, _read: Read) -> Components:
    """What the observations of a message have; the dimensions among them where the message is a generic one.

    Raises InputError as `read_sdmx_ml` does for what is no such message.
    """
    names, key = _components(file)
    with file.content.open("rb") as stream:
        generic = _MESSAGES[_name(_root(stream))]
    return Components(tuple(names), tuple(key) if generic else (), VALUE)


def _components(file: DataFile) -> tuple[list[str], list[str]]:
    """All components of observations, and those that may distinguish them: in a structure-specific message all but the
    value."""
    names: dict[str, None] = {}
    key: dict[str, None] = {}
    for observation in _observations(file):
        names.update(dict.fromkeys(observation.values()))
        key.update(dict.fromkeys(observation.key))
    if not names:
        raise no_records(file)
    return list(names), list(key)


def _root(stream: IO[bytes]) -> etree._Element:
    element: etree._Element = next(iter(etree.iterparse(stream, events=("start",), **_SAFELY)))[1]
    return element


def _observations(file: DataFile) -> Iterator[_Observation]:
    """Every observation in file order, with the components of its series, group and data set added to its own."""
    try:
        with file.content.open("rb") as stream:
            name = _name(_root(stream))
            if name not in _MESSAGES:
                raise _no_data(file, name)
            stream.seek(0)
            events = etree.iterparse(stream, events=("end",), tag=[f"{{*}}{each}" for each in _READ], **_SAFELY)
            yield from _generic(_whole(events)) if _MESSAGES[name] else _specific(_whole(events))
    except etree.XMLSyntaxError as error:
        raise file.fault(
            f"the XML is incomplete or not well-formed: {error.msg}",
            why="a message that was cut off loses its last observations",
            remedy="fetch it again",
        ) from error


def _no_data(file: DataFile, root: str) -> Exception:
    with file.content.open("rb") as stream:
        said = " ".join(_MARKUP.sub(" ", stream.read(_HEAD).decode("utf-8", errors="replace")).split())
    return file.fault(
        f"the XML is not a data message of SDMX-ML 2.1, but '{root}'" + (f" ({said[:200]})" if said else ""),
        why="it has no observations that can be read",
        remedy="ask the service for data as structure-specific or generic SDMX-ML 2.1, or as SDMX-CSV",
    )


def _name(element: etree._Element | None) -> str:
    """The name of an element without its namespace; empty without a name and for a comment."""
    return element.tag.rpartition("}")[2] if element is not None and isinstance(element.tag, str) else ""


def _whole(events: Iterable[tuple[str, etree._Element]]) -> Iterator[tuple[str, etree._Element]]:
    """Elements with their names, once each is complete; elements already given are freed, to save memory.

    An observation in a series is given with its series.
    """
    for _, element in events:
        name = _name(element)
        if name == "Obs" and _name(element.getparent()) != "DataSet":
            continue
        yield name, element
        element.clear()


def _plain(element: etree._Element | None) -> dict[str, str]:
    """The components of a structure-specific element; attributes in other namespaces concern XML, not data."""
    given = () if element is None else element.attrib.items()
    return {str(name): str(value) for name, value in given if str(name)[0] != "{"}


def _specific(elements: Iterator[tuple[str, etree._Element]]) -> Iterator[_Observation]:
    groups: list[dict[str, str]] = []
    for name, element in elements:
        if name == "Group":
            groups.append(_plain(element))
        if name not in ("Series", "Obs"):
            continue
        shared = _plain(element.getparent()) | (_plain(element) if name == "Series" else {})
        for each in _observed(element) if name == "Series" else [element]:
            own = shared | _plain(each)
            for group in groups:
                if all(own[key] == value for key, value in group.items() if key in own):
                    own = group | own
            yield _observation({key: value for key, value in own.items() if key != VALUE}, {}, own.get(VALUE))


def _observed(series: etree._Element) -> Iterator[etree._Element]:
    return (each for each in series if _name(each) == "Obs")


def _generic(elements: Iterator[tuple[str, etree._Element]]) -> Iterator[_Observation]:
    at_observation = _TIME
    groups: list[tuple[dict[str, str], dict[str, str]]] = []
    for name, element in elements:
        parts = {_name(each): each for each in element}
        if name == "Structure":
            at_observation = element.get("dimensionAtObservation", at_observation)
        elif name == "Group":
            groups.append((_values(parts.get("GroupKey")), _values(parts.get("Attributes"))))
        elif name == "Series":
            key, said = _values(parts.get("SeriesKey")), _values(parts.get("Attributes"))
            for each in _observed(element):
                yield _generic_observation(each, key, said, groups, at_observation)
        else:
            yield _generic_observation(element, {}, {}, groups, at_observation)


def _generic_observation(
    element: etree._Element,
    series: Mapping[str, str],
    said: Mapping[str, str],
    groups: list[tuple[dict[str, str], dict[str, str]]],
    at_observation: str,
) -> _Observation:
    parts = {_name(each): each for each in element}
    key = {**series, **_values(parts.get("ObsKey"))}
    if (dimension := parts.get("ObsDimension")) is not None:
        key[dimension.get("id", at_observation)] = dimension.get("value", "")
    attributes: dict[str, str] = {}
    for of_group, attached in groups:
        if of_group.items() <= key.items():
            attributes |= attached
    value = parts.get("ObsValue")
    attributes |= {**said, **_values(parts.get("Attributes"))}
    return _observation(key, attributes, None if value is None else value.get("value"))


def _values(part: etree._Element | None) -> dict[str, str]:
    found = () if part is None else (each for each in part if _name(each) == "Value")
    return {each.get("id", ""): each.get("value", "") for each in found}


def _observation(key: Mapping[str, str], attributes: Mapping[str, str], value: str | None) -> _Observation:
    number = {} if value in (None, _NOT_A_NUMBER) else {VALUE: str(value)}
    return _Observation(key, {VALUE: "", **attributes, **number})
