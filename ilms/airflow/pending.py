"""What a run would find new, asked in one process and in seconds before Airflow is started for it."""

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

    batch     the partitions that have anything new, or of which only a run can show it; the rest of the batch as it is
    settled   the partitions that are ready and stay so
    release   the release that stands; None when there is something to publish, or may be after the batch
    regional  why nothing is estimated of regions and the world; empty when it is, or when nobody asked for it
    """

    batch: Batch
    settled: tuple[str, ...]
    release: PublishResult | None
    regional: str
    is_empty: bool


def what_is_pending(settings: Settings, batch: Batch, *, everything: bool) -> Pending:
    """Ask every stage whether it has anything to do; `everything` asks for regions and the world too."""
    settled = tuple(key for key in batch.keys if is_settled(settings, key))
    due = batch.only([key for key in batch.keys if key not in settled])
    if due.keys:
        return Pending(due, settled, None, "", is_empty=False)
    begin(settings.layout, settings.profile, due)
    release = standing_release(settings)
    regional = no_regions(settings.layout, settings.access, settings.profile) if everything else ""
    return Pending(due, settled, release, regional, is_empty=release is not None and bool(regional or not everything))


def no_regions(layout: Layout, access: Access, profile: ReleaseProfile) -> str:
    """Why nothing of regions and the world is to be estimated; empty when it is."""
    if reason := nowhere_to_read(layout, access):
        return f"skipped: {reason}"
    return "" if editions_due(layout, access, profile) else NOTHING_NEW
