"""Producers asked whether a file is there, on servers that behave as producers' do."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
from fetch_sources import PERSONS
from http_server import ROBOTS, File, Site, nobody, redirect, serving, silence, status

from schemas.errors import InputError
from schemas.wave import Fetch
from warehouse.intake.look import Answer, Found, Missing, Unreachable
from warehouse.intake.origins import Wanted
from warehouse.intake.producers import asking

QUICK = Fetch(pause_seconds=0, timeout_seconds=0.2)
PAGE = b"<!DOCTYPE html><html><body>We have moved</body></html>"
NO_FILE = Missing("the server answered 404 Not Found")


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


def ask(*addresses: str, name: str = "persons.csv", link: str = "", fetch: Fetch = QUICK) -> list[Answer]:
    """Ask for files one after the other, within one batch."""
    with asking("https://statistics.example.org") as producers:
        return [producers(Wanted(name, "data", address, link=link), fetch) for address in addresses]


def methods(server: Site) -> list[str]:
    return [request.method for request in server.requests]


def test_the_head_of_an_answer_is_enough(server: Site) -> None:
    there = server.on("/2024.csv", File(PERSONS))
    assert ask(there, f"{server.url}/2025.csv") == [Found(), NO_FILE]
    assert methods(server) == ["HEAD", "HEAD"]


def test_the_program_names_itself_and_who_runs_it(server: Site) -> None:
    ask(server.on("/2024.csv", File(PERSONS)))
    named = server.requests[0].headers["User-Agent"]
    assert named.startswith("ilms/")
    assert named.endswith("(+https://statistics.example.org)")


@pytest.mark.parametrize("refusal", [405, 501, 403, 400])
def test_where_the_head_is_refused_the_first_bytes_are_asked_for(server: Site, refusal: int) -> None:
    there = server.on("/2024.csv", File(PERSONS))
    server.heads["/2024.csv"] = server.heads["/2025.csv"] = [status(refusal)]
    assert ask(there, f"{server.url}/2025.csv") == [Found(), NO_FILE]
    assert methods(server) == ["HEAD", "GET", "HEAD", "GET"]
    assert server.requests[1].headers["Range"] == "bytes=0-4095"


def test_a_web_page_with_status_200_is_no_file(server: Site) -> None:
    """INDEC, among others, answers so for a quarter that is not out yet."""
    page = server.on("/2024.zip", status(200, PAGE, Content_Type="text/html; charset=utf-8"))
    moved = server.on("/2023.zip", redirect("/"))
    server.on("/", status(200, PAGE, Content_Type="text/html"))
    absent = Missing("there is a web page in place of the file")
    assert ask(page, moved, name="persons.zip") == [absent, absent]


def test_a_file_that_is_called_a_page_by_mistake_is_a_file(server: Site) -> None:
    assert ask(server.on("/2024.csv", File(PERSONS, headers={"Content-Type": "text/html"}))) == [Found()]


def test_an_empty_file_is_not_there(server: Site) -> None:
    assert ask(server.on("/2024.csv", File(b""))) == [Missing("the file at the address is empty")]


def test_a_redirect_to_another_host_is_followed(server: Site) -> None:
    with serving() as elsewhere:
        server.on("/2024.csv", redirect(elsewhere.on("/files/2024.csv", File(PERSONS))))
        assert ask(f"{server.url}/2024.csv") == [Found()]
        assert [request.path for request in elsewhere.requests] == ["/files/2024.csv"]


def test_a_busy_server_is_left_alone_for_the_rest_of_the_batch(server: Site) -> None:
    busy = server.on("/2024.csv", status(503, Retry_After="120"))
    asks = Unreachable("the server answered 503 Service Unavailable, and asks to be left alone for 120 s")
    assert ask(busy, server.on("/2025.csv", File(PERSONS))) == [asks, asks]
    assert len(server.requests) == 1


def test_a_silent_server_is_asked_once(server: Site) -> None:
    begin = time.monotonic()
    with silence() as url:
        said = Unreachable("the server did not answer for 0.2 s")
        assert ask(*[f"{url}/{year}.csv" for year in range(2000, 2020)]) == [said] * 20
    with nobody() as url:
        assert isinstance(ask(f"{url}/2024.csv")[0], Unreachable)
    assert time.monotonic() - begin < 2


def test_a_server_that_refuses_one_file_is_asked_for_others(server: Site) -> None:
    refused = Unreachable("the server does not show whether the file exists: it answered 403 Forbidden")
    assert ask(server.on("/2024.csv", status(403)), server.on("/2023.csv", File(PERSONS))) == [refused, Found()]


def test_between_two_requests_to_a_host_there_is_a_pause(server: Site) -> None:
    begin = time.monotonic()
    ask(*[server.on(f"/{year}.csv", File(PERSONS)) for year in (2022, 2023)], fetch=Fetch(pause_seconds=0.1))
    assert 0.1 <= time.monotonic() - begin < 1


def test_a_longer_pause_that_robots_txt_asks_for_is_made(server: Site) -> None:
    server.on(ROBOTS, status(200, b"User-agent: *\nCrawl-delay: 1\n"))
    begin = time.monotonic()
    ask(server.on("/2023.csv", File(PERSONS)), server.on("/2024.csv", File(PERSONS)))
    assert 1 <= time.monotonic() - begin < 3


@pytest.mark.parametrize("agent", ["*", "ilms"])
def test_what_robots_txt_disallows_is_an_error_and_not_asked_for(server: Site, agent: str) -> None:
    server.on(ROBOTS, status(200, f"User-agent: {agent}\nDisallow: /microdata/\n".encode()))
    with pytest.raises(InputError, match=r"/microdata/2024\.csv: its robots\.txt disallows it") as caught:
        ask(server.on("/microdata/2024.csv", File(PERSONS)))
    assert "put it into the mirror" in caught.value.remedy
    assert [request.path for request in server.requests] == [ROBOTS]


def test_robots_txt_of_the_host_to_which_an_address_leads_counts_too(server: Site) -> None:
    with serving() as elsewhere:
        elsewhere.on(ROBOTS, status(200, b"User-agent: *\nDisallow: /\n"))
        with pytest.raises(InputError, match="disallows"):
            ask(server.on("/2024.csv", redirect(elsewhere.on("/2024.csv", File(PERSONS)))))


def test_robots_txt_is_read_once_and_may_allow(server: Site) -> None:
    server.on(ROBOTS, status(200, b"User-agent: *\nDisallow: /private/\n"))
    assert ask(*[server.on(f"/{year}.csv", File(PERSONS)) for year in (2023, 2024)]) == [Found(), Found()]
    assert [request.path for request in server.requests] == [ROBOTS, "/2023.csv", "/2024.csv"]


def test_a_host_that_cannot_say_what_it_allows_is_not_asked_for_files(server: Site) -> None:
    server.on(ROBOTS, status(503))
    said = Unreachable("the server answered 503 when asked for its robots.txt")
    assert ask(server.on("/2024.csv", File(PERSONS))) == [said]


def test_a_service_made_for_programs_is_asked_whatever_robots_txt_says(server: Site) -> None:
    server.on(ROBOTS, status(200, b"User-agent: *\nDisallow: /\n"))
    service = Fetch(method="service", pause_seconds=0)
    assert ask(server.on("/data", File(PERSONS)), fetch=service) == [Found()]


LISTINGS = {
    "page": b'<html><a href="?C=N">Name</a><a href="PNADC_012024_20240815.zip">x</a><a href="readme.pdf">y</a></html>',
    "table of contents": b"file,bytes\nhttps://example.org/a/PNADC_012024_20240815.zip,123\nreadme.pdf,5\n",
    "json": b'{"files": [{"url": "PNADC_012024_20240815.zip"}, {"url": "readme.pdf"}]}',
    "xml": b"<?xml version='1.0'?><List><Key>2024/PNADC_012024_20240815.zip</Key></List>",
}


@pytest.mark.parametrize("listing", LISTINGS.values(), ids=LISTINGS.keys())
def test_a_listing_is_searched_for_the_name_of_the_file(server: Site, listing: bytes) -> None:
    page = server.on("/2024/", status(200, listing))
    (there,) = ask(page, link="PNADC_012024*.zip")
    (absent,) = ask(page, link="PNADC_022024*.zip")
    assert (there, absent) == (Found(), Missing("the page names no PNADC_022024*.zip"))


def test_a_listing_is_read_once_in_a_batch(server: Site) -> None:
    page = server.on("/2024/", status(200, LISTINGS["page"]))
    ask(page, page, link="PNADC_012024*.zip")
    assert methods(server) == ["GET"]


def test_a_listing_that_is_not_there_yet_names_no_file(server: Site) -> None:
    assert ask(f"{server.url}/2025/", link="PNADC_012025*.zip") == [NO_FILE]
