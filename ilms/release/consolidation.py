"""Longer periods of a survey, made of its waves before a release: a year from four quarters, a quarter from months."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from ilms.kinds import kind_of
from ilms.pipeline.acceptance import CORE, accept_partition, is_accepted, standing_unit
from ilms.pipeline.estimates import estimate_core
from ilms.pipeline.faults import in_words
from ilms.pipeline.fingerprints import KeptFacts, cells_mark, fingerprint, forget_facts, keep_facts, rooms_hash
from ilms.pipeline.stage_list import CONSOLIDATE
from ilms.pipeline.stages import drafts_of, pass_gate, recording
from ilms.pipeline.status import write_status
from ilms.pipeline.up_to_date import digests_beside, estimated
from ilms.release.standing import AGAIN, Candidate, as_accepted, last_run, unit_candidate
from schemas.consolidation import periods
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import list_surveys, load_survey
from schemas.meaning import wave_meaning
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED, ReleaseProfile, under_profile
from schemas.source import Runnable
from schemas.survey import Survey
from transforms.consolidate import pool, pooled_source
from transforms.overlap import measure_overlap, require_as_declared
from warehouse.accepted import Unit
from warehouse.files import replacing
from warehouse.layout import Layout
from warehouse.release.inputs import ReleasePartition
from warehouse.store.kept import at_work
from warehouse.withdrawal import withdrawal

logger = logging.getLogger(__name__)

PROTECTED = (
    "Not made of its waves, because the source's numbers are protected: "
    "any quarter could be worked out from the year and the others."
)
VINTAGE_DIGITS = 12


def consolidate_sources(layout: Layout, profile: ReleaseProfile, seed: str | None, *, memory_limit: str) -> None:
    """Make every longer period whose waves all have numbers. One that fails keeps its reason and stops no other."""
    for due in periods_due(layout, profile, seed):
        make_period(layout, due, seed, memory_limit=memory_limit)


def make_period(layout: Layout, due: PeriodDue, seed: str | None, *, memory_limit: str) -> IlmsError | None:
    """Make one longer period; gives the error that stopped it, if any, after saying so."""
    try:
        with in_words(layout, due.period.key, "making this period of its waves"), at_work(layout, due.period):
            _consolidate(layout, due.source, due.period, due.parts, seed=seed, memory_limit=memory_limit)
    except IlmsError as error:
        logger.error("%s is not made again: %s", due.period.key, error.message)
        return error
    return None


@dataclass(frozen=True)
class PeriodDue:
    """A longer period that is to be made: its source as it was where its files came from, and its waves' numbers."""

    source: Survey
    period: Partition
    parts: Mapping[str, Unit]


def periods_due(
    layout: Layout, profile: ReleaseProfile, seed: str | None, sources: Iterable[str] | None = None
) -> Iterator[PeriodDue]:
    """Longer periods whose waves all have numbers, with those, unless they are made already of the same ones.

    They are those of all sources, or of some.
    """
    for source_id in list_surveys() if sources is None else sources:
        try:
            source = under_profile(load_survey(source_id), profile)
        except DeclarationError:
            continue  # its candidate says what is wrong with it
        for period, waves in periods(source).items():
            parts = _parts(layout, source, waves)
            longer = Partition(source.id, period)
            if source.protection != UNPROTECTED or len(parts) < len(waves):
                continue
            used = _as_accepted(source, parts)
            made = estimated(layout, used, longer, _of_core(used, longer, parts), seed)
            if made is None or not is_accepted(layout, used, longer, made.mark):
                yield PeriodDue(used, longer, parts)


def _parts(layout: Layout, source: Survey, waves: Sequence[str]) -> dict[str, Unit]:
    """The accepted numbers of the waves of a period, those that a person withdrew left out."""
    partitions = {wave: Partition(source.id, wave) for wave in waves if wave in source.waves}
    units = {wave: standing_unit(layout, source, partition) for wave, partition in partitions.items()}
    return {wave: unit for wave, unit in units.items() if unit is not None and not withdrawal(layout, partitions[wave])}


def _as_accepted(source: Survey, parts: Mapping[str, Unit]) -> Survey:
    """The source as it is where the files of the last wave of a period came from."""
    for wave, unit in list(parts.items())[-1:]:
        return as_accepted(source, Partition(source.id, wave), unit)
    return source


