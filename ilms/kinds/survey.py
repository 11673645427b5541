"""Surveys: from person records to canonical persons, and from these to weighted estimates with standard errors."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ilms.kinds.base import CoreFacts, Drafts, Estimator, Kind
from schemas.errors import InputError, Part
from schemas.partition import Partition
from schemas.release_profiles import UNPROTECTED
from schemas.survey import Survey
from schemas.survey_faults import SURVEY
from schemas.survey_without import changed_columns, left_aside, lost_columns, survey_without
from warehouse.accepted import AcceptedVintage, now
from warehouse.intake.drift import find_record_faults
from warehouse.intake.vintage import Vintage
from warehouse.layout import Layout

if TYPE_CHECKING:
    from expectations.parameters import GateParameters
    from schemas.availability import Decision
    from transforms.compare import Profile
    from transforms.preview.furthest import Furthest
    from transforms.preview.previewed import OneMore, Preview
    from transforms.protect import ProtectedRecords
    from transforms.read import RawInput


class SurveyKind(Kind[Survey]):
    """National surveys."""

    declared = SURVEY
    core_suite = "core"
    cells_suite = "cells"
    golden_files = "rows.csv"

    def described(self, source: Survey) -> str:
        """How many variables it declares."""
        return f"{len(source.variables)} variables declared"

    def gate_parameters(self, source: Survey, partition: Partition) -> GateParameters:
        """The parameters of the gate for a partition."""
        from expectations.parameters import GateParameters

        return GateParameters.of(source, partition)

    def harmonise(
        self,
        layout: Layout,
        source: Survey,
        partition: Partition,
        vintage: Vintage,
        draft: Path,
        work: Path,
        *,
        memory_limit: str,
    ) -> CoreFacts:
        """Persons, each once, that are like those accepted before."""
        made = _persons(source, partition, vintage, draft, work, limit=memory_limit)
        _compare(layout, source, partition, vintage, made)
        return made

    def furthest(
        self, source: Survey, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
    ) -> Furthest[Survey, CoreFacts]:
        """The steps of a run, each taken as far as possible; what one has left aside, the next are without."""
        from ilms.kinds.survey_furthest import furthest_persons

        return furthest_persons(source, partition, files, draft, memory_limit=memory_limit)

    def without(self, source: Survey, wave: str, parts: Sequence[Part]) -> Survey:
        """Without the variables that need a part, too."""
        return survey_without(source, wave, parts)

    def left_aside(self, before: Survey, after: Survey, wave: str) -> list[str]:
        """Its variables, and the parts of its declaration that say which records count."""
        return left_aside(before, after)

    def unjudged(self, before: Survey, after: Survey) -> frozenset[str]:
        """The variables that are lost, and the weight where that of the file cannot be used."""
        return frozenset(lost_columns(before, after))

    def half_judged(self, before: Survey, after: Survey) -> frozenset[str]:
        """The variables of which something is not foreseen."""
        return frozenset(changed_columns(before, after))

    def preview(self, source: Survey, partition: Partition, core: Path, *, memory_limit: str) -> Preview:
        """Its persons."""
        from transforms.preview.persons import preview_persons

        return preview_persons(source, partition, core, memory_limit=memory_limit)

    def one_more(self, decisions: Sequence[Decision]) -> list[OneMore]:
        """Its variables."""
        from transforms.preview.indicators import one_more_variable

        return one_more_variable(decisions)

    def estimator(self, drafts: Drafts) -> Estimator[Survey]:
        """Estimates of every indicator, with the tables of all countries where `drafts` has a place for them."""
        from transforms.estimate import estimate

        return partial(estimate, detail=drafts.detail, scores=drafts.scores)

    def golden_faults(
        self, source: Survey, partition: Partition, folder: Path, indicators: set[str], work: Path
    ) -> list[str]:
        """`rows.csv` are made-up records by our column names; `persons.csv` says what single ones become."""
        from ilms.authoring.golden_persons import estimate_persons

        return estimate_persons(source, partition, folder, indicators, work)

    def protected(self, source: Survey) -> ProtectedRecords:
        """Its persons."""
        from transforms.protect import ProtectedPersons

        return ProtectedPersons(source)

    def gives_detail(self, source: Survey) -> bool:
        """Whether its numbers are unprotected.

        Numbers withheld in the tables of a protected survey could be worked out from the single countries that these
        tables combine.
        """
        return source.protection == UNPROTECTED

    def gives_scores(self, source: Survey) -> bool:
        """Whether its numbers are unprotected: those of a protected survey are not the ones that scores are of."""
        return source.protection == UNPROTECTED

    def consolidated(self, source: Survey) -> Survey:
        """Every survey: whether it declares longer periods, `consolidate` says."""
        return source

    def profile(self, source: Survey, partition: Partition, core: Path) -> Profile:
        """Its persons by each variable of a classification or of countries."""
        from transforms.compare import persons_profile

        return persons_profile(core)


KIND = SurveyKind()


def _persons(
    source: Survey, partition: Partition, vintage: Vintage, draft: Path, work: Path, *, limit: str
) -> CoreFacts:
    from ilms.kinds.survey_records import harmonise_records, read_records, records_of_wave, require_persons_once
    from transforms.read import RawInput

    files = [RawInput(file.path, file.role) for file in vintage.files]
    read = read_records(source, partition, files, work, memory_limit=limit)
    own = records_of_wave(source, partition, read, memory_limit=limit)
    made = harmonise_records(source, partition, own, draft, memory_limit=limit)
    require_persons_once(source, partition, own, draft, work, memory_limit=limit)
    return made


def _compare(layout: Layout, source: Survey, partition: Partition, vintage: Vintage, made: CoreFacts) -> None:
    """Raise InputError when the records are not like those accepted before."""
    found = AcceptedVintage(
        vintage=vintage.id,
        accepted_at=now(),
        bytes=vintage.bytes,
        records=made.persons or 0,
        weighted=made.weighted or 0,
        unknown=dict(made.unknown),
    )
    if faults := find_record_faults(source, partition, found, layout, vintage.origin):
        raise InputError(
            f"the records are not like those accepted before: {'; '.join(faults)}",
            where=partition.key,
            why="records were lost or occur twice, a column has different content, or these are files of another wave",
            remedy="compare with the producer's description. If the change is real, declare `records` of the wave, its "
            "`population_figure`, or other `guards` (records_change, unknown_rise), and say why",
        )
