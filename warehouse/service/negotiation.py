"""Which representation a client gets: its format, language and compression, from the headers of its request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from starlette.requests import Request

from warehouse.sdmx.formats.base import Format
from warehouse.service.addresses import parameters
from warehouse.service.errors import ErrorFormat, not_acceptable, shown

LANGUAGES = ("en", "fr", "es")
MOST_CHOICES = 50
"""Of a header: real clients send a dozen at most."""

SHORT_NAMES = {
    "csv": "text/csv",
    "json": "application/json",
    "jsondata": "application/json",
    "xml": "application/xml",
    "genericdata": "application/vnd.sdmx.genericdata+xml;version=2.1",
    "structurespecificdata": "application/vnd.sdmx.structurespecificdata+xml;version=2.1",
    "sdmx-2.1": "application/vnd.sdmx.structure+xml;version=2.1",
    "sdmx-3.0": "application/vnd.sdmx.structure+xml;version=3.0.0",
    "sdmx-json": "application/vnd.sdmx.structure+json;version=2.0.0",
}
"""What the parameter `format` may say besides media types, as other services have it."""

Chosen = TypeVar("Chosen", bound=Format)


@dataclass(frozen=True)
class Choice:
    """One entry of a header that negotiates: its name in lower case, parameters, and how much it is wanted (0 to 1)."""

    name: str
    parameters: Mapping[str, str]
    quality: float


def accepted(request: Request) -> str | None:
    """What a client accepts: its parameter `format`, or its header Accept."""
    asked = parameters(request.scope["query_string"]).get("format")
    return SHORT_NAMES.get(asked.lower(), asked) if asked else request.headers.get("accept")


def choices(header: str | None) -> list[Choice]:
    """The entries of a header, most wanted first, in their own order where equally wanted."""
    found = [_choice(part) for part in (header or "").split(",")[:MOST_CHOICES] if part.strip()]
    return sorted(found, key=lambda each: -each.quality)


def _choice(text: str) -> Choice:
    name, *parts = (part.strip() for part in text.split(";"))
    pairs = (part.partition("=") for part in parts)
    parameters = {key.strip().lower(): value.strip().strip('"') for key, _, value in pairs}
    try:
        quality = float(parameters.pop("q", "1"))
    except ValueError:
        quality = 0.0
    return Choice(name.lower(), parameters, quality if 0 <= quality <= 1 else 0.0)


def choose_format(accept: str | None, offered: Sequence[Chosen]) -> tuple[Chosen, Mapping[str, str]]:
    """The most wanted of the formats offered, in the order in which the service prefers them; and what else the client
    said of it.

    Raises RequestError (406) where none is acceptable.
    """
    wanted = choices(accept) or [Choice("*/*", {}, 1.0)]
    refused = [each for each in wanted if each.quality == 0]
    for choice in wanted:
        for each in offered:
            fits = choice.quality > 0 and is_meant(choice, each)
            if fits and not any(is_meant(other, each) and "*" not in other.name for other in refused):
                return each, choice.parameters
    names = "; ".join(dict.fromkeys(name for each in offered for name in (each.content_type, *each.aliases)))
    raise not_acceptable(f"None of the formats asked for ({shown(accept or '')}) is there. There are: {names}.")


def is_meant(choice: Choice, offered: Format) -> bool:
    """Whether an entry of Accept names a format: itself, another name of it, a group of types or all of them."""
    if choice.name == "*/*" or (choice.name.endswith("/*") and offered.media_type.startswith(choice.name[:-1])):
        return True
    names = [offered.content_type, *offered.aliases]
    return any(_same(choice, _choice(name)) for name in names)


def _same(choice: Choice, offered: Choice) -> bool:
    asked, held = choice.parameters.get("version"), offered.parameters.get("version")
    return choice.name == offered.name and (asked is None or held is None or _versions_fit(asked, held))


def _versions_fit(asked: str, held: str) -> bool:
    """Versions are compared without ends of zero; 2.0.0+ takes anything of the same first number that is not older."""
    if asked == held:
        return True
    try:
        least = _numbers(asked.replace("+", "").replace(" ", ""))
        version = _numbers(held)
    except ValueError:
        return False
    if "+" in asked or asked.endswith(" "):
        return version >= least and version[:1] == least[:1]
    return version == least


def _numbers(version: str) -> tuple[int, ...]:
    numbers = [int(part[:9]) for part in version.split(".")]
    while numbers and numbers[-1] == 0:
        numbers.pop()
    return tuple(numbers)


def choose_language(header: str | None) -> str | None:
    """The language most wanted among those of the labels; None where the client wants all, or none of them."""
    for choice in choices(header):
        language = choice.name.split("-")[0]
        if choice.quality > 0 and (language == "*" or language in LANGUAGES):
            return None if language == "*" else language
    return None


def choose_encoding(header: str | None) -> str | None:
    """`gzip` where the client takes it, else None. Raises RequestError (406) where it takes neither that nor plain."""
    wanted = {each.name: each.quality for each in choices(header)}
    everything = wanted.get("*")
    if wanted.get("gzip", wanted.get("x-gzip", everything or 0)) > 0:
        return "gzip"
    if wanted.get("identity", 1 if everything is None else everything) > 0:
        return None
    raise not_acceptable("The service sends answers plain or compressed by gzip.")


def error_format(accept: str | None) -> ErrorFormat:
    """SDMX-JSON for errors of clients that ask for JSON before XML, else SDMX-ML."""
    for choice in choices(accept):
        if "json" in choice.name:
            return "json"
        if "xml" in choice.name or choice.name == "*/*":
            return "xml"
    return "xml"


def vary() -> str:
    """The headers that an answer depends on."""
    return "Accept, Accept-Encoding, Accept-Language"
