"""SDMX and PxWeb services on this machine, that answer as ILOSTAT, Eurostat and national offices do."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetch_sources import fetch, source
from http_server import File, Site, serving, status
from pydantic import ValidationError
from service_messages import DATAFLOW, NO_RESULTS, PERMITS, PXWEB_METADATA, SDMX_CSV, dumped

from schemas.errors import DeclarationError, FetchError, InputError
from schemas.partition import Partition
from schemas.services import SdmxQuery
from schemas.survey import Survey
from schemas.wave import RawFile
from warehouse.intake.access import Access
from warehouse.intake.look import Answer, Found, Missing, Unreachable
from warehouse.intake.origins import plan_fetch
from warehouse.intake.producers import asking
from warehouse.intake.services import question_of
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

DATA = "/rest/data/ILO,DF_UNE,1.0/AUT+ALB.A.."
FLOW = "/rest/dataflow/ILO/DF_UNE/1.0"
XML = {"Content_Type": "application/xml"}


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def unemployment(server: Site, **query: Any) -> Survey:
    """A source whose file is the answer of an SDMX service."""
    asked = {"service": f"{server.url}/rest", "flow": "ILO,DF_UNE,1.0", "key": "AUT+ALB.A..", "end": "{year}", **query}
    return source({"name": "une_{year}.csv", "sdmx": asked}, method="service", pause_seconds=0)


def permits(server: Site, **select: list[str]) -> Survey:
    """A source whose file is the answer of a table of PxWeb."""
    chosen = {"Medborgarskap": ["*"], "Kon": ["1", "2"], "Tid": ["{year}"], **select}
    query = {"table": f"{server.url}/api/v1/en/ssd/AM/Permits.px", "select": chosen}
    return source({"name": "permits.json", "pxweb": query}, wave="2025", method="service", pause_seconds=0)


def offer_table(server: Site, updated: str = "2026-03-12T07:00:00", **metadata: Any) -> None:
    listing = [{"id": "Other.px", "type": "t"}, {"id": "Permits.px", "type": "t", "updated": updated}]
    server.on("/api/v1/en/ssd/AM/", status(200, dumped(listing), Content_Type="application/json"))
    server.on("/api/v1/en/ssd/AM/Permits.px", status(200, dumped(PXWEB_METADATA | metadata)))
    server.posts["/api/v1/en/ssd/AM/Permits.px"] = [status(200, dumped(PERMITS))]


def changed(title: str, annotation: str = "LAST_UPDATE") -> bytes:
    return (DATAFLOW % (title, annotation)).encode()


def data_asked_for(server: Site) -> int:
    return sum(request.path.startswith(DATA) or request.method == "POST" for request in server.requests)


def bytes_of(vintage: Vintage) -> bytes:
    return vintage.files[0].path.read_bytes()


# SDMX


@pytest.mark.parametrize(
    "service, address",
    [
        ("ILO", "https://sdmx.ilo.org/rest/data/DF_X/A.AUT+BEL.?startPeriod=2015&endPeriod=2020"),
        ("OECD", "https://sdmx.oecd.org/public/rest/data/DF_X/A.AUT+BEL.?startPeriod=2015&endPeriod=2020"),
        ("UNSD", "http://data.un.org/WS/rest/data/DF_X/A.AUT+BEL.?startPeriod=2015&endPeriod=2020"),
        (
            "ESTAT",
            "https://ec.europa.eu/eurostat/api/dissemination/sdmx/2.1/data/DF_X/A.AUT+BEL."
            "?startPeriod=2015&endPeriod=2020&format=SDMX-CSV",
        ),
    ],
)
def test_the_address_of_a_query_is_that_of_the_service(service: str, address: str) -> None:
    query = SdmxQuery(service=service, flow="DF_X", key="A.AUT+BEL.", start="2015", end="2020")
    assert question_of(query, "").address == address


def test_a_service_that_is_not_known_or_gives_sdmx_json_alone_is_refused() -> None:
    with pytest.raises(DeclarationError, match=r"nearest: ESTAT"):
        question_of(SdmxQuery(service="ESTATE", flow="DF_X"), "")
    with pytest.raises(DeclarationError, match="no SDMX 2.1 service"):
        question_of(SdmxQuery(service="OECD_JSON", flow="DF_X"), "")
    with pytest.raises(ValidationError):
        SdmxQuery.model_validate({"service": "ILO", "flow": "DF_X", "format": "json"})


def test_the_answer_of_a_service_is_kept_as_received(server: Site, layout: Layout) -> None:
    server.on(DATA, status(200, SDMX_CSV.encode()))
    server.on(FLOW, status(200, changed("2026-11-01"), **XML))
    vintage = fetch(unemployment(server), layout, online=True)
    asked = server.requests[-1]
    assert asked.path == f"{DATA}?endPeriod=2024"
    assert asked.headers["Accept"] == "application/vnd.sdmx.data+csv;version=1.0.0"
    assert asked.headers["Accept-Language"] == "en"
    assert bytes_of(vintage) == SDMX_CSV.encode()
    assert (vintage.files[0].name, vintage.files[0].updated) == ("une_2024.csv", "2026-11-01")


@pytest.mark.parametrize("annotation", ["LAST_UPDATE", "UPDATE_DATA"])
def test_nothing_is_downloaded_until_the_dataflow_says_that_its_data_changed(
    server: Site, layout: Layout, annotation: str
) -> None:
    server.on(DATA, status(200, SDMX_CSV.encode()))
    server.on(FLOW, status(200, changed("2026-11-01", annotation), **XML))
    first = fetch(unemployment(server), layout, online=True)
    again = fetch(unemployment(server), layout, online=True)
    assert (again.id, again.is_new, data_asked_for(server)) == (first.id, False, 1)
    # What came of one query says nothing of another, whatever the service says of its data.
    fetch(unemployment(server, start="2020"), layout, online=True)
    assert data_asked_for(server) == 2
    server.on(FLOW, status(200, changed("2026-12-01", annotation), **XML))
    assert not fetch(unemployment(server), layout, online=True).is_new
    assert data_asked_for(server) == 3
    fetch(unemployment(server), layout, online=True)
    assert data_asked_for(server) == 3


def test_a_service_that_does_not_say_when_data_changed_is_asked_on_conditions(server: Site, layout: Layout) -> None:
    server.on(DATA, File(SDMX_CSV.encode()))
    for _ in range(2):
        fetch(unemployment(server), layout, online=True)
    assert server.requests[-1].headers["If-None-Match"] == '"first"'


@pytest.mark.parametrize(
    "code, remedy", [(404, "where it has no data for them yet"), (413, "narrow `key`"), (422, "for every dimension")]
)
def test_a_refusal_says_what_to_do_about_the_query(server: Site, layout: Layout, code: int, remedy: str) -> None:
    server.on(DATA, status(code, NO_RESULTS.encode(), **XML))
    with pytest.raises(InputError, match="No data is found") as caught:
        fetch(unemployment(server), layout, online=True)
    assert remedy in caught.value.remedy


def test_a_busy_service_is_asked_again_when_it_says(server: Site, layout: Layout) -> None:
    server.on(DATA, status(429, Retry_After="0"), status(200, SDMX_CSV.encode()))
    assert bytes_of(fetch(unemployment(server), layout, online=True)) == SDMX_CSV.encode()
    server.on(DATA, status(429, Retry_After="3600"))
    with pytest.raises(FetchError, match="left alone for 3,600 s"):
        fetch(unemployment(server, start="2020"), layout, online=True)


def test_a_promise_to_prepare_the_data_is_not_taken_for_them(server: Site, layout: Layout) -> None:
    promise = b"<S:Envelope><id>a-b-c</id><status>SUBMITTED</status></S:Envelope>"
    server.on(DATA, status(200, promise, **XML))
    with pytest.raises(InputError, match="SUBMITTED"):
        fetch(unemployment(server), layout, online=True)


def test_a_query_stands_in_the_place_of_an_address() -> None:
    query = {"service": "ILO", "flow": "DF_X"}
    with pytest.raises(ValidationError, match="one of `address`, `listing`, `sdmx` and `pxweb`"):
        RawFile.model_validate({"name": "x.csv", "address": "https://example.org/x.csv", "sdmx": query})


# PxWeb


def test_a_table_is_asked_for_the_declared_values(server: Site, layout: Layout) -> None:
    offer_table(server)
    vintage = fetch(permits(server), layout, online=True, wave="2025")
    posted = server.requests[-1]
    assert json.loads(bytes_of(vintage)) == PERMITS
    assert (posted.method, posted.path) == ("POST", "/api/v1/en/ssd/AM/Permits.px")
    assert json.loads(posted.body) == {
        "query": [
            {"code": "Medborgarskap", "selection": {"filter": "all", "values": ["*"]}},
            {"code": "Kon", "selection": {"filter": "item", "values": ["1", "2"]}},
            {"code": "Tid", "selection": {"filter": "item", "values": ["2025"]}},
        ],
        "response": {"format": "json-stat2"},
    }
    assert vintage.files[0].address.endswith("Permits.px?Medborgarskap=%2A&Kon=1%2C2&Tid=2025")


def test_a_table_is_downloaded_again_once_its_folder_says_that_it_changed(server: Site, layout: Layout) -> None:
    offer_table(server)
    for _ in range(2):
        fetch(permits(server), layout, online=True, wave="2025")
    assert data_asked_for(server) == 1
    offer_table(server, updated="2026-04-01T07:00:00")
    fetch(permits(server), layout, online=True, wave="2025")
    assert data_asked_for(server) == 2


@pytest.mark.parametrize(
    "select, what",
    [
        ({"Medborgarskap": ["SWY"]}, "'Medborgarskap' has no values SWY (nearest: SYR)"),
        ({"Kön": ["1"]}, "the table has no variable 'Kön' (nearest: Kon)"),
    ],
)
def test_codes_that_the_table_does_not_have_are_named_before_it_is_asked(
    server: Site, layout: Layout, select: dict[str, list[str]], what: str
) -> None:
    offer_table(server)
    with pytest.raises(DeclarationError) as caught:
        fetch(permits(server, **select), layout, online=True, wave="2025")
    assert what in caught.value.what
    assert data_asked_for(server) == 0


def test_a_variable_that_the_table_needs_is_not_left_out(server: Site, layout: Layout) -> None:
    offer_table(server, variables=[*PXWEB_METADATA["variables"], {"code": "Region", "values": ["00"]}])
    with pytest.raises(DeclarationError, match="requires Region"):
        fetch(permits(server), layout, online=True, wave="2025")


def test_too_many_cells_are_refused_with_what_to_do(server: Site, layout: Layout) -> None:
    offer_table(server)
    server.posts["/api/v1/en/ssd/AM/Permits.px"] = [status(403, b"Too many values selected", Content_Type="text/plain")]
    with pytest.raises(InputError, match="Too many values") as caught:
        fetch(permits(server), layout, online=True, wave="2025")
    assert "select fewer values" in caught.value.remedy


# Whether a wave is there


def look(declared: Survey, wave: str) -> Answer:
    (wanted,) = plan_fetch(declared, Partition("ABC.lfs", wave), Access(None, True)).wanted
    with asking() as producers:
        return producers(wanted, declared.fetch)


def test_a_wave_is_awaited_until_the_service_has_data_for_it(server: Site) -> None:
    server.on(DATA, status(404, NO_RESULTS.encode(), **XML))
    assert look(unemployment(server), "2024") == Missing("the server answered 404 Not Found")
    server.on(DATA, status(200, SDMX_CSV.encode()))
    assert look(unemployment(server), "2024") == Found()
    server.on(DATA, status(503))
    assert isinstance(look(unemployment(server), "2024"), Unreachable)


def test_a_year_that_a_table_does_not_have_yet_is_awaited(server: Site) -> None:
    offer_table(server)
    assert look(permits(server), "2025") == Found()
    not_yet = look(permits(server, Tid=["2026"]), "2025")
    assert not_yet == Missing("the table has no 2026 of 'Tid' yet; it ends with 2025")
    assert data_asked_for(server) == 0
