"""A batch: the partitions that are run together and published together once all of them have ended."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace

from ilms.pipeline.adoption import adopt_published
from ilms.pipeline.faults import require_home
from ilms.pipeline.stage_list import FETCH
from ilms.pipeline.status import Status, read_status, write_status
from ilms.settings import Settings
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import list_runnable, load_runnable, source_folder
from schemas.partition import Partition
from schemas.source import Source
from warehouse.intake.vintage import latest_vintage

NOWHERE_TO_READ = "Neither ILMS_MIRROR nor ILMS_ONLINE=1 is set, so its files cannot be read."
LOST = "It ended without a word: its process was killed, or the machine was short of memory. Run it again."
LOST_AFTER_SECONDS = 120.0
NEVER = "1970-01-01T00:00:00+00:00"


@dataclass(frozen=True)
class Batch:
    """What a choice of sources and waves comes to.

    keys      partitions to run, sorted
    skipped   partition -> why it is not run
    broken    source -> what is wrong with its declaration
    """

    keys: tuple[str, ...]
    skipped: dict[str, str]
    broken: dict[str, str]

    def only(self, partitions: Collection[str]) -> Batch:
        """The batch with some of its partitions to run; what is left out for a reason stays."""
        return replace(self, keys=tuple(key for key in self.keys if key in partitions))


def plan_batch(settings: Settings, sources: Collection[str] = (), waves: Collection[str] = ()) -> Batch:
    """Every declared partition, or those of some sources and waves: which can run, and why the others cannot.

    Raises DeclarationError when a source is named that does not exist, or nothing has the waves named. A source whose
    declaration is wrong is reported in `broken` and keeps no other from running.
    """
    keys: list[str] = []
    skipped: dict[str, str] = {}
    broken: dict[str, str] = {}
    for source_id in sources:
        source_folder(source_id)
    declared: dict[str, list[str]] = {}
    for source_id in sorted(set(sources)) or list_runnable():
        try:
            source = load_runnable(source_id)
        except DeclarationError as error:
            broken[source_id] = error.message
            continue
        declared[source_id] = list(source.waves)
        for wave in (wave for wave in source.waves if not waves or wave in waves):
            partition = Partition(source_id, wave)
            if readable(settings, source, partition):
                keys.append(partition.key)
            else:
                skipped[partition.key] = NOWHERE_TO_READ
    _refuse_unknown(declared, sources, waves)
    return Batch(tuple(sorted(keys)), skipped, broken)


def _refuse_unknown(declared: dict[str, list[str]], sources: Collection[str], waves: Collection[str]) -> None:
    """Raise DeclarationError for waves that none of the sources declares, naming the waves that these have.

    Nothing is known of the waves of a source whose declaration is wrong.
    """
    found = {wave for of_source in declared.values() for wave in of_source}
    unknown = sorted(set(waves) - found)
    if not unknown or not declared:
        return
    named = ", ".join(f"{source} declares {', '.join(of_source)}" for source, of_source in declared.items())
    raise DeclarationError(
        f"{'none of the sources named' if sources else 'no source'} declares wave {', '.join(unknown)}",
        remedy=f"choose among their waves: {named}" if sources else "`ilms sources` lists every wave",
    )


def readable(settings: Settings, source: Source, partition: Partition) -> bool:
    """Whether the files of a partition can come from anywhere: a generator, this machine, a mirror, the network."""
    if source.fetch.method in ("generator", "local") or settings.mirror is not None or settings.online:
        return True
    return latest_vintage(settings.layout, partition) is not None


def begin(settings: Settings, batch: Batch) -> None:
    """Mark the partitions of a batch as under way, and those left out as skipped with their reason.

    Raises MachineError when ILMS_HOME cannot be written.
    """
    require_home(settings.layout)
    adopt_published(settings)
    for key in batch.keys:
        write_status(
            settings.layout,
            Partition.parse(key),
            state="running",
            stage=FETCH.name,
            reason="",
            error_kind="",
            worked=(),
        )
    for key, reason in batch.skipped.items():
        write_status(
            settings.layout,
            Partition.parse(key),
            state="skipped",
            stage=FETCH.name,
            reason=reason,
            error_kind="skipped",
            worked=(),
        )


def of_pool(keys: Iterable[str], pool: str) -> list[str]:
    """The partitions whose source is fetched through that pool."""
    return [key for key in keys if load_runnable(Partition.parse(key).source).fetch.pool == pool]


def record_work(settings: Settings, key: str, stage: str) -> None:
    """Keep that a stage of a partition had something new to do."""
    partition = Partition.parse(key)
    status = read_status(settings.layout, partition)
    write_status(settings.layout, partition, worked=(*(status.worked if status else ()), stage))


def record_failure(settings: Settings, key: str, stage: str, error: object) -> None:
    """Write why a partition failed for good, unless its stage has said so itself.

    A stage says it unless it could not: its process was killed or timed out, or its declaration could not be loaded.
    """
    partition = Partition.parse(key)
    status = read_status(settings.layout, partition)
    if status is not None and status.state != "running":
        return
    if isinstance(error, IlmsError):
        reason, kind = error.message, error.kind
    else:
        # The text of an unexpected error may quote a record, so only its type is kept where others read it.
        reason = f"{LOST} ({type(error).__name__})" if isinstance(error, BaseException) else LOST
        kind = "lost"
    write_status(settings.layout, partition, state="failed", stage=stage, reason=reason, error_kind=kind)


def statuses(settings: Settings, keys: Iterable[str]) -> dict[str, Status]:
    """The last outcome of each partition; one never run counts as under way."""
    partitions = {key: Partition.parse(key) for key in keys}
    never = {key: Status(part.source, part.wave, changed_at=NEVER) for key, part in partitions.items()}
    return {key: read_status(settings.layout, part) or never[key] for key, part in partitions.items()}


def has_ended(settings: Settings, keys: Iterable[str], active_runs: Callable[[], int]) -> bool:
    """Whether every partition has ended, well or badly.

    `active_runs` counts the runs of the stages that Airflow still has queued or running; it is asked only when it
    matters. A partition that failed but is to be tried again has such a run. A partition that has been under way for a
    while with no run left that could bring it further was lost (its process was killed before it could say why): it is
    marked as failed.
    """
    under_way = {key: status for key, status in statuses(settings, keys).items() if status.state == "running"}
    if any(status.age_seconds < LOST_AFTER_SECONDS for status in under_way.values()) or active_runs():
        return False
    for key in under_way:
        write_status(settings.layout, Partition.parse(key), state="failed", reason=LOST, error_kind="lost")
    return True
