"""Registers: from their tables to flow records, and from these to counts of persons and permits."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds.base import CoreFacts, Drafts, Estimator, Kind
from schemas.errors import InputError, Part
from schemas.partition import Partition
from schemas.register import Register
from schemas.register_faults import REGISTER
from schemas.register_without import left_aside, register_without
from warehouse.accepted import AcceptedVintage, now
from warehouse.intake.drift import find_count_faults
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from transforms.compare import Profile
    from transforms.preview.furthest import Furthest
    from transforms.preview.previewed import Preview
    from transforms.protect import ProtectedRecords
    from transforms.read import RawInput


class RegisterKind(Kind[Register]):
    """Administrative registers. Their numbers name every country already, so there are no tables of detail."""

    declared = REGISTER
    core_suite = "flows"
    cells_suite = "flow_cells"
    golden_files = "made-up tables"

    def described(self, source: Register) -> str:
        """How many tables it declares, and which indicators they feed."""
        fed = dict.fromkeys(indicator for table in source.tables.values() for indicator in table.feeds)
        return f"{len(source.tables)} table(s), which feed {', '.join(fed) or 'no indicator'}"

    def gate_parameters(self, source: Register, partition: Partition) -> GateParameters:
        """The parameters of the gate for a partition."""
        from expectations.parameters import GateParameters

        return GateParameters.of_register(source, partition)

    def harmonise(
        self,
        layout: Layout,
        source: Register,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """Flow records, of which no count is many times that accepted before."""
        from transforms.read import RawInput

        files = [RawInput(file.path, file.role) for file in vintage.files]
        made = _flows(source, partition, files, draft, work, limit=memory_limit)
        _compare(layout, source, partition, vintage, made)
        return made

    def furthest(
        self, source: Register, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
    ) -> Furthest[Register, CoreFacts]:
        """Every table whose file bears it out, without the breakdowns whose words have no meaning."""
        from transforms.preview.furthest import as_far_as_possible

        return as_far_as_possible(
            lambda register: _flows(register, partition, files, draft, draft.parent, limit=memory_limit),
            source,
            lambda register, parts: self.without(register, partition.wave, parts),
        )

    def without(self, source: Register, wave: str, parts: Sequence[Part]) -> Register:
        """Without the tables that need a part, or with a table less broken down."""
        return register_without(source, wave, parts)

    def left_aside(self, before: Register, after: Register, wave: str) -> list[str]:
        """Its tables, and their breakdowns."""
        return left_aside(before, after, wave)

    def preview(self, source: Register, partition: Partition, core: Path, *, memory_limit: str) -> Preview:
        """Its flow records."""
        from transforms.preview.flows import preview_flows

        return preview_flows(source, core, memory_limit=memory_limit)

    def estimator(self, drafts: Drafts) -> Estimator[Register]:
        """Counts of every indicator that its tables feed."""
        from transforms.flows import estimate_flows

        return estimate_flows

    def golden_faults(
        self, source: Register, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """Each made-up table is named as the producer's."""
        from ilms.authoring.golden_tables import estimate_tables

        estimate_tables(source, partition, folder, work)
        return []

    def protected(self, source: Register) -> ProtectedRecords:
        """Its flow records."""
        from transforms.protect import ProtectedFlows

        return ProtectedFlows(source)

    def profile(self, source: Register, partition: Partition, core: Path) -> Profile:
        """Its flows by each breakdown."""
        from transforms.compare import flows_profile

        return flows_profile(source, partition, core)


KIND = RegisterKind()


def _flows(
    source: Register, partition: Partition, files: Sequence[RawInput], draft: Path, work: Path, *, limit: str
) -> CoreFacts:
    from transforms.flows import harmonise_flows
    from transforms.flows.event_counts import event_counts

    flows = harmonise_flows(source, partition, files, draft, workdir=work, memory_limit=limit)
    summary = "; ".join([f"{flows.records:,} flow records harmonised", *flows.remarks])
    return CoreFacts(summary, warnings=flows.warnings, remarks=flows.remarks, counts=event_counts(draft))


def _compare(layout: Layout, source: Register, partition: Partition, vintage: Vintage, made: CoreFacts) -> None:
    """Raise InputError when counts are too many times those accepted before, or too few."""
    found = AcceptedVintage(vintage=vintage.id, accepted_at=now(), bytes=vintage.bytes, counts=dict(made.counts))
    if faults := find_count_faults(source, partition, found, layout, vintage.origin):
        raise InputError(
            f"the counts are not like those accepted before: {'; '.join(faults)}",
            where=partition.key,
            why="a digit was added or lost, thousands were read as ones, or this is a part of the period",
            remedy="look at the file. If the change is real, declare `guards: plausible: change` with `maximum`,"
            " `waves` and `because`, or a break in series under `statuses`",
        )
