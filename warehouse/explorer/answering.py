"""Pages on their way to a reader: the template filled in, with the headers that keep a page to itself."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request

from schemas.declaration import Language
from warehouse.explorer.charts.draw import Figure, locale_of
from warehouse.explorer.language import Words
from warehouse.explorer.page import Make, Page
from warehouse.explorer.reader import Reader
from warehouse.explorer.shelves import Shelves
from warehouse.language import LANGUAGES, NAMES
from warehouse.service.answers import Prepared, compressed, entity_tag, http_date, is_unchanged
from warehouse.service.errors import RequestError, no_results
from warehouse.service.shelf import Held
from warehouse.service.work import Job

FOLDER = Path(__file__).parent
POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; font-src 'self'; "
    "form-action 'self'; "
    "base-uri 'none'; frame-ancestors {ancestors}"
)
HOST = re.compile(r"https?://[A-Za-z0-9.\-:\[\]]{1,255}")
HTML, SVG, JSON = "text/html; charset=utf-8", "image/svg+xml; charset=utf-8", "application/json"
CLOSED = "default-src 'none'; frame-ancestors 'none'"
"""For what is no page: it loads nothing at all."""


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
    """The templates. Whatever is put into them is escaped."""
    found = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.filters["area_name"] = lambda code, reader: reader.area(code)
    return found


def rendered(page: Page, reader: Reader) -> str:
    """A page as HTML."""
    numbers = {id(each): number for number, each in enumerate(page.charts, start=1)}
    return (
        environment()
        .get_template(page.template)
        .render(page=page, r=reader, w=reader.say, number_of=lambda figure: numbers[id(figure)])
    )


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


@dataclass(frozen=True)
class Asked:
    """What a request is for: the page that makes it, what its address says, and how it is answered."""

    request: Request
    make: Make
    parts: Mapping[str, str]
    language: Language
    shelves: Shelves
    may_be_framed: bool = False

    @property
    def pinned(self) -> str | None:
        """The id of the release that the address names."""
        return self.parts.get("release")

    @property
    def path(self) -> str:
        """The address of the page after its language and release, and where it is one, after the number of a chart."""
        start = f"/{self.language}/at/{self.pinned}" if self.pinned else f"/{self.language}"
        path = self.request.url.path.removeprefix(start)
        number = self.parts.get("chart")
        return path.removeprefix(f"/chart/{number}").removeprefix(f"/spec/{number}") if number else path


def prepare_page(job: Job, asked: Asked) -> Prepared:
    """Make a page of the current release, or of the one that its address names."""
    held = job.hold(asked.pinned)
    headers = {**_headers(held, asked, HTML), "Content-Language": asked.language}
    if is_unchanged(asked.request, headers["ETag"], held.since):
        return Prepared(headers, status=HTTPStatus.NOT_MODIFIED)
    reader = _reader(job, held, asked)
    page = asked.make(reader, asked.parts)
    asked.shelves.charts.put(reader.permanent, page.charts)
    return _whole(asked, headers, rendered(page, reader))


def prepare_chart(job: Job, asked: Asked) -> Prepared:
    """Draw a chart of a page. Raises RequestError (404) where the page has no chart of this number."""
    return _of_chart(job, asked, SVG, lambda figure: figure.draw())


def prepare_spec(job: Job, asked: Asked) -> Prepared:
    """What Vega draws a chart of a page from in a browser, and how it writes numbers. Raises RequestError (404)."""
    return _of_chart(job, asked, JSON, lambda figure: _spec(figure, asked.language))


def _spec(figure: Figure, language: Language) -> str:
    if figure.spec is None:
        raise no_results(Words(language)("error.404"))
    return json.dumps({"spec": figure.spec, "formatLocale": locale_of(language)})


def _of_chart(job: Job, asked: Asked, media_type: str, give: Callable[[Figure], str]) -> Prepared:
    held = job.hold(asked.pinned)
    headers = {**_headers(held, asked, media_type), "Content-Security-Policy": CLOSED}
    if is_unchanged(asked.request, headers["ETag"], held.since):
        return Prepared(headers, status=HTTPStatus.NOT_MODIFIED)
    reader = _reader(job, held, asked)
    charts = asked.shelves.charts.of(reader.permanent)
    if charts is None:
        charts = asked.make(reader, asked.parts).charts
        asked.shelves.charts.put(reader.permanent, charts)
    number = int(asked.parts["chart"])
    if not 1 <= number <= len(charts):
        raise no_results(reader.say("error.404"))
    return _whole(asked, headers, give(charts[number - 1]))


def _headers(held: Held, asked: Asked, media_type: str) -> dict[str, str]:
    tag = entity_tag(held, asked.request, asked.language, "gzip" if _is_packed(asked.request) else "")
    return {
        **safe_headers(may_be_framed=asked.may_be_framed),
        "Content-Type": media_type,
        "ETag": tag,
        "Last-Modified": http_date(held.since),
        "Cache-Control": "no-cache",
        "ILMS-Release": held.release.id,
    }


def _is_packed(request: Request) -> bool:
    return "gzip" in request.headers.get("accept-encoding", "")


def _whole(asked: Asked, headers: Mapping[str, str], text: str) -> Prepared:
    body = text.encode()
    if _is_packed(asked.request):
        return Prepared({**headers, "Content-Encoding": "gzip"}, compressed([body]))
    return Prepared(headers, (piece for piece in [body]))


def _reader(job: Job, held: Held, asked: Asked) -> Reader:
    return Reader(
        held.release,
        job.cursor(held.release),
        asked.shelves,
        asked.language,
        asked.path,
        asked.pinned,
        asked.request.url.query,
        _host_of(asked.request),
    )


def _host_of(request: Request) -> str:
    """How the reader reached the service; nothing where that is written in no way that a host is."""
    found = f"{request.url.scheme}://{request.url.netloc}"
    return found if HOST.fullmatch(found) else ""
