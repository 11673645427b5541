"""What the service bears: requests made up by the thousand, many readers at once, slow ones, and those who leave."""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import httpx
import pytest
from served import EMPLOYED, SHAPES, Service, a_service, rows, serving, write_release

from warehouse.layout import Layout
from warehouse.service.limits import Limits
from warehouse.service.shelf import Shelf
from warehouse.service.work import Job

DATA = f"/data/DF_{EMPLOYED}"
REQUESTS = 10_000


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from a_service(tmp_path_factory.mktemp("home"))


def connected(service: Service) -> socket.socket:
    host, port = service.address.removeprefix("http://").removesuffix("/rest").split(":")
    return socket.create_connection((host, int(port)), timeout=30)


@pytest.mark.slow
def test_two_hundred_readers_at_once(service: Service) -> None:
    def read(number: int) -> int:
        return service.get(f"/data/DF_{SHAPES[number % len(SHAPES)]}").status_code

    with ThreadPoolExecutor(200) as readers:
        assert Counter(readers.map(read, range(200))) == {200: 200}


def test_slow_clients_do_not_hold_up_others(service: Service) -> None:
    """A hundred that never finish their request, and fifty that never read their answer."""
    waiting = [connected(service) for _ in range(150)]
    for number, connection in enumerate(waiting):
        half = f"GET /rest{DATA} HTTP/1.1\r\nHost: a\r\n" + ("" if number < 100 else "\r\n")
        connection.sendall(half.encode())
    start = time.monotonic()
    assert service.get(DATA).status_code == 200
    assert time.monotonic() - start < 20
    for connection in waiting:
        connection.close()


def test_who_comes_too_late_for_a_place_is_told_to_come_again(tmp_path: Path) -> None:
    write_release(tmp_path, rows(), datetime(2026, 11, 1, tzinfo=UTC))
    with serving(tmp_path, Limits(requests=1, threads=1, waiting_seconds=0.0)) as service:

        def read(_: int) -> int:
            return service.get("/structure/all/all/all").status_code

        with ThreadPoolExecutor(20) as readers:
            found = Counter(readers.map(read, range(20)))
    assert found[200] >= 1 and set(found) <= {200, 503}


def test_a_query_ends_when_its_client_leaves(tmp_path: Path) -> None:
    """What DuckDB does for a request is interrupted from another thread, and the request's hold on the release ends."""
    write_release(tmp_path, rows(), datetime(2026, 11, 1, tzinfo=UTC))
    shelf = Shelf(Layout(tmp_path), Limits())
    job = Job(shelf, Limits())
    release = job.hold().release
    cursor = job.cursor(release)
    ended: list[str] = []

    def endless() -> None:
        try:
            cursor.execute("select sum(a.range * b.range) from range(10000000) as a, range(10000000) as b").fetchall()
        except duckdb.InterruptException as error:
            ended.append(str(error))

    thread = threading.Thread(target=endless, daemon=True)
    thread.start()
    while not ended:
        job.stop()
        time.sleep(0.05)
    thread.join(timeout=30)
    assert len(ended) == 1 and release.users == 1
    job.close()
    assert release.users == 0
    shelf.close()


def test_a_client_that_leaves_frees_its_place(tmp_path: Path) -> None:
    write_release(tmp_path, rows(), datetime(2026, 11, 1, tzinfo=UTC))
    with serving(tmp_path, Limits(requests=2, threads=1)) as service:
        for _ in range(20):
            with connected(service) as connection:
                connection.sendall(b"GET /rest/structure/all/all/all HTTP/1.1\r\nHost: a\r\n\r\n")
        assert service.get(DATA).status_code == 200


@pytest.mark.slow
def test_no_failure_in_ten_thousand_requests_made_up_from_the_description(service: Service, tmp_path: Path) -> None:
    base = service.address.removesuffix("/rest")
    operations = sum(len(each) for each in httpx.get(f"{base}/openapi.json", trust_env=False).json()["paths"].values())
    command = [
        *(sys.executable, "-m", "schemathesis.cli", "run", f"{base}/openapi.json"),
        *("--checks", "not_a_server_error", "--phases", "examples,coverage,fuzzing", "--workers", "4"),
        *("--max-examples", str(REQUESTS // operations + 1), "--generation-deterministic", "--no-shrink", "--no-color"),
    ]
    found = subprocess.run(command, check=False, capture_output=True, text=True, timeout=3600, cwd=tmp_path)
    cases = re.search(r"([\d,]+) generated, ([\d,]+) passed", found.stdout)
    assert cases and cases[1] == cases[2], found.stdout[-5000:]
    assert int(cases[1].replace(",", "")) >= REQUESTS
