"""The profile of a wave: its records in totals, by which a release compares it with the other waves of its source.

It is made when the numbers of the wave are accepted, so that a release only reads it, and again by the release where it
is missing or of other numbers, another declaration or other software.
"""

from __future__ import annotations

import json
from pathlib import Path

from ilms.kinds import kind_of
from ilms.pipeline.fingerprints import rooms_hash
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED
from schemas.source import Runnable
from transforms.compare import Profile
from warehouse.files import write_json
from warehouse.layout import Layout


def has_profile(source: Runnable) -> bool:
    """Whether waves of a source are compared: of a protected one no wave is, since shares of its records could disclose
    what is withheld."""
    return source.protection == UNPROTECTED and len(source.waves) > 1


def wave_profile(layout: Layout, source: Runnable, partition: Partition, core: Path, numbers: str) -> Profile | None:
    """The profile of a wave's records, kept until they change; None for a kind of source without one.

    `core` holds the records and `numbers` is the mark of the accepted numbers that were made from them.
    """
    kept = layout.profile(partition)
    mark = f"{numbers} {rooms_hash()}"
    if kept.is_file():
        content = json.loads(kept.read_text(encoding="utf-8"))
        if content["mark"] == mark:
            found: Profile = content["profile"]
            return found
    made = kind_of(source).profile(source, partition, core)
    if made is not None:
        write_json(kept, {"mark": mark, "profile": made})
    return made
