"""Answers with structures: those that a request names, with those that they refer to or that refer to them."""

from __future__ import annotations

import gzip
from collections.abc import Generator, Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from starlette.requests import Request

from warehouse.sdmx.available import codes_used
from warehouse.sdmx.formats import STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import StructureFormat
from warehouse.sdmx.query import Slice, select_rows
from warehouse.sdmx.structures import build_structures
from warehouse.service.answers import ALWAYS, Prepared, compressed, is_unchanged
from warehouse.service.data_answer import release_headers
from warehouse.service.errors import no_results
from warehouse.service.negotiation import accepted, choose_encoding, choose_format, choose_language
from warehouse.service.shelf import OpenRelease
from warehouse.service.structure_request import (
    STUBS,
    Address,
    Selected,
    StructureRequest,
    matching,
    related,
)
from warehouse.service.structure_xml import XmlStructures
from warehouse.service.work import Job

SERVED = tuple(each for each in STRUCTURE_FORMATS if each.suffix == ".xml")
"""The formats that parts of a message can be taken from."""


def prepare_structures(job: Job, request: Request, asked: StructureRequest) -> Prepared:
    """Answer a request for structures. Raises RequestError for what cannot be answered."""
    form, _ = choose_format(accepted(request), SERVED)
    language = choose_language(request.headers.get("accept-language"))
    encoding = choose_encoding(request.headers.get("accept-encoding"))
    held = job.hold(asked.as_of)
    headers = {**ALWAYS, **release_headers(held, request, form.content_type, language, encoding)}
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    release = held.release
    structures = structures_of(job, release, form)
    body = structures.message(select(job, release, structures, asked), language)
    return Prepared({**headers, **content_headers(form, language, encoding)}, as_body(body, encoding))


def content_headers(form: StructureFormat, language: str | None, encoding: str | None) -> Mapping[str, str]:
    """The headers that say what a message of structures is written in."""
    said = {"Content-Type": form.content_type}
    if language:
        said["Content-Language"] = language
    return said | ({"Content-Encoding": encoding} if encoding else {})


def as_body(message: bytes, encoding: str | None) -> Generator[bytes]:
    """A message as pieces, compressed where the client wants it so."""
    yield from compressed([message]) if encoding else [message]


def structures_of(job: Job, release: OpenRelease, form: StructureFormat) -> XmlStructures:
    """All structures of a release in a format, put together once."""
    with release.lock:
        if form.name not in release.structures:
            release.structures[form.name] = XmlStructures(_message(job.cursor(release), release, form))
        return release.structures[form.name]


def _message(cursor: duckdb.DuckDBPyConnection, release: OpenRelease, form: StructureFormat) -> bytes:
    for suffix, read in (("", bytes), (".gz", gzip.decompress)):
        file = release.folder / "sdmx" / f"{form.file}{suffix}"
        if file.is_file():
            return read(file.read_bytes())
    message = build_structures(cursor, release.flows.values(), agency=release.agency, prepared=release.moment)
    with TemporaryDirectory(prefix="ilms-serve-") as folder:
        form.write(message, Path(folder) / form.file)
        return (Path(folder) / form.file).read_bytes()


def select(job: Job, release: OpenRelease, structures: XmlStructures, asked: StructureRequest) -> list[Selected]:
    """What an answer holds, and how much of each. Raises RequestError (404) where nothing fits."""
    found = [each for each in matching(asked, structures.references) if _is_served(release, each)]
    if asked.items.ids is not None:
        found = [each for each in found if asked.items.ids & set(structures.items(each))]
    if not found:
        raise no_results("No structure fits. All that there are: structure/all/all/all?detail=allstubs.")
    own, others = STUBS.get(asked.detail, ("full", "full"))
    wanted = [Selected(each, own, asked.items.ids) for each in found]
    besides = [each for each in related(found, asked.references, structures.references) if _is_served(release, each)]
    selected = [*wanted, *(Selected(each, others) for each in sorted(besides))]
    if asked.detail != "referencepartial":
        return selected
    used = _used_items(job, release, structures, found)
    return [replace(each, items=used.get(each.address)) if each.address not in found else each for each in selected]


def _is_served(release: OpenRelease, address: Address) -> bool:
    """No dataflow and no data structure without data."""
    if address.kind == "dataflow":
        return address.id in release.flows
    return address.kind != "datastructure" or f"DF_{address.id}" in release.flows


def _used_items(
    job: Job, release: OpenRelease, structures: XmlStructures, found: Iterable[Address]
) -> Mapping[Address, frozenset[str]]:
    """The codes that have data in the dataflows that were asked for, with those above them, by their lists."""
    used: dict[str, set[str]] = {}
    cursor = job.cursor(release)
    for flow_id in {flow_id for each in found for flow_id in (each.id, f"DF_{each.id}")} & release.flows.keys():
        rows = select_rows(cursor, release.flows[flow_id], Slice(), agency=release.agency)
        for codelist, codes in codes_used(rows).items():
            used.setdefault(codelist, set()).update(codes)
    return {each: with_parents(structures, each, used[each.id]) for each in structures.references if each.id in used}


def with_parents(structures: XmlStructures, address: Address, codes: Iterable[str]) -> frozenset[str]:
    """Codes and all that are above them in their list."""
    parents = structures.parents(address)
    found: set[str] = set()
    waiting = list(codes)
    while waiting:
        code = waiting.pop()
        if code not in found:
            found.add(code)
            waiting += [parents[code]] if code in parents else []
    return frozenset(found)
