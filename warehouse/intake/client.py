"""The client for requests to producers: time-outs, and the meaning of network faults."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from importlib.metadata import version

import httpx

from schemas.errors import DeclarationError, InputError
from schemas.wave import Fetch
from warehouse.intake.courtesy import PROGRAM, Courtesy, Disallowed, RulesUnknown
from warehouse.intake.proxies import put_back


@dataclass(frozen=True)
class Patience:
    """How long to wait for a server, how often to try, and how much it may send."""

    connect_seconds: float = 5
    silence_seconds: float = 10
    attempts: int = 6
    first_pause: float = 1
    longest_pause: float = 60
    redirects: int = 5
    maximum_bytes: int = 16 * 1024**3
    slow_seconds: float = 60
    slow_bytes_per_second: float = 500

    @property
    def first_answer_seconds(self) -> float:
        """How long a connection may take, and for how long a server that never answered is tried again."""
        return min(self.connect_seconds, self.silence_seconds)


def open_client(patience: Patience, fetch: Fetch, contact: str = "") -> httpx.Client:
    """A client with the time-outs and redirect limit of `patience`, requesting bytes as they are stored.

    It uses the proxies of the environment, returns cookies that it received, pauses between requests as declared under
    `fetch`, and follows robots.txt, except for services made for programs (`method: service`). Raises DeclarationError
    when a proxy cannot be used.
    """
    try:
        with put_back():
            client = httpx.Client(
                timeout=httpx.Timeout(patience.silence_seconds, connect=patience.first_answer_seconds),
                follow_redirects=True,
                max_redirects=patience.redirects,
                headers={"User-Agent": user_agent(contact), "Accept-Encoding": "identity"},
            )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Their messages may quote the address, and with it a password.
        raise DeclarationError(
            "a proxy named in the environment cannot be used for fetching",
            where="HTTP_PROXY, HTTPS_PROXY or ALL_PROXY",
            why="nothing can be downloaded through it",
            remedy="name an http:// proxy (those of SOCKS are not supported), or unset it; or fetch into a folder and"
            " set ILMS_MIRROR",
        ) from error
    courtesy = Courtesy(client, fetch.pause_seconds, patience.longest_pause, heeds_robots=fetch.method != "service")
    client.event_hooks = {"request": [courtesy.before]}
    return client


def user_agent(contact: str) -> str:
    """How a program identifies itself to producers, with the page or address of its maintainers."""
    named = f"{PROGRAM}/{version('ilms')}"
    return f"{named} (+{contact})" if contact else named


def network_fault(error: httpx.HTTPError, patience: Patience, address: str, where: str) -> str | InputError:
    """A fault of the network in plain words; an error where another try cannot help."""
    if isinstance(error, Disallowed):
        return InputError(
            f"the producer does not want programs to fetch {error.address}: its robots.txt disallows it",
            where=where,
            why="the producer's wish is respected",
            remedy="fetch the file by hand and put it into the mirror, or ask the producer for another way",
        )
    if isinstance(error, httpx.TooManyRedirects | httpx.UnsupportedProtocol):
        many = f"the address redirects more than {patience.redirects} times"
        other = "the address redirects to something that is neither http nor https"
        what = many if isinstance(error, httpx.TooManyRedirects) else other
        remedy = "open the address in a browser and declare the one where the file really is"
        return InputError(what, where=where, remedy=remedy)
    match error:
        case RulesUnknown():
            said = str(error)
        case httpx.ConnectTimeout():
            said = f"the server did not answer within {patience.first_answer_seconds:g} s"
        case httpx.TimeoutException():
            said = f"the server did not answer for {patience.silence_seconds:g} s"
        case httpx.ConnectError():
            said = f"no connection to {httpx.URL(address).host}: {error}"
        case _:
            said = f"the connection broke: {error}"
    return said


def status_words(response: httpx.Response) -> str:
    """The status of an answer, such as 404 Not Found."""
    return f"{response.status_code} {response.reason_phrase}".strip()


def asked_pause(response: httpx.Response) -> float:
    """Retry-After in seconds, from a number or a date; 0 when there is none."""
    asked = response.headers.get("Retry-After", "")
    if asked.isdecimal():
        return float(asked)
    try:
        at = parsedate_to_datetime(asked)
    except ValueError:
        return 0
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return max((at - datetime.now(UTC)).total_seconds(), 0)


def what_it_said(response: httpx.Response) -> str:
    """The beginning of an error answer in words, such as the reason given by an SDMX service; empty for a web page."""
    if "html" in response.headers.get("Content-Type", "html"):
        return ""
    said = b""
    for chunk in response.iter_bytes():
        said += chunk
        if len(said) >= 2000:
            break
    words = re.sub(r"<[^>]*>", " ", said[:2000].decode("utf-8", errors="replace"))
    return " ".join(words.split())[:200]
