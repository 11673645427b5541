"""What Data Docs say of a partition: whether the numbers that passed the checks are published, and why not."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from expectations.data_docs import PartitionState, settle_pages, show_state, write_index
from schemas.partition import Partition
from schemas.release_profiles import EXPERIMENTAL, UNPROTECTED
from warehouse.accepted import accepted_units
from warehouse.layout import Layout
from warehouse.release.manifest import PartitionOutcome

ACCEPTED = "Its numbers passed everything and go into the next release."


def show_accepted(layout: Layout, partition: Partition) -> None:
    """The pages of the attempt become those of the partition: its numbers were accepted."""
    folder = layout.data_docs()
    settle_pages(folder, partition.source, partition.wave)
    show_state(folder, partition.source, partition.wave, PartitionState(ACCEPTED, is_published=False))
    write_index(folder)


def show_failed(layout: Layout, partition: Partition, reason: str, accepted: Path) -> None:
    """A run has failed or was skipped: what was `accepted` before stands."""
    units = accepted_units(accepted)
    stands = (
        f" The numbers of {units[-1].facts.accepted_at:%Y-%m-%d} stand." if units else " Nothing of it is published."
    )
    folder = layout.data_docs()
    state = PartitionState(f"Its last run gave nothing new.{stands} {reason}", is_published=bool(units))
    show_state(folder, partition.source, partition.wave, state)
    write_index(folder)


def show_release(layout: Layout, outcomes: Iterable[PartitionOutcome]) -> None:
    """What became of every partition in the current release."""
    folder = layout.data_docs()
    for outcome in outcomes:
        if (folder / outcome.source).is_dir():
            show_state(folder, outcome.source, outcome.wave, _state(outcome))
    write_index(folder)


def _state(outcome: PartitionOutcome) -> PartitionState:
    caution = "" if outcome.protection == UNPROTECTED else f" {EXPERIMENTAL}"
    if outcome.state != "published":
        return PartitionState(f"Not published: {outcome.state}. {outcome.reason}", is_published=False)
    if outcome.standing_since:
        sentence = f"Published: its numbers of {outcome.standing_since[:10]} stand. {outcome.reason}{caution}"
        return PartitionState(sentence, is_published=True)
    return PartitionState(f"Published. {outcome.reason}{caution}".strip(), is_published=True)
