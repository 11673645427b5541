"""What a command costs the machine, and how fast the machine is: so that figures of two machines can be compared."""

from __future__ import annotations

import ctypes
import os
import resource
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

BECOME_REAPER = 36
SAMPLED_SECONDS = 0.5
PROC = Path("/proc")
LOOPS = 400_000


@dataclass(frozen=True)
class Cost:
    """What a command and all processes that it started have cost.

    seconds, processor_seconds  elapsed, and used on all processors
    peak_bytes     the most that they held together at a time, what they share counted once; 0 where nothing tells it
    largest_bytes  the most that one of them held
    disturbed      the processors that others used meanwhile, on average
    """

    seconds: float
    processor_seconds: float
    peak_bytes: int = 0
    largest_bytes: int = 0
    disturbed: float = 0.0


def cost_of(command: Sequence[str], home: Path) -> Cost:
    """Run a command with a home of its own, and wait for it and for whatever it leaves behind. One that fails costs,
    too."""
    become_reaper()
    before, busy, start = _of_children(), _busy(), time.perf_counter()
    with sampled_memory() as peak:
        subprocess.run(command, env={**os.environ, "ILMS_HOME": str(home)}, stdout=subprocess.DEVNULL, check=False)
        seconds = time.perf_counter() - start
        while _reap():
            pass
    own, lasted = _of_children() - before, time.perf_counter() - start
    return Cost(seconds, own, peak.together, peak.largest, max(0.0, (_busy() - busy - own) / lasted))


def become_reaper() -> None:
    """Processes whose parent has ended become children of this one, so that their time is known; on Linux only."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(BECOME_REAPER, 1, 0, 0, 0)


def _reap() -> bool:
    try:
        os.waitpid(-1, 0)
    except ChildProcessError:
        return False
    return True


def _of_children() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _busy() -> float:
    """Processor seconds that the machine has worked since it started, whoever asked; 0 where nothing tells them."""
    file = PROC / "stat"
    if not file.exists():
        return 0.0
    user, nice, system, _, _, interrupts, soft = map(int, file.read_text().split()[1:8])
    return (user + nice + system + interrupts + soft) / os.sysconf("SC_CLK_TCK")


@dataclass
class Peak:
    """The most memory that was held together, and by one process."""

    together: int = 0
    largest: int = 0
    ended: threading.Event = field(default_factory=threading.Event)

    def sample(self) -> None:
        """Look at all processes that this one started, and those that they started."""
        held = [_held(process) for process in descendants(os.getpid())]
        self.together = max(self.together, sum(held))
        self.largest = max([self.largest, *held])


@contextmanager
def sampled_memory() -> Iterator[Peak]:
    """The memory of the processes started in the block, looked at twice a second; on Linux only."""
    peak = Peak()

    def watch() -> None:
        while not peak.ended.wait(SAMPLED_SECONDS):
            peak.sample()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        yield peak
    finally:
        peak.ended.set()
        watching.join()


def descendants(process: int) -> Iterator[int]:
    """The processes that one has started, and those that they have."""
    with suppress(OSError):
        for task in (PROC / str(process) / "task").iterdir():
            for child in map(int, (task / "children").read_text().split()):
                yield child
                yield from descendants(child)


def _held(process: int) -> int:
    """The memory of a process in bytes, of what it shares with others its part; 0 when it has ended."""
    with suppress(OSError):
        for line in (PROC / str(process) / "smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def unit_seconds() -> float:
    """Processor seconds of a fixed piece of work of the kind that the pipeline does, half in Python, half in DuckDB.

    Costs divided by it can be compared between machines, and between hours of a machine that others use too.
    """
    from transforms.duck import connect

    start = time.process_time()
    counted: dict[str, int] = {}
    for number in range(LOOPS):
        word = str(number * 7919 % 10007)
        counted[word] = counted.get(word, 0) + len(word)
    with connect(threads=1) as connection:
        rows = f"select hash(range) % 1000 as area, hash(range, 1) % 97 / 97 as weight from range({10 * LOOPS})"
        connection.execute(f"create temp table persons as {rows}")
        connection.execute("select area, sum(weight), count(distinct weight) from persons group by area").fetchall()
    return time.process_time() - start
