"""What sets each wave of a source apart from the one before it, told with its numbers in a release."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from ilms.kinds import kind_of
from ilms.pipeline.fingerprints import rooms_hash
from ilms.release.standing import Offered
from ilms.settings import Settings
from schemas.comparison import load_comparison
from schemas.partition import Partition
from schemas.periods import in_order
from schemas.release_profiles import UNPROTECTED
from schemas.source import Runnable
from transforms.compare import Profile, Wave, differences, same_numbers
from warehouse.files import write_json


def with_remarks(settings: Settings, source: Runnable, waves: Mapping[str, Offered]) -> Iterator[Offered]:
    """The waves of a source as offered, in their order, each with what it is told of the wave before it.

    Nothing is told of a source whose numbers are protected: shares of its records could tell what is withheld.
    """
    if len(waves) == 1:
        yield from waves.values()
        return
    earlier: list[Wave] = []
    told: dict[str, tuple[str, ...]] = {}
    for name in in_order(waves):
        offered = waves[name]
        if not offered.is_ready or offered.item.protection != UNPROTECTED or offered.item.core is None:
            continue
        found = _profile(settings, source, offered, offered.item.core)
        if found is None:
            continue
        now = Wave(offered.item.partition, found)
        told[name] = tuple(_told(earlier, now))
        earlier.append(now)
    for name, offered in waves.items():
        yield replace(offered, item=replace(offered.item, remarks=told.get(name, ())))


def _told(earlier: list[Wave], now: Wave) -> Iterator[str]:
    for other in earlier:
        if same_numbers(other.profile, now.profile):
            yield f"its numbers are those of {other.partition.wave}, all of them"
    if earlier and (found := differences(earlier[-1], now, load_comparison())):
        yield f"compared with {earlier[-1].partition.wave}: {'; '.join(found)}"


def _profile(settings: Settings, source: Runnable, offered: Offered, core: Path) -> Profile | None:
    """The profile of a wave's records, kept until these, the declaration or the software change; None without one."""
    partition: Partition = offered.item.partition
    kept = settings.layout.profile(partition)
    mark = f"{offered.unit.facts.mark if offered.unit else ''} {rooms_hash()}"
    if kept.is_file():
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["mark"] == mark:
            found: Profile = content["profile"]
            return found
    made = kind_of(source).profile(source, partition, core)
    if made is not None:
        write_json(kept, {"mark": mark, "profile": made})
    return made
