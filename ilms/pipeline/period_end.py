"""A period that had not ended when its files were fetched: they can only hold a part of it."""

from __future__ import annotations

from datetime import datetime

from ilms.kinds import kind_of
from schemas.errors import InputError
from schemas.partition import Partition
from schemas.periods import day_in_words
from schemas.source import Runnable


def require_ended(source: Runnable, partition: Partition, fetched_at: datetime) -> None:
    """Raise InputError when the period of a wave ended after its files were fetched.

    A wave that is declared to be provisional or a part of its period passes, and its numbers are flagged so. A stock of
    corridors is of a day within its year.
    """
    if kind_of(source).stands_for_a_day or source.is_unfinished(partition.wave):
        return
    last = source.last_day(partition.wave)
    if fetched_at.date() > last:
        return
    raise InputError(
        f"the period ends on {day_in_words(last)}, and its files were fetched on {day_in_words(fetched_at.date())}",
        where=partition.key,
        why="they cover only a part of the period, and would be published as if they covered all of it",
        remedy="name the wave after what was counted (2024-S1, 2024-Q1, 2024-M01), or run it once the period is over;"
        " where the producer publishes early, declare it provisional (`statuses` of a register, `status: P` of a wave)",
    )
