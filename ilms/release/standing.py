"""What a release can take of one partition: its accepted numbers, whether they stand or are today's; or why none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import ValidationError

from ilms.kinds import running_kinds
from ilms.pipeline.acceptance import CELLS, CORE, DETAIL, QUALITY, SCORES, availability_file, standing_unit
from ilms.pipeline.fingerprints import cells_mark, core_mark, fingerprint, rooms_hash
from ilms.pipeline.status import read_status
from schemas.availability import Decision
from schemas.errors import DeclarationError
from schemas.kinds import KINDS
from schemas.loader import load_runnable
from schemas.meaning import wave_meaning
from schemas.partition import Partition
from schemas.protection import load_protection
from schemas.release_profiles import UNPROTECTED, AnySource, ReleaseProfile, applied_protection
from schemas.source import Runnable, Source
from transforms.availability import read_decisions
from warehouse.accepted import Unit, accepted_unit, accepted_units
from warehouse.files import sha256
from warehouse.intake.vintage import latest_vintage, origin_of
from warehouse.layout import Layout
from warehouse.release.inputs import ReleasePartition, Row
from warehouse.release.kept import KeptNumbers
from warehouse.release.manifest import InputVintage
from warehouse.withdrawal import withdrawal

if TYPE_CHECKING:
    from transforms.protect import ProtectedRecords

AGAIN = "`ilms run` makes them again"
NOT_SAID = "why is not said here, as it may tell counts of records; `ilms sources` shows it."


@dataclass(frozen=True)
class Candidate:
    """One partition as a release may take it, and the accepted numbers behind it, where there are any.

    `kept` are the numbers of the current release, where these are given again.
    """

    item: ReleasePartition
    unit: Unit | None = None
    kept: KeptNumbers | None = None

    @property
    def vintages(self) -> tuple[InputVintage, ...]:
        """The files that its numbers were made from."""
        if self.kept:
            return self.kept.inputs
        return self.unit.facts.inputs if self.unit else ()

    @property
    def sources(self) -> Sequence[Row]:
        """Rows of table `source` that its numbers need."""
        if self.kept:
            return self.kept.sources
        return self.unit.facts.sources if self.unit else ()

    @property
    def decisions(self) -> list[Decision]:
        """What was decided on every indicator."""
        if self.kept:
            return read_decisions(self.kept.decisions)
        return read_decisions(availability_file(self.unit)) if self.unit else []

    @property
    def is_ready(self) -> bool:
        """Whether it has numbers for the release."""
        return self.item.state == "ready"


def wave_candidate(layout: Layout, source: Runnable, partition: Partition, seed: str | None) -> Candidate:
    """A declared wave: the numbers that passed everything last, which stand until newer ones have.

    `seed` is the secret of protection today: numbers of another one stand until they are made again.
    One of which none was accepted comes with the reason why not, and so does one that a person withdrew.
    """
    unit = standing_unit(layout, source, partition)
    if unit is not None:
        reason = _why_standing(layout, source, partition, unit, seed)
        return unit_candidate(layout, unit, partition, reason=reason, priority=source.priority)
    state, reason = _why_none(layout, partition, source.protection)
    other = accepted_units(layout.accepted(partition))
    if other and state != "withdrawn":
        reason = f"{_other_protection(other[-1], source.protection)} {reason}"
    return Candidate(
        ReleasePartition(
            partition,
            state,
            icls_basis=source.icls_basis,
            synthetic=source.synthetic,
            priority=source.priority,
            reason=reason,
            protection=source.protection,
            refused=_refused(layout, partition, None) if state == "failed" else (),
        )
    )


def undeclared_candidate(layout: Layout, profile: ReleaseProfile, partition: Partition, why: str) -> Candidate:
    """Accepted numbers whose declaration cannot be loaded, or no longer has their wave: they stand.

    `why` says which. Their protection is the one that they were declared with last.
    """
    units = accepted_units(layout.accepted(partition))
    facts = units[-1].facts
    asked = applied_protection(facts.declared_protection, facts.kind, synthetic=facts.synthetic, profile=profile)
    unit = accepted_unit(layout.accepted(partition), asked)
    if unit is not None:
        return unit_candidate(layout, unit, partition, reason=why)
    reason = f"{_other_protection(units[-1], asked)} {why}"
    return Candidate(
        ReleasePartition(partition, "failed", icls_basis=facts.icls_basis, synthetic=facts.synthetic, reason=reason)
    )


def unit_candidate(
    layout: Layout, unit: Unit, partition: Partition, *, reason: str, priority: int | None = None
) -> Candidate:
    """Accepted numbers as a release takes them; with a `reason` they stand, because nothing newer has passed."""
    facts, kind = unit.facts, running_kinds().get(unit.facts.kind)
    common: dict[str, Any] = {
        "icls_basis": facts.icls_basis,
        "synthetic": facts.synthetic,
        "priority": facts.priority if priority is None else priority,
    }
    if decision := withdrawal(layout, partition):
        return Candidate(ReleasePartition(partition, "withdrawn", reason=decision.sentence, **common))
    item = ReleasePartition(
        partition,
        "ready",
        reason=reason,
        standing_since=facts.accepted_at.isoformat() if reason else None,
        vintage=facts.vintage,
        persons=facts.persons if facts.protection == UNPROTECTED else None,
        distinct_persons=facts.distinct_persons if facts.protection == UNPROTECTED else None,
        cells=unit.file(CELLS),
        quality=tuple(unit.named(QUALITY)),
        refused=_refused(layout, partition, unit) if reason else (),
        detail=unit.file(DETAIL) if unit.has(DETAIL) else None,
        scores=unit.file(SCORES) if unit.has(SCORES) else None,
        protection=facts.protection,
        core=unit.file(CORE),
        records=_records(unit, partition) if facts.protection != UNPROTECTED else None,
        worldwide=kind is not None and kind.worldwide,
        migrants_by=facts.declaration.get("migrants_by") or "",
        attack_mark=attack_mark(unit) if facts.protection != UNPROTECTED else "",
        **common,
    )
    return Candidate(item, unit)


def last_run(layout: Layout, partition: Partition, protection: str = UNPROTECTED) -> str:
    """Why the last run of a partition gave no numbers; empty when it did, or there was none.

    Where its numbers are protected, a release does not say why it failed: the reason may tell counts of records.
    """
    status = read_status(layout, partition)
    if status is None or status.state in ("ready", "published"):
        return ""
    if status.state == "running":
        return f"Its last run has not ended; it was last seen at stage {status.stage}."
    if status.state == "failed" and protection != UNPROTECTED:
        return f"Its last run failed at stage {status.stage}; {NOT_SAID}"
    return status.reason or f"Its last run {status.state} at stage {status.stage}."


def _why_standing(layout: Layout, source: Runnable, partition: Partition, unit: Unit, seed: str | None) -> str:
    """Why accepted numbers are not those of today's files, declaration and software; empty when they are."""
    if reason := last_run(layout, partition, source.protection):
        return reason
    facts, vintage = unit.facts, latest_vintage(layout, partition)
    source = as_accepted(source, partition, unit)
    older = [
        *(["earlier files"] if vintage and vintage.id != facts.vintage else []),
        *(["an earlier declaration"] if facts.meaning != wave_meaning(source, partition.wave) else []),
        *(["earlier software"] if facts.software != rooms_hash() else []),
    ]
    of_core = core_mark(source, partition, facts.vintage)
    if not older and facts.mark != cells_mark(of_core, source.protection, seed):
        older = ["another secret for protection"]
    return f"They come from {' and '.join(older)}; {AGAIN}." if older else ""


