"""Corridors: from published tables of the world to stocks of migrants between two countries, and from these to
shares."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ilms.kinds.base import CoreFacts, Drafts, Estimator
from ilms.kinds.long_tables import LongTablesKind
from schemas.corridors import CORRIDORS, Corridors
from schemas.partition import Partition


class CorridorsKind(LongTablesKind[Corridors]):
    """Sources of corridors. They are published already: there is nothing to protect."""

    declared = CORRIDORS
    core_suite = "corridors"
    cells_suite = "corridor_cells"
    stands_for_a_day = True

    def described(self, source: Corridors) -> str:
        """How many tables it declares."""
        return f"{len(source.tables)} tables"

    def harmonised(
        self,
        source: Corridors,
        partition: Partition,
        named: Mapping[str, Path],
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """The corridors of the wave's year, by sex, from all tables together."""
        from transforms.corridors import harmonise_corridors

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
        from ilms.authoring.golden_long_tables import estimate_corridor_tables

        estimate_corridor_tables(source, partition, folder, work)
        return []


KIND = CorridorsKind()
