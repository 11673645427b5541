"""One batch through Airflow: requested, watched, and followed until it is published."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Protocol, TypeVar

from pydantic import TypeAdapter

from ilms.airflow.api import AirflowApi, NoAnswerError
from ilms.airflow.home import AirflowError
from ilms.airflow.pending import NOTHING_NEW, Pending, no_regions
from ilms.airflow.progress import Progress
from ilms.airflow.timetables import PARTITION
from ilms.pipeline.awaited import Awaited
from ilms.pipeline.batches import last_awaited, statuses
from ilms.pipeline.stage_list import PUBLISH, REGIONAL
from schemas.periods import today
from schemas.release_profiles import ReleaseProfile
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.release.build import PublishResult
from warehouse.store.kept import follow_releases

WORKING_DAGS = (PARTITION, REGIONAL.name, PUBLISH.name)
LOOK_SECONDS = 1.0
NO_ANSWER_SECONDS = 60.0
STANDSTILL_SECONDS = 240.0
Answer = TypeVar("Answer")


class Watched(Protocol):
    """Servers that can report whether they are still running."""

    def check(self) -> None:
        """Raise AirflowError when one of them has ended."""


@dataclass(frozen=True)
class BatchResult:
    """How a batch ended: each partition once, and the publication; None when publishing failed.

    Those that had nothing new count as succeeded. `awaited` are the waves of series that are not there yet. `regional`
    is the outcome of the estimates of regions and the world; empty when they were not requested.
    """

    publication: PublishResult | None
    succeeded: tuple[str, ...] = ()
    failed: Mapping[str, str] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    worked: tuple[str, ...] = ()
    regional: str = ""
    awaited: Mapping[str, Awaited] = field(default_factory=dict)


def nothing_ran(pending: Pending) -> BatchResult:
    """The result of a batch in which no partition has anything new: with the current release, if there is one."""
    batch = pending.batch
    return BatchResult(
        pending.release,
        succeeded=pending.settled,
        failed=batch.broken,
        skipped=batch.skipped,
        regional=pending.regional,
        awaited=batch.awaited,
    )


def run_batch(
    layout: Layout, pending: Pending, api: AirflowApi, servers: Watched, progress: Progress, *, conf: dict[str, Any]
) -> BatchResult:
    """Run what is new of a batch and wait until its release is published.

    Raises AirflowError when Airflow ends or refuses during the run, or when there is no more progress.
    """
    batch = pending.batch
    if not batch.keys:
        return _publish(layout, nothing_ran(pending), api, servers, progress)
    progress.say(f"running {len(batch.keys)} partition(s)")
    watch = Watch(layout, batch.keys, api, servers, progress)
    run_id = api.trigger("ingest", {**conf, "partitions": list(batch.keys)})
    failed = dict(batch.broken)
    logs = layout.home / "airflow" / "logs"
    watch.until_ended("ingest", run_id)
    ended = api.ended_well_at("ingest", run_id, "all_ended")
    if ended is None:
        failed["ingest"] = f"The batch itself stopped unexpectedly; its log is in {logs}."
        return _result(layout, pending, failed, None)
    progress.say("publishing")
    unpublished, publication = _published(layout, api, watch, watch.until_called_for(PUBLISH.name, ended))
    return _result(layout, pending, {**failed, **unpublished}, publication)


def _publish(layout: Layout, result: BatchResult, api: AirflowApi, servers: Watched, progress: Progress) -> BatchResult:
    """Publish without a batch, unless the current release is up to date."""
    if result.publication is not None:
        return result
    progress.say("publishing")
    watch = Watch(layout, (), api, servers, progress)
    failed, publication = _published(layout, api, watch, api.trigger(PUBLISH.name, {}))
    return replace(result, publication=publication, failed={**result.failed, **failed})


def run_regional(
    layout: Layout,
    access: Access,
    profile: ReleaseProfile,
    result: BatchResult,
    api: AirflowApi,
    servers: Watched,
    progress: Progress,
) -> BatchResult:
    """Estimate regions and the world after a batch, and wait until new estimates are published too."""
    if reason := no_regions(layout, access, profile):
        return replace(result, regional=reason)
    progress.say("estimating regions and the world")
    watch = Watch(layout, (), api, servers, progress)
    run_id = api.trigger(REGIONAL.name, {})
    task = "estimate_editions"
    state = watch.until_ended(REGIONAL.name, run_id)
    reason = str(api.left_by(REGIONAL.name, run_id, task, "reason") or "")
    ended = api.ended_well_at(REGIONAL.name, run_id, task)
    if state != "success":
        reason = reason or f"They stopped unexpectedly; the log is in {layout.home / 'airflow' / 'logs'}."
        return replace(result, failed={**result.failed, REGIONAL.name: reason})
    if ended is None:
        return replace(result, regional=reason or NOTHING_NEW)
    progress.say("publishing")
    failed, publication = _published(layout, api, watch, watch.until_called_for(PUBLISH.name, ended))
    regional = "; ".join(api.left_by(REGIONAL.name, run_id, task) or ())
    return replace(result, publication=publication, failed={**result.failed, **failed}, regional=regional)


def _published(
    layout: Layout, api: AirflowApi, watch: Watch, publishing: str
) -> tuple[dict[str, str], PublishResult | None]:
    """Wait for a run of publishing; returns its result, or why it failed."""
    if watch.until_ended(PUBLISH.name, publishing) != "success":
        reason = api.left_by(PUBLISH.name, publishing, PUBLISH.name, "reason")
        logs = layout.home / "airflow" / "logs"
        return {PUBLISH.name: reason or f"Publishing stopped unexpectedly; its log is in {logs}."}, None
    result = TypeAdapter(PublishResult).validate_python(api.left_by(PUBLISH.name, publishing, PUBLISH.name))
    # The worker that has published may have a home of its own, and share with this one nothing but the store.
    follow_releases(layout, held=True)
    return {}, replace(result, folder=layout.home / result.folder.parent.name / result.folder.name)


def _result(layout: Layout, pending: Pending, failed: dict[str, str], publication: PublishResult | None) -> BatchResult:
    batch = pending.batch
    found = statuses(layout, batch.keys)
    ended_badly = {
        key: status.reason or "It did not finish."
        for key, status in found.items()
        if status.state in ("failed", "running")
    }
    skipped = {key: status.reason for key, status in found.items() if status.state == "skipped"}
    looked_into = {key: awaited for key in found if (awaited := last_awaited(layout, key, today()))}
    apart = {*ended_badly, *skipped, *looked_into}
    return BatchResult(
        publication,
        succeeded=(*pending.settled, *(key for key in found if key not in apart)),
        failed={**ended_badly, **failed},
        skipped={**batch.skipped, **skipped},
        worked=tuple(key for key, status in found.items() if status.worked),
        awaited={**batch.awaited, **looked_into},
    )


@dataclass
class Watch:
    """Waits for runs, shows what happens meanwhile, and notices when nothing does."""

    layout: Layout
    keys: Collection[str]
    api: AirflowApi
    servers: Watched
    progress: Progress
    since: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="milliseconds"))
    moved: float = field(default_factory=time.monotonic)

    def until_ended(self, dag_id: str, run_id: str) -> str:
        """The state in which a run ended: success or failed."""
        while (state := self._ask(lambda: self.api.run_state(dag_id, run_id))) not in ("success", "failed"):
            self._look()
        self._show()
        return state

    def until_called_for(self, dag_id: str, moment: str) -> str:
        """The id of the first run of a DAG called for at or after a moment."""
        while not (runs := self._ask(lambda: self.api.runs_since(dag_id, moment))):
            self._look()
        return runs[0]

    def _ask(self, question: Callable[[], Answer]) -> Answer:
        """An answer of Airflow's interface, which may be busy for a while, but must still be running."""
        deadline = time.monotonic() + NO_ANSWER_SECONDS
        while True:
            try:
                return question()
            except NoAnswerError:
                time.sleep(LOOK_SECONDS)
                self.servers.check()
                if time.monotonic() > deadline:
                    raise

    def _look(self) -> None:
        time.sleep(LOOK_SECONDS)
        self.servers.check()
        if self._show():
            self.moved = time.monotonic()
        if time.monotonic() - self.moved < STANDSTILL_SECONDS:
            return
        if not self._ask(lambda: self.api.tasks_alive(WORKING_DAGS)):
            raise AirflowError(
                f"nothing has moved for {STANDSTILL_SECONDS:.0f} seconds and no task is at work",
                where=str(self.layout.home / "airflow" / "servers"),
                remedy="see the end of the files there, then run again",
            )
        self.moved = time.monotonic()

    def _show(self) -> bool:
        return self.progress.show(statuses(self.layout, self.keys), since=self.since)
