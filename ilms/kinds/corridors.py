"""Corridors: from published tables of the world to stocks of migrants between two countries, and from these to
shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds.base import CoreFacts, Drafts, Estimator, Kind
from schemas.corridors import CORRIDORS, Corridors
from schemas.errors import Part
from schemas.partition import Partition
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from transforms.preview.furthest import Furthest
    from transforms.preview.previewed import Preview
    from transforms.read import RawInput


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
        """The parameters of the gate for a partition."""
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
        named = {file.name: file.path for file in vintage.files}
        return _corridors(source, partition, named, draft, work, limit=memory_limit)

    def furthest(
        self, source: Corridors, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
    ) -> Furthest[Corridors, CoreFacts]:
        """All of it or nothing: corridors are made from all tables together."""
        from transforms.preview.furthest import as_far_as_possible

        named = {file.path.name: file.path for file in files}
        return as_far_as_possible(
            lambda corridors: _corridors(corridors, partition, named, draft, draft.parent, limit=memory_limit),
            source,
            lambda corridors, parts: self.without(corridors, partition.wave, parts),
        )

    def without(self, source: Corridors, wave: str, parts: Sequence[Part]) -> Corridors:
        """As it is: no part can be left out."""
        return source

    def preview(self, source: Corridors, partition: Partition, core: Path, *, memory_limit: str) -> Preview:
        """Nothing beyond its indicators: the stock is published as it is."""
        from transforms.preview.previewed import Preview

        return Preview()

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


def _corridors(
    source: Corridors, partition: Partition, named: Mapping[str, Path], draft: Path, work: Path, *, limit: str
) -> CoreFacts:
    from transforms.corridors import harmonise_corridors

    corridors = harmonise_corridors(source, partition, named, draft, workdir=work, memory_limit=limit)
    return CoreFacts(f"{corridors:,} corridors harmonised, by sex")
