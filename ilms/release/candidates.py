"""What the next release is made of: the accepted numbers of every partition, why some have none, and the catalogue."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.metadata import version

from ilms.pipeline.awaited import is_to_come
from ilms.pipeline.fingerprints import fingerprint, rooms_hash
from ilms.regional.candidates import regional_candidates
from ilms.release.availability import availability_rows, broken_rows
from ilms.release.catalogue_rows import code_rows, indicator_rows, source_row, whole_source_row
from ilms.release.compared import with_compared, with_earlier, with_remarks
from ilms.release.consolidation import period_candidates
from ilms.release.figures import declared_figures
from ilms.release.refused import Refused
from ilms.release.standing import Candidate, as_accepted, undeclared_candidate, wave_candidate
from schemas.catalogue import REGIONAL, IndicatorKind
from schemas.editions import load_editions
from schemas.errors import DeclarationError
from schemas.loader import list_runnable, load_runnable
from schemas.meaning import whole_meaning
from schemas.note_texts import texts_of
from schemas.partition import Partition
from schemas.release_profiles import ReleaseProfile, under_profile
from schemas.source import Runnable
from warehouse.accepted import accepted_partitions
from warehouse.layout import Layout
from warehouse.release.inputs import ReleaseInputs, Row

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class SourceCandidates:
    """What a release can take of one source: its partitions, and its declaration or what is wrong with it.

    `to_come` are the waves of its series that were never met: no release says anything of them.
    """

    source_id: str
    candidates: Sequence[Candidate]
    declared: Runnable | None = None
    error: DeclarationError | None = None
    to_come: Sequence[Partition] = ()


def source_candidates(layout: Layout, profile: ReleaseProfile, seed: str | None) -> Iterator[SourceCandidates]:
    """Every source that is declared, or of which numbers were accepted: these stand whatever becomes of it.

    A source that no folder declares any more has neither a declaration nor an error.
    """
    accepted = list(accepted_partitions(layout))
    listed = list_runnable()
    for source_id in sorted({*listed, *(each.source for each in accepted)}):
        ours = [each for each in accepted if each.source == source_id]
        if source_id not in listed:
            why = f"No folder declares {source_id} any more."
            yield SourceCandidates(source_id, list(_standing(layout, profile, ours, why)))
            continue
        try:
            source = under_profile(load_runnable(source_id), profile)
        except DeclarationError as error:
            logger.error("the declaration of %s is wrong: %s", source_id, error.message)
            standing = list(_standing(layout, profile, ours, f"The declaration is wrong: {error.what}."))
            yield SourceCandidates(source_id, standing, error=error)
            continue
        to_come = [each for each in _partitions(source) if is_to_come(layout, source, each)]
        candidates = list(_of_source(layout, profile, source, ours, to_come, seed))
        yield SourceCandidates(source_id, candidates, declared=source, to_come=to_come)


def release_inputs(
    layout: Layout,
    profile: ReleaseProfile,
    seed: str | None,
    refused: Refused | None = None,
    *,
    memory_limit: str = "1GB",
) -> ReleaseInputs:
    """Everything the next release would be made of, without the numbers of `refused` partitions, instead of which the
    current release goes on giving its own.

    Raises PublishError where accepted numbers were changed since.
    """
    sources = list(source_candidates(layout, profile, seed))
    declared = [each.declared for each in sources if each.declared]
    candidates = [
        refused.candidate(candidate) if refused else candidate for each in sources for candidate in each.candidates
    ]
    availability: list[Row] = []
    for each in sources:
        if each.error:
            availability += broken_rows(each.source_id, each.error.what)
    for candidate in candidates:
        if candidate.unit:
            candidate.unit.require_whole()
        availability += _availability(candidate, declared)
    regional = regional_candidates(layout, profile, refused)
    for edition in regional.partitions:
        availability += availability_rows(REGIONAL, edition, ())
    return ReleaseInputs(
        partitions=[*(candidate.item for candidate in candidates), *regional.partitions],
        sources=[*_source_rows(declared, candidates), *map(whole_source_row, regional.sources)],
        indicators=indicator_rows(),
        codes=code_rows(),
        vintages=[
            *(each for candidate in candidates for each in candidate.vintages),
            *regional.vintages,
        ],
        regional=regional.files,
        availability=availability,
        figures=tuple(declared_figures(layout, _declared_candidates(sources), memory_limit=memory_limit)),
        release_profile=profile.name,
        texts=[*texts_of(declared), *texts_of(load_editions())],
        declarations_hash=fingerprint(*map(whole_meaning, declared), rooms_hash(), rooms_hash(("warehouse",))),
        software_version=version("ilms"),
    )


def _declared_candidates(sources: Iterable[SourceCandidates]) -> list[tuple[Runnable, Sequence[Candidate]]]:
    return [(each.declared, each.candidates) for each in sources if each.declared]


def _partitions(source: Runnable) -> list[Partition]:
    return [Partition(source.id, wave) for wave in source.waves]


def _of_source(
    layout: Layout,
    profile: ReleaseProfile,
    source: Runnable,
    accepted: Iterable[Partition],
    to_come: Collection[Partition],
    seed: str | None,
) -> Iterator[Candidate]:
    """The waves of a source, the longer periods made of them, and what stands of waves that it no longer declares."""
    met = [each for each in _partitions(source) if each not in to_come]
    waves = {each.wave: wave_candidate(layout, source, each, seed) for each in met}
    periods = list(period_candidates(layout, source, waves, seed))
    compared = with_compared(source, [*with_remarks(layout, source, with_earlier(source, waves)), *periods])
    yield from compared
    known = {*waves, *(candidate.item.partition.wave for candidate in periods)}
    gone = [each for each in accepted if each.wave not in known]
    yield from _standing(layout, profile, gone, f"{source.id} no longer declares this wave.")


def _standing(
    layout: Layout, profile: ReleaseProfile, partitions: Iterable[Partition], why: str
) -> Iterator[Candidate]:
    for partition in partitions:
        yield undeclared_candidate(layout, profile, partition, why)


def _availability(candidate: Candidate, declared: Iterable[Runnable]) -> Iterator[Row]:
    """What became of every indicator in one wave of a source."""
    kinds: dict[str, IndicatorKind] = {source.id: source.kind for source in declared}
    kind = candidate.unit.facts.kind if candidate.unit else kinds.get(candidate.item.partition.source, "survey")
    return availability_rows(kind, candidate.item, candidate.decisions)


def _source_rows(declared: Iterable[Runnable], candidates: Iterable[Candidate]) -> list[Row]:
    """Every source as it is declared today; where that cannot be known, as it was when its numbers were accepted."""
    latest = {each.item.partition.source: each for each in candidates if each.unit and each.unit.facts.inputs}
    as_used = (
        as_accepted(source, latest[source.id].item.partition, unit)
        if source.id in latest and (unit := latest[source.id].unit)
        else source
        for source in declared
    )
    rows: dict[object, Row] = {row["source"]: row for row in map(source_row, as_used)}
    for candidate in candidates:
        rows |= {row["source"]: whole_source_row(row) for row in candidate.sources if row["source"] not in rows}
    return list(rows.values())
