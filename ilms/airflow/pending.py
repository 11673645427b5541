"""What a run would find new, determined in one process within seconds before Airflow is started for it."""

from __future__ import annotations

from dataclasses import dataclass

from ilms.pipeline.batches import Batch, begin
from ilms.pipeline.stages import is_settled
from ilms.regional.inputs import editions_due, nowhere_to_read
from ilms.release.publish import standing_release
from ilms.settings import Settings
from schemas.release_profiles import ReleaseProfile
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.release.build import PublishResult

NOTHING_NEW = "nothing is new"


@dataclass(frozen=True)
class Pending:
    """What a run has to do.

    batch     the partitions that have anything new, or for which only a run can show it; the rest of the batch
              unchanged
    settled   the partitions that are ready and have nothing to do
    release   the current release; None when there is something to publish, or may be after the batch
    regional  why no estimates of regions and the world are made; empty when they are, or were not requested
    """

    batch: Batch
    settled: tuple[str, ...]
    release: PublishResult | None
    regional: str
    is_empty: bool


def what_is_pending(settings: Settings, batch: Batch, *, everything: bool) -> Pending:
    """Ask every stage whether it has anything to do; `everything` includes regions and the world."""
    settled = tuple(key for key in batch.keys if is_settled(settings, key))
    due = batch.only([key for key in batch.keys if key not in settled])
    if due.keys:
        return Pending(due, settled, None, "", is_empty=False)
    begin(settings.layout, settings.profile, due)
    release = standing_release(settings)
    regional = no_regions(settings.layout, settings.access, settings.profile) if everything else ""
    return Pending(due, settled, release, regional, is_empty=release is not None and bool(regional or not everything))


def no_regions(layout: Layout, access: Access, profile: ReleaseProfile) -> str:
    """Why regions and the world are not to be estimated; empty when they are."""
    if reason := nowhere_to_read(layout, access):
        return f"skipped: {reason}"
    return "" if editions_due(layout, access, profile) else NOTHING_NEW
