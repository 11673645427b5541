"""The last stage: the accepted numbers of every partition become a release."""

from __future__ import annotations

from ilms.pipeline.data_docs import show_release
from ilms.pipeline.faults import in_words
from ilms.pipeline.status import read_status, write_status
from ilms.release.candidates import release_inputs
from ilms.release.consolidation import consolidate_sources, periods_due
from ilms.release.renewal import damaged_editions, damaged_partitions, renew_damaged
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.release.build import PublishResult, publish, standing


def publish_release(settings: Settings) -> PublishResult:
    """Publish the accepted numbers of every partition as one release; when nothing is new, the current release stands.

    Accepted numbers that were changed or lost since are made anew first: they would hold up all others.
    Years and quarters that consist of waves are made first, where a source declares them and all their waves are ready.
    """
    with in_words(settings.layout, "the release", "publishing"):
        renew_damaged(settings)
        consolidate_sources(settings)
        inputs = release_inputs(settings)
        result = publish(settings.layout, inputs, agency=settings.agency, memory_limit=settings.memory_limit)
    for outcome in result.partitions:
        partition = Partition(outcome.source, outcome.wave)
        status = read_status(settings.layout, partition)
        if outcome.state == "published" and status is not None and status.state == "ready":
            write_status(settings.layout, partition, state="published", stage="publish", reason="", error_kind="")
    show_release(settings, result.partitions)
    return result


def standing_release(settings: Settings) -> PublishResult | None:
    """The current release when `publish_release` would leave it as it is, told without making anything; else None."""
    if damaged_partitions(settings) or damaged_editions(settings) or any(periods_due(settings)):
        return None
    return standing(settings.layout, release_inputs(settings), agency=settings.agency)
