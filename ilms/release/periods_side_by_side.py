"""Longer periods of surveys made ahead of a release, several at a time in worker processes."""

from __future__ import annotations

from ilms.pipeline.one_partition import Say
from ilms.pipeline.side_by_side import Waiting, side_by_side
from ilms.release.consolidation import make_period, periods_due
from ilms.settings import Settings
from schemas.errors import IlmsError
from schemas.partition import Partition


def consolidate_side_by_side(settings: Settings, jobs: int, say: Say) -> None:
    """Make the longer periods that are due, so many at a time. One alone is left to the release.

    One that fails keeps its reason, which is said where it is made, and stops no other.
    """
    keys = [due.period.key for due in periods_due(settings.layout, settings.profile, settings.protection_seed)]
    jobs = min(jobs, len(keys))
    if jobs > 1:
        waiting = Waiting.of({key: key for key in keys}, dict.fromkeys(keys, 0))
        for _ in side_by_side(settings, waiting, jobs, say, consolidate_one):
            continue


def consolidate_one(settings: Settings, key: str, say: Say) -> IlmsError | None:
    """Make one longer period, if it is due; gives the error that stopped it, if any."""
    layout, seed = settings.layout, settings.protection_seed
    due = periods_due(layout, settings.profile, seed, [Partition.parse(key).source])
    wanted = next((each for each in due if each.period.key == key), None)
    if wanted is None:
        return None
    error = make_period(layout, wanted, seed, memory_limit=settings.memory_limit)
    if not error:
        say(f"{key}: made of {', '.join(wanted.parts)}")
    return error
