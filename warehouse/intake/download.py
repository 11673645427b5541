"""Downloads that resume, try again at growing intervals, and never leave half a file under its name."""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version
from typing import NoReturn

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from schemas.errors import DeclarationError, FetchError, IlmsError, InputError
from warehouse.intake.drafts import Draft, Remembered
from warehouse.intake.proxies import put_back

logger = logging.getLogger(__name__)

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WORTH_ANOTHER_TRY = frozenset({202, 408, 425, 429})
_GONE = frozenset({404, 410})
_AS_STORED = frozenset({"identity", "gzip", "x-gzip"})


@dataclass(frozen=True)
class Patience:
    """How long a server is waited for, how often it is tried, and how much it may send."""

    connect_seconds: float = 5
    silence_seconds: float = 10
    attempts: int = 6
    first_pause: float = 1
    longest_pause: float = 60
    redirects: int = 5
    maximum_bytes: int = 16 * 1024**3
    slow_seconds: float = 60
    slow_bytes_per_second: float = 500

    @property
    def first_answer_seconds(self) -> float:
        """How long a connection may take, and how long a server that never answered is tried again."""
        return min(self.connect_seconds, self.silence_seconds)


class _InterruptedTry(Exception):
    """One try failed in a way that another may not; `pause` is what the server asks to wait."""

    def __init__(self, reason: str, pause: float = 0) -> None:
        self.reason, self.pause = reason, pause
        super().__init__(reason)


def open_client(patience: Patience) -> httpx.Client:
    """A client with the time-outs and redirect limit of `patience`, asking for bytes as they are stored.

    It goes through the proxies of the environment. Raises DeclarationError when one of them cannot be used.
    """
    try:
        with put_back():
            return httpx.Client(
                timeout=httpx.Timeout(patience.silence_seconds, connect=patience.first_answer_seconds),
                follow_redirects=True,
                max_redirects=patience.redirects,
                headers={"User-Agent": f"ilms/{version('ilms')}", "Accept-Encoding": "identity"},
            )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Their words may quote the address, and with it a password.
        raise DeclarationError(
            "a proxy that the environment names cannot be used for fetching",
            where="HTTP_PROXY, HTTPS_PROXY or ALL_PROXY",
            why="nothing can be downloaded through it",
            remedy="name an http:// proxy (those of SOCKS are not supported), or unset it; or fetch into a folder and"
            " set ILMS_MIRROR",
        ) from error


def download(
    client: httpx.Client, draft: Draft, *, patience: Patience, headers: Mapping[str, str] | None = None, where: str = ""
) -> Remembered:
    """Bring the bytes of `draft.address` to `draft.target`; keep a complete target that has not changed since.

    Raises FetchError for what another try may solve (no answer, cuts, 5xx, 429), InputError for what it will not
    (404, 410, refusals, redirects in a circle, files beyond the maximum size). The target is complete or untouched.
    """
    transfer = _Transfer(
        client, draft, patience, headers or {}, f"{where}, {draft.address}" if where else draft.address
    )
    tries = Retrying(
        retry=retry_if_exception_type(_InterruptedTry),
        stop=transfer.give_up,
        wait=transfer.pause,
        before_sleep=transfer.report,
        reraise=True,
    )
    try:
        return tries(transfer.once)
    except _InterruptedTry as error:
        raise transfer.failure(error) from error


