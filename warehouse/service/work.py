"""The work on one request: in a thread, within its time, and ended when the client leaves."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, asynccontextmanager
from functools import partial
from threading import Lock
from typing import TypeVar

import duckdb

from warehouse.service.errors import RequestError, too_large, unavailable
from warehouse.service.limits import Limits
from warehouse.service.shelf import Held, OpenRelease, Shelf

Result = TypeVar("Result")
RETRY_AFTER = 5
OUT_OF_MEMORY = "Out of Memory Error"
"""How DuckDB's error begins, in whatever exception Arrow wraps it."""


class Stopped(Exception):
    """The work on a request was stopped: the client left, or its time is over."""


class Job:
    """What a request holds: releases, and cursors that can be interrupted from another thread."""

    def __init__(self, shelf: Shelf, limits: Limits) -> None:
        self.shelf, self.limits = shelf, limits
        self._held = ExitStack()  # ends what was begun last first: pieces, then cursors, then releases
        self._cursors: list[duckdb.DuckDBPyConnection] = []
        self._lock = Lock()
        self.is_stopped, self.has_begun, self.is_closed = False, False, False

    def hold(self, as_of: str | None = None) -> Held:
        """A release, held until the work ends."""
        return self._held.enter_context(self.shelf.hold(as_of))

    def cursor(self, release: OpenRelease) -> duckdb.DuckDBPyConnection:
        """A connection to a release of this work alone. Raises Stopped when the work is to end."""
        with self._lock:
            if self.is_stopped:
                raise Stopped
            cursor = release.database.cursor()
            self._cursors.append(cursor)
        self._held.callback(self._let_go, cursor)
        return cursor

    def _let_go(self, cursor: duckdb.DuckDBPyConnection) -> None:
        with self._lock:
            self._cursors.remove(cursor)
        cursor.close()

    def do(self, step: Callable[[], Result]) -> Result:
        """One step of the work, in a thread. Raises Stopped when the work is to end."""
        if self.is_stopped:
            raise Stopped
        self.has_begun = True
        return step()

    def keep(self, pieces: Generator[bytes]) -> Generator[bytes]:
        """The pieces of an answer, which are let go before the cursors that they are read from."""
        self._held.callback(pieces.close)
        return pieces

    def stop(self) -> None:
        """End whatever DuckDB does for it; from any thread."""
        with self._lock:
            self.is_stopped = True
            for cursor in self._cursors:
                cursor.interrupt()

    def close(self) -> None:
        """Give back cursors and releases. Nothing may run any more."""
        self._held.close()
        self.is_closed = True


class Desk:
    """Where requests are answered: so many at a time, by so many threads; the others wait in line."""

    def __init__(self, shelf: Shelf, limits: Limits) -> None:
        self.shelf, self.limits = shelf, limits
        self._threads = ThreadPoolExecutor(limits.threads, thread_name_prefix="ilms-serve")
        self._places = asyncio.Semaphore(limits.requests)

    def close(self) -> None:
        """End the threads."""
        self._threads.shutdown(wait=True, cancel_futures=True)

    @asynccontextmanager
    async def job(self) -> AsyncIterator[Job]:
        """The work on a request, once it is its turn. Raises RequestError (503) when that takes too long."""
        try:
            async with asyncio.timeout(self.limits.waiting_seconds):
                await self._places.acquire()
        except TimeoutError as error:
            raise busy() from error
        job = Job(self.shelf, self.limits)
        try:
            yield job
        finally:
            try:
                if not job.is_closed:
                    await asyncio.shield(self._in_thread(job.close))
            finally:
                self._places.release()

    async def run(self, job: Job, step: Callable[[], Result], seconds: float) -> Result:
        """Do one step of the work in a thread.

        Raises RequestError (413) when it takes longer or needs too much memory, 503 when no thread came to it in that
        time, and Stopped when the job was stopped.
        When the waiting is cancelled, the step is interrupted, and has ended before this returns.
        """
        running = self._in_thread(partial(job.do, step))
        try:
            async with asyncio.timeout(seconds):
                return await asyncio.shield(running)
        except TimeoutError as error:
            await _ended(job, running)
            if not job.has_begun:
                raise busy() from error
            raise too_large(f"The answer takes more than {seconds:.0f} seconds: ask for less at once.") from error
        except asyncio.CancelledError:
            await _ended(job, running)
            raise
        except Exception as error:
            if job.is_stopped:
                raise Stopped from error
            if OUT_OF_MEMORY in str(error):
                raise too_large("The answer needs too much memory: ask for less at once.") from error
            raise

    def _in_thread(self, step: Callable[[], Result]) -> asyncio.Future[Result]:
        return asyncio.get_running_loop().run_in_executor(self._threads, step)


def busy() -> RequestError:
    """There is too much to do."""
    return unavailable("The service is busy. Ask again in a moment.", retry_after=RETRY_AFTER)


async def _ended(job: Job, running: asyncio.Future[Result]) -> None:
    """Interrupt what runs, and wait for its end: its cursor may be closed only then."""
    job.stop()
    while not running.done():
        await asyncio.wait([running], timeout=0.1)
        job.stop()
    if not running.cancelled():
        running.exception()
