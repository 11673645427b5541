"""Parallel calls of tau-argus, each in a process and a folder of its own: its native code writes files beside its
input."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType

from schemas.errors import IlmsError

SERVER = Path(__file__).parent / "server.py"
CHILD = Path(__file__).parent / "child.py"

Server = subprocess.Popen[str]


class Calls:
    """The programs that start the calls, one for each call that runs at a time. On exit, calls still running are
    ended."""

    def __init__(self, time_out: float) -> None:
        self.time_out = time_out
        self.pool = ThreadPoolExecutor(max_workers=os.cpu_count())
        self._guard = threading.Lock()
        self._is_open = True
        self._idle: list[Server] = []
        self._servers: list[Server] = []

    def __enter__(self) -> Calls:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.pool.shutdown(wait=False, cancel_futures=True)
        with self._guard:
            self._is_open = False
            for server in self._servers:
                if server.poll() is None:
                    os.killpg(server.pid, signal.SIGKILL)
        self.pool.shutdown(wait=True)
        for server in self._servers:
            with server:  # closes its pipes and waits for its end
                pass

    def run(self, folder: Path) -> None:
        """Run the batch in a folder. Raises IlmsError when it fails; its output may quote cells and is not repeated."""
        server = self._server()
        try:
            assert server.stdin is not None and server.stdout is not None
            server.stdin.write(f"{folder.resolve()}\n")
            server.stdin.flush()
            ended = int(server.stdout.readline())
        except (OSError, ValueError) as error:
            raise call_failed("could not be called") from error
        with self._guard:
            self._idle.append(server)
        if ended == -signal.SIGALRM:
            raise call_failed(f"did not finish within {self.time_out:g} seconds")
        if ended != 0:
            raise call_failed(_ending(ended))
        if not (folder / "out.tab").is_file() or not (folder / "audit.json").is_file():
            raise call_failed("ended without a result")

    def _server(self) -> Server:
        """A program that waits for a folder; a new one when all are busy."""
        with self._guard:
            if not self._is_open:
                raise call_failed("is not needed any more")
            if self._idle:
                return self._idle.pop()
            server = subprocess.Popen(
                [sys.executable, "-I", str(SERVER), str(CHILD), str(self.time_out)],
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
                start_new_session=True,
            )  # fmt: skip
            self._servers.append(server)
            return server


def _ending(code: int) -> str:
    """How a process ended, in the numbers that a shell shows: 139 is a crash (segmentation fault)."""
    if code < 0:
        return f"crashed with exit status {128 - code} ({signal.Signals(-code).name})"
    return f"ended with exit status {code}"


def call_failed(how: str) -> IlmsError:
    """The error of a call that gave no result."""
    return IlmsError(
        f"tau-argus {how}",
        where="secondary suppression, in a process of its own",
        why="nothing of the partition is published before its confidential numbers are protected",
        remedy="run it again; if it fails again, give it more memory, or more time (`time_out_seconds` in "
        "protection.yaml)",
    )
