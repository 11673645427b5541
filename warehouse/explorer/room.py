"""The curators' room: the drafts that wait, what stands against them and how they differ, and the decision on them.

Only who has signed in reads anything here, and nothing of it is kept by a browser. Who may sign in, and what a decision
does, is given by whoever runs the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal
from urllib.parse import parse_qs

import duckdb
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from schemas.declaration import Language
from schemas.errors import IlmsError
from warehouse.explorer.answering import HTML, environment, safe_headers
from warehouse.explorer.language import Words
from warehouse.explorer.sessions import COOKIE, LASTING, Session, Sessions, is_own_form
from warehouse.language import LANGUAGES, NAMES
from warehouse.layout import Layout
from warehouse.release.database import WAREHOUSE
from warehouse.release.review import Review, read_review, review_text
from warehouse.release.states import KnownRelease, known_releases, may_show
from warehouse.service.limits import Limits
from warehouse.service.shelf import database_settings

LARGEST_FORM = 20_000
LONGEST_DIFFERENCE = 200_000
"""Characters of a difference that a page shows."""
NOT_MET = """
    select source, wave, severity, description, coalesce(observed, '')
    from quality_result
    where not success and belongs_to = 'published'
    order by severity, source, wave, stage, check_id
    limit 500
"""
Decision = Literal["approve", "reject"]
Endpoint = Callable[[Request], Awaitable[Response]]


@dataclass(frozen=True)
class Room:
    """What the room is given.

    may_enter  whether a name and a password are those of a curator
    decide     does what was decided of a draft, by whom, why and with which embargo; says it in words, or raises
               PublishError
    """

    layout: Layout
    may_enter: Callable[[str, str], bool]
    decide: Callable[[str, Decision, str, str, str], str]


@dataclass(frozen=True)
class NotMet:
    """A check that numbers of a draft did not meet."""

    source: str
    wave: str
    severity: str
    text: str
    observed: str


@dataclass(frozen=True)
class Draft:
    """A release that waits, with what a curator decides on."""

    known: KnownRelease
    review: Review | None
    difference: str
    not_met: Sequence[NotMet]


def room_routes(room: Room, sessions: Sessions) -> APIRouter:
    """The addresses of the room, in every language."""
    router = APIRouter(include_in_schema=False)
    for language in LANGUAGES:
        base = f"/{language}/curators"
        for path, method, answer in (
            ("", "GET", _listed),
            ("/sign-in", "POST", _sign_in),
            ("/sign-out", "POST", _sign_out),
            ("/{release}", "GET", _shown),
            ("/{release}/decision", "POST", _decided),
        ):
            endpoint = _endpoint(partial(answer, room, sessions, language))
            router.add_api_route(base + path, endpoint, methods=[method], response_class=Response)
    return router


def _endpoint(answer: Endpoint) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return await answer(request)

    return endpoint


async def _listed(room: Room, sessions: Sessions, language: Language, request: Request) -> Response:
    """The releases that are kept, those that wait first; the form to sign in for whoever has not."""
    session = sessions.of(request.cookies.get(COOKIE))
    if session is None:
        return _page(language, "curators_sign_in.html", refused=False)
    known = await asyncio.to_thread(_known, room.layout)
    return _page(language, "curators.html", session=session, known=known)


async def _shown(room: Room, sessions: Sessions, language: Language, request: Request) -> Response:
    """A draft."""
    session = sessions.of(request.cookies.get(COOKIE))
    if session is None:
        return _to(language)
    draft = await asyncio.to_thread(_draft, room.layout, request.path_params["release"])
    return _draft_page(language, session, draft)


async def _decided(room: Room, sessions: Sessions, language: Language, request: Request) -> Response:
    """Do what was decided, where the form is the curator's own and gives a reason."""
    session, form = sessions.of(request.cookies.get(COOKIE)), await _form(request)
    if session is None or not is_own_form(session, form.get("form", "")):
        return _page(language, "curators_sign_in.html", refused=True, status=403)
    release, why = request.path_params["release"], form.get("why", "").strip()
    decision: Decision = "approve" if form.get("decision") == "approve" else "reject"
    said = fault = ""
    try:
        if not why:
            fault = Words(language)("curators.no.reason")
        else:
            done = partial(room.decide, release, decision, session.user, why, form.get("embargo", "").strip())
            said = await asyncio.to_thread(done)
    except IlmsError as error:
        fault = f"{error.what}. {error.remedy or ''}"
    draft = await asyncio.to_thread(_draft, room.layout, release)
    return _draft_page(language, session, draft, said=said, fault=fault)


