"""What one request, and all of them together, may take."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The limits of a service.

    address_bytes     of the address of a request
    observations      in one answer
    threads           that read and write answers at the same time
    requests          that are being answered at the same time; more wait
    waiting_seconds   until a waiting request is asked to try again later
    query_seconds     until the first bytes of an answer are there
    answer_seconds    until the last ones are
    stalled_seconds   that a client may take for one piece of an answer
    memory            of DuckDB, for each release that is open
    past_releases     that are kept open beside the current one
    """

    address_bytes: int = 16_384
    observations: int = 2_000_000
    threads: int = 8
    requests: int = 64
    waiting_seconds: float = 30
    query_seconds: float = 30
    answer_seconds: float = 600
    stalled_seconds: float = 60
    memory: str = "1GB"
    past_releases: int = 3
