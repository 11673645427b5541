"""What a release can take of the regional estimates: one edition's aggregates, and what every edition came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ilms.pipeline.fingerprints import rooms_hash
from ilms.regional.inputs import (
    KeptBenchmark,
    edition_mark,
    edition_unit,
    national_cells,
    newest_kept,
    protected_since,
)
from ilms.release.refused import Refused, aggregates_again
from ilms.release.standing import AGAIN, last_run
from schemas.editions import Editions, Profile, load_editions
from schemas.errors import DeclarationError
from schemas.loader import list_benchmarks, load_benchmark
from schemas.partition import Partition
from schemas.release_profiles import ReleaseProfile
from warehouse.accepted import Unit
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout
from warehouse.release.inputs import RegionalFiles, ReleasePartition, Row
from warehouse.release.manifest import InputVintage


@dataclass(frozen=True)
class RegionalCandidates:
    """Nothing in it when no edition was ever estimated."""

    partitions: Sequence[ReleasePartition] = ()
    sources: Sequence[Row] = ()
    vintages: Sequence[InputVintage] = ()
    files: Sequence[RegionalFiles] = ()


def regional_candidates(layout: Layout, profile: ReleaseProfile, refused: Refused | None = None) -> RegionalCandidates:
    """The aggregates of the published edition, inputs and diagnostics of all, as each was accepted last.

    An edition whose inputs have changed since stands until it is estimated again and passes the gate; not where the
    change is another protection of a source. One that was made of `refused` numbers is given as the current release
    gives it.
    """
    editions = load_editions()
    partitions, files = [], []
    vintages: dict[str, InputVintage] = {}
    rows: dict[object, Row] = {}
    for name, edition in editions.profiles.items():
        unit = edition_unit(layout, name)
        if unit is None:
            continue
        unit.require_whole()
        if since := protected_since(layout, profile, unit):
            partitions += [_left_out(editions, edition, since)] if edition.published else []
            continue
        vintages |= {f"{each.source}|{each.vintage}": each for each in unit.facts.inputs}
        rows |= {row["source"]: row for row in unit.facts.sources}
        if refused and refused.concerns(unit.facts):
            again = refused.regional_files(name)
            files += [again] if again else []
            partition = Partition(editions.source.id, str(edition.year))
            partitions += [_again(refused, partition)] if edition.published else []
            continue
        files.append(RegionalFiles(unit.file("regional_input.parquet"), unit.file("regional_diagnostic.parquet")))
        if edition.published:
            partition = Partition(editions.source.id, str(edition.year))
            reason = last_run(layout, partition) or _older(layout, profile, name, unit)
            partitions.append(_aggregates(partition, unit, reason))
    return RegionalCandidates(partitions, list(rows.values()), list(vintages.values()), files)


def _left_out(editions: Editions, edition: Profile, sources: Sequence[str]) -> ReleasePartition:
    reason = f"It was made of numbers of {', '.join(sources)} that are protected otherwise now; {AGAIN}."
    partition = Partition(editions.source.id, str(edition.year))
    return ReleasePartition(partition, "failed", icls_basis="", synthetic=False, reason=reason)


def _again(refused: Refused, partition: Partition) -> ReleasePartition:
    """The aggregates as the current release has them; where it has none, why there are none."""
    sources = ", ".join(sorted({each.source for each in refused.reasons}))
    if kept := refused.aggregates(partition):
        return aggregates_again(kept, partition, sources)
    reason = f"It was made of numbers of {sources} that could not be published."
    return ReleasePartition(partition, "failed", icls_basis="", synthetic=False, reason=reason)


def _aggregates(partition: Partition, unit: Unit, reason: str) -> ReleasePartition:
    return ReleasePartition(
        partition,
        "ready",
        icls_basis="",
        synthetic=False,
        reason=reason,
        standing_since=unit.facts.accepted_at.isoformat() if reason else None,
        vintage=unit.facts.vintage,
        cells=unit.file("observation.parquet"),
        quality=(unit.file("quality.parquet"),),
        aggregate=True,
    )


def _older(layout: Layout, profile: ReleaseProfile, edition: str, unit: Unit) -> str:
    """Why the aggregates of an edition are not those of today's inputs and software; empty when they are."""
    if unit.facts.software != rooms_hash():
        return f"They come from earlier software; {AGAIN}."
    try:
        benchmarks = [load_benchmark(name) for name in list_benchmarks()]
    except DeclarationError as error:
        return f"The declaration of a benchmark is wrong: {error.what}."
    newest = [(each, newest_kept(layout, each)) for each in benchmarks]
    kept = [(each, partition, latest_vintage(layout, partition)) for each, partition in newest]
    today = [
        KeptBenchmark(each.from_origin(partition.wave, vintage.origin), partition, vintage)
        for each, partition, vintage in kept
        if vintage is not None
    ]
    cells = national_cells(layout, profile)
    is_today = len(today) == len(kept) and unit.facts.mark == edition_mark(edition, today, cells)
    return "" if is_today else f"They come from earlier benchmarks or national estimates; {AGAIN}."