@dataclass
class _Transfer:
    """One download over all its tries."""

    client: httpx.Client
    draft: Draft
    patience: Patience
    headers: Mapping[str, str]
    where: str
    answered: bool = field(default=False, init=False)

    def give_up(self, state: RetryCallState) -> bool:
        """Whether to stop trying. A server that never answered gets seconds, not the full number of tries."""
        waited = (state.seconds_since_start or 0) >= self.patience.first_answer_seconds
        return state.attempt_number >= self.patience.attempts or (waited and not self.answered)

    def pause(self, state: RetryCallState) -> float:
        """Seconds until the next try: growing, and at least what the server asks for, up to the longest pause."""
        growing = wait_exponential(multiplier=self.patience.first_pause, max=self.patience.longest_pause)(state)
        error = state.outcome.exception() if state.outcome else None
        asked = error.pause if isinstance(error, _InterruptedTry) else 0
        return min(max(growing, asked), self.patience.longest_pause)

    def report(self, state: RetryCallState) -> None:
        """Log why there is a pause."""
        error = state.outcome.exception() if state.outcome else None
        logger.warning("%s: %s; next try in %.0f s", self.draft.address, error, state.upcoming_sleep)

    def failure(self, error: _InterruptedTry) -> FetchError:
        """The error after all tries."""
        begun, have = self.draft.begun()
        if not begun:
            self.draft.discard()
        return FetchError(
            f"the download failed: {error.reason}",
            where=self.where,
            remedy="check the network and the producer's site, then run again"
            + (f"; the {have:,} bytes that came are kept, and the download continues from there" if begun else ""),
        )

    def once(self) -> Remembered:
        """One try."""
        begun, have = self.draft.begun()
        known = None if begun else self.draft.known()
        asked = {**self.headers, **_conditions(begun, have, known)}
        try:
            with self.client.stream("GET", self.draft.address, headers=asked) as response:
                self.answered = True
                if response.status_code == 304 and known:
                    return known
                if response.status_code == 206 and begun:
                    self._check_continuation(response, begun, have)
                elif response.status_code == 200:
                    begun, have = self._begin(response), 0
                else:
                    self._refuse(response)
                self._receive(response, begun, have)
                self.draft.finish()
                return begun
        except httpx.HTTPError as error:
            raise self._fault(error) from error

    def _begin(self, response: httpx.Response) -> Remembered:
        """Start from the first byte."""
        encoding = response.headers.get("Content-Encoding", "identity").lower()
        if encoding not in _AS_STORED:
            raise InputError(
                f"the server sends the file encoded as '{encoding}' though plain bytes were asked for",
                where=self.where,
                remedy="declare another address of the file",
            )
        length = response.headers.get("Content-Length", "")
        begun = Remembered(
            self.draft.address,
            response.headers.get("ETag"),
            response.headers.get("Last-Modified"),
            int(length) if length.isdecimal() else None,
        )
        self._check_size(begun.total or 0)
        self.draft.begin(begun)
        return begun

    def _check_continuation(self, response: httpx.Response, begun: Remembered, have: int) -> None:
        """The rest must be of the file that was begun: some servers send a range of a changed file all the same."""
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", ""))
        etag, modified = response.headers.get("ETag"), response.headers.get("Last-Modified")
        same = (
            found is not None
            and int(found[1]) == have
            and (found[2] == "*" or begun.total is None or int(found[2]) == begun.total)
            and (not etag or not begun.etag or etag == begun.etag)
            and (not modified or not begun.last_modified or modified == begun.last_modified)
        )
        if not same:
            self.draft.discard()
            raise _InterruptedTry("the file changed on the server while it was being downloaded")

    def _check_size(self, size: int) -> None:
        if size > self.patience.maximum_bytes:
            self.draft.discard()
            raise InputError(
                f"the file is larger than {self.patience.maximum_bytes:,} bytes",
                where=self.where,
                why="it would fill the disk, and no survey file is that large",
                remedy="check the address, or declare only the files that are needed",
            )

    def _receive(self, response: httpx.Response, begun: Remembered, have: int) -> None:
        """Append what comes, as it comes."""
        size, watched_size, watched_from = have, have, time.monotonic()
        with self.draft.part.open("ab") as stream:
            for chunk in response.iter_raw():
                size += len(chunk)
                self._check_size(size)
                stream.write(chunk)
                elapsed = time.monotonic() - watched_from
                if elapsed >= self.patience.slow_seconds:
                    if size - watched_size < self.patience.slow_bytes_per_second * elapsed:
                        raise _InterruptedTry(f"the server sent only {size - watched_size:,} bytes in {elapsed:.0f} s")
                    watched_size, watched_from = size, time.monotonic()
        if begun.total is not None and size != begun.total:
            if size > begun.total:
                self.draft.discard()
            raise _InterruptedTry(f"{size:,} bytes came of the {begun.total:,} that the server announced")

    def _refuse(self, response: httpx.Response) -> NoReturn:
        """Every status that brings no file."""
        status = f"{response.status_code} {response.reason_phrase}".strip()
        if response.status_code == 416:
            self.draft.discard()
            raise _InterruptedTry("the server has fewer bytes of the file than it announced before")
        if response.status_code >= 500 or response.status_code in _WORTH_ANOTHER_TRY:
            raise _InterruptedTry(f"the server answered {status}", _asked_pause(response))
        said = _what_it_said(response)
        self.draft.discard()
        missing = response.status_code in _GONE
        raise InputError(
            f"the {'file is not there' if missing else 'server does not give the file'}: it answered {status}",
            where=self.where + (f" (the server says: {said})" if said else ""),
            remedy="look for the file on the producer's site and correct the address in source.yaml",
        )

    def _fault(self, error: httpx.HTTPError) -> IlmsError | _InterruptedTry:
        """A fault of the network in plain words."""
        patience = self.patience
        match error:
            case httpx.ConnectTimeout():
                return _InterruptedTry(f"the server did not answer within {patience.first_answer_seconds:g} s")
            case httpx.TimeoutException():
                return _InterruptedTry(f"the server did not answer for {patience.silence_seconds:g} s")
            case httpx.ConnectError():
                return _InterruptedTry(f"no connection to {httpx.URL(self.draft.address).host}: {error}")
            case httpx.TooManyRedirects():
                what = f"the address redirects more than {patience.redirects} times"
            case httpx.UnsupportedProtocol():
                what = "the address redirects to something that is neither http nor https"
            case _:
                return _InterruptedTry(f"the connection broke: {error}")
        remedy = "open the address in a browser and declare the one where the file really is"
        return InputError(what, where=self.where, remedy=remedy)


def _conditions(begun: Remembered | None, have: int, known: Remembered | None) -> dict[str, str]:
    """The headers that ask for the rest of a file, or for the file if it has changed."""
    if begun:
        return {"Range": f"bytes={have}-", "If-Range": begun.resumes_by or ""}
    if known:
        validators = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in validators.items() if value}
    return {}


def _asked_pause(response: httpx.Response) -> float:
    """Retry-After in seconds: a number, or a date; 0 when there is none."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    try:
        at = parsedate_to_datetime(asked)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0)


def _what_it_said(response: httpx.Response) -> str:
    """The beginning of an error answer in words, such as the reason an SDMX service gives; nothing of a web page."""
    if "html" in response.headers.get("Content-Type", "html"):
        return ""
    said = b""
    for chunk in response.iter_bytes():
        said += chunk
        if len(said) >= 2000:
            break
    words = re.sub(r"<[^>]*>", " ", said[:2000].decode("utf-8", errors="replace"))
    return " ".join(words.split())[:200]
