"""What every page is: its template, its title, and what the template shows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.reader import Reader


@dataclass(frozen=True)
class Page:
    """A page: a title, and in each kind of page what its template shows."""

    template: ClassVar[str]
    title: str

    @property
    def charts(self) -> Sequence[Figure]:
        """Its charts, in an order that gives each its number in addresses."""
        return ()


Make = Callable[[Reader, Mapping[str, str]], Page]
"""Makes a page from a release and what the address says. Raises RequestError where it asks for what is not there."""


@dataclass(frozen=True)
class Link:
    """A text that leads to another page, with a word about it."""

    text: str
    address: str
    note: str = ""
