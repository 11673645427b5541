"""The whole way without Airflow: every partition by itself, then one release."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass

from ilms.pipeline.awaited import Awaited
from ilms.pipeline.batches import begin, last_awaited, plan_batch
from ilms.pipeline.faults import in_words
from ilms.pipeline.fingerprints import facts_of
from ilms.pipeline.shares import usual_jobs
from ilms.pipeline.side_by_side import run_keys
from ilms.regional.inputs import awaited_benchmarks
from ilms.release.periods_side_by_side import consolidate_side_by_side
from ilms.release.publish import publish_release, refused_by
from ilms.settings import Settings
from schemas.errors import AwaitedWave, IlmsError, SourceUnavailable
from schemas.partition import Partition
from schemas.periods import today
from warehouse.layout import Layout
from warehouse.release.build import PublishResult

REGIONAL = "regional estimates"


@dataclass(frozen=True)
class RunOutcome:
    """What a run gave: sources and partitions that failed or were skipped, with their reasons, and the publication.

    The regional estimates are among them as REGIONAL. `awaited` are the waves of series that are not there.
    `warnings` are the notes published with the numbers of the partitions that were run, by partition.
    """

    failed: dict[str, str]
    skipped: dict[str, str]
    publication: PublishResult
    awaited: dict[str, Awaited]
    warnings: Mapping[str, Sequence[str]]


def run_all(
    settings: Settings,
    *,
    sources: Collection[str] = (),
    waves: Collection[str] = (),
    jobs: int = 1,
    say: Callable[[str], None],
) -> RunOutcome:
    """Run the partitions and publish what was accepted; a partition that fails stops only itself.

    So many of them are run side by side as `jobs` says; 0 is one per processor, if memory allows.

    A run of everything estimates regions and the world too, in between. Longer periods of surveys are made side by side
    as well.
    """
    batch = plan_batch(settings.layout, settings.access, sources, waves)
    begin(settings.layout, settings.profile, batch)
    failed, skipped, awaited = dict(batch.broken), dict(batch.skipped), dict(batch.awaited)
    jobs = jobs or usual_jobs(settings.memory_limit)
    for key, error in run_keys(settings, batch.keys, jobs, say):
        if isinstance(error, SourceUnavailable):
            skipped[key] = error.message
        elif isinstance(error, AwaitedWave):
            if found := last_awaited(settings.layout, key, today()):
                awaited[key] = found
        elif error:
            failed[key] = error.message
    if not sources and not waves:
        _estimate_regions(settings, failed, skipped, say)
        awaited |= awaited_benchmarks(settings.layout, today())
    for name, reason in skipped.items():
        say(f"{name}: skipped. {reason}")
    for name, reason in failed.items():
        say(f"{name}: FAILED. {reason}")
    warned = _warnings(settings.layout, [key for key in batch.keys if key not in {*failed, *skipped, *awaited}])
    consolidate_side_by_side(settings, jobs, say)
    released = publish_release(settings)
    refused = refused_by(settings.layout, released)
    for name, reason in refused.items():
        say(f"{name}: FAILED. {reason}")
    return RunOutcome(failed | refused, skipped, released, awaited, warned)


def _warnings(layout: Layout, keys: Collection[str]) -> dict[str, Sequence[str]]:
    """What the numbers of these partitions were warned of; those without warnings are left out."""
    found = {key: facts_of(layout.cells(Partition.parse(key))) for key in keys}
    return {key: facts.warnings for key, facts in found.items() if facts and facts.warnings}


def _estimate_regions(
    settings: Settings, failed: dict[str, str], skipped: dict[str, str], say: Callable[[str], None]
) -> None:
    """Estimate every edition of regions and the world from what was just run."""
    from ilms.regional.inputs import nowhere_to_read
    from ilms.regional.stage import regional_editions

    try:
        with in_words(settings.layout, REGIONAL, "estimating regions and the world"):
            if reason := nowhere_to_read(settings.layout, settings.access):
                skipped[REGIONAL] = reason
                return
            for result in regional_editions(settings):
                say(result.message)
    except SourceUnavailable as error:
        skipped[REGIONAL] = error.message
    except IlmsError as error:
        failed[REGIONAL] = error.message
