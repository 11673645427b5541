"""The curators' room: nobody reads it without signing in, and what is decided there is what the log then says."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi.testclient import TestClient
from served import rows, write_draft, write_release

from ilms.airflow.logins import SlowLogins
from ilms.commands.curators import airflow_passwords, curators_room, may_enter
from warehouse.explorer.routes import add_pages
from warehouse.layout import Layout
from warehouse.release.states import known_releases
from warehouse.service.app import create_app

FIRST, SECOND = datetime(2026, 11, 1, 12, tzinfo=UTC), datetime(2026, 11, 2, 12, tzinfo=UTC)
PASSWORD = "correct horse"


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    """A home with a current release and a draft that waits; Airflow has a user."""
    write_release(tmp_path, rows(), FIRST)
    write_draft(tmp_path, rows(shift=1.0), SECOND)
    found = Layout(tmp_path)
    passwords = airflow_passwords(found)
    passwords.parent.mkdir()
    passwords.write_text(json.dumps({"admin": PASSWORD}), encoding="utf-8")
    return found


@pytest.fixture
def visitor(layout: Layout) -> Iterator[TestClient]:
    service = add_pages(create_app(layout), layout, curators_room(layout, airflow_passwords(layout)))
    service.add_middleware(SlowLogins, first_pause=0.01)
    with TestClient(service) as client:
        yield client


@pytest.fixture
def draft(layout: Layout) -> str:
    (found,) = (each.id for each in known_releases(layout) if each.state == "in review")
    return found


def sign_in(visitor: TestClient, password: str = PASSWORD) -> int:
    """Sign in; the status of the answer."""
    given = {"user": "admin", "password": password}
    return visitor.post("/en/curators/sign-in", data=given, follow_redirects=False).status_code


def form_of(visitor: TestClient, draft: str) -> str:
    """What stands in the forms of the session."""
    page = visitor.get(f"/en/curators/{draft}").text
    (found,) = set(re.findall(r'name="form" value="([^"]+)"', page))
    return str(found)


def state(layout: Layout, draft: str) -> tuple[str, str, str]:
    (found,) = (each for each in known_releases(layout) if each.id == draft)
    return found.state, found.last.by, found.last.why


def test_nobody_reads_of_a_draft_without_signing_in(visitor: TestClient, layout: Layout, draft: str) -> None:
    assert draft not in visitor.get("/en/curators").text
    assert draft not in visitor.get(f"/en/curators/{draft}").text
    assert visitor.get(f"/en/at/{draft}").status_code == 404
    sent = visitor.post(f"/en/curators/{draft}/decision", data={"decision": "approve", "why": "let me", "form": ""})
    assert sent.status_code == 403
    assert state(layout, draft)[0] == "in review"


def test_a_wrong_password_lets_nobody_in(visitor: TestClient, draft: str) -> None:
    assert sign_in(visitor, "wrong") == 403
    assert draft not in visitor.get("/en/curators").text


def test_nobody_enters_where_airflow_has_no_users(tmp_path: Path) -> None:
    assert not may_enter(tmp_path / "passwords.json", "", "")
    (tmp_path / "passwords.json").write_text('{"admin": ""}')
    assert not may_enter(tmp_path / "passwords.json", "admin", "")
    assert not may_enter(tmp_path / "passwords.json", "nobody", "")


def test_a_curator_reads_the_draft_and_rejects_it_with_a_reason(
    visitor: TestClient, layout: Layout, draft: str
) -> None:
    assert sign_in(visitor) == 303
    listed = visitor.get("/fr/curators")
    assert f'href="/fr/curators/{draft}"' in listed.text
    assert listed.headers["cache-control"] == "no-store"
    form = form_of(visitor, draft)
    without = visitor.post(f"/en/curators/{draft}/decision", data={"decision": "reject", "why": " ", "form": form})
    assert (without.status_code, "Give a reason." in without.text) == (400, True)
    answer = visitor.post(
        f"/en/curators/{draft}/decision", data={"decision": "reject", "why": "the weights are wrong", "form": form}
    )
    assert answer.status_code == 200
    assert state(layout, draft) == ("rejected", "admin", "the weights are wrong")


def test_an_approved_draft_under_embargo_is_on_no_page_until_its_end(
    visitor: TestClient, layout: Layout, draft: str
) -> None:
    sign_in(visitor)
    sent = {"decision": "approve", "why": "checked", "embargo": "2999-01-01T09:00", "form": form_of(visitor, draft)}
    answer = visitor.post(f"/en/curators/{draft}/decision", data=sent)
    assert "under embargo until 2999-01-01 09:00 UTC" in answer.text
    assert state(layout, draft)[0] == "embargoed"
    assert visitor.get(f"/en/at/{draft}").status_code == 404


def test_a_form_of_another_site_decides_nothing(visitor: TestClient, layout: Layout, draft: str) -> None:
    sign_in(visitor)
    forged = {"decision": "approve", "why": "forged", "form": "guessed"}
    assert visitor.post(f"/en/curators/{draft}/decision", data=forged).status_code == 403
    assert state(layout, draft)[0] == "in review"
    cookie = visitor.post("/en/curators/sign-in", data={"user": "admin", "password": PASSWORD}, follow_redirects=False)
    assert "HttpOnly" in cookie.headers["set-cookie"]
    assert "samesite=strict" in cookie.headers["set-cookie"].lower()


def test_who_has_signed_out_reads_nothing_more(visitor: TestClient, draft: str) -> None:
    sign_in(visitor)
    visitor.post("/en/curators/sign-out", data={"form": form_of(visitor, draft)})
    assert draft not in visitor.get("/en/curators").text


def test_without_the_room_there_is_no_such_page(layout: Layout) -> None:
    with TestClient(add_pages(create_app(layout), layout)) as client:
        assert client.get("/en/curators").status_code == 404
        assert client.post("/en/curators/sign-in", data={"user": "admin", "password": PASSWORD}).status_code == 405
