"""Answers with structures: those that a request names, with those that they refer to or that refer to them."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping
from dataclasses import dataclass, replace

from starlette.requests import Request

from warehouse.sdmx.artefacts import CODELIST, StructureMessage
from warehouse.sdmx.available import codes_used
from warehouse.sdmx.formats import STRUCTURE_FORMATS
from warehouse.sdmx.formats.base import StructureFormat
from warehouse.sdmx.query import Slice, select_rows
from warehouse.sdmx.structures import build_structures
from warehouse.service.answers import ALWAYS, Prepared, compressed, is_unchanged, message_id, release_headers
from warehouse.service.errors import no_results
from warehouse.service.negotiation import accepted, choose_encoding, choose_format, choose_language
from warehouse.service.shelf import Held, OpenRelease
from warehouse.service.structure_request import STUBS, Address, Selected, StructureRequest, matching, related
from warehouse.service.structures import Structures
from warehouse.service.work import Job


@dataclass(frozen=True)
class StructureRepresentation:
    """What of the formats, languages and compressions the client gets."""

    form: StructureFormat
    language: str | None
    encoding: str | None

    def headers(self, held: Held, request: Request) -> dict[str, str]:
        """The headers of an answer so represented, from a release."""
        return {**ALWAYS, **release_headers(held, request, self.form.content_type, self.language, self.encoding)}

    def answer(self, message: StructureMessage, headers: Mapping[str, str]) -> Prepared:
        """The answer with a message."""
        said = {"Content-Type": self.form.content_type}
        said |= {"Content-Language": self.language} if self.language else {}
        said |= {"Content-Encoding": self.encoding} if self.encoding else {}
        return Prepared({**headers, **said}, self._body(message))

    def _body(self, message: StructureMessage) -> Generator[bytes]:
        pieces = self.form.chunks(message)
        yield from compressed(pieces) if self.encoding else pieces


def structure_representation(request: Request, *, is_modern: bool) -> StructureRepresentation:
    """What the client gets; where it does not care, JSON in the syntax of SDMX 3.0, and else SDMX-ML 2.1.

    Raises RequestError (406) where nothing that it accepts is there.
    """
    by_preference = sorted(STRUCTURE_FORMATS, key=lambda each: "json" not in each.media_type)
    form, _ = choose_format(accepted(request), by_preference if is_modern else STRUCTURE_FORMATS)
    return StructureRepresentation(
        form,
        choose_language(request.headers.get("accept-language")),
        choose_encoding(request.headers.get("accept-encoding")),
    )


def prepare_structures(job: Job, request: Request, asked: StructureRequest) -> Prepared:
    """Answer a request for structures. Raises RequestError for what cannot be answered."""
    chosen = structure_representation(request, is_modern=asked.is_modern)
    held = job.hold(asked.as_of)
    headers = chosen.headers(held, request)
    if is_unchanged(request, headers["ETag"], held.since):
        return Prepared(headers, status=304)
    structures = structures_of(job, held.release)
    selected = select(job, held.release, structures, asked)
    return chosen.answer(structures.message(selected, chosen.language, id=message_id(headers)), headers)


def structures_of(job: Job, release: OpenRelease) -> Structures:
    """All structures of a release, put together once."""
    with release.lock:
        if release.structures is None:
            message = build_structures(
                job.cursor(release), release.served.values(), agency=release.agency, prepared=release.moment
            )
            release.structures = Structures(message)
        return release.structures


def select(job: Job, release: OpenRelease, structures: Structures, asked: StructureRequest) -> list[Selected]:
    """What an answer holds, and how much of each. Raises RequestError (404) where nothing fits."""
    found = matching(asked, structures.artefacts)
    wanted = asked.items.ids
    if wanted is not None:
        found = [each for each in found if wanted & {item.id for item in structures.items(each)}]
    if not found:
        raise no_results("No structure fits. All that there are: structure/all/all/all?detail=allstubs.")
    own, others = STUBS.get(asked.detail, ("full", "full"))
    besides = sorted(related(found, asked.references, structures.references))
    selected = [*(Selected(each, own, wanted) for each in found), *(Selected(each, others) for each in besides)]
    if asked.detail != "referencepartial":
        return selected
    used = _used_items(job, release, structures, found)
    return [replace(each, items=used.get(each.address)) if each.address in besides else each for each in selected]


def _used_items(
    job: Job, release: OpenRelease, structures: Structures, found: Iterable[Address]
) -> Mapping[Address, frozenset[str]]:
    """The codes that have data in the dataflows that were asked for, with those above them, by their lists."""
    used: dict[Address, set[str]] = {}
    cursor = job.cursor(release)
    for flow in release.served.values():
        structure = flow.structure(release.agency)
        if not {flow.id, structure.id} & {each.id for each in found}:
            continue
        rows = select_rows(cursor, flow, Slice(), agency=release.agency)
        described = structures.whole.described(structure).structure
        for codelist, codes in codes_used(rows).items():
            here = described.beside(codelist)
            used.setdefault(Address(CODELIST.resource, here.agency, here.id, here.version), set()).update(codes)
    return {each: structures.with_parents(each, codes) for each, codes in used.items()}
