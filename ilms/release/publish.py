"""The last stage: the accepted numbers of every partition become a release, or a draft that waits for a person."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from ilms.pipeline.data_docs import show_release
from ilms.pipeline.faults import in_words
from ilms.pipeline.stage_list import ESTIMATE, HARMONISE, PUBLISH
from ilms.pipeline.stages import run_stage
from ilms.pipeline.status import read_status, write_status
from ilms.release.candidates import release_inputs
from ilms.release.consolidation import consolidate_sources, periods_due
from ilms.release.refused import Refused, refused_before, say_refused
from ilms.release.renewal import damaged_editions, damaged_partitions, renew_damaged
from ilms.scratch import scratch_folder
from ilms.settings import Settings
from schemas.errors import IlmsError
from schemas.partition import Partition
from warehouse.accepted import accepted_units
from warehouse.layout import Layout
from warehouse.release.build import PublishResult, publish, standing
from warehouse.release.closed import owner_only
from warehouse.release.confidentiality import RefusedPartitions
from warehouse.release.manifest import PartitionOutcome
from warehouse.store.kept import follow, follow_regions, follow_releases, follow_statuses, publishing
from warehouse.withdrawal import user_name

logger = logging.getLogger(__name__)


def publish_release(settings: Settings) -> PublishResult:
    """Make a release of the accepted numbers of every partition; when nothing is new, the current release stands.

    It becomes current when no rule finds anything against it; otherwise it waits in review.
    Accepted numbers that were changed or lost since are made again first: they would hold up all others. Protected ones
    that do not withstand the attack on the release are made anew; where that does not help, the release gives what the
    current one has of the partition.
    Years and quarters that consist of waves are made first, where a source declares them and all their waves are ready.
    """

    def make(key: str) -> None:
        run_stage(settings, HARMONISE, key)
        run_stage(settings, ESTIMATE, key)

    def estimate(edition: str) -> None:
        from ilms.regional.stage import regional_edition

        regional_edition(settings, edition)

    layout, profile, seed = settings.layout, settings.profile, settings.protection_seed
    layout.home.mkdir(parents=True, exist_ok=True)
    with in_words(layout, "the release", "publishing"), owner_only(), publishing(layout):
        bring_accepted(layout)
        renew_damaged(layout, make, estimate)
        consolidate_sources(layout, profile, seed, memory_limit=settings.memory_limit)
        result = _publish_safe(settings, make)
    if result.is_current:
        note_published(layout, result.partitions)
    return result


def bring_accepted(layout: Layout) -> None:
    """Bring what a release is made of, where several machines share it: what was accepted, and the last outcomes."""
    follow(layout, whole=("accepted", "quality"))
    follow_regions(layout)
    follow_statuses(layout)


def _publish_safe(settings: Settings, make: Callable[[str], None]) -> PublishResult:
    """Publish what withstands the attack. What earlier software protected may not: it is made anew once.

    Every round refuses a partition or makes one anew, so there is a last one. What was refused before is not attacked
    again while nothing of it has changed.
    """
    layout, made_anew = settings.layout, set[Partition]()
    reasons = refused_before(layout)
    for partition, why in reasons.items():
        say_refused(layout, partition, why)
    while True:
        with scratch_folder(layout) as folder:
            refused = Refused(layout, folder, reasons)
            inputs = release_inputs(
                layout, settings.profile, settings.protection_seed, refused, memory_limit=settings.memory_limit
            )
            try:
                return publish(
                    layout,
                    inputs,
                    agency=settings.agency,
                    formats=settings.sdmx_formats,
                    memory_limit=settings.memory_limit,
                    rules=settings.rules,
                    by=user_name(),
                )
            except RefusedPartitions as error:
                refused_now = error.errors
        for partition, why in refused_now.items():
            if partition not in made_anew and _make_anew(layout, partition, make):
                made_anew.add(partition)
            else:
                say_refused(layout, partition, why)
                reasons[partition] = why


def _make_anew(layout: Layout, partition: Partition, make: Callable[[str], None]) -> bool:
    """Whether today's software, files and declaration give other numbers than those accepted, and they passed."""
    before = accepted_units(layout.accepted(partition))
    logger.warning("the protected numbers of %s did not withstand the attack; they are made anew", partition.key)
    try:
        with in_words(layout, partition.key, "making protected numbers anew"):
            make(partition.key)
    except IlmsError as error:
        logger.error("%s is not made anew: %s", partition.key, error.message)
        return False
    marks = ({unit.facts.mark for unit in units} for units in (before, accepted_units(layout.accepted(partition))))
    return next(marks) != next(marks)


def refused_by(layout: Layout, result: PublishResult) -> dict[str, str]:
    """The partitions of which a release does not have the accepted numbers, as these did not withstand the attack, and
    why."""
    partitions = [Partition(each.source, each.wave) for each in result.partitions]
    found = {partition.key: read_status(layout, partition) for partition in partitions}
    return {
        key: status.reason
        for key, status in found.items()
        if status is not None and (status.stage, status.state) == (PUBLISH.name, "failed")
    }


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
    follow_releases(layout, held=True)
    bring_accepted(layout)
    if damaged_partitions(layout) or damaged_editions(layout) or any(periods_due(layout, profile, seed)):
        return None
    with scratch_folder(layout) as folder:
        refused = Refused(layout, folder, refused_before(layout))
        inputs = release_inputs(layout, profile, seed, refused, memory_limit=settings.memory_limit)
        return standing(layout, inputs, agency=settings.agency, formats=settings.sdmx_formats, rules=settings.rules)
