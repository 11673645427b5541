"""The page of a source: who made it, what it covers, its waves, what it gives and which checks it did not meet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from warehouse.explorer.catalogue import Source
from warehouse.explorer.notes import Said, check_in, check_text
from warehouse.explorer.page import Link, Page
from warehouse.explorer.reader import Reader
from warehouse.service.errors import no_results, shown

WAVES = """
    select wave, state, coalesce(reason, ''), persons, cells, coalesce(standing_since, '')
    from partition where source = ? order by wave desc
"""
NOT_MET = """
    select wave, description, {said}, severity, coalesce(observed, '')
    from quality_result
    where source = ? and not success and belongs_to = 'published'
    order by wave desc, severity, stage, check_id
    limit 200
"""


@dataclass(frozen=True)
class Wave:
    """A wave: its state and why, and how many records and numbers it has."""

    wave: str
    state: str
    reason: str
    records: int | None
    numbers: int | None
    standing_since: str


@dataclass(frozen=True)
class NotMet:
    """A check that the published numbers of a wave did not meet."""

    wave: str
    text: Said
    severity: str
    observed: str


@dataclass(frozen=True)
class SourcePage(Page):
    """A source."""

    template: ClassVar[str] = "source.html"
    source: Source
    country: Link
    waves: Sequence[Wave]
    not_met: Sequence[NotMet]
    indicators: Sequence[Link]


def source_page(reader: Reader, asked: Mapping[str, str]) -> SourcePage:
    """The page of a source. Raises RequestError (404) where the release has no such source."""
    source = reader.catalogue.source_by_id(asked["source"])
    if source is None:
        raise no_results(reader.say("no.source", source=shown(asked["source"])))
    given = sorted({each.indicator for each in reader.catalogue.series if each.source == source.source})
    areas = {each.area for each in reader.catalogue.series if each.source == source.source}
    own = (source.area,) if areas == {source.area} else ()
    links = [Link(reader.text(reader.flow(each).title), reader.to("indicator", each, *own)) for each in given]
    kind = "country" if source.area in reader.catalogue.countries else "region"
    return SourcePage(
        title=reader.text(source.title),
        source=source,
        country=Link(reader.area(source.area), reader.to(kind, source.area)),
        waves=[Wave(*row) for row in reader.cursor.execute(WAVES, [source.id]).fetchall()],
        not_met=[
            NotMet(wave, check_in(text, said), *rest)
            for wave, text, said, *rest in reader.cursor.execute(
                NOT_MET.format(said=check_text(reader)), [source.id]
            ).fetchall()
        ],
        indicators=sorted(links, key=lambda link: link.text),
    )
