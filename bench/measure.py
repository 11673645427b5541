"""Time, processor time and peak memory of one function, run in a process of its own."""

from __future__ import annotations

import multiprocessing
import re
import resource
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

STATUS = Path("/proc/self/status")
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
    answer.send(Measured(result, seconds, used, max(_own_peak(), children.ru_maxrss * KIBIBYTE)))


def _own_peak() -> int:
    """The most memory of this process: where the system tells it, for `ru_maxrss` also holds that of who started it."""
    if STATUS.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
        if found is not None:
            return int(found[1]) * KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTE
