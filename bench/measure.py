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
    """The result of a function and its cost: elapsed seconds, processor seconds, peak memory in bytes."""

    result: Any
    seconds: float
    processor_seconds: float
    peak_bytes: int


def measured(function: Callable[..., Any], *arguments: Any) -> Measured:
    """Run a function of a module in a fresh process. Raises RuntimeError when the process does not finish."""
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
    """The peak memory of this process, as reported by the system where possible: `ru_maxrss` includes that of the
    parent process."""
    if STATUS.exists():
        found = re.search(r"^VmHWM:\s+(\d+) kB$", STATUS.read_text(encoding="ascii"), re.MULTILINE)
        if found is not None:
            return int(found[1]) * KIBIBYTE
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * KIBIBYTE
