"""A producer's web server on this machine that behaves, or misbehaves, as a test asks."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

ROBOTS = "/robots.txt"
# Whoever runs the tests behind a proxy must not have it asked for this machine's own server.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _HTTPServer

    def do_GET(self) -> None:
        site, place = self.server.site, self.path.partition("?")[0]
        if place == ROBOTS and place not in site.steps:
            return status(404)(self)
        headers = {name.title(): value for name, value in self.headers.items()}
        body = self.rfile.read(int(headers.get("Content-Length", 0)))
        site.requests.append(Request(self.path, headers, self.command, body))
        steps = site.steps.get(place, [status(404)])
        if self.command == "POST":
            steps = site.posts.get(place, [status(405)])
        if self.command == "HEAD":
            steps = site.heads.get(place, steps[:1])
        answer = steps.pop(0) if len(steps) > 1 else steps[0]
        return answer(self)

    def do_HEAD(self) -> None:
        self.do_GET()

    def do_POST(self) -> None:
        self.do_GET()

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


class _HTTPServer(ThreadingHTTPServer):
    daemon_threads = True
    site: Site

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the tests."""


Answer = Callable[[_Handler], None]


@dataclass(frozen=True)
class Request:
    """What a client asked."""

    path: str
    headers: dict[str, str]
    method: str = "GET"
    body: bytes = b""


@dataclass
class Site:
    """The pages of a server, each with its answers in turn (the last one repeats), and the requests received.

    heads  answers to HEAD, where they differ
    posts  answers to POST

    Requests for a robots.txt that the server does not have are not recorded.
    """

    url: str = ""
    steps: dict[str, list[Answer]] = field(default_factory=dict)
    heads: dict[str, list[Answer]] = field(default_factory=dict)
    posts: dict[str, list[Answer]] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    def on(self, path: str, *answers: Answer) -> str:
        """Give these answers for a path; returns its address."""
        self.steps[path] = list(answers)
        return f"{self.url}{path}"


@contextmanager
def serving() -> Iterator[Site]:
    """A server for the time of a test."""
    server = _HTTPServer(("127.0.0.1", 0), _Handler)
    server.site = Site(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.01), daemon=True)
    thread.start()
    try:
        yield server.site
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def silence() -> Iterator[str]:
    """An address that takes connections and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(1)
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


@contextmanager
def nobody() -> Iterator[str]:
    """An address where nothing listens."""
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{bound.getsockname()[1]}"


def status(code: int, body: bytes = b"", **headers: str) -> Answer:
    """An answer without a file. Header names are written with underscores."""

    def answer(request: _Handler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        if code != 304:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        if request.command != "HEAD":
            request.wfile.write(body)

    return answer


def redirect(location: str, code: int = 302) -> Answer:
    """The file has moved."""
    return status(code, Location=location)


@dataclass
class File:
    """A file as a server gives it.

    etag, modified   what the server says of it
    ranges           whether it can send a part; if_range: whether it looks at If-Range when it does
    cut_after        bytes of this answer after which the connection breaks
    stall_after      bytes of this answer after which nothing comes for `stall_seconds`
    announced        a wrong Content-Length, or 0 for none at all (chunked)
    drip_seconds     pause after every byte
    """

    body: bytes
    etag: str | None = '"first"'
    modified: str | None = None
    ranges: bool = True
    if_range: bool = True
    cut_after: int | None = None
    stall_after: int | None = None
    stall_seconds: float = 0
    announced: int | None = None
    drip_seconds: float = 0
    headers: dict[str, str] = field(default_factory=dict)

    def __call__(self, request: _Handler) -> None:
        asked = request.headers
        if self.etag and asked.get("If-None-Match") == self.etag:
            return status(304, ETag=self.etag)(request)
        start = 0
        current = asked.get("If-Range") in (self.etag, self.modified) or not self.if_range
        if self.ranges and asked.get("Range") and current:
            start = int(asked["Range"].removeprefix("bytes=").partition("-")[0])
            if start >= len(self.body):
                return status(416, Content_Range=f"bytes */{len(self.body)}")(request)
        self._head(request, start)
        if request.command != "HEAD":
            self._send(request, self.body[start:])
        return None

    def _head(self, request: _Handler, start: int) -> None:
        size = len(self.body) if self.announced is None else self.announced
        request.send_response(206 if start else 200)
        if start:
            request.send_header("Content-Range", f"bytes {start}-{len(self.body) - 1}/{len(self.body)}")
        request.send_header("Transfer-Encoding", "chunked") if self.announced == 0 else request.send_header(
            "Content-Length", str(size - start)
        )
        for name, value in {"ETag": self.etag, "Last-Modified": self.modified, **self.headers}.items():
            if value:
                request.send_header(name, value)
        request.end_headers()

    def _send(self, request: _Handler, body: bytes) -> None:
        if self.stall_after is not None:
            self._write(request, body[: self.stall_after])
            time.sleep(self.stall_seconds)
            body = body[self.stall_after :]
        for byte in body if self.drip_seconds else b"":
            self._write(request, bytes([byte]))
            time.sleep(self.drip_seconds)
        if not self.drip_seconds:
            self._write(request, body[: self.cut_after])
        if self.announced == 0 and self.cut_after is None:
            request.wfile.write(b"0\r\n\r\n")
        request.close_connection = self.cut_after is not None or self.announced is not None

    def _write(self, request: _Handler, body: bytes) -> None:
        if self.announced == 0 and body:
            request.wfile.write(f"{len(body):x}\r\n".encode() + body + b"\r\n")
        elif body:
            request.wfile.write(body)
