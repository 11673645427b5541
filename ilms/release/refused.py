"""Protected numbers that a release cannot take: it goes on giving what the current one has of the partition."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from ilms.pipeline.stage_list import PUBLISH
from ilms.pipeline.status import read_status, write_status
from ilms.release.standing import Candidate, attack_mark, last_run
from schemas.errors import ExposedNumbers, IlmsError
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED
from warehouse.accepted import UnitFacts, accepted_units
from warehouse.layout import Layout
from warehouse.release.inputs import RegionalFiles, ReleasePartition
from warehouse.release.kept import KeptNumbers, are_among, kept_edition, kept_numbers
from warehouse.release.pointer import Release
from warehouse.release.states import shown_release
from warehouse.release.verdicts import refusals

logger = logging.getLogger(__name__)
KEPT = "Its numbers are those of an earlier release."


@dataclass(frozen=True)
class Refused:
    """The partitions whose accepted numbers a release cannot take, and why; `folder` is for the files of what it takes
    instead: what readers know already, and the current release gives."""

    layout: Layout
    folder: Path
    reasons: Mapping[Partition, IlmsError] = field(default_factory=dict)

    @cached_property
    def release(self) -> Release | None:
        """The current release."""
        return shown_release(self.layout)

    def candidate(self, candidate: Candidate) -> Candidate:
        """The candidate itself; where its numbers are refused, those of the current release; where it has none, or the
        very numbers that were found unsafe, no numbers."""
        item = candidate.item
        why = self.reasons.get(item.partition)
        if why is None or not candidate.is_ready or item.protection == UNPROTECTED:
            return candidate
        reason = last_run(self.layout, item.partition, item.protection)
        common: dict[str, Any] = {
            "protection": item.protection,
            "icls_basis": item.icls_basis,
            "synthetic": item.synthetic,
            "priority": item.priority,
            "migrants_by": item.migrants_by,
        }
        kept = self._kept(item.partition, item.protection)
        unsafe = item.cells if isinstance(why, ExposedNumbers) else None
        if kept is None or (unsafe is not None and are_among(kept.cells, unsafe)):
            return Candidate(ReleasePartition(item.partition, "failed", reason=reason, **common))
        again = _given_again(kept, item.partition, f"{KEPT} {reason}".strip(), worldwide=item.worldwide, **common)
        return Candidate(again, kept=kept)

    def concerns(self, edition: UnitFacts) -> bool:
        """Whether regional estimates were made of refused numbers."""
        return not self._marks.isdisjoint(edition.national)

    def aggregates(self, partition: Partition) -> KeptNumbers | None:
        """The aggregates of an edition in the current release."""
        return self._kept(partition, UNPROTECTED)

    def regional_files(self, edition: str) -> RegionalFiles | None:
        """Inputs and diagnostics of an edition in the current release."""
        return kept_edition(self.release, edition, self.folder) if self.release else None

    def _kept(self, partition: Partition, protection: str) -> KeptNumbers | None:
        return kept_numbers(self.release, partition, protection, self.folder) if self.release else None

    @cached_property
    def _marks(self) -> set[str]:
        """The marks of the refused numbers, under whatever protection."""
        return {unit.facts.mark for each in self.reasons for unit in accepted_units(self.layout.accepted(each))}


def _given_again(kept: KeptNumbers, partition: Partition, reason: str, **common: Any) -> ReleasePartition:
    return ReleasePartition(
        partition,
        "ready",
        reason=reason,
        standing_since=kept.since,
        vintage=kept.outcome.vintage,
        cells=kept.cells,
        quality=(kept.quality,),
        is_kept=True,
        **common,
    )


def aggregates_again(kept: KeptNumbers, partition: Partition, sources: str) -> ReleasePartition:
    """The aggregates of an edition as the current release gives them, since newer ones are made of refused numbers."""
    reason = f"{KEPT} Newer ones are made of numbers of {sources} that could not be published."
    return _given_again(kept, partition, reason, icls_basis="", synthetic=False, aggregate=True)


def refused_before(layout: Layout) -> dict[Partition, IlmsError]:
    """The partitions whose accepted numbers were refused when they were attacked, where nothing has changed since."""
    found: dict[Partition, IlmsError] = {}
    for partition, verdict in refusals(layout):
        last = accepted_units(layout.accepted(partition))[-1:]
        if verdict.refusal and [attack_mark(unit) for unit in last] == [verdict.mark]:
            found[partition] = verdict.refusal.error
    return found


def say_refused(layout: Layout, partition: Partition, why: IlmsError) -> None:
    """Let the status of a partition say why a release cannot take its numbers."""
    status = read_status(layout, partition)
    if status is not None and status.state == "failed" and status.stage != PUBLISH.name:
        return  # a newer run has failed for a reason of its own
    logger.error("the release cannot take the numbers of %s: %s", partition.key, why.message)
    write_status(layout, partition, state="failed", stage=PUBLISH.name, reason=why.message, error_kind=why.kind)
