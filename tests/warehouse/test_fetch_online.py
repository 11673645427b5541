"""Fetching from servers that change, fail or do not answer, and through a proxy."""

from __future__ import annotations

import csv
import hashlib
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetch_sources import PARTITION, PERSONS, fetch, source
from http_server import File, Site, serving, silence, status

from schemas.errors import DeclarationError, FetchError, InputError
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetch_wave
from warehouse.intake.proxies import set_aside
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def test_a_second_fetch_only_asks_whether_the_files_changed(server: Site, layout: Layout) -> None:
    file = {"name": "persons.csv", "address": server.on("/persons.csv", File(PERSONS))}
    first = fetch(source(file), layout, online=True)
    again = fetch(source(file), layout, online=True)
    assert not again.is_new
    assert again.id == first.id
    assert server.requests[1].headers["If-None-Match"] == '"first"'


def test_bytes_damaged_here_are_not_taken_for_unchanged(server: Site, layout: Layout) -> None:
    file = {"name": "persons.csv", "address": server.on("/persons.csv", File(PERSONS))}
    stored = fetch(source(file), layout, online=True).files[0].path
    stored.chmod(0o644)
    stored.write_bytes(PERSONS.replace(b"34", b"43"))
    fetch(source(file), layout, online=True)
    assert "If-None-Match" not in server.requests[1].headers


def test_a_new_edition_is_a_new_vintage_beside_the_first(server: Site, layout: Layout) -> None:
    address = server.on("/persons.csv", File(PERSONS), File(PERSONS + b"1;60\n", etag='"second"'))
    file = {"name": "persons.csv", "address": address}
    first = fetch(source(file), layout, online=True)
    second = fetch(source(file), layout, online=True)
    assert second.is_new
    assert first.files[0].path.read_bytes() == PERSONS
    assert second.files[0].path.read_bytes() == PERSONS + b"1;60\n"


def test_after_a_network_fault_only_what_is_missing_is_fetched(server: Site, layout: Layout) -> None:
    north = server.on("/north.csv", File(PERSONS))
    south = server.on("/south.csv", File(PERSONS * 9, cut_after=20), *[status(503)] * 2, File(PERSONS * 9))
    files = [{"name": "north.csv", "address": north}, {"name": "south.csv", "address": south}]
    with pytest.raises(FetchError) as caught:
        fetch(source(*files), layout, online=True)
    assert caught.value.retryable
    assert latest_vintage(layout, PARTITION) is None
    vintage = fetch(source(*files), layout, online=True)
    assert [file.bytes for file in vintage.files] == [len(PERSONS), 9 * len(PERSONS)]
    again = server.requests[-2:]
    assert again[0].headers["If-None-Match"] == '"first"'
    assert again[1].headers["Range"] == "bytes=20-"


def test_a_file_that_is_gone_leaves_nothing_half_done(server: Site, layout: Layout) -> None:
    files = [
        {"name": "north.csv", "address": server.on("/north.csv", File(PERSONS))},
        {"name": "south.csv", "address": f"{server.url}/south.csv"},
    ]
    with pytest.raises(InputError, match="404"):
        fetch(source(*files), layout, online=True)
    assert [path.name for path in layout.raw(PARTITION).iterdir()] == [".lock"]


def test_the_latest_vintage_survives_a_failed_fetch(server: Site, layout: Layout) -> None:
    address = server.on("/persons.csv", File(PERSONS), status(503))
    first = fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    with pytest.raises(FetchError):
        fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    latest = latest_vintage(layout, PARTITION)
    assert latest is not None
    assert latest.id == first.id


def test_an_address_that_does_not_answer_is_given_up_after_the_declared_time(layout: Layout) -> None:
    begin = time.monotonic()
    with silence() as url:
        declared = source({"name": "persons.csv", "address": f"{url}/persons.csv"}, timeout_seconds=0.3)
        with pytest.raises(FetchError, match=r"did not answer for 0\.3 s") as caught:
            fetch_wave(declared, PARTITION, layout, Access(online=True))
    assert "persons.csv" in caught.value.where
    assert time.monotonic() - begin < 2


@pytest.mark.mirror
def test_forty_four_files_of_a_real_mirror_are_kept_with_the_checksums_of_its_list(
    layout: Layout, mirror: Path
) -> None:
    with (mirror / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        listed = {row["path"]: row["sha256"] for row in csv.DictReader(stream)}
    place = "microdata/usa_acs/{year}"
    declared = source({"name": "p_*.parquet", "mirror": f"{place}/p_*.parquet", "many": 44})
    begin = time.monotonic()
    vintage = fetch(declared, layout, mirror)
    assert time.monotonic() - begin < 10
    assert {f"microdata/usa_acs/2024/{file.name}": file.sha256 for file in vintage.files}.items() <= listed.items()
    assert hashlib.sha256(vintage.files[0].path.read_bytes()).hexdigest() == vintage.files[0].sha256


@pytest.mark.parametrize("proxy", ["socks5://reader:secret@127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_reported_without_its_password(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    file = {"name": "persons.csv", "address": "http://example.org/persons.csv"}
    with pytest.raises(DeclarationError, match="a proxy named in the environment cannot be used") as raised:
        fetch(source(file), layout, online=True)
    assert "secret" not in raised.value.message


def test_a_file_comes_through_the_proxy_that_was_set_aside(
    server: Site, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("http://example.org/persons.csv", File(PERSONS))
    environment = set_aside({"HTTP_PROXY": server.url})
    assert "HTTP_PROXY" not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    fetched = fetch(source({"name": "persons.csv", "address": "http://example.org/persons.csv"}), layout, online=True)
    assert fetched.files[0].path.read_bytes() == PERSONS
