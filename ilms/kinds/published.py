"""Published figures: from a producer's tables to figures with status and error, and these as numbers of a release."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ilms.kinds.base import CoreFacts, Drafts, Estimator
from ilms.kinds.long_tables import LongTablesKind
from schemas.partition import Partition
from schemas.published import PUBLISHED, PublishedFigures


class PublishedKind(LongTablesKind[PublishedFigures]):
    """Sources of figures that their producer has estimated; to protect persons was for the producer to do."""

    declared = PUBLISHED
    core_suite = "figures"
    cells_suite = "figure_cells"

    def described(self, source: PublishedFigures) -> str:
        """How many tables it declares."""
        return f"{len(source.tables)} table(s) of figures"

    def harmonised(
        self,
        source: PublishedFigures,
        partition: Partition,
        named: Mapping[str, Path],
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """The figures of the wave's period."""
        from transforms.published import harmonise_published

        made = harmonise_published(source, partition, named, draft, workdir=work, memory_limit=memory_limit)
        return CoreFacts("; ".join([f"{made.count:,} figures", *made.remarks]), remarks=made.remarks)

    def estimator(self, drafts: Drafts) -> Estimator[PublishedFigures]:
        """The figures as numbers."""
        from transforms.published import estimate_published

        return estimate_published

    def golden_faults(
        self, source: PublishedFigures, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """Each made-up table is named as the producer's file and written as CSV."""
        from ilms.authoring.golden_long_tables import estimate_figures

        estimate_figures(source, partition, folder, work)
        return []


KIND = PublishedKind()
