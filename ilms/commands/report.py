"""What people read at the end of a run, and the state of every partition."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ilms.commands.releases import log_lines, waiting_lines
from ilms.pipeline.awaited import kept_awaited
from ilms.pipeline.status import Status, read_status
from ilms.regional.inputs import awaited_benchmarks
from ilms.release.candidates import source_candidates
from ilms.release.standing import NOT_SAID, Candidate
from schemas.availability import STATES
from schemas.partition import Partition
from schemas.periods import today
from schemas.release_profiles import ReleaseProfile
from schemas.source import Runnable
from warehouse.layout import Layout
from warehouse.release.build import PublishResult
from warehouse.release.manifest import ComparedSource, PartitionOutcome, read_manifest
from warehouse.release.quality import REPORT

WARNINGS_SHOWN = 6
"""Texts of warnings in the line of one source."""

StateRow = tuple[str, str, str, str, str, str, str]


def partition_states(
    layout: Layout,
    profile: ReleaseProfile,
    seed: str | None,
    day: date | None = None,
    state: str | None = None,
) -> Iterator[StateRow]:
    """One row per partition, declared or with accepted numbers: source, wave, state, vintage, persons, numbers, reason.

    Accepted numbers of which the last run gave nothing newer are in state `stands`. Waves of a series that were not
    there when they were looked for last are awaited, or overdue by the day (today if none is given); so are those of
    benchmarks. With a `state`, only the rows in it.
    """
    by = day or today()
    for source in source_candidates(layout, profile, seed):
        rows: list[StateRow] = []
        if source.error:
            rows.append((source.source_id, "", "wrong declaration", "", "", "", source.error.message))
        rows += [_state_row(each, read_status(layout, each.item.partition)) for each in source.candidates]
        if source.declared:
            rows += [_row_to_come(layout, source.declared, each, by) for each in source.to_come]
        yield from (row for row in rows if state in (None, row[2]))
    for key, awaited in awaited_benchmarks(layout, by).items():
        if state in (None, awaited.state):
            partition = Partition.parse(key)
            yield (partition.source, partition.wave, awaited.state, "", "", "", awaited.reason)


def _row_to_come(layout: Layout, source: Runnable, partition: Partition, day: date) -> StateRow:
    awaited = kept_awaited(layout, source, partition, day)
    state, reason = (awaited.state, awaited.reason) if awaited else ("never run", "")
    return (partition.source, partition.wave, state, "", "", "", reason)


def _state_row(candidate: Candidate, status: Status | None) -> StateRow:
    item, last = candidate.item, status.state if status else "never run"
    state = item.state if item.state == "withdrawn" else "stands" if item.standing_since else last
    key = (item.partition.source, item.partition.wave, state)
    if candidate.unit is None:
        reason = _told(item.reason, status) if status or state == "withdrawn" else ""
        return (*key, status.vintage if status else "", _count(status.persons if status else None), "", reason)
    facts = candidate.unit.facts
    return (
        *key,
        facts.vintage,
        _count(facts.persons),
        _count(facts.cells),
        standing_in_words(item.standing_since, _told(item.reason, status)),
    )


def _told(reason: str, status: Status | None) -> str:
    """Why a partition has no numbers, to whoever runs it: also what a release does not say of a protected one."""
    return reason.replace(NOT_SAID, status.reason) if status else reason


def standing_in_words(standing_since: str | None, reason: str) -> str:
    """A reason, with the date of the numbers that stand."""
    return f"its numbers of {standing_since[:10]} stand. {reason}" if standing_since else reason


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def print_summary(console: Console, layout: Layout, result: PublishResult) -> None:
    """Say what a release holds: partitions, numbers, files, and what to try next, or what stands against it."""
    console.print()
    stands = " stands: nothing is new" if result.is_current and not result.is_new else ""
    console.print(f"[bold]Release {result.release_id}[/]{stands}")
    console.print(_partitions_table(result.partitions, is_draft=not result.is_current))
    for line in (*standing_lines(result.partitions), *skipped_lines(result.partitions)):
        console.print(line, soft_wrap=True, markup=False)
    console.print(f"{result.observations:,} numbers in {result.dataflows} dataflows")
    manifest = read_manifest(result.folder)
    lines = (availability_line(manifest.counts.availability), *figure_lines(manifest.figures), *manifest.warnings)
    for line in (*lines, *log_lines(layout)):
        console.print(line, soft_wrap=True, markup=False)
    for line in _places(layout, result.folder) if result.is_current else ("", *waiting_lines(layout, result)):
        console.print(line, soft_wrap=True, markup=False)


def availability_line(states: Mapping[str, int]) -> str:
    """How many cells of the matrix indicator by source by wave are in each state."""
    counted = ", ".join(f"{states[state]:,} {state.replace('_', ' ')}" for state in STATES if states.get(state))
    return f"Indicator by source by wave: {counted}; `ilms availability` gives the reasons"


def figure_lines(sources: Sequence[ComparedSource]) -> Iterator[str]:
    """How many numbers agree with figures that others publish, and which sources have some that do not."""
    if compared := sum(each.compared for each in sources):
        differ = sum(each.differ for each in sources)
        yield (
            f"Compared with published figures: {compared:,} numbers, {compared - differ:,} as near as declared; "
            "table agreement_with_published_figures"
        )
    for each in sources:
        if each.differ:
            yield (
                f"{each.source}: {each.differ:,} of {each.compared:,} differ from published figures, by up to "
                f"{each.furthest_percent:,.0f} per cent"
            )


def _partitions_table(outcomes: tuple[PartitionOutcome, ...], *, is_draft: bool) -> Table:
    """One row per partition that is not skipped; what a draft holds is not published yet."""
    table = Table("partition", "outcome", "persons", "numbers", "note", box=None, pad_edge=False)
    for outcome in (each for each in outcomes if each.state != "skipped"):
        published = outcome.state == "published"
        reason = "stands, see below" if outcome.standing_since else shortened(outcome.reason)
        notes = ("synthetic data" if outcome.synthetic and published else "", reason)
        note = escape("; ".join(filter(None, notes)))
        cells = _count(outcome.cells) if published else ""
        state = "in the draft" if is_draft and published else outcome.state
        table.add_row(f"{outcome.source}|{outcome.wave}", state, _count(outcome.persons), cells, note)
    return table


def standing_lines(outcomes: tuple[PartitionOutcome, ...]) -> Iterator[str]:
    """Partitions whose numbers stand, by source, date and reason."""
    waves: dict[tuple[str, str, str], list[str]] = {}
    for outcome in outcomes:
        if outcome.standing_since and outcome.state == "published":
            waves.setdefault((outcome.source, outcome.standing_since[:10], outcome.reason), []).append(outcome.wave)
    for (source, since, reason), of_source in waves.items():
        yield f"stands: {source} {', '.join(of_source)}, numbers of {since}. {shortened(reason, 300)}"


def skipped_lines(outcomes: tuple[PartitionOutcome, ...]) -> Iterator[str]:
    """Skipped partitions by reason: usually many of them share one."""
    by_reason: dict[str, dict[str, int]] = {}
    for outcome in (each for each in outcomes if each.state == "skipped"):
        of_source = by_reason.setdefault(outcome.reason, {})
        of_source[outcome.source] = of_source.get(outcome.source, 0) + 1
    for reason, sources in by_reason.items():
        named = ", ".join(f"{source} ({waves})" if waves > 1 else source for source, waves in sources.items())
        yield f"skipped: {named}. {reason}"


def warning_lines(warnings: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """A line for each source that was run: how many warnings its partitions have, and their texts with the waves."""
    by_source: dict[str, dict[str, list[str]]] = {}
    for key, texts in warnings.items():
        partition = Partition.parse(key)
        for text in texts:
            by_source.setdefault(partition.source, {}).setdefault(text, []).append(partition.wave)
    for source, waves in by_source.items():
        told = [f"{', '.join(of_text)}: {text}" for text, of_text in waves.items()]
        more = [f"and {len(told) - WARNINGS_SHOWN:,} more, all in Data Docs"] if len(told) > WARNINGS_SHOWN else []
        count = sum(map(len, waves.values()))
        yield f"{source}: {count:,} warning{'s' if count > 1 else ''}. {'; '.join([*told[:WARNINGS_SHOWN], *more])}"


def shortened(reason: str, width: int = 150) -> str:
    """The beginning of a long reason; `ilms sources` shows all of it."""
    return reason if len(reason) <= width else f"{reason[:width].rsplit(' ', 1)[0]} ..."


def _places(layout: Layout, folder: Path) -> Iterator[str]:
    current = layout.current()
    yield ""
    yield f"Warehouse     {folder / 'warehouse.duckdb'}"
    yield f"SDMX          {folder / 'sdmx'}"
    yield f"Quality       {folder / REPORT}"
    yield f"Data Docs     {layout.data_docs() / 'index.html'}"
    yield f"Current       {current} (always the current release)"
    yield ""
    yield "Try next:"
    yield "  .venv/bin/ilms sources                 the state of every source, and why one failed"
    yield "  .venv/bin/ilms availability                which source gives which indicator, and why not"
    yield "  .venv/bin/ilms release list            the releases kept; `ilms release use ID` goes back to one"
    yield '  .venv/bin/python -c "import duckdb; duckdb.connect('
    yield f"      '{current / 'warehouse.duckdb'}', read_only=True)"
    yield "      .sql('from participation_of_migrants_and_non_migrants').show()\""
