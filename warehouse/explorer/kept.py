"""What is read of a release once, and of its pages, and kept while the release is asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Generic, TypeVar

import duckdb

from warehouse.explorer.charts.draw import Figure
from warehouse.service.shelf import OpenRelease

Made = TypeVar("Made")
HELD = 4
"""Releases of which something is kept."""
CHARTS_HELD = 64
"""Pages whose charts are kept; readers ask for them right after the page."""


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


class KeptCharts:
    """The charts of the pages that were made last, which readers ask for next. May be used from any thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._held: OrderedDict[str, Sequence[Figure]] = OrderedDict()

    def put(self, page: str, charts: Sequence[Figure]) -> None:
        """Keep the charts of a page, by its address in a release."""
        with self._lock:
            self._held[page] = charts
            self._held.move_to_end(page)
            while len(self._held) > CHARTS_HELD:
                self._held.popitem(last=False)

    def of(self, page: str) -> Sequence[Figure] | None:
        """The charts of a page; None where they are not kept."""
        with self._lock:
            return self._held.get(page)
