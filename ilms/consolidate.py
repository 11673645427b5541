"""Longer periods of a survey, made of its waves before a release: a year from four quarters, a quarter from months."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ilms.done import estimated
from ilms.fingerprints import cells_mark, facts_of, fingerprint, keep_facts, rooms_hash
from ilms.kinds import cells_suite, estimate_core, gives_detail
from ilms.settings import Settings
from ilms.stages import drafts_of, pass_gate, told
from ilms.status import read_status, write_status
from schemas.consolidation import periods
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import Runnable, list_sources, load_source
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED, under_profile
from schemas.source import Source
from transforms.consolidate import pool, pooled_source
from warehouse.files import replacing
from warehouse.release_inputs import ReleasePartition

logger = logging.getLogger(__name__)

PROTECTED = (
    "Not made of its waves, because the source's numbers are protected: the year less three quarters tells the fourth."
)
VINTAGE_DIGITS = 12


def consolidate_sources(settings: Settings) -> None:
    """Make every longer period whose waves are all ready. One that fails is told in its status and stops no other."""
    for source, period, parts in periods_due(settings):
        try:
            _consolidate(settings, source, period, parts)
        except IlmsError as error:
            logger.error("%s is left out of the release: %s", period.key, error.message)


def periods_due(settings: Settings) -> Iterator[tuple[Source, Partition, list[Partition]]]:
    """Longer periods whose waves are all ready, unless they are made already from the same waves: with these waves."""
    from ilms.offer import offered_partition

    for source_id in list_sources():
        try:
            source = under_profile(load_source(source_id), settings.release_profile)
        except DeclarationError:
            continue  # the offer tells what is wrong with it
        for period, waves in periods(source).items():
            parts = [Partition(source.id, wave) for wave in waves if wave in source.waves]
            ready = [part for part in parts if offered_partition(settings, source, part).state == "ready"]
            if source.protection != UNPROTECTED or len(ready) < len(waves):
                continue
            longer = Partition(source.id, period)
            if estimated(settings, source, longer, _of_core(settings, source, parts)) is None:
                yield source, longer, parts


def _consolidate(settings: Settings, source: Source, period: Partition, parts: Sequence[Partition]) -> None:
    """Pool, estimate and check one period."""
    layout = settings.layout
    core, cells = layout.core(period), layout.cells(period)
    mark = cells_mark(_of_core(settings, source, parts), source.protection, settings.protection_seed)
    pooled = pooled_source(source, period.wave, [part.wave for part in parts])
    found = {part: facts_of(layout.core(part)) or {} for part in parts}
    warnings = [f"{part.wave}: {warning}" for part, facts in found.items() for warning in facts.get("warnings", [])]
    vintages = "\n".join(str(facts.get("vintage", "")) for facts in found.values())
    vintage = hashlib.sha256(vintages.encode()).hexdigest()[:VINTAGE_DIGITS]
    with told(settings, period, "consolidate"):
        with replacing(core) as draft:
            cores = {part.wave: layout.core(part) for part in parts}
            persons = pool(source, cores, draft, memory_limit=settings.memory_limit)
        keep_facts(core, mark, persons=persons, vintage=vintage, warnings=warnings)
        with drafts_of(settings, pooled, period) as drafts:
            count = estimate_core(settings, pooled, period, drafts, vintage, warnings)
            pass_gate(settings, pooled, period, cells_suite(pooled), drafts.cells)
        keep_facts(cells, mark, cells=count, vintage=vintage, persons=persons)
        write_status(settings.layout, period, state="ready", stage="consolidate", reason="", cells=count)


def _of_core(settings: Settings, source: Source, parts: Sequence[Partition]) -> str:
    """What the records of a period are made from: the cells of its waves, the declaration and the code."""
    marks = [str((facts_of(settings.layout.cells(part)) or {}).get("fingerprint", "")) for part in parts]
    return fingerprint(*(part.wave for part in parts), *marks, source.declaration_hash, rooms_hash())


def offered_periods(
    settings: Settings, source: Runnable, offered: Mapping[str, ReleasePartition]
) -> Iterator[ReleasePartition]:
    """The longer periods of a source: ready, or with the reason why not. `offered` are its waves."""
    if not isinstance(source, Source):
        return
    layout = settings.layout
    for period, waves in periods(source).items():
        partition = Partition(source.id, period)
        common: dict[str, Any] = {
            "icls_basis": source.icls_basis,
            "synthetic": source.synthetic,
            "priority": source.priority,
        }
        missing = [wave for wave in waves if wave not in offered or offered[wave].state != "ready"]
        if source.protection != UNPROTECTED:
            yield ReleasePartition(partition, "skipped", reason=PROTECTED, **common)
            continue
        if missing:
            reason = f"It is the average of {len(waves)} waves, and not all are ready: {', '.join(missing)}."
            yield ReleasePartition(partition, "skipped", reason=reason, **common)
            continue
        of_core = _of_core(settings, source, [Partition(source.id, wave) for wave in waves])
        facts = estimated(settings, source, partition, of_core)
        quality = layout.quality(partition, cells_suite(source))
        kept = (quality,) if quality.is_file() else ()
        if facts is None:
            status = read_status(layout, partition)
            reason = status.reason if status and status.reason else "It was not made of its waves."
            yield ReleasePartition(partition, "failed", reason=reason, quality=kept, **common)
            continue
        yield ReleasePartition(
            partition,
            "ready",
            vintage=facts["vintage"],
            persons=facts["persons"],
            cells=layout.cells(partition),
            quality=kept,
            detail=layout.detail(partition) if gives_detail(source) else None,
            protection=source.protection,
            core=layout.core(partition),
            **common,
        )
