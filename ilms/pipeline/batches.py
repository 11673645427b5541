"""A batch: the partitions that are run together and published together once all of them have ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from ilms.pipeline.adoption import adopt_published
from ilms.pipeline.awaited import Awaited, awaited_wave, keep_awaited, kept_awaited
from ilms.pipeline.faults import require_home
from ilms.pipeline.stage_list import FETCH
from ilms.pipeline.status import Status, read_status, write_status
from ilms.scratch import sweep_scratch
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import list_runnable, load_runnable, source_folder
from schemas.partition import Partition
from schemas.periods import today
from schemas.release_profiles import ReleaseProfile
from schemas.series import why_not_there
from schemas.source import Source
from schemas.wave import DEFAULT_POOL
from warehouse.intake.access import Access
from warehouse.intake.look import Ask
from warehouse.intake.producers import asking
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout
from warehouse.release.closed import close_workrooms, mend_modes, owner_only
from warehouse.store.kept import bring_status, follow, follow_statuses, move_in

logger = logging.getLogger(__name__)

NOWHERE_TO_READ = "Neither ILMS_MIRROR nor ILMS_ONLINE=1 is set, so its files cannot be read."
LOST = "It ended silently: its process was killed, or the machine was short of memory. Run it again."
LOST_AFTER_SECONDS = 120.0
NEVER = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Batch:
    """The partitions of a choice of sources and waves.

    keys      partitions to run, sorted
    skipped   partition -> why it is not run
    broken    source -> what is wrong with its declaration
    awaited   partition of a series that is not there, or not known to be there -> since when it should be
    """

    keys: tuple[str, ...]
    skipped: dict[str, str]
    broken: dict[str, str]
    awaited: dict[str, Awaited] = field(default_factory=dict)

    def only(self, partitions: Collection[str]) -> Batch:
        """The batch with some of its partitions to run; what is left out for a reason stays."""
        return replace(self, keys=tuple(key for key in self.keys if key in partitions))


def plan_batch(
    layout: Layout,
    access: Access,
    sources: Collection[str] = (),
    waves: Collection[str] = (),
    day: date | None = None,
) -> Batch:
    """Every wave that is declared by a day, or those of some sources and waves: which can run, and why others cannot.

    Waves of a series that were never fetched are looked for. The day is today if none is given.

    Raises DeclarationError when a source is named that does not exist, or nothing has the waves named. A source whose
    declaration is wrong is reported in `broken` and keeps no other from running.
    """
    by = day or today()
    for source_id in sources:
        source_folder(source_id)
    follow(layout, sources)
    follow_statuses(layout)
    keys: list[str] = []
    skipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    awaited: dict[str, Awaited] = {}
    declared: list[Source] = []
    for source_id in sorted(set(sources)) or list_runnable():
        try:
            declared.append(load_runnable(source_id, by))
        except DeclarationError as error:
            broken[source_id] = error.message
    with asking(access.contact) as ask:
        for source in declared:
            for wave in (wave for wave in source.waves if not waves or wave in waves):
                partition = Partition(source.id, wave)
                if not readable(layout, access, source, partition):
                    skipped[partition.key] = NOWHERE_TO_READ
                elif found := _awaited(layout, access, source, partition, by, ask):
                    awaited[partition.key] = found
                else:
                    keys.append(partition.key)
    _refuse_unknown(declared, sources, waves)
    return Batch(tuple(sorted(keys)), skipped, broken, awaited)


def _awaited(
    layout: Layout, access: Access, source: Source, partition: Partition, day: date, ask: Ask
) -> Awaited | None:
    try:
        return awaited_wave(layout, access, source, partition, day, ask)
    except IlmsError:
        # Its run meets the same error, and records it where people look for it.
        return None


def _refuse_unknown(declared: Sequence[Source], sources: Collection[str], waves: Collection[str]) -> None:
    """Raise DeclarationError for waves that none of the sources declares, naming the waves that these have.

    Nothing is known of the waves of a source whose declaration is wrong.
    """
    unknown = sorted(set(waves) - {wave for source in declared for wave in source.waves})
    if not unknown or not declared:
        return
    reasons = [said for source in declared for wave in unknown if (said := why_not_there(source, wave))]
    named = ", ".join(f"{source.id} declares {', '.join(source.waves)}" for source in declared)
    raise DeclarationError(
        f"{'none of the sources named' if sources else 'no source'} declares wave {', '.join(unknown)}"
        + (f" ({'; '.join(reasons)})" if reasons else ""),
        remedy=f"choose among their waves: {named}" if sources else "`ilms sources` lists every wave",
    )


def readable(layout: Layout, access: Access, source: Source, partition: Partition) -> bool:
    """Whether the files of a partition can come from anywhere: a generator, this machine, a mirror, the network."""
    if source.fetch.method in ("generator", "local") or access.mirror is not None or access.online:
        return True
    return latest_vintage(layout, partition) is not None


def begin(layout: Layout, profile: ReleaseProfile, batch: Batch) -> None:
    """Mark the partitions of a batch as under way, and those left out as skipped, awaited or overdue.

    Raises MachineError when ILMS_HOME cannot be written.
    """
    require_home(layout)
    with owner_only():
        move_in(layout)
        _tidy(layout)
        adopt_published(layout, profile)
        _mark(layout, batch)


def _tidy(layout: Layout) -> None:
    """Let only the owner at records and at numbers before they are published, and remove what killed runs left."""
    close_workrooms(layout)
    if removed := sweep_scratch(layout):
        logger.warning("%s folder(s) or draft(s) of records that killed runs had left are removed", removed)
    if mended := mend_modes(layout):
        logger.warning("%s file(s) of records could be read by others; they are closed now", mended)


def _mark(layout: Layout, batch: Batch) -> None:
    for key in batch.keys:
        write_status(
            layout,
            Partition.parse(key),
            state="running",
            stage=FETCH.name,
            reason="",
            error_kind="",
            worked=(),
        )
    keep_all_awaited(layout, batch.awaited)
    for key, reason in batch.skipped.items():
        write_status(
            layout,
            Partition.parse(key),
            state="skipped",
            stage=FETCH.name,
            reason=reason,
            error_kind="skipped",
            worked=(),
        )


def keep_all_awaited(layout: Layout, awaited: Mapping[str, Awaited]) -> None:
    """Write which partitions are not there; one for which that is not known keeps its state."""
    for key, each in awaited.items():
        if not each.unknown:
            keep_awaited(layout, Partition.parse(key), each)


def last_awaited(layout: Layout, key: str, day: date) -> Awaited | None:
    """What a partition is by a day that was not there when it was looked for last; None for any other."""
    partition = Partition.parse(key)
    return kept_awaited(layout, load_runnable(partition.source, day), partition, day)


def pools_of(keys: Iterable[str], pools: Collection[str]) -> dict[str, str]:
    """Through which of these pools the source of each partition is fetched; the usual one if it is another."""
    declared = {key: load_runnable(Partition.parse(key).source).fetch.pool for key in keys}
    return {key: pool if pool in pools else DEFAULT_POOL for key, pool in declared.items()}


def record_work(layout: Layout, key: str, stage: str) -> Status:
    """Keep that a stage of a partition had something new to do; gives what is kept."""
    partition = Partition.parse(key)
    bring_status(layout, partition)
    status = read_status(layout, partition)
    return write_status(layout, partition, worked=(*(status.worked if status else ()), stage))


def record_failure(layout: Layout, key: str, error: object) -> Status:
    """Write why a partition finally failed, unless its stage has done so; gives what is written.

    A stage says it unless it could not: its process was killed or timed out, or its declaration could not be loaded.
    """
    partition = Partition.parse(key)
    bring_status(layout, partition)
    status = read_status(layout, partition)
    if status is not None and status.state != "running":
        return status
    if isinstance(error, IlmsError):
        reason, kind = error.message, error.kind
    else:
        # The text of an unexpected error may quote a record, so only its type is kept where others read it.
        reason = f"{LOST} ({type(error).__name__})" if isinstance(error, BaseException) else LOST
        kind = "lost"
    stage = (status.stage if status else "") or FETCH.name
    return write_status(layout, partition, state="failed", stage=stage, reason=reason, error_kind=kind)


def statuses(layout: Layout, keys: Iterable[str]) -> dict[str, Status]:
    """The last outcome of each partition; one never run counts as under way."""
    follow_statuses(layout)
    partitions = {key: Partition.parse(key) for key in keys}
    never = {key: Status(part.source, part.wave, changed_at=NEVER) for key, part in partitions.items()}
    return {key: read_status(layout, part) or never[key] for key, part in partitions.items()}


def has_ended(layout: Layout, keys: Iterable[str], active_runs: Callable[[], int]) -> bool:
    """Whether every partition has ended, well or badly.

    `active_runs` counts the runs of the stages that Airflow still has queued or running; it is asked only when it
    matters. A partition that failed but is to be tried again has such a run. A partition that has been under way for a
    while with no run left that could bring it further was lost (its process was killed before it could say why): it is
    marked as failed.
    """
    under_way = {key: status for key, status in statuses(layout, keys).items() if status.state == "running"}
    if any(status.age_seconds < LOST_AFTER_SECONDS for status in under_way.values()) or active_runs():
        return False
    for key in under_way:
        write_status(layout, Partition.parse(key), state="failed", reason=LOST, error_kind="lost")
    return True
