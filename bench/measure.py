"""Time, processor time and peak memory of one function, run in a process of its own."""

from __future__ import annotations

import multiprocessing
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from typing import Any

KIBIBYTE = 1024 if sys.platform != "darwin" else 1


@dataclass(frozen=True)
class Measured:
    """What a function gave, and what it took: seconds on the clock, seconds of processors, bytes of memory at most."""

    result: Any
    seconds: float
    processor_seconds: float
    peak_bytes: int


def measured(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Run a function of a module in a fresh process. Raises RuntimeError when the process does not come to its end."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_run, args=(theirs, function, arguments))
    process.start()
    theirs.close()
    try:
        outcome = ours.recv()
    except EOFError:
        outcome = None
    process.join()
    if not isinstance(outcome, Measured):
        raise RuntimeError(f"{function.__name__} ended with exit code {process.exitcode}")
    return outcome


def _run(answer: Connection, function: Callable[..., Any], arguments: tuple[Any, ...]) -> None:
    start, processor = time.perf_counter(), time.process_time()
    result = function(*arguments)
    seconds, used = time.perf_counter() - start, time.process_time() - processor
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    used += children.ru_utime + children.ru_stime
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, children.ru_maxrss) * KIBIBYTE
    answer.send(Measured(result, seconds, used, peak))
