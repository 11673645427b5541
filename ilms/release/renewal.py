"""Accepted numbers that were changed or lost since are made anew before a release, so that they hold up no others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ilms.kinds import kind_of
from ilms.pipeline.faults import in_words
from ilms.pipeline.stages import estimate_partition, harmonise_partition
from ilms.settings import Settings
from schemas.consolidation import periods
from schemas.editions import load_editions
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import load_runnable
from schemas.partition import Partition
from warehouse.accepted import accepted_partitions, is_whole
from warehouse.withdrawal import withdrawal

logger = logging.getLogger(__name__)


def damaged_partitions(settings: Settings) -> list[Partition]:
    """The partitions whose accepted numbers are not as they were accepted, but for those that a person withdrew."""
    layout = settings.layout
    return [
        each
        for each in accepted_partitions(layout)
        if not is_whole(layout.accepted(each)) and not withdrawal(layout, each)
    ]


def damaged_editions(settings: Settings) -> list[str]:
    """The editions of the regional estimates that are not as they were accepted."""
    return [name for name in load_editions().profiles if not is_whole(settings.layout.accepted_edition(name))]


def renew_damaged(settings: Settings) -> None:
    """Accept again what the stages left behind, or make it anew of the files kept, where accepted numbers are damaged.

    What cannot be made anew keeps its reason in the partition's status, and stops the release. Longer periods are left
    to their consolidation.
    """
    for partition in damaged_partitions(settings):
        if not _is_longer_period(partition):
            _renew(settings, partition.key, lambda key=partition.key: _make(settings, key))  # type: ignore[misc]
    for edition in damaged_editions(settings):
        _renew(settings, f"edition {edition}", lambda name=edition: _estimate(settings, name))  # type: ignore[misc]


def _renew(settings: Settings, name: str, make: Callable[[], None]) -> None:
    logger.warning("the accepted numbers of %s were changed or lost since, and are made anew", name)
    try:
        with in_words(settings.layout, name, "making accepted numbers anew"):
            make()
    except IlmsError as error:
        logger.error("%s is not made anew: %s", name, error.message)


def _make(settings: Settings, key: str) -> None:
    harmonise_partition(settings, key)
    estimate_partition(settings, key)


def _estimate(settings: Settings, edition: str) -> None:
    from ilms.regional.stage import regional_edition

    regional_edition(settings, edition)


def _is_longer_period(partition: Partition) -> bool:
    try:
        source = load_runnable(partition.source)
    except DeclarationError:
        return False
    consolidated = kind_of(source).consolidated(source)
    return consolidated is not None and partition.wave in periods(consolidated)
