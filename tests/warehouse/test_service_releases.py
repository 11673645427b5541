"""The service while releases come and go: no failed request, no mixed answer, earlier releases on demand."""

from __future__ import annotations

import csv
import io
import shutil
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from served import EMPLOYED, GAP, SHAPES, Service, rows, serving, write_release

from warehouse.layout import Layout
from warehouse.release.pointer import move_pointer
from warehouse.service.limits import Limits

CSV = "application/vnd.sdmx.data+csv;version=1.0.0"
FLOW = f"/data/DF_{EMPLOYED}"
FIRST, SECOND = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture(scope="module")
def service(home: Path) -> Iterator[Service]:
    """Two releases: in the second all numbers are 1,000 more, but those of one dataflow."""
    write_release(home, rows(), FIRST)
    later = [row if row["indicator"] == GAP else row | {"obs_value": value(row, 1000)} for row in rows()]
    write_release(home, later, SECOND)
    with serving(home) as running:
        yield running


def value(row: dict[str, Any], more: float) -> float | None:
    return None if row["obs_value"] is None else row["obs_value"] + more


def values(service: Service, path: str) -> list[float]:
    answer = service.get(path, accept=CSV)
    assert answer.status_code == 200, answer.text
    return [float(line["OBS_VALUE"]) for line in csv.DictReader(io.StringIO(answer.text))]


def test_as_of_gives_what_was_current_then(service: Service, home: Path) -> None:
    first, second = (each.name for each in sorted(Layout(home).releases().iterdir()))
    assert min(values(service, FLOW)) >= 1000
    assert max(values(service, f"{FLOW}?asOf=2026-11-02T11:59:59Z")) < 1000
    assert max(values(service, f"{FLOW}?asOf={first}")) < 1000
    assert min(values(service, f"{FLOW}?asOf=2026-11-02T13:00:00%2B01:00")) >= 1000
    assert service.get(f"{FLOW}?asOf={first}").headers["ilms-release"] == first
    assert service.get(f"{FLOW}?asOf={second}").headers["etag"] != service.get(f"{FLOW}?asOf={first}").headers["etag"]
    assert service.get(f"{FLOW}?asOf=2026-10-01").status_code == 404
    assert service.get(f"{FLOW}?asOf=20250101T000000Z-00000000").status_code == 404
    assert service.get("/dataflow?asOf=2026-11-01T13:00:00Z").headers["ilms-release"] == first


def test_a_draft_is_no_release(service: Service, home: Path) -> None:
    (Layout(home).releases() / ".draft-0123").mkdir()
    assert service.get(f"{FLOW}?asOf=.draft-0123").status_code == 400


def test_what_is_new_or_revised_since(service: Service) -> None:
    assert len(values(service, f"{FLOW}?updatedAfter=2026-11-01T13:00:00Z")) == 96
    assert len(values(service, f"{FLOW}/ARG.A....?updatedAfter=2026-11-01T13:00:00Z")) == 12
    assert service.get(f"/data/DF_{GAP}?updatedAfter=2026-11-01T13:00:00Z").status_code == 404, "nothing is revised"
    assert service.get(f"{FLOW}?updatedAfter=2026-11-03").status_code == 404
    assert len(values(service, f"/data/DF_{GAP}?updatedAfter=2026-10-01")) == 2, "before the first release"


def test_a_new_release_is_answered_at_once_and_going_back_too(home: Path, service: Service) -> None:
    first, second = (each.name for each in sorted(Layout(home).releases().iterdir()) if each.name[0] == "2")
    before = service.get(FLOW)
    move_pointer(Layout(home), first)
    after = service.get(FLOW, if_none_match=before.headers["etag"])
    assert (after.status_code, after.headers["ilms-release"]) == (200, first)
    move_pointer(Layout(home), second)
    again = service.get(FLOW, if_none_match=before.headers["etag"])
    assert (again.status_code, again.headers["ilms-release"]) == (304, second)


def test_without_a_release_the_client_is_told_to_come_again(tmp_path: Path) -> None:
    with serving(tmp_path) as service:
        answer = service.get(FLOW)
        assert answer.status_code == 503 and answer.headers["retry-after"]
        write_release(tmp_path, rows(), FIRST)
        assert service.get(FLOW).status_code == 200


def test_too_much_is_refused_and_too_long_is_ended(tmp_path: Path) -> None:
    write_release(tmp_path, rows(), FIRST)
    with serving(tmp_path, Limits(observations=50)) as small:
        assert small.get(FLOW).status_code == 413
        assert small.get(f"{FLOW}/ARG.A....").status_code == 200
    with serving(tmp_path, Limits(query_seconds=0.0001)) as hasty:
        answer = hasty.get(FLOW)
        assert answer.status_code == 413 and "seconds" in answer.text


class Reader(threading.Thread):
    """A client that reads until it is told to stop, and keeps what it got."""

    def __init__(self, service: Service, number: int, done: threading.Event) -> None:
        super().__init__(daemon=True)
        self.path = "/dataflow?detail=allstubs" if number % 10 == 9 else f"/data/DF_{SHAPES[number % len(SHAPES)]}"
        self.service, self.done = service, done
        self.faults: list[str] = []
        self.seen: set[tuple[str, float]] = set()
        self.count = 0

    def run(self) -> None:
        with httpx.Client(trust_env=False, timeout=60) as client:
            while not self.done.is_set():
                self.read(client)

    def read(self, client: httpx.Client) -> None:
        try:
            answer = client.get(f"{self.service.address}{self.path}", headers={"Accept": f"{CSV}, */*;q=0.1"})
        except httpx.HTTPError as error:
            self.faults.append(repr(error))
            return
        self.count += 1
        if answer.status_code != 200:
            self.faults.append(f"{answer.status_code} {answer.text[:200]}")
        elif self.path.startswith("/data/"):
            lines = csv.DictReader(io.StringIO(answer.text))
            for line in lines:
                if line["OBS_VALUE"]:
                    self.seen.add((answer.headers["ilms-release"], float(line["OBS_VALUE"]) // 1000))


def read_on(readers: list[Reader], answers: int) -> None:
    """Wait until the clients have read so many more answers."""
    enough, patience = sum(each.count for each in readers) + answers, time.monotonic() + 120
    while sum(each.count for each in readers) < enough and time.monotonic() < patience:
        time.sleep(0.05)


@pytest.mark.slow
def test_fifty_readers_while_releases_are_published_taken_back_and_removed(tmp_path: Path) -> None:
    """The n-th release has numbers between n thousand and n + 1 thousand: each answer has those of one alone."""
    releases = [write_release(tmp_path, rows(1000.0 * n), datetime(2026, 11, 1, n, tzinfo=UTC)) for n in range(6)]
    layout, done = Layout(tmp_path), threading.Event()
    move_pointer(layout, releases[0])
    with serving(tmp_path) as service:
        readers = [Reader(service, number, done) for number in range(50)]
        for reader in readers:
            reader.start()
        for step in (1, 2, 1, 3, 4, 0, 5):
            read_on(readers, 60)
            move_pointer(layout, releases[step])
            if step == 3:
                shutil.rmtree(layout.releases() / releases[2])  # pruned while it is read
        read_on(readers, 60)
        done.set()
        for reader in readers:
            reader.join(timeout=60)
    assert [fault for reader in readers for fault in reader.faults] == []
    assert all(reader.count > 1 for reader in readers)
    seen = {pair for reader in readers for pair in reader.seen}
    assert {release for release, _ in seen} == set(releases)
    assert {(releases.index(release), int(thousand)) for release, thousand in seen} == {(n, n) for n in range(6)}
