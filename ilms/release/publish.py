"""The last stage: the accepted numbers of every partition become a release, or a draft that waits for a person."""

from __future__ import annotations

from collections.abc import Sequence

from ilms.pipeline.data_docs import show_release
from ilms.pipeline.faults import in_words
from ilms.pipeline.stage_list import PUBLISH
from ilms.pipeline.stages import estimate_partition, harmonise_partition
from ilms.pipeline.status import read_status, write_status
from ilms.release.candidates import release_inputs
from ilms.release.consolidation import consolidate_sources, periods_due
from ilms.release.renewal import damaged_editions, damaged_partitions, renew_damaged
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.build import PublishResult, publish, standing
from warehouse.release.closed import owner_only
from warehouse.release.manifest import PartitionOutcome
from warehouse.withdrawal import user_name


def publish_release(settings: Settings) -> PublishResult:
    """Make a release of the accepted numbers of every partition; when nothing is new, the current release stands.

    It becomes current when no rule finds anything against it; otherwise it waits in review.
    Accepted numbers that were changed or lost since are made again first: they would hold up all others.
    Years and quarters that consist of waves are made first, where a source declares them and all their waves are ready.
    """

    def make(key: str) -> None:
        harmonise_partition(settings, key)
        estimate_partition(settings, key)

    def estimate(edition: str) -> None:
        from ilms.regional.stage import regional_edition

        regional_edition(settings, edition)

    layout, profile, seed, limit = settings.layout, settings.profile, settings.protection_seed, settings.memory_limit
    layout.home.mkdir(parents=True, exist_ok=True)
    with in_words(layout, "the release", "publishing"), owner_only():
        renew_damaged(layout, make, estimate)
        consolidate_sources(layout, profile, seed, memory_limit=limit)
        inputs = release_inputs(layout, profile, seed)
        result = publish(
            layout,
            inputs,
            agency=settings.agency,
            formats=settings.sdmx_formats,
            memory_limit=limit,
            rules=settings.rules,
            by=user_name(),
        )
    if result.is_current:
        note_published(layout, result.partitions)
    return result


def note_published(layout: Layout, outcomes: Sequence[PartitionOutcome]) -> None:
    """Let the status of every partition, and Data Docs, say what became of it in the release that is current now."""
    for outcome in outcomes:
        partition = Partition(outcome.source, outcome.wave)
        status = read_status(layout, partition)
        if outcome.state == "published" and status is not None and status.state == "ready":
            write_status(layout, partition, state="published", stage=PUBLISH.name, reason="", error_kind="")
    show_release(layout, outcomes)


def standing_release(settings: Settings) -> PublishResult | None:
    """What `publish_release` would give when it would change nothing, found without making anything; else None."""
    layout, profile, seed = settings.layout, settings.profile, settings.protection_seed
    if damaged_partitions(layout) or damaged_editions(layout) or any(periods_due(layout, profile, seed)):
        return None
    inputs = release_inputs(layout, profile, seed)
    return standing(layout, inputs, agency=settings.agency, formats=settings.sdmx_formats, rules=settings.rules)
