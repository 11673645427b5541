"""Starts calls of tau-argus, as a separate program, so that what is slow to load is loaded once for many calls.

Arguments: the program of a call, and how many seconds it may take. Reads folders, one per line; each call is a process
of its own in its folder. Writes how each ended, one per line: its exit status, or minus the signal that ended it.
"""

import os
import runpy
import signal
import sys
from pathlib import Path

import pytauargus.engine


def main() -> None:
    """Run calls until there are no more folders."""
    program, seconds = sys.argv[1], float(sys.argv[2])
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _call(program, Path(line.rstrip("\n")), seconds)
            return
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _call(program: str, folder: Path, seconds: float) -> None:
    """Run as a call: output goes to its log, and SIGALRM ends it, also in native code, when its time is up."""
    os.chdir(folder)
    with Path("log.txt").open("wb") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    assert pytauargus.engine.run_batch  # loaded before any call
    main()
