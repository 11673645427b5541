"""Homes without accepted numbers: those of earlier versions of the software, or that lost them.

The numbers of the current release are accepted unchanged, so that they stand when their next run fails.
"""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

from ilms.pipeline.acceptance import EARLIER_AVAILABILITY, accept_partition
from ilms.pipeline.fingerprints import KeptFacts
from schemas.errors import IlmsError
from schemas.loader import load_runnable
from schemas.partition import Partition
from schemas.release_profiles import ReleaseProfile, under_profile
from warehouse.layout import Layout
from warehouse.release.manifest import PartitionOutcome
from warehouse.release.pointer import current_release

logger = logging.getLogger(__name__)


def adopt_published(layout: Layout, profile: ReleaseProfile) -> None:
    """Accept the numbers of the current release where nothing was ever accepted; asked before anything else runs."""
    folder = layout.accepted_folder()
    if folder.is_dir() and any(folder.iterdir()):
        return
    release = current_release(layout)
    if release is None or release.manifest.release_profile != profile.name:
        return
    for outcome in release.manifest.partitions:
        if outcome.state == "published":
            try:
                _adopt(layout, profile, outcome)
            except (IlmsError, KeyError, ValueError) as error:
                logger.error("%s|%s will not stand: %s", outcome.source, outcome.wave, error)


def _adopt(layout: Layout, profile: ReleaseProfile, outcome: PartitionOutcome) -> None:
    partition = Partition(outcome.source, outcome.wave)
    kept = _kept(layout, partition)
    if kept.get("vintage") != outcome.vintage:
        return
    made = replace(KeptFacts.read(kept), cells=kept["cells"])
    _rename_availability(layout, partition)
    source = under_profile(load_runnable(partition.source), profile)
    if partition.wave in source.waves:
        accept_partition(layout, source, partition, made, software="")


def _rename_availability(layout: Layout, partition: Partition) -> None:
    """Give the decisions on indicators that an earlier version wrote the name that they have today."""
    now = layout.availability(partition)
    earlier = now.with_name(f"{partition.wave}.{EARLIER_AVAILABILITY}")
    if earlier.is_file() and not now.exists():
        earlier.rename(now)


def _kept(layout: Layout, partition: Partition) -> dict[str, Any]:
    """What is kept beside the numbers: earlier versions kept less, and no checksum."""
    file = layout.cells(partition).with_suffix(".json")
    try:
        return dict(json.loads(file.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return {}
