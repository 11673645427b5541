"""What a release is offered: the partitions that are ready, the reasons of those that are not, and the catalogue."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from importlib.metadata import version
from typing import Literal

from ilms.consolidate import offered_periods
from ilms.coverage_offer import broken_rows, coverage_rows
from ilms.done import estimated
from ilms.fingerprints import core_mark, fingerprint, rooms_hash
from ilms.kinds import cells_suite, core_suite, gives_detail
from ilms.regional_offer import regional_offer
from ilms.settings import Settings
from ilms.status import read_status
from schemas.catalogue import Published, all_indicators
from schemas.codelists import all_codelists
from schemas.corridors import Corridors
from schemas.errors import DeclarationError, FetchError, PublishError
from schemas.loader import Runnable, list_runnable, load_runnable
from schemas.partition import Partition
from schemas.release_profiles import under_profile
from transforms.coverage import read_decisions
from warehouse.manifest import InputFile, InputVintage
from warehouse.release_inputs import ReleaseInputs, ReleasePartition, Row
from warehouse.vintage import latest_vintage

logger = logging.getLogger(__name__)


def release_inputs(settings: Settings) -> ReleaseInputs:
    """Everything the next release would be made of.

    A source whose declaration is wrong has no waves to offer; `ilms sources` and the ingestion tell what is wrong.
    """
    sources: list[Runnable] = []
    partitions: list[ReleasePartition] = []
    vintages: list[InputVintage] = []
    coverage: list[Row] = []
    for source_id in list_runnable():
        try:
            source = under_profile(load_runnable(source_id), settings.release_profile)
        except DeclarationError as error:
            logger.error("%s is left out of the release: %s", source_id, error.message)
            coverage += broken_rows(source_id, error.what)
            continue
        sources.append(source)
        waves = {wave: offered_partition(settings, source, Partition(source.id, wave)) for wave in source.waves}
        vintages += [
            _input_vintage(settings, source, each.partition) for each in waves.values() if each.state == "ready"
        ]
        for offered in (*waves.values(), *offered_periods(settings, source, waves)):
            partitions.append(offered)
            coverage += _coverage(settings, source, offered)
    marks = [source.declaration_hash for source in sources]
    regional = regional_offer(settings)
    for edition in regional.partitions:
        coverage += coverage_rows("regional", edition, ())
    return ReleaseInputs(
        partitions=[*partitions, *regional.partitions],
        sources=[*(source_row(source) for source in sources), *regional.sources],
        indicators=indicator_rows(),
        codes=code_rows(),
        vintages=[*vintages, *regional.vintages],
        regional=regional.files,
        coverage=coverage,
        release_profile=settings.release_profile,
        declarations_hash=fingerprint(*marks, rooms_hash(), rooms_hash(("warehouse",))),
        software_version=version("ilms"),
    )


def offered_partition(settings: Settings, source: Runnable, partition: Partition) -> ReleasePartition:
    """Ready when the cells are made from the files fetched last, by today's declarations and code.

    A partition whose last run failed is not offered, except when it was the network that failed: then nothing is known
    against the files fetched before, and their numbers stand.
    """
    layout = settings.layout
    vintage = latest_vintage(layout, partition)
    facts = estimated(settings, source, partition, core_mark(source, vintage.id)) if vintage else None
    status = read_status(layout, partition)
    if status is not None and status.state == "failed" and status.error_kind != FetchError.kind:
        facts = None
    stages = (core_suite(source), cells_suite(source))
    quality = tuple(file for stage in stages if (file := layout.quality(partition, stage)).is_file())
    if facts is not None and vintage is not None:
        return ReleasePartition(
            partition,
            "ready",
            icls_basis=source.icls_basis,
            synthetic=source.synthetic,
            priority=source.priority,
            vintage=vintage.id,
            persons=facts["persons"],
            cells=layout.cells(partition),
            quality=quality,
            detail=layout.detail(partition) if gives_detail(source) else None,
            protection=source.protection,
            core=layout.core(partition),
            worldwide=isinstance(source, Corridors),
        )
    state, reason = _why_not(settings, partition)
    return ReleasePartition(
        partition,
        state,
        icls_basis=source.icls_basis,
        synthetic=source.synthetic,
        priority=source.priority,
        reason=reason,
        quality=quality if state == "failed" else (),
    )


def _coverage(settings: Settings, source: Runnable, offered: ReleasePartition) -> Iterator[Row]:
    """What became of every indicator in one wave of a source."""
    file = settings.layout.coverage(offered.partition)
    decisions = read_decisions(file) if offered.state == "ready" else []
    return coverage_rows(source.kind, offered, decisions)


def _why_not(settings: Settings, partition: Partition) -> tuple[Literal["failed", "skipped"], str]:
    status = read_status(settings.layout, partition)
    if status is None:
        return "skipped", "It was never run."
    if status.state in ("failed", "skipped"):
        return status.state, status.reason
    if status.state in ("ready", "published"):
        return "failed", "Its numbers are of earlier files, declarations or software; run it again."
    return "failed", f"Its last run did not finish; it was last seen at stage {status.stage}."


def _input_vintage(settings: Settings, source: Runnable, partition: Partition) -> InputVintage:
    vintage = latest_vintage(settings.layout, partition)
    if vintage is None:
        raise PublishError(f"the files of {partition.key} are gone", remedy="fetch them again: `ilms run` does")
    files = tuple(
        InputFile(name=file.name, bytes=file.bytes, sha256=file.sha256, address=file.address) for file in vintage.files
    )
    return InputVintage(
        source=source.id,
        wave=partition.wave,
        vintage=vintage.id,
        files=files,
        fetched_at=vintage.fetched_at.isoformat(),
    )


def source_row(source: Runnable) -> Row:
    """One row of table `source`."""
    coverage = [text.en for text in source.coverage.texts()]
    return {
        "source": f"{source.source_type}:{source.id}",
        "source_id": source.id,
        "ref_area": source.ref_area,
        "title_en": source.title.en,
        "title_fr": source.title.fr,
        "title_es": source.title.es,
        "producer": source.producer,
        "citation": source.citation,
        "licence": source.licence,
        "landing_page": source.landing_page,
        "kind": source.kind,
        "synthetic": source.synthetic,
        "coverage": "; ".join(coverage),
    }


def indicator_rows() -> list[Row]:
    """Rows of table `indicator`: every indicator of every kind of source, once."""
    return [_indicator_row(name, each) for name, each in all_indicators().items()]


def _indicator_row(name: str, published: Published) -> Row:
    indicator, classifications = published.declared, published.classifications
    return {
        "indicator": name,
        "title_en": indicator.title.en,
        "title_fr": indicator.title.fr,
        "title_es": indicator.title.es,
        "measure": published.measure,
        "unit_measure": indicator.unit_measure,
        "unit_mult": indicator.unit_mult,
        "classif1": classifications[0] if classifications else None,
        "classif2": classifications[1] if len(classifications) > 1 else None,
        "definition": indicator.definition,
        "reference": indicator.reference,
    }


def code_rows() -> list[Row]:
    """Rows of table `code`."""
    return [
        {
            "codelist": codelist.id,
            "code": code.code,
            "parent": code.parent,
            "label_en": code.label_en,
            "label_fr": code.label_fr,
            "label_es": code.label_es,
            "is_total": code.is_total,
            "sort": code.sort,
        }
        for codelist in all_codelists()
        for code in codelist.codes
    ]
