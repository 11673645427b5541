"""Fetching from sites that behave as producers' do: listings, sessions, pages in the place of files, wrong files."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from fetch_sources import PARTITION, PERSONS, fetch, names, source
from http_server import ROBOTS, File, Site, redirect, serving, status

from schemas.errors import InputError
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout

LISTED = {"name": "persons.zip", "link": "PNADC_{year}*.zip"}


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


def zipped(member: str, content: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(member, content)
    return packed.getvalue()


def listing(*links: str) -> bytes:
    return ("<html>" + "".join(f'<a href="{link}">{link}</a>' for link in links) + "</html>").encode()


def test_a_file_is_found_in_a_listing_and_kept_with_its_own_address(server: Site, layout: Layout) -> None:
    page = server.on("/files/", status(200, listing("../", "PNADC_2024_20250110.zip", "PNADC_2023.zip")))
    server.on("/files/PNADC_2024_20250110.zip", File(zipped("persons.csv", PERSONS)))
    vintage = fetch(source({**LISTED, "listing": page}), layout, online=True)
    assert names(vintage) == ["persons.zip"]
    assert vintage.files[0].address == f"{page}PNADC_2024_20250110.zip"


def test_a_revision_that_a_listing_names_is_another_vintage(server: Site, layout: Layout) -> None:
    first, second = (listing(f"PNADC_2024_{date}.zip") for date in (20250110, 20250911))
    page = server.on("/files/", status(200, first), status(200, second))
    server.on("/files/PNADC_2024_20250110.zip", File(zipped("persons.csv", PERSONS)))
    server.on("/files/PNADC_2024_20250911.zip", File(zipped("persons.csv", PERSONS.replace(b"51", b"52"))))
    declared = source({**LISTED, "listing": page})
    one, other = (fetch(declared, layout, online=True) for _ in range(2))
    assert one.id != other.id
    assert other.is_new


def test_of_two_files_that_a_listing_names_none_is_guessed(server: Site, layout: Layout) -> None:
    page = server.on("/files/", status(200, listing("PNADC_2024_1.zip", "PNADC_2024_2.zip")))
    with pytest.raises(InputError, match=r"names 2 files called PNADC_2024\*\.zip: .*2024_1\.zip, .*2024_2\.zip"):
        fetch(source({**LISTED, "listing": page}), layout, online=True)


def test_what_a_listing_does_not_name_is_not_there(server: Site, layout: Layout) -> None:
    page = server.on("/files/", status(200, listing("PNADC_2023.zip")))
    with pytest.raises(InputError, match=r"/files/ names no files called PNADC_2024\*\.zip"):
        fetch(source({**LISTED, "listing": page}), layout, online=True)


def test_a_session_that_the_page_begins_is_sent_back(server: Site, layout: Layout) -> None:
    page = server.on("/files/", status(200, listing("PNADC_2024.zip"), Set_Cookie="session=of-this-visit; Path=/"))
    server.on("/files/PNADC_2024.zip", File(zipped("persons.csv", PERSONS)))
    fetch(source({**LISTED, "listing": page}), layout, online=True)
    assert server.requests[-1].headers["Cookie"] == "session=of-this-visit"


def test_a_session_that_a_redirect_begins_is_sent_back(server: Site, layout: Layout) -> None:
    address = server.on("/persons.csv", status(302, Location="/file", Set_Cookie="session=of-this-visit; Path=/"))
    server.on("/file", File(PERSONS))
    fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    assert server.requests[-1].headers["Cookie"] == "session=of-this-visit"


def test_a_file_on_another_host_gets_no_cookies_of_the_first(server: Site, layout: Layout) -> None:
    with serving() as elsewhere:
        there = elsewhere.on("/persons.csv", File(PERSONS)).replace("127.0.0.1", "localhost")
        address = server.on("/persons.csv", status(302, Location=there, Set_Cookie="session=of-this-visit; Path=/"))
        vintage = fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
        assert vintage.files[0].path.read_bytes() == PERSONS
        assert "Cookie" not in elsewhere.requests[-1].headers


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("persons.zip", b"<!DOCTYPE html><html>Sign in</html>", "persons.zip is a web page, not a data file"),
        ("persons.zip", PERSONS, "persons.zip is text, which does not agree with its name"),
        ("persons.xlsx", b"%PDF-1.7 a report", "persons.xlsx is a PDF document, which does not agree with its name"),
        ("persons.csv", b"Rar!\x1a\x07\x00", "persons.csv is a RAR archive, which does not agree with its name"),
        ("persons.parquet", b"RDX3\nX\n", "persons.parquet is an R data file, which does not agree with its name"),
    ],
)
def test_a_file_of_another_type_than_its_name_says_stops(
    server: Site, layout: Layout, name: str, sent: bytes, said: str
) -> None:
    address = server.on(f"/{name}", File(sent))
    with pytest.raises(InputError, match=said):
        fetch(source({"name": name, "address": address}), layout, online=True)
    assert latest_vintage(layout, PARTITION) is None


def test_an_archive_is_unwrapped_whatever_its_name_says(server: Site, layout: Layout) -> None:
    address = server.on("/persons.zip", File(zipped("persons.csv", PERSONS)))
    vintage = fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    assert names(vintage) == ["persons.csv"]


def test_what_robots_txt_disallows_is_not_fetched(server: Site, layout: Layout) -> None:
    server.on(ROBOTS, status(200, b"User-agent: *\nDisallow: /microdata/\n"))
    address = server.on("/persons.csv", redirect("/microdata/persons.csv"))
    with pytest.raises(InputError, match=r"robots\.txt disallows it"):
        fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    assert "/microdata/persons.csv" not in [request.path for request in server.requests]


@pytest.mark.parametrize("other", [{"many": 2}, {"parameters": {"a": ["b"]}}])
def test_a_listing_gives_one_file(other: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="a `listing` gives one file"):
        source({**LISTED, "listing": "https://example.org/files/", **other})
