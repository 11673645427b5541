"""How much faster a second worker is: the same sources through a cluster of one worker and of two, each worker with one
processor.

    python -m bench.cluster [--source ISO3.name ...]

Workers on one machine share it with PostgreSQL, Redis and Airflow's servers, which take a part of the second processor:
on machines of their own they would not. Publication is the work of one worker, and is measured apart.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

SAMPLE = ("ZZZ.synthetic",)
OF_MIRROR = ("ARG.eph",)
"""A survey with many waves, whose time goes to harmonising and estimating, not to fetching."""
MOMENT = re.compile(r"^\[(\d+):(\d\d)\] publishing", re.MULTILINE)


@dataclass(frozen=True)
class Taken:
    """Seconds of one run through a cluster, and those until it began to publish."""

    seconds: float
    until_publishing: float


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print; 0 also where there can be no cluster, which is said."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", action="append", default=[], help="only this one; may be given several times")
    chosen = parser.parse_args(arguments)
    console = Console()
    if reason := why_not():
        console.print(f"One worker and two: left out. {reason}\n")
        return 0
    sources = chosen.source or [*SAMPLE, *(OF_MIRROR if os.environ.get("ILMS_MIRROR") else ())]
    with tempfile.TemporaryDirectory(prefix="ilms-bench-") as folder:
        one, two = (run_with(workers, Path(folder) / str(workers), sources) for workers in (1, 2))
    table = Table("workers", "until publishing, s", "all, s", box=None, title_justify="left")
    table.title = f"{', '.join(sources)} through a cluster, each worker with one processor"
    table.add_row("1", f"{one.until_publishing:.0f}", f"{one.seconds:.0f}")
    table.add_row("2", f"{two.until_publishing:.0f}", f"{two.seconds:.0f}")
    console.print(table)
    console.print(
        f"Speed-up from one worker to two: {one.until_publishing / max(1, two.until_publishing):.2f} times until "
        f"publishing, {one.seconds / two.seconds:.2f} with publication\n"
    )
    return 0


def why_not() -> str:
    """What a cluster needs and is not here; empty where there can be one."""
    from ilms.airflow.home import AirflowError
    from ilms.cluster.control import require_installed

    try:
        require_installed(bucket=False)
    except AirflowError as error:
        return error.message
    return ""


def run_with(workers: int, home: Path, sources: Sequence[str]) -> Taken:
    """Start a cluster, run the sources through it, and stop it. Raises RuntimeError when a part of that fails."""
    choice = [part for source in sources for part in ("--source", source)]
    _done(home, "ilms", "cluster", "up", "--workers", str(workers), "--processors", "1", "--no-bucket")
    try:
        start = time.perf_counter()
        said = _done(home, "ilms.airflow.run", "run", *choice)
        seconds = time.perf_counter() - start
    finally:
        _done(home, "ilms", "cluster", "down", "--forget")
    began = MOMENT.search(said)
    if began is None:
        raise RuntimeError(f"the run did not publish:\n{said}")
    return Taken(seconds, 60.0 * int(began[1]) + int(began[2]))


def _done(home: Path, *words: str) -> str:
    environment = {**os.environ, "ILMS_HOME": str(home), "ILMS_RELEASE_RULES": "none"}
    outcome = subprocess.run(
        [sys.executable, "-m", *words],
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if outcome.returncode:
        raise RuntimeError(f"{' '.join(words)} failed:\n{outcome.stdout}")
    return outcome.stdout


if __name__ == "__main__":
    raise SystemExit(main())
