"""The way to accepted numbers: fetch, harmonise, estimate.

DAGs, command line and tests call these functions and nothing else. Each takes settings and a partition key, looks
first whether its work is done already, and leaves behind complete files or none.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds import Drafts, kind_of
from ilms.pipeline.acceptance import accept_partition, is_accepted
from ilms.pipeline.awaited import not_there_yet
from ilms.pipeline.data_docs import show_failed
from ilms.pipeline.estimates import estimate_core, notes_of_records
from ilms.pipeline.faults import in_words
from ilms.pipeline.fingerprints import KeptFacts, cells_mark, core_mark, facts_of, forget_facts, keep_facts
from ilms.pipeline.period_end import require_ended
from ilms.pipeline.soundness import is_known_sound, require_sound
from ilms.pipeline.stage_list import ESTIMATE, FETCH, HARMONISE, STAGES, Stage
from ilms.pipeline.status import read_status, write_status
from ilms.pipeline.up_to_date import as_from, digests_beside, estimated, fetched, harmonised
from ilms.scratch import scratch_folder
from ilms.settings import Settings
from schemas.errors import (
    AwaitedWave,
    IlmsError,
    InputError,
    Overtaken,
    PublishError,
    SourceUnavailable,
    StoreError,
)
from schemas.loader import load_runnable
from schemas.partition import Partition
from schemas.periods import today
from schemas.release_profiles import ReleaseProfile, under_profile
from schemas.source import Runnable
from warehouse.files import replacing
from warehouse.intake.fetch import fetch_wave
from warehouse.intake.vintage import Vintage, latest_vintage
from warehouse.layout import Layout
from warehouse.release.closed import owner_only
from warehouse.store.files import bring_here, forget
from warehouse.store.kept import at_work

# What only one stage needs is imported there: every stage of every partition is a process of its own in Airflow.
if TYPE_CHECKING:
    from expectations.gate import GateOutcome
    from expectations.suites import SuiteName

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StageResult:
    """Whether a stage did any work, and what to say about it."""

    did_work: bool
    message: str


def fetch_partition(settings: Settings, key: str) -> StageResult:
    """Fetch the files of a partition; the same bytes again make no new vintage.

    Raises SourceUnavailable when there is nowhere to fetch from and nothing was fetched before.
    """
    layout = settings.layout
    source, partition = _known(settings.profile, key)
    with recording(layout, partition, FETCH):
        try:
            vintage = fetch_wave(source, partition, layout, settings.access.for_source(source.id))
        except SourceUnavailable:
            kept = latest_vintage(layout, partition)
            if kept is None:
                raise
            return StageResult(
                False, f"{key}: nowhere to fetch from; vintage {kept.id} of {kept.fetched_at:%Y-%m-%d} is used"
            )
        write_status(layout, partition, vintage=vintage.id)
    if not vintage.is_new:
        return StageResult(False, f"{key}: the same files as vintage {vintage.id}")
    return StageResult(True, f"{key}: vintage {vintage.id}, {len(vintage.files)} file(s), {vintage.bytes:,} bytes")


def harmonise_partition(settings: Settings, key: str) -> StageResult:
    """Read the latest vintage, harmonise it to canonical persons or flows, and pass it through the gate.

    Raises DeclarationError for a declaration that is not filled in or does not meet its golden waves, InputError for a
    file that is not what is declared, GateError for a critical expectation not met.
    """
    layout, limit = settings.layout, settings.memory_limit
    source, partition = _known(settings.profile, key)
    kind, core = kind_of(source), layout.core(partition)
    with recording(layout, partition, HARMONISE):
        require_sound(layout, source.id)
        vintage = _vintage(layout, partition)
        source = source.from_origin(partition.wave, vintage.origin)
        require_ended(source, partition, vintage.fetched_at)
        if harmonised(layout, source, partition, vintage.id):
            return StageResult(False, f"{key}: harmonised already from vintage {vintage.id}")
        vintage.require_whole()
        with replacing(core) as draft, scratch_folder(layout) as work:
            with not_there_yet(layout, source, partition, vintage.id, today()):
                made = kind.harmonise(layout, source, partition, vintage, draft, work, memory_limit=limit)
            forget_facts(core)
            outcome = pass_gate(layout, source, partition, kind.core_suite, draft, memory_limit=limit)
        facts = KeptFacts(
            core_mark(source, partition, vintage.id),
            vintage.id,
            made.persons,
            made.weighted,
            dict(made.unknown),
            [*notes_of_records(source, made.warnings), *outcome.warnings],
            counts=dict(made.counts),
        )
        keep_facts(core, facts)
        write_status(layout, partition, persons=made.persons)
    return StageResult(True, "; ".join([f"{key}: {made.summary}", *made.warnings]))


def estimate_partition(settings: Settings, key: str) -> StageResult:
    """Estimate every indicator of a harmonised partition and pass the cells through the gate."""
    layout, seed, limit = settings.layout, settings.protection_seed, settings.memory_limit
    source, partition = _known(settings.profile, key)
    core, cells, suite = layout.core(partition), layout.cells(partition), kind_of(source).cells_suite
    with recording(layout, partition, ESTIMATE):
        facts = facts_of(core)
        if facts is None:
            raise InputError(f"{key} is not harmonised", remedy="harmonise it first")
        source = as_from(layout, source, partition, facts.vintage)
        if made := estimated(layout, source, partition, facts.mark, seed):
            accept_partition(layout, source, partition, made)
            write_status(layout, partition, state="ready", stage=ESTIMATE.name, reason="")
            return StageResult(False, f"{key}: estimated already")
        bring_here([core])
        with drafts_of(layout, source, partition) as drafts:
            count = estimate_core(
                layout, source, partition, drafts, facts.vintage, facts.warnings, seed=seed, memory_limit=limit
            )
            forget_facts(cells)
            outcome = pass_gate(layout, source, partition, suite, drafts.cells, memory_limit=limit)
            if outcome.warnings:
                noted = [*facts.warnings, *outcome.warnings]
                count = estimate_core(
                    layout, source, partition, drafts, facts.vintage, noted, seed=seed, memory_limit=limit
                )
        mark, beside = cells_mark(facts.mark, source.protection, seed), digests_beside(layout, source, partition)
        made = keep_facts(cells, replace(facts, mark=mark, cells=count, beside=beside))
        accept_partition(layout, source, partition, made)
        write_status(layout, partition, state="ready", stage=ESTIMATE.name, reason="", cells=count)
    return StageResult(True, f"{key}: {count:,} numbers estimated")


@contextmanager
def drafts_of(layout: Layout, source: Runnable, partition: Partition) -> Iterator[Drafts]:
    """Drafts of what the estimate stage leaves behind, the numbers last into their place."""
    kind = kind_of(source)
    with ExitStack() as places:

        def draft_where(is_given: bool, file: Path) -> Path | None:
            if is_given:
                return places.enter_context(replacing(file))
            forget(file)
            return None

        yield Drafts(
            cells=places.enter_context(replacing(layout.cells(partition))),
            availability=places.enter_context(replacing(layout.availability(partition))),
            detail=draft_where(kind.gives_detail(source), layout.detail(partition)),
            scores=draft_where(kind.gives_scores(source), layout.scores(partition)),
        )


WORK: Mapping[Stage, Callable[[Settings, str], StageResult]] = {
    FETCH: fetch_partition,
    HARMONISE: harmonise_partition,
    ESTIMATE: estimate_partition,
}
"""Every stage -> what does its work for a partition, by its key."""


def run_stage(settings: Settings, stage: Stage, key: str) -> StageResult:
    """Do the work of one stage for a partition, alone, and put what it leaves. Raises what the stage raises."""
    layout, partition = settings.layout, Partition.parse(key)
    try:
        with at_work(layout, partition):
            return WORK[stage](settings, key)
    except Overtaken:
        # What the other one says of the partition stands.
        raise
    except StoreError as error:
        # The stage itself may have said that all is well: what it made is not where others would look for it.
        with suppress(StoreError):
            write_status(
                layout, partition, state="failed", stage=stage.name, reason=error.message, error_kind=error.kind
            )
        raise


def is_settled(settings: Settings, key: str) -> bool:
    """Whether a partition succeeded and no stage of it has anything to do; false when only its run can show that."""
    layout, seed = settings.layout, settings.protection_seed
    try:
        source, partition = _known(settings.profile, key)
        status = read_status(layout, partition)
        if status is None or status.state not in ("ready", "published") or not is_known_sound(layout, source.id):
            return False
        vintage = fetched(layout, settings.access, source, partition)
        source = source.from_origin(partition.wave, vintage.origin) if vintage else source
    except IlmsError:
        # Its run meets the same error, and records it where people look for it.
        return False
    core = harmonised(layout, source, partition, vintage.id) if vintage else None
    made = estimated(layout, source, partition, core.mark, seed) if core else None
    return made is not None and is_accepted(layout, source, partition, made.mark)


def run_partition(settings: Settings, key: str) -> Iterator[StageResult]:
    """Every stage of one partition before publishing, one after the other."""
    for stage in STAGES:
        yield run_stage(settings, stage, key)


def _known(profile: ReleaseProfile, key: str) -> tuple[Runnable, Partition]:
    """The source as the release profile has it and as it is in the partition's wave, and the partition."""
    partition = Partition.parse(key)
    source = under_profile(load_runnable(partition.source), profile)
    if partition.wave not in source.waves:
        raise InputError(
            f"{source.id} declares no wave {partition.wave}", remedy=f"use one of: {', '.join(source.waves)}"
        )
    return source.of_wave(partition.wave), partition


