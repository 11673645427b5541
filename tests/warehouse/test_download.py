"""Downloads against a server that cuts, stalls, lies and moves."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from http_server import File, Site, nobody, redirect, serving, silence, status

from schemas.errors import FetchError, InputError
from schemas.wave import Fetch
from warehouse.intake.client import Patience, open_client
from warehouse.intake.download import download
from warehouse.intake.drafts import Draft, Remembered

PATIENCE = Patience(connect_seconds=0.5, silence_seconds=0.5, attempts=4, first_pause=0.01, longest_pause=0.05)
MICRODATA = bytes(range(256)) * 400
NEXT_EDITION = MICRODATA[::-1]


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "persons.csv"


def fetch(address: str, target: Path, patience: Patience = PATIENCE) -> Remembered:
    with open_client(patience, Fetch(pause_seconds=0)) as client:
        return download(client, Draft(address, target), patience=patience, where="ABC.lfs|2024, file persons.csv")


def ranges(server: Site) -> list[str | None]:
    return [request.headers.get("Range") for request in server.requests]


def half_files(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if ".part" in path.name]


def test_the_bytes_come_as_they_are_and_what_the_server_says_is_remembered(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA, etag='"v1"', modified="Mon, 01 Jan 2024 00:00:00 GMT"))
    assert fetch(address, target) == Remembered(address, '"v1"', "Mon, 01 Jan 2024 00:00:00 GMT", len(MICRODATA))
    assert target.read_bytes() == MICRODATA
    assert half_files(target.parent) == []
    assert server.requests[0].headers["Accept-Encoding"] == "identity"


def test_a_file_without_announced_length_comes_whole(server: Site, target: Path) -> None:
    fetch(server.on("/persons.csv", File(MICRODATA, announced=0)), target)
    assert target.read_bytes() == MICRODATA


def test_a_cut_download_goes_on_where_it_stopped(server: Site, target: Path) -> None:
    address = server.on(
        "/persons.csv", File(MICRODATA, cut_after=1000), File(MICRODATA, cut_after=500), File(MICRODATA)
    )
    fetch(address, target)
    assert target.read_bytes() == MICRODATA
    assert ranges(server) == [None, "bytes=1000-", "bytes=1500-"]
    assert server.requests[1].headers["If-Range"] == '"first"'


def test_a_server_that_cannot_send_a_part_sends_all_again(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA, ranges=False, cut_after=1000), File(MICRODATA, ranges=False))
    fetch(address, target)
    assert target.read_bytes() == MICRODATA


@pytest.mark.parametrize("etag", [None, 'W/"weak"'], ids=["none", "weak"])
def test_without_a_strong_validator_nothing_is_joined(server: Site, target: Path, etag: str | None) -> None:
    """Half of one edition and half of the next would be a file that never existed."""
    address = server.on("/persons.csv", File(MICRODATA, cut_after=1000, etag=etag), File(NEXT_EDITION, etag=etag))
    fetch(address, target)
    assert target.read_bytes() == NEXT_EDITION
    assert ranges(server) == [None, None]


def test_a_date_of_change_is_enough_to_resume(server: Site, target: Path) -> None:
    whole = File(MICRODATA, etag=None, modified="Mon, 01 Jan 2024 00:00:00 GMT")
    address = server.on("/persons.csv", replace(whole, cut_after=1000), whole)
    fetch(address, target)
    assert target.read_bytes() == MICRODATA
    assert ranges(server) == [None, "bytes=1000-"]


@pytest.mark.parametrize("careful", [True, False], ids=["server-heeds-if-range", "server-ignores-if-range"])
def test_a_file_that_changes_between_two_tries_is_fetched_again(server: Site, target: Path, careful: bool) -> None:
    changed = File(NEXT_EDITION, etag='"second"', if_range=careful)
    fetch(server.on("/persons.csv", File(MICRODATA, cut_after=1000), changed), target)
    assert target.read_bytes() == NEXT_EDITION


def test_a_part_of_another_length_is_not_joined(server: Site, target: Path) -> None:
    """The server forgot to change its ETag; the total length gives the change away."""
    grown = MICRODATA + b"more records"
    fetch(server.on("/persons.csv", File(MICRODATA, cut_after=1000), File(grown)), target)
    assert target.read_bytes() == grown


def test_a_server_that_recovers_is_tried_again(server: Site, target: Path) -> None:
    fetch(server.on("/persons.csv", status(503), status(429), status(500), File(MICRODATA)), target)
    assert target.read_bytes() == MICRODATA


def test_a_server_that_does_not_recover_is_a_network_fault(server: Site, target: Path) -> None:
    with pytest.raises(FetchError, match="503") as caught:
        fetch(server.on("/persons.csv", status(503)), target)
    assert caught.value.retryable
    assert len(server.requests) == PATIENCE.attempts
    assert not target.exists()


@pytest.mark.parametrize("by_date", [False, True], ids=["seconds", "date"])
def test_the_pause_a_server_asks_for_is_made(server: Site, target: Path, by_date: bool) -> None:
    in_two_seconds = format_datetime(datetime.now(UTC) + timedelta(seconds=2), usegmt=True)
    busy = status(503, Retry_After=in_two_seconds if by_date else "1")
    begin = time.monotonic()
    fetch(server.on("/persons.csv", busy, File(MICRODATA)), target, replace(PATIENCE, longest_pause=5))
    assert 0.9 <= time.monotonic() - begin < 4


def test_a_server_that_asks_for_an_hour_is_left_alone(server: Site, target: Path) -> None:
    with pytest.raises(FetchError, match="429 Too Many Requests, and asks to be left alone for 3,600 s") as caught:
        fetch(server.on("/persons.csv", status(429, Retry_After="3600"), File(MICRODATA)), target)
    assert caught.value.retryable
    assert len(server.requests) == 1


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_a_file_that_is_not_given_is_asked_for_once(server: Site, target: Path, code: int) -> None:
    with pytest.raises(InputError, match=str(code)) as caught:
        fetch(server.on("/persons.csv", status(code)), target)
    assert "correct the address" in caught.value.remedy
    assert len(server.requests) == 1


def test_the_reason_an_sdmx_service_gives_is_passed_on(server: Site, target: Path) -> None:
    said = (
        b'<mes:Error><com:Text xml:lang="en">Not enough key values in query, expecting 6 got 2</com:Text></mes:Error>'
    )
    with pytest.raises(InputError, match="expecting 6 got 2"):
        fetch(server.on("/data", status(422, said, Content_Type="application/xml")), target)


def test_fewer_bytes_than_announced_are_not_taken_for_the_file(server: Site, target: Path) -> None:
    target.write_bytes(b"the edition before")
    with pytest.raises(FetchError, match="download failed"):
        fetch(server.on("/persons.csv", File(MICRODATA, announced=len(MICRODATA) + 9, etag=None)), target)
    assert target.read_bytes() == b"the edition before"
    assert half_files(target.parent) == []


def test_a_server_that_contradicts_itself_about_the_length_is_given_up(server: Site, target: Path) -> None:
    with pytest.raises(FetchError):
        fetch(server.on("/persons.csv", File(MICRODATA, announced=len(MICRODATA) + 9)), target)
    assert not target.exists()


def test_a_cut_chunked_answer_is_not_taken_for_the_file(server: Site, target: Path) -> None:
    with pytest.raises(FetchError):
        fetch(server.on("/persons.csv", File(MICRODATA, announced=0, cut_after=1000)), target)
    assert not target.exists()


def test_redirects_are_followed(server: Site, target: Path) -> None:
    server.on("/2024/persons.csv", redirect("/archive/persons.csv", 301))
    server.on("/archive/persons.csv", File(MICRODATA))
    fetch(server.on("/latest", redirect(f"{server.url}/2024/persons.csv")), target)
    assert target.read_bytes() == MICRODATA


def test_a_redirect_in_a_circle_ends(server: Site, target: Path) -> None:
    server.on("/b", redirect("/a"))
    with pytest.raises(InputError, match="redirects more than 5 times"):
        fetch(server.on("/a", redirect("/b")), target)
    assert len(server.requests) == 6


@pytest.mark.parametrize("location", ["ftp://127.0.0.1/persons.csv", "file:///etc/passwd"])
def test_a_redirect_leads_only_to_the_web(server: Site, target: Path, location: str) -> None:
    with pytest.raises(InputError, match="neither http nor https"):
        fetch(server.on("/persons.csv", redirect(location)), target)
    assert not target.exists()


def test_an_address_that_never_answers_is_given_up_and_reported(target: Path) -> None:
    begin = time.monotonic()
    with silence() as url, pytest.raises(FetchError, match=r"did not answer for 0\.5 s"):
        fetch(f"{url}/persons.csv", target)
    assert time.monotonic() - begin < 1.5


def test_an_address_where_nothing_listens_is_given_up(target: Path) -> None:
    with nobody() as url, pytest.raises(FetchError, match=r"no connection to 127\.0\.0\.1"):
        fetch(f"{url}/persons.csv", target)


def test_the_default_patience_gives_up_within_seconds() -> None:
    assert Patience().connect_seconds <= 5
    assert Patience().silence_seconds <= 10


def test_a_server_that_falls_silent_midway_is_resumed(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA, stall_after=1000, stall_seconds=1), File(MICRODATA))
    fetch(address, target, replace(PATIENCE, silence_seconds=0.2))
    assert target.read_bytes() == MICRODATA
    assert ranges(server) == [None, "bytes=1000-"]


def test_a_slow_server_that_keeps_sending_is_waited_for(server: Site, target: Path) -> None:
    fetch(server.on("/persons.csv", File(b"slow but sure", drip_seconds=0.05)), target)
    assert target.read_bytes() == b"slow but sure"
    assert len(server.requests) == 1


def test_a_server_that_sends_a_byte_at_a_time_is_given_up(server: Site, target: Path) -> None:
    impatient = replace(PATIENCE, slow_seconds=0.2, slow_bytes_per_second=1000, attempts=2)
    with pytest.raises(FetchError, match="sent only"):
        fetch(server.on("/persons.csv", File(MICRODATA, drip_seconds=0.02)), target, impatient)


@pytest.mark.parametrize(
    "too_large",
    [File(MICRODATA), File(MICRODATA, announced=0), File(b"the first of many", announced=10**15)],
    ids=["announced", "unannounced", "refused-before-it-comes"],
)
def test_a_file_beyond_the_maximum_size_is_refused(server: Site, target: Path, too_large: File) -> None:
    with pytest.raises(InputError, match="larger than 5,000 bytes"):
        fetch(server.on("/persons.csv", too_large), target, replace(PATIENCE, maximum_bytes=5000))
    assert list(target.parent.iterdir()) == []
    assert len(server.requests) == 1


def test_an_encoding_that_was_not_asked_for_is_refused(server: Site, target: Path) -> None:
    with pytest.raises(InputError, match="encoded as 'br'"):
        fetch(server.on("/persons.csv", File(MICRODATA, headers={"Content-Encoding": "br"})), target)


def test_an_unchanged_file_is_not_sent_again(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA))
    first = fetch(address, target)
    assert fetch(address, target) == first
    assert server.requests[1].headers["If-None-Match"] == '"first"'
    assert target.read_bytes() == MICRODATA


def test_a_changed_file_replaces_the_one_before(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA), File(NEXT_EDITION, etag='"second"'))
    fetch(address, target)
    assert fetch(address, target).etag == '"second"'
    assert target.read_bytes() == NEXT_EDITION


def test_a_run_killed_while_it_names_the_file_does_not_take_it_for_the_edition_before(target: Path) -> None:
    draft = Draft("https://example.org/persons.csv", target)
    target.write_bytes(MICRODATA)
    draft.keep(Remembered(draft.address, etag='"first"'))
    draft.part.write_bytes(NEXT_EDITION)
    with pytest.raises(FileNotFoundError):
        draft.finish()
    assert target.read_bytes() == NEXT_EDITION
    assert draft.known() is None


def test_bytes_of_another_address_are_not_gone_on_with(server: Site, target: Path) -> None:
    with pytest.raises(FetchError):
        fetch(server.on("/old.csv", File(MICRODATA, cut_after=1000), status(503)), target)
    fetch(server.on("/new.csv", File(NEXT_EDITION)), target)
    assert target.read_bytes() == NEXT_EDITION
    assert ranges(server)[-1] is None


def test_a_later_run_goes_on_after_a_network_fault(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA, cut_after=1000), *[status(503)] * 3, File(MICRODATA))
    with pytest.raises(FetchError, match="the 1,000 bytes that came are kept"):
        fetch(address, target)
    assert not target.exists()
    fetch(address, target)
    assert target.read_bytes() == MICRODATA
    assert ranges(server)[-1] == "bytes=1000-"


def test_a_killed_download_goes_on_in_the_next_run(server: Site, target: Path) -> None:
    address = server.on("/persons.csv", File(MICRODATA, stall_after=65536, stall_seconds=3), File(MICRODATA))
    script = (
        "import sys; from pathlib import Path; from schemas.source import Fetch; "
        "from warehouse.intake.client import *; from warehouse.intake.download import *; "
        "from warehouse.intake.drafts import Draft; "
        "p = Patience(); download(open_client(p, Fetch()), Draft(sys.argv[1], Path(sys.argv[2])), patience=p)"
    )
    with subprocess.Popen([sys.executable, "-c", script, address, str(target)]) as running:
        draft = Draft(address, target)
        until = time.monotonic() + 20
        while not (draft.part.is_file() and draft.part.stat().st_size > 0) and time.monotonic() < until:
            time.sleep(0.01)
        os.kill(running.pid, signal.SIGKILL)
    assert not target.exists()
    have = draft.part.stat().st_size
    assert have > 0
    fetch(address, target)
    assert ranges(server) == [None, f"bytes={have}-"]
    assert target.read_bytes() == MICRODATA
