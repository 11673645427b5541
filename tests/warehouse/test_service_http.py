"""What HTTP asks of the service: formats, languages, compression, caches, browsers, errors, and nonsense."""

from __future__ import annotations

import gzip
import socket
from collections.abc import Iterator
from contextlib import suppress

import httpx
import pytest
from lxml import etree
from served import EMPLOYED, Service, a_service

from warehouse.service.program import program_mark

DATA = f"/data/DF_{EMPLOYED}"
MESSAGE = "{http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message}"


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    yield from a_service(tmp_path_factory.mktemp("home"))


@pytest.mark.parametrize(
    ("accept", "content"),
    [
        ("*/*", "application/vnd.sdmx.genericdata+xml;version=2.1"),
        ("text/html,application/xml;q=0.9,*/*;q=0.8", "application/vnd.sdmx.genericdata+xml;version=2.1"),
        ("application/json", "application/vnd.sdmx.data+json;version=2.0.0"),
        ("application/vnd.sdmx.data+xml", "application/vnd.sdmx.data+xml;version=3.0.0"),
        ("text/csv", "application/vnd.sdmx.data+csv;version=1.0.0"),
        ("application/vnd.sdmx.data+csv", "application/vnd.sdmx.data+csv;version=1.0.0"),
        ("application/vnd.sdmx.data+csv;version=2.0.0", "application/vnd.sdmx.data+csv;version=2.0.0"),
        ("application/vnd.sdmx.data+csv; version=2.0; labels=both", "application/vnd.sdmx.data+csv;version=2.0.0"),
        ("application/vnd.sdmx.data+csv;version=1+.0", "application/vnd.sdmx.data+csv;version=1.0.0"),
        ("image/png, text/csv;q=0.2", "application/vnd.sdmx.data+csv;version=1.0.0"),
        ("text/csv;q=0, application/vnd.sdmx.data+csv;version=2.0.0", "application/vnd.sdmx.data+csv;version=2.0.0"),
    ],
)
def test_the_format_that_the_client_accepts(service: Service, accept: str, content: str) -> None:
    answer = service.get(DATA, accept=accept)
    assert answer.status_code == 200 and answer.headers["content-type"].startswith(content)


def test_sdmx_3_gives_the_newer_format_unless_told_otherwise(service: Service) -> None:
    path = f"/data/dataflow/ILMS/DF_{EMPLOYED}"
    asked = "application/vnd.sdmx.data+csv"
    assert "version=2.0.0" in service.get(path, accept=asked).headers["content-type"]
    assert service.get(path).headers["content-type"] == "application/vnd.sdmx.data+json;version=2.0.0"
    assert (
        service.get(path, accept="application/xml").headers["content-type"].startswith("application/vnd.sdmx.generic")
    )
    assert "version=1.0.0" in service.get(f"{path}?format={asked};version=1.0.0").headers["content-type"]


@pytest.mark.parametrize("accept", ["image/png", "text/csv;q=0", "application/vnd.sdmx.data+csv;version=9.0", ";;,q=x"])
def test_no_format_that_the_client_accepts(service: Service, accept: str) -> None:
    answer = service.get(DATA, accept=accept)
    assert answer.status_code == 406 and "text/csv" in answer.text
    assert answer.headers["access-control-allow-origin"] == "*"


def test_compression(service: Service) -> None:
    plain = service.get(DATA, accept="text/csv", accept_encoding="identity")
    packed = service.get(DATA, accept="text/csv", accept_encoding="gzip;q=0.5, br")
    assert packed.headers["content-encoding"] == "gzip" and packed.content == plain.content
    assert int(packed.headers["content-length"]) < len(plain.content) / 5
    assert packed.headers["etag"] != plain.headers["etag"]
    assert service.get(DATA, accept_encoding="br, identity;q=0").status_code == 406


