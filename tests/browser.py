"""Debian's Chromium for the tests that look at pages as readers do."""

from __future__ import annotations

import os
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, sync_playwright
from starlette.types import ASGIApp

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or ""
SCREENSHOTS = "ILMS_SCREENSHOTS"
"""The folder that screenshots are kept in; none are where it is not set."""
ARGUMENTS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
needs_chromium = pytest.mark.skipif(not CHROMIUM, reason="there is no chromium here (a package of Debian)")


@contextmanager
def browsing() -> Iterator[Browser]:
    """A browser that reaches this machine alone."""
    with sync_playwright() as player:
        browser = player.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        try:
            yield browser
        finally:
            browser.close()


@contextmanager
def answering(app: ASGIApp) -> Iterator[str]:
    """An application at a free port of this machine: its address."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, http="h11", log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]}, daemon=True)
        thread.start()
        while not server.started and thread.is_alive():
            time.sleep(0.01)
        try:
            yield f"http://127.0.0.1:{listening.getsockname()[1]}"
        finally:
            server.should_exit = True
            thread.join(timeout=30)


def keep(page: Page, name: str) -> None:
    """Keep a screenshot of the whole page, where a folder for them is named."""
    if folder := os.environ.get(SCREENSHOTS):
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=str(Path(folder) / f"{name}-{width}.png"), full_page=True)
