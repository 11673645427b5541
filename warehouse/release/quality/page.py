"""The quality report as a page in each language: one file without a script, which asks nothing of any other host.

Its headings are those of the European standard for quality reports (ESS Standard for Quality Reports Structure, part of
the Single Integrated Metadata Structure). All of it comes from the release's own tables, so it says nothing of persons
that they do not.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import duckdb

from schemas.declaration import Text
from transforms.duck import connect, quote_text
from warehouse.language import NAMES
from warehouse.layout import Layout
from warehouse.release.database import WAREHOUSE
from warehouse.release.manifest import Manifest
from warehouse.release.quality import REPORT, REPORTS, accuracy, coherence, gate
from warehouse.release.quality.words import ReportWords
from warehouse.release.states import may_show

if TYPE_CHECKING:
    from jinja2 import Environment

NO_EARLIER, NOT_COMPARABLE = "changed.no.earlier", "changed.not.comparable"
"""Why nothing can be said of changes: names of words."""
TEMPLATES = Path(__file__).parent / "templates"


@dataclass(frozen=True)
class DataDocs:
    """The pages of Data Docs at hand: address of the index, and by source and wave those of each suite."""

    index: str
    pages: Mapping[tuple[str, str], Sequence[tuple[str, str]]]


@dataclass(frozen=True)
class Report:
    """All that the page shows. `compared_with` is the id of the release before, if there is one; where nothing can be
    said of changes, `not_compared` is the name of the words that say why."""

    about: Manifest
    made: datetime
    docs: DataDocs | None
    numbers: int
    indicators: int
    areas: int
    lines: Sequence[gate.PartitionLine]
    unmet: Sequence[gate.Unmet]
    given: Sequence[gate.Given]
    reasons: Sequence[gate.Reason]
    classes: Sequence[accuracy.ErrorClass]
    errors: Sequence[accuracy.ErrorsOf]
    unknown: Sequence[accuracy.UnknownShare]
    flagged: Sequence[accuracy.Flagged]
    imputed: Sequence[accuracy.Imputed]
    compared_with: str
    not_compared: str
    revised: Sequence[accuracy.Revised]
    outcomes: Sequence[accuracy.OtherOutcome]
    beside: Sequence[coherence.Beside]
    between_waves: Sequence[coherence.WaveCheck]
    periods: Sequence[coherence.LastPeriod]
    licences: Sequence[tuple[str, Text, str, str]]

    @property
    def not_published(self) -> list[gate.PartitionLine]:
        """The partitions of which nothing is published: the failed ones first."""
        found = [each for each in self.lines if each.state != "published"]
        return sorted(found, key=lambda each: (each.state != "failed", each.source, each.wave))

    @property
    def standing(self) -> list[gate.PartitionLine]:
        """Those whose older numbers stand, and why."""
        return [each for each in self.lines if each.shown_as == "standing"]

    def count(self, shown_as: str) -> int:
        """Partitions that are shown so."""
        return sum(each.shown_as == shown_as for each in self.lines)


def add_report(layout: Layout, folder: Path, manifest: Manifest, before: Path | None, memory_limit: str) -> None:
    """Write the report into the folder of a release whose warehouse is finished, wherever it lies now.

    It says what changed since the release in the folder `before`, unless the profile may not show that one.
    """
    earlier = before / WAREHOUSE if before is not None and may_show(layout, before) else None
    docs = data_docs_at(layout.data_docs(), layout.releases() / manifest.release_id / REPORT)
    write_report(folder, manifest, earlier=earlier, docs=docs, memory_limit=memory_limit)


def write_report(
    folder: Path,
    manifest: Manifest,
    *,
    earlier: Path | None = None,
    docs: DataDocs | None = None,
    memory_limit: str = "1GB",
) -> None:
    """Write the report of the release in a folder. `earlier` is the warehouse of the one before, in the folder of its
    id, where there is one."""
    with connect(memory_limit=memory_limit) as connection:
        connection.execute(f"attach {quote_text(str(folder / WAREHOUSE))} as warehouse (read_only)")
        connection.execute("use warehouse")
        report = _report(connection, manifest, earlier, docs)
    shown = {"r": report, "gate": gate, "sources": gate.by_source(report.lines), "names": NAMES}
    pages = {language: Path(page).name for language, page in REPORTS.items()}
    (folder / REPORT).parent.mkdir()
    for language, page in REPORTS.items():
        text = environment().get_template("report.html").render(shown, w=ReportWords(language), pages=pages)
        (folder / page).write_text(text, encoding="utf-8")


@cache
def environment() -> Environment:
    """The templates. What is put into them is escaped; charts alone are markup, made of numbers (charts.py)."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def data_docs_at(folder: Path, page: Path) -> DataDocs | None:
    """The pages of Data Docs in a folder, with addresses from where `page` will lie; None where there are none.

    Pages of attempts are among them: what they say of numbers that were refused stands there.
    """
    if not (folder / "index.html").is_file():
        return None
    up = os.path.relpath(folder, page.parent)
    pages: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for found in sorted(folder.glob("*/*.html")):
        wave, _, suite = found.stem.partition(".")
        address = quote(f"{up}/{found.parent.name}/{found.name}")
        pages.setdefault((found.parent.name, wave), []).append((suite.replace(".", ", "), address))
    return DataDocs(quote(f"{up}/index.html"), pages)


