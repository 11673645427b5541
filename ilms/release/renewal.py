"""Accepted numbers that were changed or lost since are made again before a release, so that they hold up no others."""

from __future__ import annotations

import logging
from collections.abc import Callable

from ilms.kinds import kind_of
from ilms.pipeline.faults import in_words
from schemas.consolidation import periods
from schemas.editions import load_editions
from schemas.errors import DeclarationError, IlmsError
from schemas.loader import load_runnable
from schemas.partition import Partition
from warehouse.accepted import accepted_partitions, is_whole
from warehouse.layout import Layout
from warehouse.withdrawal import withdrawal

logger = logging.getLogger(__name__)


def damaged_partitions(layout: Layout) -> list[Partition]:
    """The partitions whose accepted numbers are not as they were accepted, but for those that a person withdrew."""
    return [
        each
        for each in accepted_partitions(layout)
        if not is_whole(layout.accepted(each)) and not withdrawal(layout, each)
    ]


def damaged_editions(layout: Layout) -> list[str]:
    """The editions of the regional estimates that are not as they were accepted."""
    return [name for name in load_editions().profiles if not is_whole(layout.accepted_edition(name))]


def renew_damaged(layout: Layout, make: Callable[[str], object], estimate: Callable[[str], object]) -> None:
    """Accept again what the stages left behind, or make it again of the files kept, where accepted numbers are damaged.

    `make` runs the stages of a partition, by its key, and `estimate` those of an edition, by its name. What cannot be
    made again keeps its reason in the partition's status, and stops the release. Longer periods are left to their
    consolidation.
    """
    for partition in damaged_partitions(layout):
        if not _is_longer_period(partition):
            _renew(layout, partition.key, partition.key, make)
    for edition in damaged_editions(layout):
        _renew(layout, f"edition {edition}", edition, estimate)


def _renew(layout: Layout, called: str, name: str, make: Callable[[str], object]) -> None:
    logger.warning("the accepted numbers of %s were changed or lost since, and are made again", called)
    try:
        with in_words(layout, called, "making accepted numbers again"):
            make(name)
    except IlmsError as error:
        logger.error("%s is not made again: %s", called, error.message)


def _is_longer_period(partition: Partition) -> bool:
    try:
        source = load_runnable(partition.source)
    except DeclarationError:
        return False
    consolidated = kind_of(source).consolidated(source)
    return consolidated is not None and partition.wave in periods(consolidated)
