"""Answers on their way to a client: the headers, then one piece after the other, as fast as the client takes them."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import zlib
from collections.abc import Callable, Generator, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from functools import partial
from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from warehouse.service.errors import MEDIA_TYPES, RequestError, error_message, internal_error
from warehouse.service.negotiation import error_format, vary
from warehouse.service.program import program_mark
from warehouse.service.shelf import Held
from warehouse.service.work import Desk, Job, Stopped

HEAD = "ilms.head"
"""In the scope of requests for headers alone, which are answered as those for the whole are until the body."""
PIECE = 262_144
"""Bytes that are sent at once; a client that takes too long for them is left."""
BEGINNING = 4 * PIECE
"""Bytes that are put together before any is sent: nothing is kept open for answers that are no longer than that."""
GZIP = 16 + zlib.MAX_WBITS
GZIP_LEVEL = 3
ALWAYS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "ETag, Last-Modified, Content-Language, Content-Disposition, ILMS-Release",
    "Vary": vary(),
    "X-Content-Type-Options": "nosniff",
}
logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prepared:
    """What is answered: status and headers, and the body piece by piece."""

    headers: Mapping[str, str]
    body: Generator[bytes] | None = None
    status: int = HTTPStatus.OK


Prepare = Callable[[Job], Prepared]
Refuse = Callable[[RequestError, str | None], tuple[Mapping[str, str], bytes]]
"""Headers and body that say why a request is not answered, for a client that accepts this."""


@dataclass(frozen=True)
class _Start:
    """The beginning of an answer: its first pieces, and the rest unless they are all."""

    prepared: Prepared
    pieces: bytes = b""
    rest: Generator[bytes] | None = field(default=None)

    @property
    def headers(self) -> Mapping[str, str]:
        """Those prepared, with the length where it is known."""
        if self.prepared.body is None or self.rest is not None:
            return self.prepared.headers
        return {**self.prepared.headers, "Content-Length": str(len(self.pieces))}


class Answer(Response):
    """An answer that is prepared in a thread once it is its turn."""

    def __init__(self, desk: Desk, request: Request, prepare: Prepare, refuse: Refuse | None = None) -> None:
        super().__init__()
        self._desk, self._request, self._prepare = desk, request, prepare
        self._refusal = refuse or refusal
        self._has_begun = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer the request; leave off when the client does."""
        del scope
        answering = asyncio.ensure_future(self._answer(send))
        leaving = asyncio.ensure_future(_client_left(receive))
        try:
            await asyncio.wait([answering, leaving], return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            if not answering.done():
                answering.cancel()
            await asyncio.wait([answering])
        if not answering.cancelled() and (error := answering.exception()):
            raise error

    async def _answer(self, send: Send) -> None:
        try:
            async with self._desk.job() as job, asyncio.timeout(self._desk.limits.answer_seconds):
                await self._work(job, send)
        except RequestError as error:
            await self._refuse(error, send)
        except (Stopped, TimeoutError):
            self._break_off()
        except Exception:
            logger.exception("%s %s", self._request.method, self._request.url.path)
            await self._refuse(internal_error(), send)

    async def _work(self, job: Job, send: Send) -> None:
        limits = self._desk.limits
        is_head = HEAD in self._request.scope
        begin = partial(_begin, self._prepare, job, is_head=is_head)
        start = await self._desk.run(job, begin, limits.query_seconds)
        await self._send_start(start.prepared.status, start.headers, send)
        await self._send_body(b"" if is_head else start.pieces, send, more=start.rest is not None and not is_head)
        while start.rest is not None and not is_head:
            piece = await self._desk.run(job, partial(_gathered, start.rest), limits.query_seconds)
            await self._send_body(piece, send, more=bool(piece))
            if not piece:
                return

    async def _send_start(self, status: int, headers: Mapping[str, str], send: Send) -> None:
        self._has_begun = True
        raw = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})

    async def _send_body(self, content: bytes, send: Send, *, more: bool) -> None:
        for start in range(0, len(content), PIECE) or [0]:
            piece, is_last = content[start : start + PIECE], start + PIECE >= len(content)
            async with asyncio.timeout(self._desk.limits.stalled_seconds):
                await send({"type": "http.response.body", "body": piece, "more_body": more or not is_last})

    def _break_off(self) -> None:
        """Part of the answer is on its way, and the rest cannot follow: the server closes the connection."""
        logger.warning("%s %s was not finished", self._request.method, self._request.url.path)

    async def _refuse(self, error: RequestError, send: Send) -> None:
        if self._has_begun:
            self._break_off()
            return
        headers, body = self._refusal(error, self._request.headers.get("accept"))
        await self._send_start(error.status, headers, send)
        await self._send_body(b"" if HEAD in self._request.scope else body, send, more=False)


