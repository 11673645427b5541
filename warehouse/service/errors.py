"""What the service answers instead of data: the code of SDMX, that of HTTP, and why, as SDMX-ML or SDMX-JSON."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Literal
from xml.sax.saxutils import escape

ErrorFormat = Literal["xml", "json"]

MEDIA_TYPES: dict[ErrorFormat, str] = {"xml": "application/xml", "json": "application/json"}
SHOWN = 200
_MESSAGE = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/message"
_COMMON = "http://www.sdmx.org/resources/sdmxml/schemas/v2_1/common"


class RequestError(Exception):
    """A request that is not answered with data.

    status   of HTTP
    code     of SDMX (100 no results, 130 too large, 140 syntax, 150 semantic, 501, 503), or HTTP's where SDMX has none
    reason   what is wrong and what to do, in one or two sentences
    headers  that the answer needs besides
    """

    def __init__(self, status: int, code: int, reason: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(reason)
        self.status, self.code, self.reason, self.headers = status, code, reason, headers or {}


def no_results(reason: str) -> RequestError:
    """Nothing fits the query."""
    return RequestError(HTTPStatus.NOT_FOUND, 100, reason)


def too_large(reason: str) -> RequestError:
    """The answer would be larger, or take longer, than the service allows."""
    return RequestError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, 130, reason)


def syntax_error(reason: str) -> RequestError:
    """The request is not one of SDMX REST."""
    return RequestError(HTTPStatus.BAD_REQUEST, 140, reason)


def semantic_error(reason: str) -> RequestError:
    """The request is well written, and asks for what cannot be had in this way."""
    return RequestError(HTTPStatus.UNPROCESSABLE_ENTITY, 150, reason)


def not_acceptable(reason: str) -> RequestError:
    """None of the representations asked for is there."""
    return RequestError(HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.NOT_ACCEPTABLE, reason)


def too_long(limit: int) -> RequestError:
    """The address of the request is longer than the service reads."""
    status = HTTPStatus.REQUEST_URI_TOO_LONG
    return RequestError(status, status, f"The address has more than {limit:,} bytes: ask for less in one request.")


def not_implemented(reason: str) -> RequestError:
    """A part of SDMX REST that the service does not have."""
    return RequestError(HTTPStatus.NOT_IMPLEMENTED, 501, reason)


def unavailable(reason: str, *, retry_after: int) -> RequestError:
    """The service cannot answer now; the client may ask again after so many seconds."""
    return RequestError(HTTPStatus.SERVICE_UNAVAILABLE, 503, reason, {"Retry-After": str(retry_after)})


def internal_error() -> RequestError:
    """The service failed; what happened stands in its log."""
    reason = "The service could not answer this request. Its log says why; please tell whoever runs it."
    return RequestError(HTTPStatus.INTERNAL_SERVER_ERROR, 500, reason)


def shown(text: str) -> str:
    """A part of a request as it may stand in an answer: short, and without control characters."""
    printable = "".join(sign if sign.isprintable() else "?" for sign in text[:SHOWN])
    return printable + ("..." if len(text) > SHOWN else "")


def error_message(error: RequestError, form: ErrorFormat) -> bytes:
    """The error as a message of SDMX-ML 2.1 or SDMX-JSON 2.0."""
    if form == "json":
        found = {"code": error.code, "title": HTTPStatus(error.status).phrase, "detail": error.reason}
        return json.dumps({"errors": [found]}, ensure_ascii=False).encode()
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<message:Error xmlns:message="{_MESSAGE}" xmlns:common="{_COMMON}">'
        f'<message:ErrorMessage code="{error.code}"><common:Text xml:lang="en">{escape(error.reason)}</common:Text>'
        "</message:ErrorMessage></message:Error>\n"
    ).encode()
