"""Downloads that resume, try again at growing intervals, and never leave an incomplete file under its name."""

from __future__ import annotations

import logging
import re
import time
from dataclasses import dataclass, field
from typing import NoReturn

import httpx
from tenacity import RetryCallState, Retrying, retry_if_exception_type, wait_exponential

from schemas.errors import FetchError, IlmsError, InputError
from warehouse.intake.client import Patience, asked_pause, network_fault, status_words, what_it_said
from warehouse.intake.drafts import Draft, Remembered
from warehouse.intake.services.base import Asking

logger = logging.getLogger(__name__)

_CONTENT_RANGE = re.compile(r"bytes (\d+)-\d+/(\d+|\*)")
_WORTH_ANOTHER_TRY = frozenset({202, 408, 425, 429})
_GONE = frozenset({404, 410})
_AS_STORED = frozenset({"identity", "gzip", "x-gzip"})
_PLAINLY = Asking({"Accept": "*/*"})


class _InterruptedTry(Exception):
    """One try failed, and another may succeed; `pause` is how long the server asks to wait."""

    def __init__(self, reason: str, pause: float = 0) -> None:
        self.reason, self.pause = reason, pause
        super().__init__(reason)


def download(
    client: httpx.Client, draft: Draft, *, patience: Patience, asking: Asking = _PLAINLY, where: str = ""
) -> Remembered:
    """Download `draft.address` to `draft.target`; a complete target that has not changed since is kept.

    Raises FetchError for faults that another try may solve (no answer, broken connections, 5xx, 429), InputError for
    the others (404, 410, refusals, circular redirects, files beyond the maximum size). The target is complete or
    unchanged.
    """
    transfer = _Transfer(client, draft, patience, asking, f"{where}, {draft.address}" if where else draft.address)
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
    asking: Asking
    where: str
    answered: bool = field(default=False, init=False)

    def give_up(self, state: RetryCallState) -> bool:
        """Whether to stop trying. A server that never answered is tried for some seconds, not the full number of tries,
        and one that asks for more than the longest pause is not tried again.
        """
        waited = (state.seconds_since_start or 0) >= self.patience.first_answer_seconds
        tried = state.attempt_number >= self.patience.attempts or (waited and not self.answered)
        return tried or _pause_of(state) > self.patience.longest_pause

    def pause(self, state: RetryCallState) -> float:
        """Seconds until the next try: growing, up to the longest pause, and at least what the server asks for."""
        growing = wait_exponential(multiplier=self.patience.first_pause, max=self.patience.longest_pause)(state)
        return max(growing, _pause_of(state))

    def report(self, state: RetryCallState) -> None:
        """Log why there is a pause."""
        error = state.outcome.exception() if state.outcome else None
        logger.warning("%s: %s; next try in %.0f s", self.draft.address, error, state.upcoming_sleep)

    def failure(self, error: _InterruptedTry) -> FetchError:
        """The error after all tries."""
        begun, have = self.draft.begun()
        if not begun:
            self.draft.discard()
        asks = f", and asks to be left alone for {error.pause:,.0f} s" if error.pause else ""
        return FetchError(
            f"the download failed: {error.reason}{asks}",
            where=self.where,
            remedy="check the network and the producer's site, then run again"
            + (f"; the {have:,} bytes that came are kept, and the download continues from there" if begun else ""),
        )

    def once(self) -> Remembered:
        """One try."""
        # The answer to a POST request cannot be resumed.
        begun, have = self.draft.begun() if self.asking.body is None else (None, 0)
        known = None if begun or self.asking.body is not None else self.draft.known()
        asked = {**self.asking.headers, **_conditions(begun, have, known)}
        try:
            with self.client.stream(
                "GET" if self.asking.body is None else "POST",
                self.asking.url or self.draft.address,
                headers=asked,
                content=self.asking.body,
            ) as response:
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
                f"the server sends the file encoded as '{encoding}' although plain bytes were requested",
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
        """Check that the rest is of the same file: some servers send a range of a changed file nevertheless."""
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
        """Append the bytes as they arrive."""
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
        """Raise the error of every status without a file."""
        status = status_words(response)
        if response.status_code == 416:
            self.draft.discard()
            raise _InterruptedTry("the server has fewer bytes of the file than it announced before")
        if response.status_code >= 500 or response.status_code in _WORTH_ANOTHER_TRY:
            raise _InterruptedTry(f"the server answered {status}", asked_pause(response))
        said = what_it_said(response)
        self.draft.discard()
        missing = response.status_code in _GONE
        raise InputError(
            f"the {'file is not there' if missing else 'server does not give the file'}: it answered {status}",
            where=self.where + (f" (the server says: {said})" if said else ""),
            remedy=self.asking.remedies.get(
                response.status_code, "look for the file on the producer's site and correct the address in source.yaml"
            ),
        )

    def _fault(self, error: httpx.HTTPError) -> IlmsError | _InterruptedTry:
        """A fault of the network: another try may help, unless it is already an error."""
        fault = network_fault(error, self.patience, self.draft.address, self.where)
        return fault if isinstance(fault, InputError) else _InterruptedTry(fault)


def _pause_of(state: RetryCallState) -> float:
    """How long the server asks not to be tried again."""
    error = state.outcome.exception() if state.outcome else None
    return error.pause if isinstance(error, _InterruptedTry) else 0


def _conditions(begun: Remembered | None, have: int, known: Remembered | None) -> dict[str, str]:
    """The headers that ask for the rest of a file, or for the file if it has changed."""
    if begun:
        return {"Range": f"bytes={have}-", "If-Range": begun.resumes_by or ""}
    if known:
        validators = {"If-None-Match": known.etag, "If-Modified-Since": known.last_modified}
        return {name: value for name, value in validators.items() if value}
    return {}
