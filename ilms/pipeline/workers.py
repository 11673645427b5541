"""Worker processes for partitions, forked from one process that has loaded the heavy libraries already."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from functools import partial
from multiprocessing import connection, get_context, parent_process
from typing import TYPE_CHECKING, Any

from ilms.logs import log_warnings
from ilms.pipeline.shares import Share
from ilms.settings import Settings
from schemas.errors import IlmsError

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

    from ilms.pipeline.one_partition import Work

PATIENCE_SECONDS = 10.0
KILLED = 137


@dataclass(frozen=True)
class Said:
    """A stage of a partition is done; what it says."""

    key: str
    line: str


@dataclass(frozen=True)
class Ended:
    """A partition has ended: well, with an error, or `lost` with its process."""

    key: str
    error: IlmsError | None = None
    lost: bool = False


class Worker:
    """A process that works for one partition after the other."""

    def __init__(self) -> None:
        context = get_context("forkserver")
        context.set_forkserver_preload(["ilms.pipeline.preloaded"])
        self.pipe, theirs = context.Pipe()
        self.process = context.Process(target=_work, args=(theirs, dict(os.environ)), daemon=True)
        self.process.start()
        theirs.close()
        self.key = ""

    def start(self, settings: Settings, key: str, share: Share, work: Work) -> None:
        """Let it do the work of a partition with its share of the machine."""
        self.key = key
        # A process that ended meanwhile is found when its answer is read.
        with suppress(BrokenPipeError):
            self.pipe.send((replace(settings, memory_limit=share.memory), key, share.threads, work))

    def answer(self) -> Said | Ended:
        """What it says next; waits for it."""
        try:
            answer: Said | Ended = self.pipe.recv()
        except (EOFError, ConnectionResetError):
            answer = Ended(self.key, lost=True)
        if isinstance(answer, Ended):
            self.key = ""
        return answer

    def end(self) -> None:
        """Let it end what it does, and end it if it does not."""
        self.pipe.close()
        if self.process.is_alive() and self.key:
            os.kill(self.process.pid or 0, signal.SIGINT)
        self.process.join(PATIENCE_SECONDS)
        self.process.kill()
        self.process.join()


@contextmanager
def crew() -> Iterator[list[Worker]]:
    """A list for workers, all of which are ended with the block, however it ends."""
    workers: list[Worker] = []
    try:
        yield workers
    finally:
        for worker in workers:
            worker.end()


def answers(workers: Sequence[Worker]) -> Iterator[tuple[Worker, Said | Ended]]:
    """What workers at work say next; waits for at least one of them."""
    at_work = {worker.pipe: worker for worker in workers if worker.key}
    for pipe in connection.wait(list(at_work)):
        worker = at_work[pipe]  # type: ignore[index]  # only pipes were waited for
        yield worker, worker.answer()


def _work(pipe: Connection, environment: dict[str, str]) -> None:
    """Do what comes through the pipe until it is closed."""
    from transforms.duck import use_threads

    os.environ.update(environment)
    signal.signal(signal.SIGINT, _interrupt_once)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    log_warnings()
    with suppress(EOFError, KeyboardInterrupt, BrokenPipeError):
        while True:
            settings, key, threads, work = pipe.recv()
            use_threads(threads)
            pipe.send(Ended(key, work(settings, key, partial(_say, pipe, key))))


def _say(pipe: Connection, key: str, line: str) -> None:
    pipe.send(Said(key, line))


def _interrupt_once(number: int, frame: Any) -> None:  # noqa: ARG001 - a signal handler's arguments
    """A terminal and the parent may both interrupt: the second time would disturb the cleaning up."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    raise KeyboardInterrupt


def _end_with_parent() -> None:
    """Nobody would publish what a worker makes whose parent was killed."""
    if parent := parent_process():
        connection.wait([parent.sentinel])
        os._exit(KILLED)
