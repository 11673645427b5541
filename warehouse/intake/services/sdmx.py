"""Data of SDMX 2.1 services, whose addresses are in the package sdmx1.

The time of the last change is an annotation of the dataflow: a small answer, where the data may be large, and the
header of SDMX-ML changes with every request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from lxml import etree

from schemas.errors import DeclarationError
from schemas.nearest import nearest
from schemas.services import SdmxQuery
from warehouse.intake.services.base import Asking, Read, read_if_given

_ACCEPTED = {
    "csv": "application/vnd.sdmx.data+csv;version=1.0.0",
    "ml": "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
    "ml_generic": "application/vnd.sdmx.genericdata+xml;version=2.1",
}
_STRUCTURE = "application/vnd.sdmx.structure+xml;version=2.1"
_CSV_BY_PARAMETER = frozenset({"ESTAT", "ESTAT_COMEXT", "COMP", "EMPL", "GROW"})
"""Services of the European Commission, where CSV is requested by a parameter."""
_LAST_UPDATE = frozenset({"LAST_UPDATE", "UPDATE_DATA"})
"""Annotations of a dataflow with the time of its last change: ILOSTAT's and OECD's, Eurostat's."""
_REMEDIES = MappingProxyType(
    {
        400: "correct `flow` and `key`: a key has a position for every dimension",
        404: "correct `flow`, `key`, `start` and `end`; a service also answers like this where it has no data for them "
        "yet",
        413: "narrow `key` or the periods, or declare several files: the service limits the number of observations in "
        "one answer",
        422: "correct `key`: it has a position for every dimension, separated by points",
    }
)


@dataclass(frozen=True)
class SdmxQuestion:
    """Data of a dataflow."""

    query: SdmxQuery
    address: str
    flow_address: str

    @classmethod
    def of(cls, query: SdmxQuery, where: str) -> SdmxQuestion:
        """The question of a filled-in query. Raises DeclarationError where sdmx1 has no such service."""
        # Loading the list of services takes a second, so sources of plain files do not load it.
        from sdmx.rest import Resource

        service = _service(query.service, where)
        url = service.get_url_class()
        periods = {name: each for name, each in {"start_period": query.start, "end_period": query.end}.items() if each}
        data = url(service, Resource.data, resource_id=query.flow, key=query.key, **periods).join()
        if query.format == "csv" and service.id in _CSV_BY_PARAMETER:
            data += ("&" if "?" in data else "?") + "format=SDMX-CSV"
        agency, flow, version = _parts(query.flow, "all" if query.service.startswith("http") else service.id)
        named = {"resource_id": flow, "agency_id": agency, "version": version, "references": "none"}
        return cls(query, data, url(service, Resource.dataflow, **named).join())

    @property
    def asking(self) -> Asking:
        """The request: not every service accepts the language `*`, so English is requested."""
        return Asking({"Accept": _ACCEPTED[self.query.format], "Accept-Language": "en"}, remedies=_REMEDIES)

    def last_update(self, read: Read) -> str | None:
        """When the data last changed, from the dataflow."""
        said = read_if_given(read, self.flow_address, {"Accept": _STRUCTURE, "Accept-Language": "en"})
        return _last_update(said) if said else None

    def fault(self, answer: bytes) -> str:
        """What an answer is instead of data, from its beginning."""
        text = answer.removeprefix(b"\xef\xbb\xbf").lstrip()
        if text.startswith(b"<") == (self.query.format != "csv") and not text.startswith(b"{"):
            return ""
        words = " ".join(re.sub(r"<[^>]*>", " ", text[:2000].decode("utf-8", errors="replace")).split())
        return f"the service's answer is not {_ACCEPTED[self.query.format]} (it says: {words[:200]})"


def _service(name: str, where: str) -> Any:
    import sdmx
    from sdmx.format import Version
    from sdmx.source import DataContentType, Source

    if name.startswith(("http://", "https://")):
        return Source(id="SERVICE", url=name.rstrip("/"), name=name)
    usable = {
        each: source
        for each in sdmx.list_sources()
        if (source := sdmx.get_source(each)).data_content_type is DataContentType.XML
        and Version["2.1"] in source.versions
    }
    if name not in usable:
        raise DeclarationError(
            f"'{name}' is no SDMX 2.1 service that the package sdmx1 knows{nearest(name, usable)}",
            where=where,
            remedy=f"write one of {', '.join(sorted(usable))}; or the address of the service, up to `/data`",
        )
    return usable[name]


def _parts(flow: str, agency: str) -> tuple[str, str, str]:
    """Agency, id and version of a dataflow, which may be given by its id alone."""
    given = flow.split(",")
    if len(given) == 1:
        return agency, flow, "latest"
    return given[0], given[1], given[2] if len(given) > 2 else "latest"


def _last_update(structure: bytes) -> str | None:
    try:
        root = etree.fromstring(structure, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    except etree.XMLSyntaxError:
        return None
    found: Mapping[str, str] = {
        str(each.findtext("{*}AnnotationType")): str(each.findtext("{*}AnnotationTitle"))
        for each in root.iterfind(".//{*}Dataflow/{*}Annotations/{*}Annotation")
    }
    return next((found[name] for name in sorted(_LAST_UPDATE) if found.get(name)), None)
