"""The regional stage: benchmarks fetched and read, national estimates gathered, one edition estimated and kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, fields
from pathlib import Path

import pandas as pd

from expectations.parameters import GateParameters
from ilms.pipeline.acceptance import CELLS, input_vintage
from ilms.pipeline.data_docs import show_accepted
from ilms.pipeline.faults import in_words
from ilms.pipeline.fingerprints import rooms_hash
from ilms.pipeline.stage_list import REGIONAL
from ilms.pipeline.stages import StageResult, recording
from ilms.pipeline.status import write_status
from ilms.regional.inputs import (
    KeptBenchmark,
    NationalCells,
    edition_mark,
    fetch_benchmark,
    is_estimated,
    joint_vintage,
    national_cells,
    read_tables,
)
from ilms.release.catalogue_rows import estimate_row, source_row
from ilms.scratch import scratch_folder
from ilms.settings import Settings
from schemas import catalogue
from schemas.editions import Editions, Profile, load_editions
from schemas.errors import DeclarationError, IlmsError, SourceUnavailable
from schemas.loader import list_benchmarks
from schemas.partition import Partition
from transforms.duck import connect, quote_text
from transforms.regional.edition import (
    YearEstimate,
    aggregates_of,
    estimate_areas,
    estimate_year,
    prepare,
)
from transforms.regional.frame import Frame
from transforms.regional.frames import DIAGNOSTICS, INPUTS, OBSERVATIONS
from transforms.regional.inputs import Tables
from transforms.regional.national import National, are_withheld, national_estimates
from transforms.regional.report import OtherEdition, diagnostics
from transforms.regional.tables import observations, regional_input
from warehouse.accepted import AcceptedVintage, UnitFacts, accept, accept_vintage, now
from warehouse.files import replacing
from warehouse.layout import Layout
from warehouse.store.kept import at_work, estimating_regions, follow

WRITTEN = (OBSERVATIONS, INPUTS, DIAGNOSTICS)
"""The tables of an edition that are kept; the first passes the gate before the others are written."""
WITHHELD = "numbers of it are withheld, and imputed here"
NO_STRUCTURE = "; nothing by broad activity, since no national estimate that stands for its country reports it"


@dataclass(frozen=True)
class EditionTables:
    """What an edition is written as: the tables of WRITTEN, by their names."""

    observation: pd.DataFrame
    regional_input: pd.DataFrame
    regional_diagnostic: pd.DataFrame


def regional_edition(settings: Settings, edition: str) -> StageResult:
    """Estimate an edition from the benchmarks and our own national estimates; nothing is done twice.

    Raises DeclarationError for an unknown edition, InputError for benchmarks that cannot be used, SourceUnavailable
    when there is nowhere to fetch them from, GateError when the aggregates do not meet what suite `regional` expects of
    them: the edition that is there then stays as it is.
    """
    editions = load_editions()
    partition = Partition(editions.source.id, str(editions.profile(edition).year))
    layout = settings.layout
    follow(layout, whole=("accepted",))
    with (
        estimating_regions(layout),
        recording(layout, partition, REGIONAL, accepted=layout.accepted_edition(edition)),
    ):
        result = _edition(settings, editions, edition)
        write_status(layout, partition, state="ready", stage=REGIONAL.name, reason="")
    return result


def _edition(settings: Settings, editions: Editions, edition: str) -> StageResult:
    layout, limit = settings.layout, settings.memory_limit
    profile = editions.profile(edition)
    benchmarks = [fetch_benchmark(layout, settings.access, name) for name in list_benchmarks()]
    cells = national_cells(layout, settings.profile)
    if is_estimated(layout, edition, benchmarks, cells):
        return StageResult(False, f"edition {edition}: estimated already from the same inputs")
    vintage = joint_vintage(benchmarks)
    for _, unit in cells.used:
        unit.require_whole()
    tables = _tables(layout, benchmarks, memory_limit=limit)
    estimated = _estimated(editions, edition, tables, cells, vintage)
    with ExitStack() as stack:
        for table in WRITTEN:
            draft = stack.enter_context(replacing(layout.regional(edition, table.name)))
            _write(getattr(estimated, table.name), table, draft)
            if table is OBSERVATIONS:
                results = stack.enter_context(replacing(layout.regional(edition, "quality")))
                _gate(layout, editions, edition, draft, results, memory_limit=limit)
    facts = UnitFacts(
        mark=edition_mark(edition, benchmarks, cells),
        software=rooms_hash(),
        accepted_at=now(),
        vintage=vintage,
        cells=len(estimated.observation),
        kind=catalogue.REGIONAL,
        protections=cells.protections,
        national=tuple(unit.facts.mark for _, unit in cells.used),
        inputs=tuple(input_vintage(each.partition, each.vintage) for each in benchmarks),
        sources=(estimate_row(editions.source), *(dict(source_row(each.benchmark)) for each in benchmarks)),
    )
    names = (*(table.name for table in WRITTEN), "quality")
    files = {f"{name}.parquet": layout.regional(edition, name) for name in names}
    accept(layout.accepted_edition(edition), facts, files)
    for each in benchmarks:
        measure = AcceptedVintage(vintage=each.vintage.id, accepted_at=facts.accepted_at, bytes=each.vintage.bytes)
        with at_work(layout, each.partition):
            accept_vintage(layout, each.partition, measure)
    if profile.published:
        show_accepted(layout, Partition(editions.source.id, str(profile.year)))
    areas = estimated.regional_input["ref_area"].nunique()
    without = "" if estimated.regional_input["activity_origin"].notna().any() else NO_STRUCTURE
    return StageResult(
        True,
        f"edition {edition} ({profile.title}): {len(estimated.observation):,} numbers for {profile.years.start}"
        f"-{profile.year} from {areas} areas{without}",
    )


def regional_editions(settings: Settings) -> list[StageResult]:
    """Estimate every edition whose inputs are new. An edition that fails stops no other.

    Raises SourceUnavailable as `regional_edition` does, and, once all are done, the first error of an edition.
    """
    results, errors = [], []
    for edition in load_editions().profiles:
        try:
            with in_words(settings.layout, f"edition {edition}", "estimating regions and the world"):
                results.append(regional_edition(settings, edition))
        except SourceUnavailable:
            raise
        except IlmsError as error:
            errors.append(error)
    if errors:
        raise errors[0]
    return results


def _estimated(editions: Editions, edition: str, tables: Tables, cells: NationalCells, vintage: str) -> EditionTables:
    """The tables of an edition."""
    profile, method = editions.profile(edition), editions.method
    ours = [(source, pd.read_parquet(unit.file(CELLS), partitioning=None)) for source, unit in cells.used]
    national = national_estimates(numbers for _, numbers in ours)
    withheld = {source.split(":")[1]: WITHHELD for source, numbers in ours if are_withheld(numbers)}
    prepared = prepare(tables, profile, method, national)
    years = [estimate_year(prepared, year) for year in profile.years]
    observed = pd.concat([_observations(editions, profile, each, vintage) for each in years], ignore_index=True)
    not_used = _by_area({**cells.passed_over, **withheld})
    areas = [regional_input(edition, each.year, each.areas, not_used) for each in years]
    others = _others(editions, edition, tables, national)
    return EditionTables(observed, pd.concat(areas), diagnostics(edition, prepared, years, others))


def _observations(editions: Editions, profile: Profile, estimate: YearEstimate, vintage: str) -> pd.DataFrame:
    aggregates = aggregates_of(estimate, editions.method.simulation.level)
    return observations(editions, profile, estimate.year, aggregates, vintage=vintage)


def _others(editions: Editions, edition: str, tables: Tables, national: National) -> list[OtherEdition]:
    """The other editions that this one re-estimates: what revisions have changed."""
    years = editions.profile(edition).years
    others = {name: other for name, other in editions.profiles.items() if name != edition and other.year in years}
    return [
        OtherEdition(
            name, other.year, estimate_areas(prepare(tables, other, editions.method, national), other.year).frame
        )
        for name, other in others.items()
    ]


def _tables(layout: Layout, benchmarks: Sequence[KeptBenchmark], *, memory_limit: str) -> Tables:
    """The benchmark tables, as the transforms take them. Raises DeclarationError when one is declared nowhere."""
    read = [read_tables(layout, each, memory_limit=memory_limit) for each in benchmarks]
    found = {name: file for tables in read for name, file in tables.items()}
    wanted = [field.name for field in fields(Tables)]
    absent = [name for name in wanted if name not in found]
    if absent:
        raise DeclarationError(
            f"no benchmark declares the table(s) {', '.join(absent)}",
            remedy="declare them in a source.yaml with `kind: benchmark`",
        )
    return Tables(**{name: pd.read_parquet(found[name], partitioning=None) for name in wanted})


def _by_area(reasons: Mapping[str, str]) -> dict[str, list[str]]:
    """By area, our own sources of which not all is used, with the reason."""
    found: dict[str, list[str]] = {}
    for source, reason in reasons.items():
        found.setdefault(source.split(".")[0], []).append(f"{source} ({reason})")
    return found


def _gate(layout: Layout, editions: Editions, edition: str, draft: Path, results: Path, *, memory_limit: str) -> None:
    """Pass a draft of the aggregates through the gate and write its results. Raises GateError."""
    from expectations.gate import run_gate

    profile = editions.profile(edition)
    with scratch_folder(layout) as work:
        outcome = run_gate(
            "regional",
            draft,
            GateParameters.of_edition(editions.source, str(profile.year)),
            output=results,
            data_docs=layout.data_docs() if profile.published else None,
            memory_limit=memory_limit,
            work=work,
        )
    outcome.require()


def _write(frame: pd.DataFrame, table: Frame, draft: Path) -> None:
    """Write a table in its declared types, in the order of its key."""
    with connect(threads=1) as connection:
        connection.register("frame", frame)
        typed = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in table.columns)
        connection.execute(
            f"copy (select {typed} from frame order by {', '.join(table.key)}) to {quote_text(str(draft))} "
            "(format parquet, compression zstd)"
        )
