"""What kinds whose files are published tables have in common: they are taken whole, and there is nobody to protect."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from ilms.kinds.base import CoreFacts, Kind
from schemas.corridors import Corridors
from schemas.errors import Part
from schemas.partition import Partition
from schemas.published import PublishedFigures
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from transforms.preview.furthest import Furthest
    from transforms.preview.previewed import Preview
    from transforms.read import RawInput

Tables = TypeVar("Tables", Corridors, PublishedFigures)


class LongTablesKind(Kind[Tables]):
    """A kind whose sources declare tables in long form, of one or more areas."""

    worldwide = True
    golden_files = "made-up tables"

    def gate_parameters(self, source: Tables, partition: Partition) -> GateParameters:
        """The parameters of the gate for a partition."""
        from expectations.parameters import GateParameters

        return GateParameters.of_tables(source, partition)

    @abstractmethod
    def harmonised(
        self,
        source: Tables,
        partition: Partition,
        named: Mapping[str, Path],
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """Harmonise the files of a wave, by their names, into a draft of the core table."""

    def harmonise(
        self,
        layout: Layout,
        source: Tables,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """What the tables hold of the wave."""
        named = {file.name: file.path for file in vintage.files}
        return self.harmonised(source, partition, named, draft, work, memory_limit=memory_limit)

    def furthest(
        self, source: Tables, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
    ) -> Furthest[Tables, CoreFacts]:
        """All of it or nothing: the tables belong together."""
        from transforms.preview.furthest import as_far_as_possible

        named = {file.path.name: file.path for file in files}
        return as_far_as_possible(
            lambda tables: self.harmonised(tables, partition, named, draft, draft.parent, memory_limit=memory_limit),
            source,
            lambda tables, parts: self.without(tables, partition.wave, parts),
        )

    def without(self, source: Tables, wave: str, parts: Sequence[Part]) -> Tables:
        """As it is: no part can be left out."""
        return source

    def preview(self, source: Tables, partition: Partition, core: Path, *, memory_limit: str) -> Preview:
        """Nothing beyond its indicators: the tables are published as they are."""
        from transforms.preview.previewed import Preview

        return Preview()
