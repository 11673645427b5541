"""The charts of an indicator alone, for a page of another site to show in a frame."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.charts.draw import Figure
from warehouse.explorer.indicator import indicator_page
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader


@dataclass(frozen=True)
class EmbeddedPage(Page):
    """The first charts of a page, and where the whole is."""

    template: ClassVar[str] = "embedded.html"
    basis: str
    heading: str
    figures: Sequence[Figure]
    sources: Sequence[Link]
    whole: str

    @property
    def charts(self) -> Sequence[Figure]:
        """Those that it shows."""
        return self.figures


def embedded(reader: Reader, asked: Mapping[str, str]) -> EmbeddedPage:
    """The charts that the page of an indicator begins with. Raises RequestError (404) where it has no numbers."""
    page = indicator_page(reader, asked)
    panel = next((each for each in page.panels if each.figures), None)
    area = [asked["area"]] if asked.get("area") else []
    chosen = {name: asked[name] for name in ("code", "by", "period", "source") if asked.get(name)}
    return EmbeddedPage(
        title=page.title + (f", {page.area.text}" if page.area else ""),
        basis=page.basis,
        heading=panel.heading if panel else "",
        figures=panel.figures if panel else (),
        sources=page.sources[:3],
        whole=reader.to("indicator", page.about.indicator, *area, **chosen),
    )
