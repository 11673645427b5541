"""What a release is offered of the regional estimates: one edition's aggregates, and what every edition came from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ilms.fingerprints import facts_of
from ilms.settings import Settings
from schemas.editions import EstimateSource, load_editions
from schemas.loader import load_benchmark
from schemas.partition import Partition
from warehouse.manifest import InputVintage
from warehouse.release_inputs import RegionalFiles, ReleasePartition, Row


@dataclass(frozen=True)
class RegionalOffer:
    """Nothing in it when no edition was ever estimated."""

    partitions: Sequence[ReleasePartition] = ()
    sources: Sequence[Row] = ()
    vintages: Sequence[InputVintage] = ()
    files: Sequence[RegionalFiles] = ()


def regional_offer(settings: Settings) -> RegionalOffer:
    """The aggregates of the published edition, inputs and diagnostics of all, as each was estimated last.

    An edition whose inputs have changed since stays as it is until it is estimated anew and passes the gate.
    """
    editions, layout = load_editions(), settings.layout
    partitions, files = [], []
    vintages: dict[str, InputVintage] = {}
    for name, profile in editions.profiles.items():
        observation = layout.regional(name, "observation")
        facts = facts_of(observation)
        if facts is None or "inputs" not in facts:
            # Never estimated, or by a version of the pipeline that did not keep what from.
            continue
        vintages |= {
            f"{each['source']}|{each['vintage']}": InputVintage.model_validate(each) for each in facts["inputs"]
        }
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
    sources = dict.fromkeys(each.source for each in vintages.values())
    rows = [_estimate_row(editions.source), *(_benchmark_row(source) for source in sources)]
    return RegionalOffer(partitions, rows, list(vintages.values()), files)


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
    coverage = [text.en for text in benchmark.coverage.texts()]
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
