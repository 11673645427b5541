"""The whole way without Airflow: every partition by itself, then one release."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from ilms.batches import begin, plan_batch
from ilms.settings import Settings
from ilms.stages import publish_release, run_partition
from schemas.errors import IlmsError, SourceUnavailable
from warehouse.release import PublishResult


@dataclass(frozen=True)
class RunOutcome:
    """What a run gave: sources and partitions that failed, with their reasons, and the publication."""

    failed: dict[str, str]
    skipped: dict[str, str]
    publication: PublishResult


def run_all(
    settings: Settings,
    *,
    sources: Collection[str] = (),
    waves: Collection[str] = (),
    tell: Callable[[str], None],
) -> RunOutcome:
    """Run the partitions one after the other and publish what is ready; a partition that fails stops only itself."""
    batch = plan_batch(settings, sources, waves)
    begin(settings, batch)
    failed, skipped = dict(batch.broken), dict(batch.skipped)
    for key in batch.keys:
        try:
            for result in run_partition(settings, key):
                tell(result.message)
        except SourceUnavailable as error:
            skipped[key] = error.message
        except IlmsError as error:
            failed[key] = error.message
    for name, reason in skipped.items():
        tell(f"{name}: skipped. {reason}")
    for name, reason in failed.items():
        tell(f"{name}: FAILED. {reason}")
    return RunOutcome(failed, skipped, publish_release(settings))
