"""Pages on their way to a reader: the template filled in, with the headers that keep a page to itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from starlette.requests import Request

from warehouse.explorer.language import LANGUAGES, NAMES, Language, Words
from warehouse.explorer.page import Make, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.shelves import Shelves
from warehouse.service.answers import Prepared, compressed, entity_tag, http_date, is_unchanged
from warehouse.service.errors import RequestError
from warehouse.service.work import Job

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; font-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)
HOST = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]{1,255}")
HTML = "text/html; charset=utf-8"


def safe_headers(*, may_be_framed: bool = False) -> dict[str, str]:
    """Headers that let a page load nothing from elsewhere and run nothing that stands in it."""
    return {
        "Content-Security-Policy": POLICY.format(ancestors="*" if may_be_framed else "'none'"),
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Vary": "Accept-Encoding",
    }


@cache
def environment() -> Environment:
    """The templates. What is put into them is escaped; a chart, drawn here, is the only markup that is not."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals["chart"] = Markup
    found.filters["area_name"] = lambda code, reader: reader.area(code)
    return found


def rendered(page: Page, reader: Reader) -> str:
    """A page as HTML."""
    return environment().get_template(page.template).render(page=page, r=reader, w=reader.say)


def refused(error: RequestError, language: Language) -> tuple[Mapping[str, str], bytes]:
    """Headers and body that say why there is no such page."""
    say = Words(language)
    template = environment().get_template("refused.html")
    reason = error.reason if error.status < HTTPStatus.INTERNAL_SERVER_ERROR else say("error.here")
    languages = [(each, NAMES[each], f"/{each}") for each in LANGUAGES]
    title = say("error.404" if error.status == HTTPStatus.NOT_FOUND else "error.other")
    body = template.render(w=say, title=title, reason=reason, language=language, languages=languages).encode()
    headers = {"Content-Type": HTML, "Content-Length": str(len(body)), "Cache-Control": "no-store"}
    return {**safe_headers(), **headers, **error.headers}, body


def prepare_page(
    job: Job,
    *,
    request: Request,
    make: Make,
    asked: Mapping[str, str],
    language: Language,
    shelves: Shelves,
    may_be_framed: bool = False,
) -> Prepared:
    """Make a page of the current release, or of the one that its address names."""
    pinned = asked.get("release")
    held = job.hold(pinned)
    is_packed = "gzip" in request.headers.get("accept-encoding", "")
    tag = entity_tag(held, request, language, "gzip" if is_packed else "")
    headers = {
        **safe_headers(may_be_framed=may_be_framed),
        "Content-Type": HTML,
        "Content-Language": language,
        "ETag": tag,
        "Last-Modified": http_date(held.since),
        "Cache-Control": "no-cache",
        "ILMS-Release": held.release.id,
    }
    if is_unchanged(request, tag, held.since):
        return Prepared(headers, status=HTTPStatus.NOT_MODIFIED)
    cursor = job.cursor(held.release)
    reader = Reader(
        held.release,
        cursor,
        shelves,
        language,
        _rest_of(request.url.path, language, pinned),
        pinned,
        request.url.query,
        _host_of(request),
    )
    body = rendered(make(reader, asked), reader).encode()
    if is_packed:
        return Prepared({**headers, "Content-Encoding": "gzip"}, compressed([body]))
    return Prepared(headers, (piece for piece in [body]))


def _host_of(request: Request) -> str:
    """How the reader reached the service; nothing where that is written in no way that a host is."""
    found = f"{request.url.scheme}://{request.url.netloc}"
    return found if HOST.fullmatch(found) else ""


def _rest_of(path: str, language: str, pinned: str | None) -> str:
    """What of an address follows its language and release."""
    start = f"/{language}/at/{pinned}" if pinned else f"/{language}"
    return path.removeprefix(start)