async def _sign_in(room: Room, sessions: Sessions, language: Language, request: Request) -> Response:
    form = await _form(request)
    user, password = form.get("user", ""), form.get("password", "")
    if not await asyncio.to_thread(room.may_enter, user, password):
        return _page(language, "curators_sign_in.html", refused=True, status=403)
    answer = _to(language)
    answer.set_cookie(
        COOKIE,
        sessions.begin(user),
        max_age=int(LASTING.total_seconds()),
        httponly=True,
        samesite="strict",
        secure=request.url.scheme == "https",
    )
    return answer


async def _sign_out(_: Room, sessions: Sessions, language: Language, request: Request) -> Response:
    session, form = sessions.of(request.cookies.get(COOKIE)), await _form(request)
    if session is not None and is_own_form(session, form.get("form", "")):
        sessions.end(request.cookies.get(COOKIE))
    answer = _to(language)
    answer.delete_cookie(COOKIE)
    return answer


async def _form(request: Request) -> dict[str, str]:
    """The fields of a form; none of one that is too large."""
    content = b""
    async for piece in request.stream():
        content += piece
        if len(content) > LARGEST_FORM:
            return {}
    fields = parse_qs(content.decode("utf-8", errors="replace"), keep_blank_values=True, max_num_fields=20)
    return {name: values[-1] for name, values in fields.items()}


def _known(layout: Layout) -> list[KnownRelease]:
    """The releases that the profile may show, newest first."""
    return [each for each in reversed(known_releases(layout)) if may_show(layout, each.folder)]


def _draft(layout: Layout, release: str) -> Draft | None:
    """A release with its review; None where there is none of this id that the profile may show."""
    known = next((each for each in _known(layout) if each.id == release), None)
    if known is None:
        return None
    return Draft(
        known, read_review(layout, known.id), review_text(layout, known.id)[:LONGEST_DIFFERENCE], _not_met(known)
    )


def _not_met(known: KnownRelease) -> list[NotMet]:
    """The checks that numbers of a draft did not meet; those of other releases are on the pages of their sources."""
    file = known.folder / WAREHOUSE
    if not known.is_held or not file.is_file():
        return []
    with duckdb.connect(str(file), read_only=True, config=database_settings(Limits())) as connection:
        return [NotMet(*row) for row in connection.execute(NOT_MET).fetchall()]


def _to(language: Language) -> RedirectResponse:
    return RedirectResponse(f"/{language}/curators", 303, {**safe_headers(), "Cache-Control": "no-store"})


def _draft_page(
    language: Language, session: Session, draft: Draft | None, *, said: str = "", fault: str = ""
) -> Response:
    """A draft, and what became of a decision; 404 where there is no such draft."""
    if draft is None:
        return _page(language, "curators_none.html", status=404, session=session)
    shown = {"session": session, "draft": draft, "said": said, "fault": fault}
    return _page(language, "curators_draft.html", status=400 if fault else 200, **shown)


def _page(language: Language, template: str, *, status: int = 200, **shown: object) -> Response:
    """A page of the room, which no browser keeps."""
    languages = [(each, NAMES[each], f"/{each}/curators") for each in LANGUAGES]
    body = (
        environment()
        .get_template(template)
        .render(w=Words(language), languages=languages, base=f"/{language}", **shown)
    )
    headers = {**safe_headers(), "Cache-Control": "no-store", "Content-Language": language}
    return Response(body, status, headers, media_type=HTML)
