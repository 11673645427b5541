"""Courtesy to producers: a pause between two requests to one host, and no request that its robots.txt disallows."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from urllib.robotparser import RobotFileParser

import httpx

PROGRAM = "ilms"
"""The name under which programs of this project identify themselves, also in robots.txt."""
_OF_ROBOTS = "ilms_robots"
_ENOUGH = 512 * 1024


class Disallowed(httpx.HTTPError):
    """The robots.txt of a host disallows an address."""

    def __init__(self, address: str) -> None:
        self.address = address
        super().__init__(f"robots.txt disallows {address}")


class RulesUnknown(httpx.HTTPError):
    """A host does not give its rules at the moment, so no request may be sent to it."""


@dataclass
class Courtesy:
    """What a client does before each request, including redirected ones.

    pause_seconds  between two requests to one host; a Crawl-delay of its robots.txt where that is longer
    longest_pause  the longest Crawl-delay that is followed
    """

    client: httpx.Client
    pause_seconds: float
    longest_pause: float
    heeds_robots: bool = True
    _rules: dict[str, RobotFileParser] = field(default_factory=dict, init=False)
    _earliest: dict[str, float] = field(default_factory=dict, init=False)

    def before(self, request: httpx.Request) -> None:
        """Wait until a request may be sent. Raises Disallowed, RulesUnknown, or the client's own errors for
        robots.txt."""
        if _OF_ROBOTS in request.extensions:
            return
        pause = self.pause_seconds
        if self.heeds_robots:
            rules = self._rules_of(request.url)
            if not rules.can_fetch(PROGRAM, str(request.url)):
                raise Disallowed(str(request.url))
            delay = rules.crawl_delay(PROGRAM)
            pause = max(pause, min(float(delay or 0), self.longest_pause))
        host = request.url.netloc.decode("ascii")
        time.sleep(max(self._earliest.get(host, 0) - time.monotonic(), 0))
        self._earliest[host] = time.monotonic() + pause

    def _rules_of(self, url: httpx.URL) -> RobotFileParser:
        """The rules of a host, read once: a host without a robots.txt allows everything (RFC 9309)."""
        place = str(url.copy_with(path="/robots.txt", query=None, fragment=None))
        if place not in self._rules:
            self._rules[place] = self._read(place)
        return self._rules[place]

    def _read(self, place: str) -> RobotFileParser:
        rules, text = RobotFileParser(), b""
        with self.client.stream("GET", place, extensions={_OF_ROBOTS: True}) as response:
            if response.status_code == 429 or response.status_code >= 500:
                raise RulesUnknown(f"the server answered {response.status_code} when asked for its robots.txt")
            if response.is_success:
                for chunk in response.iter_bytes():
                    text += chunk
                    if len(text) >= _ENOUGH:
                        break
        rules.parse(text.decode("utf-8", errors="replace").splitlines())
        return rules