def _vintage(layout: Layout, partition: Partition) -> Vintage:
    vintage = latest_vintage(layout, partition)
    if vintage is None:
        raise InputError(
            f"no complete files of {partition.key} are kept",
            where=str(layout.raw(partition)),
            remedy="fetch it again: `ilms run` does",
        )
    return vintage


def pass_gate(
    layout: Layout, source: Runnable, partition: Partition, suite: SuiteName, table: Path, *, memory_limit: str
) -> GateOutcome:
    """Run a suite on a draft table; its results are kept whether it passes or not. Raises GateError."""
    from expectations.gate import run_gate

    with replacing(layout.quality(partition, suite)) as draft, scratch_folder(layout) as work:
        outcome = run_gate(
            suite,
            table,
            kind_of(source).gate_parameters(source, partition),
            output=draft,
            data_docs=layout.data_docs(),
            memory_limit=memory_limit,
            work=work,
        )
    outcome.require()
    return outcome


@contextmanager
def recording(layout: Layout, partition: Partition, stage: Stage, *, accepted: Path | None = None) -> Iterator[None]:
    """Keep in the partition's status that a stage runs, and how it failed.

    `accepted` is where its accepted numbers are, if not in their usual place. Whatever is raised leaves as an IlmsError
    of the partition.
    """
    try:
        with in_words(layout, partition.key, f"the {stage.name} stage"), _of_owner(layout):
            write_status(layout, partition, state="running", stage=stage.name, reason="", error_kind="")
            yield
    except IlmsError as error:
        state = _state_after(error)
        try:
            write_status(layout, partition, state=state, stage=stage.name, reason=error.message, error_kind=error.kind)
            if not isinstance(error, AwaitedWave):
                show_failed(layout, partition, error.message, accepted or layout.accepted(partition))
        except (OSError, PublishError, StoreError) as unwritten:
            logger.error("%s is %s, and its status cannot be written: %s", partition.key, state, unwritten)
        raise


@contextmanager
def _of_owner(layout: Layout) -> Iterator[None]:
    """Whatever a stage makes in the home is its owner's alone."""
    layout.home.mkdir(parents=True, exist_ok=True)
    with owner_only():
        yield


def _state_after(error: IlmsError) -> str:
    """The state of a partition after an error."""
    if isinstance(error, AwaitedWave):
        return error.kind
    return "skipped" if isinstance(error, SourceUnavailable) else "failed"
