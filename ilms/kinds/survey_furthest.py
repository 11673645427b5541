"""A survey's files harmonised as far as their faults allow: the steps of a run, each without what is at fault."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fnmatch import fnmatch
from pathlib import Path

from ilms.kinds.base import CoreFacts
from ilms.kinds.survey_records import (
    Records,
    harmonise_records,
    read_records,
    records_of_wave,
    require_persons_once,
)
from schemas.errors import Part
from schemas.partition import Partition
from schemas.survey import Survey
from schemas.survey_without import survey_without
from transforms.preview.furthest import Furthest, as_far_as_possible
from transforms.read import RawInput


def furthest_persons(
    source: Survey, partition: Partition, files: Sequence[RawInput], draft: Path, *, memory_limit: str
) -> Furthest[Survey, CoreFacts]:
    """Write the persons that the files give, and what stood in the way of each step."""
    work = draft.parent

    def without(survey: Survey, parts: Sequence[Part]) -> Survey:
        lesser = survey_without(survey, partition.wave, parts)
        return lesser if lesser.record_columns(partition.wave) else survey

    def read(survey: Survey) -> Records:
        return read_records(survey, partition, _of(survey), work, memory_limit=memory_limit)

    def _of(survey: Survey) -> list[RawInput]:
        """The files but for those of joins that are left aside, which hold no records of persons."""
        left_aside = [each.file for name, each in source.wave_joins(partition.wave).items() if name not in survey.joins]
        others = [each for each in files if not any(fnmatch(each.path.name, pattern) for pattern in left_aside)]
        return others if any(each.role == "data" for each in others) else list(files)

    records = as_far_as_possible(read, source, without)
    if records.made is None:
        return Furthest(records.source, None, records.faults)
    every = records.made

    def of_wave(survey: Survey) -> Records:
        return records_of_wave(survey, partition, every, memory_limit=memory_limit)

    own = as_far_as_possible(of_wave, records.source, without)
    if own.made is None:
        return Furthest(own.source, None, (*records.faults, *own.faults))
    chosen = own.made

    def persons(survey: Survey) -> CoreFacts:
        return harmonise_records(survey, partition, chosen, draft, memory_limit=memory_limit)

    made = as_far_as_possible(persons, own.source, without)
    faults = (*records.faults, *own.faults, *made.faults)
    if made.made is None:
        return Furthest(made.source, None, faults)

    def once(survey: Survey) -> None:
        require_persons_once(survey, partition, chosen, draft, work, memory_limit=memory_limit)

    repeated = as_far_as_possible(once, made.source, without)
    return replace(made, faults=(*faults, *repeated.faults))