def test_another_program_gives_other_marks(service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may write the same numbers in another way, and what a cache holds is then no answer any more."""
    first = service.get(DATA)
    assert service.get(DATA, if_none_match=first.headers["etag"]).status_code == 304
    monkeypatch.setattr("warehouse.service.program.version", lambda _: "the next one")
    program_mark.cache_clear()
    try:
        again = service.get(DATA, if_none_match=first.headers["etag"])
    finally:
        program_mark.cache_clear()
    assert again.status_code == 200 and again.headers["etag"] != first.headers["etag"]


def test_a_client_that_has_the_answer_gets_none(service: Service) -> None:
    first = service.get(DATA)
    for header in (
        {"if_none_match": f'W/{first.headers["etag"]}, "x"'},
        {"if_modified_since": first.headers["last-modified"]},
    ):
        again = service.get(DATA, **header)
        assert again.status_code == 304 and not again.content and again.headers["etag"] == first.headers["etag"]
    for header in (
        {"if_none_match": '"x"', "if_modified_since": first.headers["last-modified"]},
        {"if_modified_since": "Mon, 01 Jan 2001 00:00:00 GMT"},
        {"if_modified_since": "yesterday"},
    ):
        assert service.get(DATA, **header).status_code == 200
    assert service.get(f"{DATA}?startPeriod=2016").headers["etag"] != first.headers["etag"]
    marks = {service.get(DATA, accept=f"text/csv;labels={each}").headers["etag"] for each in ("id", "name", "both")}
    assert len(marks) == 3
    assert {"Accept", "Accept-Encoding", "Accept-Language"} == set(first.headers["vary"].split(", "))


def test_browsers_of_other_sites_may_read(service: Service) -> None:
    address = f"{service.address}{DATA}"
    asked = {
        "Origin": "https://a.example",
        "Access-Control-Request-Method": "GET",
        "Access-Control-Request-Headers": "x-y",
    }
    before = httpx.options(address, headers=asked, trust_env=False)
    assert before.status_code == 204 and before.headers["access-control-allow-headers"] == "x-y"
    for path in (DATA, "/data/DF_NONE", "/nothing"):
        assert service.get(path, origin="https://a.example").headers["access-control-allow-origin"] == "*"


def test_errors_are_messages_of_sdmx(service: Service) -> None:
    found = etree.fromstring(service.get("/data/DF_NONE").content)
    assert found.tag == f"{MESSAGE}Error" and found[0].get("code") == "100"
    (error,) = service.get("/data/DF_NONE", accept="application/json").json()["errors"]
    assert error["code"] == 100 and error["title"] == "Not Found"
    quoted = service.get("/data/DF_X/a?startPeriod=<&%3E%0a'")
    assert quoted.status_code == 400 and etree.fromstring(quoted.content) is not None
    posted = httpx.post(f"{service.address}{DATA}", trust_env=False)
    assert posted.status_code == 405 and posted.headers["allow"] == "GET, HEAD, OPTIONS"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{DATA}/{'A+' * 30_000}.....", {414}),
        (f"{DATA}/{'+'.join(str(n) for n in range(2_500))}.....", {404}),
        (f"{DATA}/{',' * 10_000}", {400}),
        (f"{DATA}/{'.' * 10_000}", {400}),
        (f"{DATA}?{'&'.join(f'c[A{n}]=1' for n in range(1_000))}", {400}),
        (f"{DATA}/%00%ff%fe", {400}),
        (f"{DATA}?startPeriod=%ff%00", {400}),
        (f"{DATA}?asOf=9999-99-99", {400}),
        (f"{DATA}?asOf=0001-01-01T00:00:00%2B23:59", {404}),
        (f"{DATA}?updatedAfter=9999-12-31T23:59:59-23:59", {404}),
        (f"{DATA}?lastNObservations=99999999999999999999", {400}),
        ("/data/DF_X,,", {400}),
        ("//data///x", {404}),
        ("/dataflow/ILMS/all/1.0.0.0.0", {400}),
        ("/dataflow/ILMS/all/99999999999999999999.0", {404}),
        ("/codelist/all/all/latest/%3Cx%3E", {400}),
    ],
)
def test_requests_that_make_no_sense_are_refused(service: Service, path: str, status: set[int]) -> None:
    assert service.get(path).status_code in status


def connected(service: Service) -> socket.socket:
    """A connection of its own to the service, for what no client would send."""
    host, port = service.address.removeprefix("http://").removesuffix("/rest").split(":")
    connection = socket.create_connection((host, int(port)), timeout=20)
    connection.settimeout(20)
    return connection


def test_an_absurdly_long_address(service: Service) -> None:
    with connected(service) as connection:
        connection.sendall(f"GET /rest{DATA}/{'+' * 100_000} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert connection.recv(12) == b"HTTP/1.1 414"


def test_beyond_128_kb_the_service_reads_no_further(service: Service) -> None:
    with connected(service) as connection, suppress(ConnectionError):
        connection.sendall(f"GET /rest{DATA}/{'A' * 1_000_000} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
        assert connection.recv(12) in (b"HTTP/1.1 400", b"")
    assert service.get(DATA).status_code == 200


def test_a_client_that_sends_nonsense_does_not_harm_others(service: Service) -> None:
    for nonsense in (b"GET /rest/data HTTP/9.9\r\n\r\n", b"\x16\x03\x01" * 50, b"GET " + b"A" * 200_000):
        with connected(service) as connection:
            connection.sendall(nonsense)
            assert not connection.recv(100).startswith(b"HTTP/1.1 5")
    assert service.get(DATA).status_code == 200


def test_what_the_service_says_of_itself(service: Service) -> None:
    base = service.address.removesuffix("/rest")
    described = httpx.get(f"{base}/openapi.json", trust_env=False).json()
    assert {"/rest/data/{flow}/{key}", "/rest/data/{context}/{agency}/{id}/{version}", "/rest/codelist"} <= set(
        described["paths"]
    )
    assert httpx.get(f"{base}/", trust_env=False).json()["dataflows"] == "/rest/dataflow/all"


def test_gzip_ends_where_the_answer_ends(service: Service) -> None:
    with httpx.stream(
        "GET", f"{service.address}{DATA}", headers={"Accept-Encoding": "gzip"}, trust_env=False
    ) as answer:
        raw = b"".join(answer.iter_raw())
    assert gzip.decompress(raw).startswith(b"DATAFLOW") or gzip.decompress(raw).startswith(b"<?xml")