def _consolidate(
    layout: Layout,
    source: Survey,
    period: Partition,
    parts: Mapping[str, Unit],
    *,
    seed: str | None,
    memory_limit: str,
) -> None:
    """Measure the overlap of the waves, pool them, estimate and check one period."""
    core, cells = layout.core(period), layout.cells(period)
    mark = cells_mark(_of_core(source, period, parts), source.protection, seed)
    cores = {wave: unit.file(CORE) for wave, unit in parts.items()}
    warnings = [f"{wave}: {warning}" for wave, unit in parts.items() for warning in unit.facts.warnings]
    vintages = "\n".join(unit.facts.vintage for unit in parts.values())
    vintage = hashlib.sha256(vintages.encode()).hexdigest()[:VINTAGE_DIGITS]
    with recording(layout, period, CONSOLIDATE):
        for unit in parts.values():
            unit.require_whole()
        overlap = measure_overlap(cores, memory_limit=memory_limit)
        require_as_declared(overlap, source, period)
        pooled = pooled_source(source, period.wave, list(parts), overlap)
        forget_facts(cells)
        with replacing(core) as draft:
            follows = overlap.persons is not None
            persons = pool(source, cores, draft, follows_persons=follows, memory_limit=memory_limit)
        facts = KeptFacts(mark, vintage, persons, warnings=warnings, distinct_persons=overlap.persons)
        keep_facts(core, facts)
        with drafts_of(layout, pooled, period) as drafts:
            count = estimate_core(
                layout, pooled, period, drafts, vintage, warnings, seed=seed, memory_limit=memory_limit
            )
            pass_gate(layout, pooled, period, kind_of(pooled).cells_suite, drafts.cells, memory_limit=memory_limit)
        beside = digests_beside(layout, pooled, period)
        made = keep_facts(cells, replace(facts, cells=count, beside=beside))
        accept_partition(layout, pooled, period, made, of_waves=True)
        write_status(layout, period, state="ready", stage=CONSOLIDATE.name, reason="", cells=count)


def _of_core(source: Survey, period: Partition, parts: Mapping[str, Unit]) -> str:
    """What the records of a period are made from: the numbers of its waves, the declaration and the code."""
    pooled = pooled_source(source, period.wave, list(parts))
    declared = source.consolidate.model_dump_json() if source.consolidate else ""
    marks = [unit.facts.mark for unit in parts.values()]
    return fingerprint(*parts, *marks, declared, wave_meaning(pooled, period.wave), rooms_hash())


def period_candidates(
    layout: Layout, source: Runnable, candidates: Mapping[str, Candidate], seed: str | None
) -> Iterator[Candidate]:
    """The longer periods of a source: their accepted numbers, or the reason for none.

    `candidates` are its waves; a period to which none of them belongs is left out.
    """
    consolidated: Survey | None = kind_of(source).consolidated(source)
    if consolidated is None:
        return
    for period, waves in periods(consolidated).items():
        if not candidates.keys().isdisjoint(waves):
            yield _period_candidate(layout, consolidated, Partition(source.id, period), waves, candidates, seed)


def _period_candidate(
    layout: Layout,
    source: Survey,
    period: Partition,
    waves: Sequence[str],
    candidates: Mapping[str, Candidate],
    seed: str | None,
) -> Candidate:
    withdrawn = [wave for wave in waves if wave in candidates and candidates[wave].item.state == "withdrawn"]
    missing = [wave for wave in waves if wave not in candidates or not candidates[wave].is_ready]
    reason = ""
    if source.protection != UNPROTECTED:
        reason = PROTECTED
    elif withdrawn:
        reason = f"It is the average of {len(waves)} waves, and some were withdrawn: {', '.join(withdrawn)}."
    elif len(missing) == len(waves):
        # Each wave has its own reason; naming them here would take a line for every period of a first run.
        reason = f"It is the average of {len(waves)} waves, none of which is ready."
    elif missing:
        reason = f"It is the average of {len(waves)} waves, and not all are ready: {', '.join(missing)}."
    unit = standing_unit(layout, source, period)
    if unit is None or source.protection != UNPROTECTED or withdrawn:
        failed = "" if reason else last_run(layout, period) or "It was not made of its waves."
        return Candidate(
            ReleasePartition(
                period,
                "withdrawn" if withdrawn else "failed" if failed else "skipped",
                icls_basis=source.icls_basis,
                synthetic=source.synthetic,
                priority=source.priority,
                reason=reason or failed,
            )
        )
    if not reason and unit.facts.mark != _mark_today(layout, source, period, waves, seed):
        reason = last_run(layout, period) or f"They come from earlier numbers of its waves; {AGAIN}."
    return unit_candidate(layout, unit, period, reason=reason, priority=source.priority)


def _mark_today(layout: Layout, source: Survey, period: Partition, waves: Sequence[str], seed: str | None) -> str:
    parts = _parts(layout, source, waves)
    of_core = _of_core(_as_accepted(source, parts), period, parts)
    return cells_mark(of_core, source.protection, seed)