def _report(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, earlier: Path | None, docs: DataDocs | None
) -> Report:
    ((numbers, indicators, areas),) = connection.execute(
        "select count(*), count(distinct indicator), count(distinct ref_area) from observation"
    ).fetchall()
    revised, outcomes, compared_with, not_compared = _since(connection, earlier)
    made = datetime.fromisoformat(manifest.created_at)
    return Report(
        about=manifest,
        made=made,
        docs=docs,
        numbers=numbers,
        indicators=indicators,
        areas=areas,
        lines=gate.partition_lines(connection),
        unmet=gate.checks_not_met(connection),
        given=gate.given_by_source(connection),
        reasons=gate.reasons(connection),
        classes=accuracy.error_classes(connection),
        errors=accuracy.errors_by_indicator(connection),
        unknown=accuracy.unknown_shares(connection),
        flagged=accuracy.flagged(connection),
        imputed=accuracy.imputed(connection),
        compared_with=compared_with,
        not_compared=not_compared,
        revised=revised,
        outcomes=outcomes,
        beside=coherence.beside_figures(connection),
        between_waves=coherence.wave_checks(connection),
        periods=coherence.last_periods(connection, made.date()),
        licences=_licences(connection),
    )


def _since(
    connection: duckdb.DuckDBPyConnection, earlier: Path | None
) -> tuple[Sequence[accuracy.Revised], Sequence[accuracy.OtherOutcome], str, str]:
    """What changed since the release before, its id, and why nothing can be said where that is so."""
    if earlier is None:
        return (), (), "", NO_EARLIER
    name = earlier.resolve().parent.name
    try:
        connection.execute(f"attach {quote_text(str(earlier))} as earlier (read_only)")
        return accuracy.revised(connection), accuracy.other_outcomes(connection), name, ""
    except (duckdb.BinderException, duckdb.CatalogException, duckdb.IOException):
        return (), (), name, NOT_COMPARABLE


def _licences(connection: duckdb.DuckDBPyConnection) -> tuple[tuple[str, Text, str, str], ...]:
    """Each source with its title, producer and licence."""
    rows = connection.execute("""
        select
            source_id, any_value(title_en), any_value(title_fr), any_value(title_es), any_value(producer),
            any_value(licence)
        from source group by source_id order by source_id
    """).fetchall()
    return tuple(
        (source, Text(en=english or "", fr=french, es=spanish), producer or "", licence or "")
        for source, english, french, spanish, producer, licence in rows
    )
