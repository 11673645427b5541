"""What a run needs from a kind of source. Each kind provides it in one object; no other code tests for the kind.

Modules needed by one kind or stage only are imported in its method: each stage of each partition is a process of its
own in Airflow.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Generic, Protocol, TypeVar

from schemas.errors import Part
from schemas.partition import Partition
from schemas.source import Runnable
from schemas.source_kind import SourceKind
from schemas.survey import Survey
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from expectations.suites import SuiteName
    from schemas.availability import Decision
    from transforms.compare import Profile
    from transforms.preview.furthest import Furthest
    from transforms.preview.previewed import OneMore, Preview
    from transforms.protect import ProtectedRecords
    from transforms.read import RawInput

Declared = TypeVar("Declared", bound=Runnable)
Declared_contra = TypeVar("Declared_contra", bound=Runnable, contravariant=True)


@dataclass(frozen=True)
class CoreFacts:
    """Facts about harmonised records: a summary in words, facts to keep, and notes for the numbers.

    `records` is the number read, and `remarks` state in words which of them do not count. `counts` are what a register
    counts, by event and table.
    """

    summary: str
    persons: int | None = None
    weighted: float | None = None
    unknown: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    records: int | None = None
    remarks: tuple[str, ...] = ()
    counts: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Drafts:
    """Where the estimate stage writes: the numbers, the decision on every indicator, tables with all countries, and the
    scores of numbers that are compared.

    `detail` and `scores` are None where these are not given.
    """

    cells: Path
    availability: Path
    detail: Path | None = None
    scores: Path | None = None


class Estimator(Protocol[Declared_contra]):
    """Writes the numbers of a partition to `output`, and the decision on every indicator; returns how many numbers."""

    def __call__(
        self,
        source: Declared_contra,
        partition: Partition,
        core: Path,
        output: Path,
        /,
        *,
        vintage: str,
        warnings: Sequence[str],
        memory_limit: str,
        availability: Path | None,
    ) -> int: ...


class Kind(ABC, Generic[Declared]):
    """One kind of source.

    declared          its declaration: model and faults
    core_suite        the suite that harmonised records must pass
    cells_suite       the suite that numbers must pass
    worldwide         whether its numbers may be of any area, not of its own country alone
    stands_for_a_day  whether a wave is the stock of a day, which its files may give before the period ends
    golden_files      the files of a golden wave besides cells.csv
    """

    declared: SourceKind[Declared]
    core_suite: ClassVar[SuiteName]
    cells_suite: ClassVar[SuiteName]
    worldwide: ClassVar[bool] = False
    stands_for_a_day: ClassVar[bool] = False
    golden_files: ClassVar[str]

    @abstractmethod
    def described(self, source: Declared) -> str:
        """What a source declares, in a few words for `ilms check`."""

    @abstractmethod
    def gate_parameters(self, source: Declared, partition: Partition) -> GateParameters:
        """The parameters of the gate for a partition."""

    @abstractmethod
    def harmonise(
        self,
        layout: Layout,
        source: Declared,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """Harmonise the files of a vintage into a draft of the core table.

        Raises InputError for files that are not what is declared, or records unlike those accepted before.
        """

    @abstractmethod
    def furthest(
        self, source: Declared, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
    ) -> Furthest[Declared, CoreFacts]:
        """Harmonise files into a draft as far as their faults allow, with the steps of `harmonise`.

        Nothing is compared with what was accepted before. `source` is as in the wave (`of_wave`).
        """

    @abstractmethod
    def without(self, source: Declared, wave: str, parts: Sequence[Part]) -> Declared:
        """The source in a wave without parts of it that a file does not bear out; as it is where nothing is left."""

    @abstractmethod
    def preview(self, source: Declared, partition: Partition, core: Path, *, memory_limit: str) -> Preview:
        """What harmonised records hold, in figures and distributions."""

    def left_aside(self, before: Declared, after: Declared, wave: str) -> list[str]:
        """In words what `without` has taken away between two forms of a source; nothing where it takes nothing."""
        return []

    def unjudged(self, before: Declared, after: Declared) -> frozenset[str]:
        """Columns of the harmonised records that say nothing, as `without` has taken away what they are made from."""
        return frozenset()

    def half_judged(self, before: Declared, after: Declared) -> frozenset[str]:
        """Columns of the harmonised records that say less, as `without` counts a part of them as unknown."""
        return frozenset()

    def one_more(self, decisions: Sequence[Decision]) -> list[OneMore]:
        """What one more variable would add, by the decisions on the indicators; nothing where tables give them."""
        return []

    @abstractmethod
    def estimator(self, drafts: Drafts) -> Estimator[Declared]:
        """The estimator of its numbers from harmonised records, unprotected; with tables of detail if `drafts` has a
        place for them."""

    def estimate(
        self,
        source: Declared,
        partition: Partition,
        core: Path,
        drafts: Drafts,
        *,
        vintage: str,
        warnings: Sequence[str],
        memory_limit: str,
    ) -> int:
        """Estimate into drafts, unprotected; returns how many numbers. `warnings` of the gate are published as
        notes."""
        return self.estimator(drafts)(
            source,
            partition,
            core,
            drafts.cells,
            vintage=vintage,
            warnings=warnings,
            memory_limit=memory_limit,
            availability=drafts.availability,
        )

    @abstractmethod
    def golden_faults(
        self, source: Declared, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """Write to `work` cells.parquet, the numbers that the made-up records of a golden wave give.

        Expectations of single records that are not met are returned, and then there are no numbers. Those of other
        `indicators` than these need not be made.
        """

    def protected(self, source: Declared) -> ProtectedRecords | None:
        """Its records as protection reads them; None for a kind that has none."""
        return None

    def gives_detail(self, source: Declared) -> bool:
        """Whether tables by country are kept with every country beside the numbers."""
        return False

    def gives_scores(self, source: Declared) -> bool:
        """Whether scores by sampling unit are kept beside the numbers, for their change and their gaps."""
        return False

    def consolidated(self, source: Declared) -> Survey | None:
        """The source itself where its waves can be pooled to longer periods, else None."""
        return None

    def profile(self, source: Declared, partition: Partition, core: Path) -> Profile | None:
        """Totals of a wave's records, for comparison with other waves; None for a kind without comparison."""
        return None
