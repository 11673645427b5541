"""What a release has, read once for each release: which indicator of which country from which source and when."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import duckdb

from schemas.declaration import Text
from warehouse.service.shelf import OpenRelease

COUNTRY = re.compile(r"[A-Z]{3}")


@dataclass(frozen=True)
class Series:
    """The numbers of an indicator, of an area, from a source: their first and last period, and how many they are."""

    indicator: str
    area: str
    source: str
    first: str
    last: str
    count: int


@dataclass(frozen=True)
class Source:
    """A source as the release describes it."""

    source: str
    id: str
    area: str
    title: Text
    producer: str
    citation: str
    licence: str
    page: str
    kind: str
    is_synthetic: bool
    coverage: Text


@dataclass(frozen=True)
class Catalogue:
    """What a release has.

    parents  code of an area -> the region that it is in
    """

    series: tuple[Series, ...]
    sources: Mapping[str, Source]
    parents: Mapping[str, str]

    @cached_property
    def areas(self) -> dict[str, list[Series]]:
        """Area -> what there is of it."""
        found: dict[str, list[Series]] = {}
        for each in self.series:
            found.setdefault(each.area, []).append(each)
        return found

    @cached_property
    def indicators(self) -> dict[str, list[Series]]:
        """Indicator -> where it is given."""
        found: dict[str, list[Series]] = {}
        for each in self.series:
            found.setdefault(each.indicator, []).append(each)
        return found

    @cached_property
    def countries(self) -> dict[str, int]:
        """Countries with a source of their own -> how many numbers it gives."""
        own = {each.area for each in self.sources.values()}
        found = {
            area: sum(each.count for each in listed if self.is_own(each))
            for area, listed in self.areas.items()
            if is_country(area) and area in own
        }
        return {area: count for area, count in found.items() if count}

    def is_own(self, series: Series) -> bool:
        """Whether the source of a series is one of its country."""
        source = self.sources.get(series.source)
        return source is not None and source.area == series.area

    def is_synthetic(self, area: str) -> bool:
        """Whether everything of a country is made up."""
        own = [each for each in self.sources.values() if each.area == area]
        return bool(own) and all(each.is_synthetic for each in own)

    def source_by_id(self, source_id: str) -> Source | None:
        """A source by its id."""
        return next((each for each in self.sources.values() if each.id == source_id), None)


def is_country(area: str) -> bool:
    """Whether an area is a country and no group of them."""
    return COUNTRY.fullmatch(area) is not None


def read_catalogue(_: OpenRelease, cursor: duckdb.DuckDBPyConnection) -> Catalogue:
    """Read what a release has."""
    series = cursor.execute("""
        select indicator, ref_area, source, min(time), max(time), count(*)
        from observation group by all order by all
    """).fetchall()
    sources = cursor.execute(f"""
        select
            source, source_id, ref_area, title_en, title_fr, title_es, producer, citation, licence, landing_page,
            kind, synthetic, {_coverage(cursor)}
        from source order by source
    """).fetchall()
    parents = cursor.execute("""
        select code, parent from code where codelist = 'CL_AREA' and parent is not null
    """).fetchall()
    return Catalogue(
        tuple(Series(*row) for row in series),
        {row[0]: _source(row) for row in sources},
        dict(parents),
    )


def _coverage(cursor: duckdb.DuckDBPyConnection) -> str:
    """Columns of the coverage in three languages; releases of earlier software have it in English alone."""
    found = cursor.execute("""
        select count(*) from duckdb_columns() where table_name = 'source' and column_name = 'coverage_fr'
    """).fetchall()
    return "coverage, coverage_fr, coverage_es" if found != [(0,)] else "coverage, null, null"


def _source(row: tuple[Any, ...]) -> Source:
    source, id_, area, en, fr, es, producer, citation, licence, page, kind, is_synthetic, *coverage = row
    return Source(
        source=source,
        id=id_,
        area=area,
        title=Text(en=en, fr=fr or None, es=es or None),
        producer=producer or "",
        citation=citation or "",
        licence=licence or "",
        page=page or "",
        kind=kind or "",
        is_synthetic=bool(is_synthetic),
        coverage=Text(en=coverage[0] or "", fr=coverage[1] or None, es=coverage[2] or None),
    )
