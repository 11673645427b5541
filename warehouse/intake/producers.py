"""Asks producers whether a file exists, without fetching it; a host that does not answer is not asked again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field

import httpx

from schemas.errors import InputError
from schemas.wave import Fetch
from transforms.read.kinds import HEAD_BYTES, recognise
from warehouse.intake.client import Patience, asked_pause, network_fault, open_client, status_words
from warehouse.intake.courtesy import Disallowed
from warehouse.intake.file_types import may_be_page
from warehouse.intake.listings import LARGEST, addresses_in
from warehouse.intake.look import Answer, Found, Missing, Unreachable
from warehouse.intake.origins import Wanted
from warehouse.intake.services import Question

_GONE = frozenset({404, 410})
_START = {"Range": f"bytes=0-{HEAD_BYTES - 1}"}


@contextmanager
def asking(contact: str = "") -> Iterator[Producers]:
    """Producers, to be asked within the block."""
    with ExitStack() as stack:
        yield Producers(contact, stack)


@dataclass
class Producers:
    """Asks producers for files. A page is read once, and a host that is silent or busy is not asked again."""

    contact: str
    stack: ExitStack
    _clients: dict[str, httpx.Client] = field(default_factory=dict, init=False)
    _silent: dict[str, Unreachable] = field(default_factory=dict, init=False)
    _pages: dict[str, bytes | Answer] = field(default_factory=dict, init=False)

    def __call__(self, wanted: Wanted, fetch: Fetch) -> Answer:
        """Whether a producer has a file. Raises InputError where its robots.txt disallows to ask."""
        host = httpx.URL(wanted.address).host
        if host in self._silent:
            return self._silent[host]
        patience = Patience(silence_seconds=fetch.timeout_seconds)
        try:
            client = self._client(patience, fetch)
            if wanted.question:
                return self._answered(client, wanted, wanted.question)
            return self._listed(client, wanted) if wanted.link else self._asked(client, wanted)
        except _SilentError as error:
            silent = Unreachable(str(error))
        except httpx.HTTPError as error:
            fault = network_fault(error, patience, wanted.address, wanted.address)
            if isinstance(error, Disallowed) and isinstance(fault, InputError):
                raise fault from error
            silent = Unreachable(fault.what if isinstance(fault, InputError) else fault)
        self._silent[host] = silent
        return silent

    def _client(self, patience: Patience, fetch: Fetch) -> httpx.Client:
        kept = fetch.model_dump_json()
        if kept not in self._clients:
            self._clients[kept] = self.stack.enter_context(open_client(patience, fetch, self.contact))
        return self._clients[kept]

    def _asked(self, client: httpx.Client, wanted: Wanted) -> Answer:
        """Request the head of an answer; its first bytes where the head is refused or not conclusive."""
        head = client.head(wanted.address)
        _require_voice(head, also=frozenset({501}))
        if head.status_code in _GONE:
            return _no_file(head)
        is_page = "html" in head.headers.get("Content-Type", "")
        if head.status_code == 200 and not is_page and head.headers.get("Content-Length") != "0":
            return Found()
        with client.stream("GET", wanted.address, headers=_START) as response:
            _require_voice(response)
            return _judged(response, wanted)

    def _answered(self, client: httpx.Client, wanted: Wanted, question: Question) -> Answer:
        """Ask a service about its data, and for the beginning of an answer where that is a plain request.

        Raises DeclarationError where the service cannot be asked so.
        """

        def read(address: str, headers: Mapping[str, str]) -> bytes:
            page = client.get(address, headers=headers)
            _require_voice(page)
            if not page.is_success:
                raise InputError(f"the server answered {status_words(page)}", where=address)
            return page.content

        try:
            question.last_update(read)
        except InputError as error:
            return Missing(error.what)
        if question.asking.body is not None:
            return Found()
        with client.stream("GET", wanted.address, headers=question.asking.headers) as response:
            _require_voice(response)
            return _judged(response, wanted)

    def _listed(self, client: httpx.Client, wanted: Wanted) -> Answer:
        """Search the page that names the file."""
        page = self._page(client, wanted.address)
        if not isinstance(page, bytes):
            return page
        found = addresses_in(page, wanted.address, wanted.link)
        if not found:
            return Missing(f"the page names no {wanted.link}")
        # Several matching links are an error when the file is fetched.
        return Found()

    def _page(self, client: httpx.Client, address: str) -> bytes | Answer:
        if address not in self._pages:
            with client.stream("GET", address) as response:
                _require_voice(response)
                self._pages[address] = _content(response) if response.is_success else _refused(response)
        return self._pages[address]


class _SilentError(Exception):
    """A server that cannot answer at the moment."""


def _require_voice(response: httpx.Response, also: frozenset[int] = frozenset()) -> None:
    busy = response.status_code == 429 or response.status_code >= 500
    if busy and response.status_code not in also:
        pause = asked_pause(response)
        asks = f", and asks to be left alone for {pause:,.0f} s" if pause else ""
        raise _SilentError(f"the server answered {status_words(response)}{asks}")


def _judged(response: httpx.Response, wanted: Wanted) -> Answer:
    """The finding from the first bytes of an answer."""
    if response.status_code == 416:
        return Missing("the file at the address is empty")
    if response.status_code not in (200, 206):
        return _refused(response)
    start = b""
    for chunk in response.iter_bytes():
        start += chunk
        if len(start) >= HEAD_BYTES:
            break
    kind = recognise(start)
    if kind == "empty":
        return Missing("the file at the address is empty")
    if kind == "html" and not may_be_page(wanted.role, wanted.name):
        return Missing("there is a web page in place of the file")
    return Found()


def _refused(response: httpx.Response) -> Answer:
    if response.status_code in _GONE:
        return _no_file(response)
    return Unreachable(f"the server does not show whether the file exists: it answered {status_words(response)}")


def _no_file(response: httpx.Response) -> Missing:
    return Missing(f"the server answered {status_words(response)}")


def _content(response: httpx.Response) -> bytes:
    content = b""
    for chunk in response.iter_bytes():
        content += chunk
        if len(content) >= LARGEST:
            break
    return content
