"""A StatsD server on this machine, which hears what it is told over UDP."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

LONGEST = 65536
SECONDS = 30


@dataclass(frozen=True)
class StatsdServer:
    """What was told, in order; `settings` are those with which Airflow tells this server, tags included."""

    socket: socket.socket

    @property
    def settings(self) -> dict[str, str]:
        """Variables of the environment of an operator."""
        return {
            "AIRFLOW__METRICS__STATSD_ON": "True",
            "AIRFLOW__METRICS__STATSD_HOST": "127.0.0.1",
            "AIRFLOW__METRICS__STATSD_PORT": str(self.socket.getsockname()[1]),
            "AIRFLOW__METRICS__STATSD_INFLUXDB_ENABLED": "True",
        }

    def next(self) -> str:
        """The next message; waits for it."""
        return self.socket.recv(LONGEST).decode()

    def told(self) -> list[str]:
        """All messages that have arrived and were not read yet."""
        self.socket.setblocking(False)
        found = []
        try:
            while True:
                found.append(self.next())
        except BlockingIOError:
            return found
        finally:
            self.socket.settimeout(SECONDS)


@contextmanager
def listening() -> Iterator[StatsdServer]:
    """A server that listens until the block ends."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4 * 2**20)
        heard.bind(("127.0.0.1", 0))
        heard.settimeout(SECONDS)
        yield StatsdServer(heard)