def refusal(error: RequestError, accept: str | None) -> tuple[Mapping[str, str], bytes]:
    """Headers and body that say why a request is not answered."""
    form = error_format(accept)
    body = error_message(error, form)
    content = {"Content-Type": f"{MEDIA_TYPES[form]}; charset=utf-8", "Content-Length": str(len(body))}
    return {**ALWAYS, **content, "Cache-Control": "no-store", **error.headers}, body


def _begin(prepare: Prepare, job: Job, *, is_head: bool) -> _Start:
    """Prepare an answer, and read as much of it as is sent at once: whatever is wrong with it mostly shows there.

    What the request holds is given back at once when nothing more is read.
    """
    prepared = prepare(job)
    first, rest = b"", None
    if prepared.body is not None:
        job.keep(prepared.body)
        first = _gathered(prepared.body, BEGINNING)
        rest = prepared.body if len(first) >= BEGINNING else None
    if rest is None or is_head:
        job.close()
    return _Start(prepared, first, rest)


def _gathered(body: Iterable[bytes], enough: int = PIECE) -> bytes:
    """The next pieces, until there is enough to send; nothing at the end."""
    pieces, size = [], 0
    for piece in body:
        pieces.append(piece)
        size += len(piece)
        if size >= enough:
            break
    return b"".join(pieces)


async def _client_left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def compressed(pieces: Iterable[bytes]) -> Generator[bytes]:
    """The pieces, compressed by gzip."""
    packer = zlib.compressobj(GZIP_LEVEL, zlib.DEFLATED, GZIP)
    for piece in pieces:
        if packed := packer.compress(piece):
            yield packed
    yield packer.flush()


def release_headers(held: Held, request: Request, *chosen: str | None) -> dict[str, str]:
    """What tells a client and its caches which release an answer is of, and whether it has it already."""
    return {
        "ETag": entity_tag(held, request, *chosen),
        "Last-Modified": http_date(held.since),
        "Cache-Control": "no-cache",
        "ILMS-Release": held.release.id,
    }


def message_id(headers: Mapping[str, str]) -> str:
    """The id of a message: the same for the same answer."""
    return "ILMS-" + headers["ETag"].strip('"')


def entity_tag(held: Held, request: Request, *chosen: str | None) -> str:
    """A mark that changes with the release, what is asked, the representation chosen, and the program."""
    asked = [program_mark(), request.url.path, request.url.query, *(each or "" for each in chosen)]
    digest = hashlib.sha256("\n".join(asked).encode("utf-8", errors="replace")).hexdigest()[:16]
    return f'"{held.release.id}-{digest}"'


def is_unchanged(request: Request, tag: str, since: datetime) -> bool:
    """Whether the client has the answer already, by its mark or, where it sends none, by its time."""
    if (marks := request.headers.get("if-none-match")) is not None:
        return marks.strip() == "*" or tag in [each.strip().removeprefix("W/") for each in marks.split(",")]
    try:
        had = parsedate_to_datetime(request.headers.get("if-modified-since", ""))
        return since.replace(microsecond=0) <= had
    except (ValueError, TypeError):
        return False


def http_date(moment: datetime) -> str:
    """A time as HTTP writes it."""
    return format_datetime(moment, usegmt=True)
