"""Starts calls of tau-argus, run as a program of its own: what takes time to load is loaded once for many calls.

Arguments: the program of a call, and how many seconds it may take. Reads folders, one a line; each call is a process of
its own in its folder. Writes how each ended, one a line: its exit status, or the signal that ended it, below zero.
"""

import os
import runpy
import signal
import sys
from pathlib import Path

import pytauargus.engine


def main() -> None:
    """Call until no folder comes any more."""
    program, seconds = sys.argv[1], float(sys.argv[2])
    for line in sys.stdin:
        process = os.fork()
        if process == 0:
            _call(program, Path(line.rstrip("\n")), seconds)
            return
        _, status = os.waitpid(process, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


def _call(program: str, folder: Path, seconds: float) -> None:
    """Be a call: words go to its log, and SIGALRM ends it, in native code too, when its time is up."""
    os.chdir(folder)
    with Path("log.txt").open("wb") as log:
        os.dup2(log.fileno(), sys.stdout.fileno())
        os.dup2(log.fileno(), sys.stderr.fileno())
    signal.setitimer(signal.ITIMER_REAL, seconds)
    runpy.run_path(program, run_name="__main__")


if __name__ == "__main__":
    assert pytauargus.engine.run_batch  # loaded before any call
    main()
