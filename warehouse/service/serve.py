"""Running the service on this machine."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import TYPE_CHECKING

from warehouse.layout import Layout
from warehouse.service.limits import Limits

if TYPE_CHECKING:
    from fastapi import FastAPI
    from starlette.types import ASGIApp

LONGEST_HEAD = 131_072
"""Bytes of the first line and headers of a request, beyond which the connection is closed."""
MOST_CONNECTIONS = 900
"""Open at the same time, below what a process may have open where nothing else is set; further ones get 503."""
KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 20


def serve(
    layout: Layout,
    *,
    host: str,
    port: int,
    limits: Limits | None = None,
    around: Callable[[FastAPI], ASGIApp] | None = None,
) -> None:
    """Answer requests until the process is told to end; answers that have begun are finished.

    `around` makes what is run of the service, where more than it is to answer.
    """
    import uvicorn

    from warehouse.service.app import create_app

    app = create_app(layout, limits)
    gc.collect()
    gc.freeze()  # the collector would otherwise look through every module again while a client waits
    uvicorn.run(
        around(app) if around else app,
        host=host,
        port=port,
        http="h11",  # the one of uvicorn's that bounds what it keeps of a request's head
        h11_max_incomplete_event_size=LONGEST_HEAD,
        limit_concurrency=MOST_CONNECTIONS,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
        server_header=False,
        access_log=False,
        log_level="warning",
    )
