"""What a release is offered of the regional estimates: one edition's aggregates, and what every edition came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ilms.fingerprints import facts_of
from ilms.regional_inputs import KeptBenchmark, edition_mark, kept_benchmarks, national_cells
from ilms.settings import Settings
from schemas.editions import EstimateSource, load_editions
from schemas.loader import load_benchmark
from schemas.partition import Partition
from warehouse.manifest import InputFile, InputVintage
from warehouse.release_inputs import RegionalFiles, ReleasePartition, Row


@dataclass(frozen=True)
class RegionalOffer:
    """Nothing in it when no edition is estimated from the benchmarks and national estimates of today."""

    partitions: Sequence[ReleasePartition] = ()
    sources: Sequence[Row] = ()
    vintages: Sequence[InputVintage] = ()
    files: Sequence[RegionalFiles] = ()


def regional_offer(settings: Settings) -> RegionalOffer:
    """The editions that are up to date: the aggregates of the published one, inputs and diagnostics of all."""
    editions, layout = load_editions(), settings.layout
    if not any(layout.regional(name, "observation").is_file() for name in editions.profiles):
        return RegionalOffer()
    benchmarks, cells = kept_benchmarks(settings), national_cells(settings)
    partitions, files = [], []
    for name, profile in editions.profiles.items():
        observation = layout.regional(name, "observation")
        facts = facts_of(observation, edition_mark(name, benchmarks, cells))
        if facts is None:
            continue
        files.append(
            RegionalFiles(layout.regional(name, "regional_input"), layout.regional(name, "regional_diagnostic"))
        )
        if profile.published:
            partition = Partition(editions.source.id, str(profile.year))
            partitions.append(
                ReleasePartition(
                    partition,
                    "ready",
                    icls_basis="",
                    synthetic=False,
                    vintage=facts["vintage"],
                    cells=observation,
                    quality=(layout.regional(name, "quality"),),
                    aggregate=True,
                )
            )
    if not files:
        return RegionalOffer()
    rows = [_estimate_row(editions.source), *(_benchmark_row(each.benchmark.id) for each in benchmarks)]
    return RegionalOffer(partitions, rows, [_input_vintage(each) for each in benchmarks], files)


def _estimate_row(source: EstimateSource) -> Row:
    return {
        "source": source.written,
        "source_id": source.id,
        "ref_area": source.id.split(".")[0],
        "title_en": source.title.en,
        "title_fr": source.title.fr,
        "title_es": source.title.es,
        "producer": source.producer,
        "citation": source.citation,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "kind": "estimates",
        "synthetic": False,
        "coverage": "regions, income groups and the world",
    }


def _benchmark_row(source_id: str) -> Row:
    benchmark = load_benchmark(source_id)
    coverage = [text.en for text in (benchmark.coverage.geographical, benchmark.coverage.population) if text]
    return {
        "source": f"{benchmark.source_type}:{benchmark.id}",
        "source_id": benchmark.id,
        "ref_area": benchmark.ref_area,
        "title_en": benchmark.title.en,
        "title_fr": benchmark.title.fr,
        "title_es": benchmark.title.es,
        "producer": benchmark.producer,
        "citation": benchmark.citation,
        "licence": benchmark.licence,
        "landing_page": benchmark.landing_page,
        "kind": benchmark.kind,
        "synthetic": benchmark.synthetic,
        "coverage": "; ".join(coverage),
    }


def _input_vintage(kept: KeptBenchmark) -> InputVintage:
    return InputVintage(
        source=kept.partition.source,
        wave=kept.partition.wave,
        vintage=kept.vintage.id,
        files=tuple(
            InputFile(name=file.name, bytes=file.bytes, sha256=file.sha256, address=file.address)
            for file in kept.vintage.files
        ),
        fetched_at=kept.vintage.fetched_at.isoformat(),
    )
