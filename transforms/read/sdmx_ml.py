"""SDMX-ML 2.1 data messages, structure-specific and generic, observation by observation.

A generic message says of each component whether it is a dimension or an attribute; a structure-specific one does not,
unless one reads its data structure too. In the former a key that comes twice is an error here; in the latter an
observation is, of which all but the value comes twice, and the key of the table that is read from it tells the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import chain

import duckdb
from lxml import etree

from schemas.read import Read
from transforms.read.assemble import Part
from transforms.read.files import DataFile
from transforms.read.header import find_columns
from transforms.read.parts import in_batches, no_records, write_part
from transforms.read.series_keys import refuse_repeated

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
_ONCE = "dimension "
"""Before the name of a column that is only read to see that no key comes twice."""


@dataclass(frozen=True)
class _Observation:
    key: Mapping[str, str]
    others: Mapping[str, str]

    def values(self) -> dict[str, str]:
        return {**self.key, **self.others}


def read_sdmx_ml(file: DataFile, read: Read, wanted: Mapping[str, str], connection: duckdb.DuckDBPyConnection) -> Part:
    """The wanted components of all observations as a part: dimensions and attributes by their ids, OBS_VALUE.

    Raises InputError when the message is no SDMX-ML 2.1 data, not whole or without observations, when a component is in
    none of them, and when a key comes more than once.
    """
    names: dict[str, None] = {}
    dimensions: dict[str, None] = {}
    for observation in _observations(file):
        names.update(dict.fromkeys(observation.values()))
        dimensions.update(dict.fromkeys(observation.key))
    if not names:
        raise no_records(file)
    found = list(names)
    columns = {local: found[at] for local, at in find_columns(found, wanted, file, at="its observations").items()}
    own = {f"{_ONCE}{name}": name for name in dimensions}
    every = {**columns, **own}
    rows = ([values.get(name) for name in every.values()] for values in map(_Observation.values, _observations(file)))
    part = write_part(file, list(every), in_batches(rows, list(every)), read.decimal)
    refuse_repeated(file, part.path, list(own), connection)
    return Part(file, part.path, {local: local for local in columns})


def _observations(file: DataFile) -> Iterator[_Observation]:
    """Every observation in file order, what is said of its series, group and data set laid beside its own."""
    try:
        with file.content.open("rb") as stream:
            events = etree.iterparse(
                stream, events=("start", "end"), resolve_entities=False, no_network=True, load_dtd=False
            )
            root = etree.QName(next(iter(events))[1]).localname
            if root not in _MESSAGES:
                raise _no_data(file, root, events)
            found = _generic(events) if _MESSAGES[root] else _specific(events)
            yield from found
    except etree.XMLSyntaxError as error:
        raise file.fault(
            f"the XML is not whole or not well-formed: {error.msg}",
            why="a message that was cut off loses its last observations",
            remedy="fetch it again",
        ) from error


Events = Iterator[tuple[str, etree._Element]]


def _no_data(file: DataFile, root: str, events: Events) -> Exception:
    said = " ".join(text.strip() for _, each in events for text in [each.text or ""] if text.strip())
    return file.fault(
        f"the XML is not a data message of SDMX-ML 2.1, but '{root}'" + (f" ({said[:200]})" if said else ""),
        why="it holds no observation that could be read",
        remedy="ask the service for data as structure-specific or generic SDMX-ML 2.1, or as SDMX-CSV",
    )


def _ended(events: Events, *wanted: str) -> Iterator[tuple[str, etree._Element]]:
    """The elements of some names, once each is whole; what was given is forgotten, so that memory stays small."""
    for event, element in events:
        name = etree.QName(element).localname if isinstance(element.tag, str) else ""
        if event == "end" and name in wanted:
            yield name, element
            if name != "Obs" or etree.QName(element.getparent()).localname == "DataSet":
                element.clear()


def _plain(element: etree._Element | None) -> dict[str, str]:
    """The components of a structure-specific element; what belongs to another namespace speaks of XML, not of data."""
    return {name: value for name, value in _attributes(element) if not name.startswith("{")}


def _attributes(element: etree._Element | None) -> list[tuple[str, str]]:
    return [] if element is None else [(str(name), str(value)) for name, value in element.attrib.items()]


def _specific(events: Events) -> Iterator[_Observation]:
    groups: list[dict[str, str]] = []
    for name, element in _ended(events, "Series", "Group", "Obs"):
        if name == "Group":
            groups.append(_plain(element))
            continue
        if name == "Obs" and etree.QName(element.getparent()).localname == "Series":
            continue
        series = _plain(element) if name == "Series" else {}
        shared = _plain(element.getparent()) | series
        for each in element if name == "Series" else [element]:
            own = shared | _plain(each)
            for group in groups:
                if all(own[key] == value for key, value in group.items() if key in own):
                    own = group | own
            yield _observation({key: value for key, value in own.items() if key != VALUE}, {}, own.get(VALUE))


def _generic(events: Events) -> Iterator[_Observation]:
    at_observation = _TIME
    groups: list[tuple[dict[str, str], dict[str, str]]] = []
    for name, element in _ended(events, "Structure", "Series", "Group", "Obs"):
        if name == "Structure":
            at_observation = element.get("dimensionAtObservation", at_observation)
        elif name == "Group":
            groups.append((_values(element, "GroupKey"), _values(element, "Attributes")))
        elif name == "Series":
            key, said = _values(element, "SeriesKey"), _values(element, "Attributes")
            for each in element.iterfind("{*}Obs"):
                yield _generic_observation(each, key, said, groups, at_observation)
        elif etree.QName(element.getparent()).localname == "DataSet":
            yield _generic_observation(element, {}, {}, groups, at_observation)


def _generic_observation(
    element: etree._Element,
    series: Mapping[str, str],
    said: Mapping[str, str],
    groups: list[tuple[dict[str, str], dict[str, str]]],
    at_observation: str,
) -> _Observation:
    key = {**series, **_values(element, "ObsKey")}
    dimension = element.find("{*}ObsDimension")
    if dimension is not None:
        key[dimension.get("id", at_observation)] = dimension.get("value", "")
    attributes: dict[str, str] = {}
    for of_group, attached in groups:
        if of_group.items() <= key.items():
            attributes |= attached
    value = element.find("{*}ObsValue")
    attributes |= {**said, **_values(element, "Attributes")}
    return _observation(key, attributes, None if value is None else value.get("value"))


def _values(element: etree._Element, under: str) -> dict[str, str]:
    found = chain.from_iterable(each.iterfind("{*}Value") for each in element.iterfind(f"{{*}}{under}"))
    return {each.get("id", ""): each.get("value", "") for each in found}


def _observation(key: Mapping[str, str], attributes: Mapping[str, str], value: str | None) -> _Observation:
    number = {} if value in (None, _NOT_A_NUMBER) else {VALUE: str(value)}
    return _Observation(key, {VALUE: "", **attributes, **number})
