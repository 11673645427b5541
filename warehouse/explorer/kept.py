"""What is read of a release once and kept while the release is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

import duckdb

from warehouse.service.shelf import OpenRelease

Made = TypeVar("Made")
HELD = 4
"""Releases of which something is kept."""


class Kept(Generic[Made]):
    """What was made of the releases that were asked for last. May be used from any thread."""

    def __init__(self, make: Callable[[OpenRelease, duckdb.DuckDBPyConnection], Made]) -> None:
        self._make = make
        self._lock = Lock()
        self._held: OrderedDict[str, Made] = OrderedDict()

    def of(self, release: OpenRelease, cursor: duckdb.DuckDBPyConnection) -> Made:
        """What was made of a release."""
        with self._lock:
            if release.id not in self._held:
                self._held[release.id] = self._make(release, cursor)
            self._held.move_to_end(release.id)
            while len(self._held) > HELD:
                self._held.popitem(last=False)
            return self._held[release.id]
