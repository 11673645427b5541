"""Proxies of the environment are used for fetching only: between programs on this machine they would cause faults."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

PROXIES = frozenset({"http_proxy", "https_proxy", "all_proxy", "no_proxy"})
FOR_FETCHING = "ILMS_PROXIES"


def set_aside(environment: Mapping[str, str]) -> dict[str, str]:
    """An environment without its proxies, which are kept under `FOR_FETCHING` instead."""
    found = {name: value for name, value in environment.items() if name.lower() in PROXIES}
    others = {name: value for name, value in environment.items() if name not in found}
    return {**others, FOR_FETCHING: json.dumps(found)} if found else others


@contextmanager
def put_back() -> Iterator[None]:
    """Restore the proxies set aside until the block ends: a client reads them when it is created."""
    kept: dict[str, str] = json.loads(os.environ.get(FOR_FETCHING, "{}"))
    before = {name: os.environ.get(name) for name in kept}
    os.environ.update(kept)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value
