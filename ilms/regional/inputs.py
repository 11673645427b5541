"""What the regional estimates are made from: benchmarks as fetched last, and our own national estimates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from ilms.pipeline.acceptance import standing_unit
from ilms.pipeline.awaited import Awaited, awaited_wave, keep_awaited, kept_awaited
from ilms.pipeline.fingerprints import KeptFacts, core_mark, facts_of, fingerprint, keep_facts
from ilms.pipeline.up_to_date import fetched
from ilms.release.standing import as_accepted, declared_then
from schemas.benchmark import Benchmark
from schemas.editions import load_editions
from schemas.errors import DeclarationError, IlmsError, SourceUnavailable
from schemas.loader import list_benchmarks, list_surveys, load_benchmark, load_runnable
from schemas.partition import Partition
from schemas.periods import in_order, months, today
from schemas.release_profiles import UNPROTECTED, ReleaseProfile, under_profile
from schemas.series import series_of
from schemas.source import Source
from schemas.survey import Survey
from schemas.survey_faults import SURVEY
from transforms.benchmark import read_benchmark
from warehouse.accepted import Unit, accepted_partitions, accepted_unit, accepted_units
from warehouse.files import replacing
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetch_wave
from warehouse.intake.producers import asking
from warehouse.intake.vintage import Vintage, latest_vintage
from warehouse.layout import Layout
from warehouse.store.files import bring_here
from warehouse.store.kept import at_work, follow
from warehouse.withdrawal import withdrawal


@dataclass(frozen=True)
class NationalCells:
    """Source and accepted numbers that may speak for their country, and by source why others may not."""

    used: tuple[tuple[str, Unit], ...]
    passed_over: Mapping[str, str]

    @property
    def protections(self) -> dict[str, str]:
        """The protection of the numbers used, by source."""
        return {source.split(":")[1]: unit.facts.protection for source, unit in self.used}


@dataclass(frozen=True)
class KeptBenchmark:
    """One benchmark as fetched last."""

    benchmark: Benchmark
    partition: Partition
    vintage: Vintage

    @property
    def mark(self) -> str:
        """What its tables are made from."""
        return core_mark(self.benchmark, self.partition, self.vintage.id)


def fetch_benchmark(layout: Layout, access: Access, source_id: str, day: date | None = None) -> KeptBenchmark:
    """Fetch the latest wave of a benchmark by a day, today if none is given.

    With nowhere to fetch from, the vintage fetched last is used.

    Raises SourceUnavailable when there is none either.
    """
    by = day or today()
    benchmark = load_benchmark(source_id, by)
    follow(layout, (source_id,))
    partition = newest_there(layout, access, benchmark, by)
    try:
        with at_work(layout, partition):
            vintage = fetch_wave(benchmark, partition, layout, access.for_source(benchmark.id))
    except SourceUnavailable:
        kept = latest_vintage(layout, partition)
        if kept is None:
            raise
        vintage = kept
    return KeptBenchmark(benchmark.from_origin(partition.wave, vintage.origin), partition, vintage)


def editions_due(layout: Layout, access: Access, profile: ReleaseProfile) -> bool:
    """Whether an edition would be estimated again, or only a server can show whether a benchmark is new."""
    benchmarks = [_fetched_already(layout, access, source_id, today()) for source_id in list_benchmarks()]
    kept = [each for each in benchmarks if each is not None]
    if len(kept) < len(benchmarks):
        return True
    cells = national_cells(layout, profile)
    return any(not is_estimated(layout, edition, kept, cells) for edition in load_editions().profiles)


def _fetched_already(layout: Layout, access: Access, source_id: str, day: date) -> KeptBenchmark | None:
    """A benchmark that fetching would leave as it is."""
    try:
        benchmark = load_benchmark(source_id, day)
        partition = newest_there(layout, access, benchmark, day)
        vintage = fetched(layout, access, benchmark, partition)
    except IlmsError:
        # The regional stage meets the same error, and reports it.
        return None
    if vintage is None:
        return None
    return KeptBenchmark(benchmark.from_origin(partition.wave, vintage.origin), partition, vintage)


def is_estimated(layout: Layout, edition: str, benchmarks: Sequence[KeptBenchmark], cells: NationalCells) -> bool:
    """Whether the accepted aggregates of an edition are of these inputs."""
    unit = edition_unit(layout, edition)
    return unit is not None and unit.facts.mark == edition_mark(edition, benchmarks, cells) and not unit.damaged()


def edition_unit(layout: Layout, edition: str) -> Unit | None:
    """The aggregates of an edition that stand, with their inputs and diagnostics; None before the first."""
    return accepted_unit(layout.accepted_edition(edition), UNPROTECTED)


def nowhere_to_read(layout: Layout, access: Access) -> str:
    """Why the benchmarks cannot be read; empty when they can be: from a mirror, or as fetched before."""
    if access.mirror is not None:
        return ""
    try:
        partitions = [newest_kept(layout, load_benchmark(name)) for name in list_benchmarks()]
    except DeclarationError:
        # The regional stage meets the same error, and reports it.
        return ""
    lacking = [each for each in partitions if latest_vintage(layout, each) is None]
    return "ILMS_MIRROR is not set, so their benchmarks cannot be read." if lacking else ""


def newest_kept(layout: Layout, benchmark: Benchmark) -> Partition:
    """The latest wave of a benchmark, those of a series left out that were never fetched.

    Raises DeclarationError where its series have not begun.
    """
    if not benchmark.waves:
        raise DeclarationError(
            f"{benchmark.id} has no wave yet",
            where=benchmark.id,
            remedy="wait for the first, or begin its series earlier",
        )
    waves = [Partition(benchmark.id, wave) for wave in reversed(in_order(benchmark.waves))]
    met = (each for each in waves if series_of(benchmark, each.wave) is None or latest_vintage(layout, each))
    return next(met, waves[0])


def newest_there(layout: Layout, access: Access, benchmark: Benchmark, day: date) -> Partition:
    """The latest wave of a benchmark, those of a series left out that are not there yet; which they are is kept."""
    newest, awaited = _looked_for(layout, access, benchmark, day)
    for key, each in awaited.items():
        if not each.unknown:
            keep_awaited(layout, Partition.parse(key), each)
    return newest


def _looked_for(
    layout: Layout, access: Access, benchmark: Benchmark, day: date
) -> tuple[Partition, dict[str, Awaited]]:
    """The latest wave of a benchmark that is there, and those after it that are not."""
    awaited: dict[str, Awaited] = {}
    with asking(access.contact) as ask:
        for wave in reversed(in_order(benchmark.waves)):
            partition = Partition(benchmark.id, wave)
            try:
                found = awaited_wave(layout, access, benchmark, partition, day, ask)
            except SourceUnavailable:
                break
            if found is None:
                return partition, awaited
            awaited[partition.key] = found
    return newest_kept(layout, benchmark), awaited


def look_for_benchmarks(layout: Layout, access: Access, day: date) -> dict[str, Awaited]:
    """Look for the latest wave of every benchmark: by partition, those after it that are not there."""
    found: dict[str, Awaited] = {}
    for source_id in list_benchmarks():
        # What is wrong with one, the regional stage reports.
        with suppress(IlmsError):
            found |= _looked_for(layout, access, load_benchmark(source_id, day), day)[1]
    return found


def awaited_benchmarks(layout: Layout, day: date) -> dict[str, Awaited]:
    """By partition, the waves after the latest of each benchmark that were not there when they were looked for last."""
    found: dict[str, Awaited] = {}
    for source_id in list_benchmarks():
        with suppress(IlmsError):
            benchmark = load_benchmark(source_id, day)
            newest = newest_kept(layout, benchmark).wave
            for partition in (Partition(source_id, wave) for wave in in_order(benchmark.waves)):
                later = months(partition.wave).start > months(newest).start
                if later and (awaited := kept_awaited(layout, benchmark, partition, day)):
                    found[partition.key] = awaited
    return found


def read_tables(layout: Layout, kept: KeptBenchmark, *, memory_limit: str) -> Mapping[str, Path]:
    """The tables of a benchmark as Parquet files, read from its vintage unless they are already."""
    with at_work(layout, kept.partition):
        return _read_tables(layout, kept, memory_limit=memory_limit)


def _read_tables(layout: Layout, kept: KeptBenchmark, *, memory_limit: str) -> Mapping[str, Path]:
    files = {file.name: file.path for file in kept.vintage.files}
    outputs = {name: layout.benchmark(kept.partition, name) for name in kept.benchmark.tables}
    wanted = {name: output for name, output in outputs.items() if facts_of(output, kept.mark) is None}
    if wanted:
        kept.vintage.require_whole()
    for name, output in wanted.items():
        table, where = kept.benchmark.of_wave(kept.partition.wave).tables[name], kept.partition.key
        with replacing(output) as draft:
            rows = read_benchmark(table, files, draft, where=where, memory_limit=memory_limit)
        keep_facts(output, KeptFacts(kept.mark, kept.vintage.id, rows=rows))
    bring_here(outputs.values())
    return outputs


def national_cells(layout: Layout, profile: ReleaseProfile) -> NationalCells:
    """The accepted numbers of surveys: those that speak for their country, and why others do not."""
    used: list[tuple[str, Unit]] = []
    passed_over: dict[str, str] = {}
    for source_id in sorted({*list_surveys(), *(each.source for each in accepted_partitions(layout))}):
        source = _survey(layout, profile, source_id)
        if source is None:
            continue
        waves = [Partition(source_id, wave) for wave in source.waves]
        units = [(each, standing_unit(layout, source, each)) for each in waves if not withdrawal(layout, each)]
        for partition, unit in units:
            if unit is None:
                continue
            if reason := _not_for_its_country(as_accepted(source, partition, unit)):
                passed_over[source_id] = reason
            else:
                used.append((f"{source.source_type}:{source_id}", unit))
    return NationalCells(tuple(used), passed_over)


def protected_since(layout: Layout, profile: ReleaseProfile, unit: Unit) -> list[str]:
    """The sources whose numbers went into regional estimates under another protection than applies to them now.

    A reader could work out from the estimates what is withheld of them.
    """
    now = {name: _survey(layout, profile, name) for name in unit.facts.protections}
    return [
        name
        for name, before in unit.facts.protections.items()
        if (survey := now[name]) is not None and survey.protection not in (UNPROTECTED, before)
    ]


def _survey(layout: Layout, profile: ReleaseProfile, source_id: str) -> Survey | None:
    """A survey as it is declared; where that cannot be known, as it was when its numbers were accepted."""
    try:
        source: Source | None = load_runnable(source_id)
    except DeclarationError:
        # The ingestion reports what is wrong with it.
        kept = [each for each in accepted_partitions(layout) if each.source == source_id]
        units = [(unit, each) for each in kept for unit in accepted_units(layout.accepted(each))]
        source = declared_then(*units[-1]) if units else None
    survey = SURVEY.of(source)
    return under_profile(survey, profile) if survey else None


def _not_for_its_country(source: Survey) -> str:
    """Why a source does not represent its whole country; empty when it does."""
    if source.synthetic:
        return "synthetic data"
    if source.coverage.migrants:
        return f"migrants are covered less than others ({source.coverage.migrants.en})"
    if source.coverage.complete:
        return ""
    texts = [text.en for text in source.coverage.texts()]
    return f"incomplete coverage ({', '.join(texts)})" if texts else "incomplete coverage"


def edition_mark(edition: str, benchmarks: Sequence[KeptBenchmark], cells: NationalCells) -> str:
    """What an edition is made from."""
    ours = [f"{source} {unit.facts.mark}" for source, unit in cells.used]
    others = [f"{source} {reason}" for source, reason in cells.passed_over.items()]
    return fingerprint(edition, *(each.mark for each in benchmarks), *ours, *others)


def joint_vintage(benchmarks: Sequence[KeptBenchmark]) -> str:
    """One vintage of all benchmarks together, in the form of a vintage."""
    return fingerprint(*(each.vintage.id for each in benchmarks))[:12]