def as_accepted(source: AnySource, partition: Partition, unit: Unit) -> AnySource:
    """The source as it is where the files of accepted numbers came from."""
    addresses = (file.address or "" for vintage in unit.facts.inputs for file in vintage.files)
    return source.from_origin(partition.wave, origin_of(addresses)) if partition.wave in source.waves else source


def _why_none(
    layout: Layout, partition: Partition, protection: str
) -> tuple[Literal["failed", "skipped", "withdrawn"], str]:
    if decision := withdrawal(layout, partition):
        return "withdrawn", decision.sentence
    status = read_status(layout, partition)
    if status is None:
        return "skipped", "It was never run."
    if status.state == "skipped":
        return "skipped", status.reason
    return "failed", last_run(layout, partition, protection) or "Its numbers were not accepted; run it again."


def _other_protection(unit: Unit, asked: str) -> str:
    """Numbers that went through another protection than a release asks for are never in it, not even to stand."""
    return (
        f"The numbers of {unit.facts.accepted_at:%Y-%m-%d} went through protection '{unit.facts.protection}', and this "
        f"release asks for '{asked}'."
    )


def _refused(layout: Layout, partition: Partition, unit: Unit | None) -> tuple[Path, ...]:
    """Results of checks on an attempt that failed, where they are not the very results of the accepted numbers."""
    accepted = set(unit.digests.values()) if unit else set()
    folder = layout.quality(partition, "").parent
    files = sorted(folder.glob(f"{partition.wave}.*.parquet"))
    status = read_status(layout, partition)
    has_failed = status is not None and status.state == "failed"
    return tuple(file for file in files if sha256(file) not in accepted) if has_failed else ()


def attack_mark(unit: Unit) -> str:
    """One hash of everything that decides whether accepted numbers withstand an attack: the numbers, the records and
    the declaration behind them, the parameters of their protection, and the software that attacks them."""
    return fingerprint(
        *(unit.digests[name] for name in (CELLS, CORE)),
        json.dumps(unit.facts.declaration, sort_keys=True),
        load_protection(unit.facts.protection).model_dump_json(),
        rooms_hash(),
        rooms_hash(("warehouse",)),
    )


def _records(unit: Unit, partition: Partition) -> ProtectedRecords | None:
    """The records behind accepted numbers as protection reads them; None where they are not known."""
    source = declared_then(unit, partition)
    kind = running_kinds().get(source.kind) if source else None
    return kind.protected(source) if kind else None


def declared_then(unit: Unit, partition: Partition) -> Source | None:
    """The source as declared when the numbers were accepted, else as it is today; None where neither can be read."""
    try:
        return KINDS[unit.facts.kind].model.model_validate(unit.facts.declaration)
    except (KeyError, ValidationError):
        # Declared for an earlier version of the software.
        try:
            return load_runnable(partition.source)
        except DeclarationError:
            return None
