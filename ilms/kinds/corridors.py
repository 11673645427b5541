"""Corridors: published tables of the world become stocks of migrants between two countries, and these become shares."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds.base import CoreFacts, Drafts, Estimator, Kind
from schemas.corridors import CORRIDORS, Corridors
from schemas.partition import Partition
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters


class CorridorsKind(Kind[Corridors]):
    """Sources of corridors. They are published already: there is nothing to protect."""

    declared = CORRIDORS
    core_suite = "corridors"
    cells_suite = "corridor_cells"
    worldwide = True
    stands_for_a_day = True
    golden_files = "made-up tables"

    def described(self, source: Corridors) -> str:
        """How many tables it declares."""
        return f"{len(source.tables)} tables"

    def gate_parameters(self, source: Corridors, partition: Partition) -> GateParameters:
        """What the gate must know of a partition."""
        from expectations.parameters import GateParameters

        return GateParameters.of_corridors(source, partition)

    def harmonise(
        self,
        layout: Layout,
        source: Corridors,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """The corridors of the wave's year, by sex."""
        from transforms.corridors import harmonise_corridors

        named = {file.name: file.path for file in vintage.files}
        corridors = harmonise_corridors(source, partition, named, draft, workdir=work, memory_limit=memory_limit)
        return CoreFacts(f"{corridors:,} corridors harmonised, by sex")

    def estimator(self, drafts: Drafts) -> Estimator[Corridors]:
        """Shares of every area."""
        from transforms.corridors import estimate_corridors

        return estimate_corridors

    def golden_faults(
        self, source: Corridors, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """Each made-up table is named as the producer's file and written as CSV."""
        from ilms.authoring.golden_corridors import estimate_made_up

        estimate_made_up(source, partition, folder, work)
        return []


KIND = CorridorsKind()
