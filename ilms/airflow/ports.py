"""The port that Airflow's pages are at: free, and not about to be taken by another home's Airflow."""

from __future__ import annotations

import fcntl
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from ilms.airflow.home import HOST, AirflowError


def free_port(preferred: int = 0) -> int:
    """A free port of this machine: the preferred one if possible."""
    for port in (preferred, 0):
        with closing(socket.socket(socket.AF_INET, socket.SOCK_STREAM)) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError:
                continue
            return int(probe.getsockname()[1])
    raise AirflowError("no port is free on this machine", remedy="end programs that hold many ports, then try again")


@contextmanager
def reserved_port(preferred: int = 0) -> Iterator[int]:
    """A free port, kept from other homes of this user until the servers hold it themselves, which takes them seconds.

    Otherwise two that start at the same time choose the preferred one, and the second talks to the first one's Airflow.
    """
    with _only_one(preferred) as is_ours:
        yield free_port(preferred if is_ours else 0)


@contextmanager
def _only_one(port: int) -> Iterator[bool]:
    """Whether nobody else is about to take a port. The lock is nobody's once the process ends, however it does."""
    lock = Path(tempfile.gettempdir()) / f"ilms-{os.getuid()}-port-{port}.lock"
    try:
        # Never a link that somebody else has put there.
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError:
        yield False
        return
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
    finally:
        os.close(descriptor)
