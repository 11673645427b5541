"""The last step before a release: numbers that have passed everything replace those accepted before."""

from __future__ import annotations

import logging
from pathlib import Path

from ilms.kinds import kind_of
from ilms.pipeline.data_docs import show_accepted
from ilms.pipeline.fingerprints import KeptFacts, rooms_hash
from ilms.pipeline.profiles import has_profile, wave_profile
from ilms.release.catalogue_rows import source_row
from schemas.errors import InputError, PublishError
from schemas.loader import load_runnable
from schemas.meaning import wave_meaning
from schemas.partition import Partition
from schemas.source import Runnable
from warehouse.accepted import AcceptedVintage, Unit, UnitFacts, accept, accepted_unit, now
from warehouse.intake.vintage import Vintage, kept_vintage
from warehouse.layout import Layout
from warehouse.release.manifest import InputFile, InputVintage
from warehouse.store.files import bring_here, digest_of

logger = logging.getLogger(__name__)

CELLS, CORE, AVAILABILITY, DETAIL = "cells.parquet", "core.parquet", "availability.parquet", "detail.parquet"
SCORES = "scores.parquet"
QUALITY = ".quality.parquet"
"""Names of files in a unit; results of a suite are called <suite>.quality.parquet."""
EARLIER_AVAILABILITY = "coverage.parquet"
"""The name of AVAILABILITY in units accepted by earlier versions."""


def standing_unit(layout: Layout, source: Runnable, partition: Partition) -> Unit | None:
    """The numbers of a partition that stand, of the protection that the source has here; None before the first."""
    return accepted_unit(layout.accepted(partition), source.protection)


def is_accepted(layout: Layout, source: Runnable, partition: Partition, mark: str) -> bool:
    """Whether the numbers of that mark stand, and are as they were accepted."""
    try:
        unit = standing_unit(layout, source, partition)
    except PublishError as error:
        logger.error("%s: %s", partition.key, error.message)
        return False
    return unit is not None and unit.facts.mark == mark and not unit.damaged()


def availability_file(unit: Unit) -> Path:
    """The file of decisions on every indicator of accepted numbers, under today's name or an earlier one."""
    return unit.file(AVAILABILITY if unit.has(AVAILABILITY) else EARLIER_AVAILABILITY)


def accept_partition(
    layout: Layout,
    source: Runnable,
    partition: Partition,
    made: KeptFacts,
    *,
    of_waves: bool = False,
    software: str | None = None,
) -> None:
    """Accept the numbers made by the stages, with everything that a release needs about them.

    `made` are the facts kept beside them. A period made `of_waves` has no files of its own.
    `software` is this version's hash unless given.
    """
    if is_accepted(layout, source, partition, made.mark):
        return
    files = _files(layout, source, partition)
    bring_here(files.values())
    vintage = None if of_waves else _vintage(layout, partition, made.vintage)
    declared, time = load_runnable(partition.source), now()
    facts = UnitFacts(
        mark=made.mark,
        meaning=wave_meaning(source, partition.wave),
        software=rooms_hash() if software is None else software,
        accepted_at=time,
        vintage=made.vintage,
        cells=made.cells or 0,
        persons=made.persons,
        distinct_persons=made.distinct_persons,
        warnings=tuple(made.warnings),
        kind=source.kind,
        icls_basis=source.icls_basis,
        synthetic=source.synthetic,
        priority=source.priority,
        protection=source.protection,
        declared_protection=declared.protection,
        inputs=(input_vintage(partition, vintage),) if vintage else (),
        sources=(dict(source_row(source)),),
        declaration=declared.model_dump(mode="json"),
    )
    measure = None
    if vintage:
        records = _rows(layout.core(partition))
        measure = AcceptedVintage(
            vintage=vintage.id,
            accepted_at=time,
            bytes=vintage.bytes,
            records=records,
            weighted=made.weighted or 0,
            unknown=dict(made.unknown),
            counts=dict(made.counts),
        )
    if not of_waves and has_profile(source):
        # A release would otherwise make the profiles of all waves, one after the other.
        wave_profile(layout, declared, partition, layout.core(partition), made.mark)
    accept(layout.accepted(partition), facts, files, measure)
    show_accepted(layout, partition)


def _files(layout: Layout, source: Runnable, partition: Partition) -> dict[str, Path]:
    """What belongs to the numbers, by its name in the unit."""
    kind = kind_of(source)
    files = {
        CELLS: layout.cells(partition),
        CORE: layout.core(partition),
        AVAILABILITY: layout.availability(partition),
    }
    if kind.gives_detail(source):
        files[DETAIL] = layout.detail(partition)
    if kind.gives_scores(source):
        files[SCORES] = layout.scores(partition)
    suites = {suite: layout.quality(partition, suite) for suite in (kind.core_suite, kind.cells_suite)}
    return files | {f"{suite}{QUALITY}": file for suite, file in suites.items() if digest_of(file)}


def _vintage(layout: Layout, partition: Partition, vintage_id: str) -> Vintage:
    found = kept_vintage(layout, partition, vintage_id)
    if found is None:
        raise InputError(
            f"the files of vintage {vintage_id} are missing or damaged",
            where=str(layout.raw(partition)),
            why="a release lists the files from which its numbers were made",
            remedy="fetch them again: `ilms run` does",
        )
    return found


def input_vintage(partition: Partition, vintage: Vintage) -> InputVintage:
    """The files of a vintage, as the manifest of a release names them."""
    return InputVintage(
        source=partition.source,
        wave=partition.wave,
        vintage=vintage.id,
        files=tuple(
            InputFile(name=file.name, bytes=file.bytes, sha256=file.sha256, address=file.address)
            for file in vintage.files
        ),
        fetched_at=vintage.fetched_at.isoformat(),
    )


def _rows(table: Path) -> int:
    from pyarrow.parquet import read_metadata

    return int(read_metadata(table).num_rows)
