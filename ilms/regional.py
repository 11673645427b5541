"""The regional stage: benchmarks fetched and read, national estimates gathered, one edition estimated and kept."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ilms.fingerprints import facts_of, fingerprint, keep_facts, rooms_hash
from ilms.settings import Settings
from ilms.stages import StageResult
from schemas.benchmark import Benchmark
from schemas.editions import Editions, Profile, load_editions
from schemas.errors import DeclarationError, SourceUnavailable
from schemas.loader import list_benchmarks, list_sources, load_benchmark, load_source
from schemas.partition import Partition
from schemas.tables import OBSERVATION, OBSERVATION_KEY, REGIONAL_DIAGNOSTIC, REGIONAL_INPUT, Column
from transforms.benchmark import read_benchmark
from transforms.duck import connect, quote_text
from transforms.regional.edition import (
    NO_NATIONAL,
    Prepared,
    YearEstimate,
    aggregates_of,
    compare_models,
    estimate_year,
    prepare,
)
from transforms.regional.inputs import Tables
from transforms.regional.national import national_rates
from transforms.regional.report import diagnostics
from transforms.regional.tables import check_observations, observations, regional_input
from warehouse.fetch import fetch_wave
from warehouse.files import replacing
from warehouse.vintage import Vintage, latest_vintage

TABLES: Mapping[str, tuple[tuple[Column, ...], tuple[str, ...]]] = {
    "observation": (OBSERVATION, OBSERVATION_KEY),
    "regional_input": (REGIONAL_INPUT, ("edition", "time", "ref_area", "sex")),
    "regional_diagnostic": (
        REGIONAL_DIAGNOSTIC,
        ("edition", "time", "subject", "model", "ref_area", "sex", "item"),
    ),
}
"""Tables of an edition, with their columns and the order of their rows."""


@dataclass(frozen=True)
class BenchmarkInput:
    """One benchmark as fetched last: its declaration, partition, vintage and tables."""

    benchmark: Benchmark
    partition: Partition
    vintage: Vintage
    tables: Mapping[str, Path]


def regional_edition(settings: Settings, edition: str) -> StageResult:
    """Estimate an edition from the benchmarks and our own national estimates; nothing is done over again.

    Raises DeclarationError for an unknown edition, InputError for benchmarks that cannot be used, SourceUnavailable
    when there is nowhere to fetch them from.
    """
    editions = load_editions()
    profile = editions.profile(edition)
    inputs = [benchmark_input(settings, name) for name in list_benchmarks()]
    cells = list(national_cells(settings))
    mark = edition_mark(edition, inputs, cells)
    output = settings.layout.regional(edition, "observation")
    if facts_of(output, mark):
        return StageResult(False, f"edition {edition}: estimated already from the same inputs")
    made = _estimated(editions, edition, read_tables(inputs), _national(cells), _vintage_of(inputs))
    with ExitStack() as stack:
        for name, frame in made.items():
            draft = stack.enter_context(replacing(settings.layout.regional(edition, name)))
            _write(frame, name, draft)
    keep_facts(output, mark, edition=edition, cells=len(made["observation"]), vintage=_vintage_of(inputs))
    areas = made["regional_input"]["ref_area"].nunique()
    return StageResult(
        True,
        f"edition {edition} ({profile.title}): {len(made['observation']):,} numbers for {profile.years.start}"
        f"-{profile.year} from {areas} areas",
    )


def _estimated(
    editions: Editions, edition: str, tables: Tables, national: pd.DataFrame, vintage: str
) -> dict[str, pd.DataFrame]:
    """The tables of an edition."""
    profile, method = editions.profile(edition), editions.method
    prepared = prepare(tables, profile, method, national)
    years = [estimate_year(prepared, year) for year in profile.years]
    observed = pd.concat([_observations(editions, profile, each, vintage) for each in years], ignore_index=True)
    check_observations(observed)
    return {
        "observation": observed,
        "regional_input": pd.concat([regional_input(edition, each.year, each.areas) for each in years]),
        "regional_diagnostic": diagnostics(
            edition,
            prepared,
            years,
            compare_models(prepared, years[-1]),
            _earlier(editions, edition, tables, national),
        ),
    }


def _observations(editions: Editions, profile: Profile, estimate: YearEstimate, vintage: str) -> pd.DataFrame:
    whole, ages = aggregates_of(estimate, editions.method.simulation.level)
    return observations(editions, profile, estimate.year, whole, ages, vintage=vintage)


def _earlier(editions: Editions, edition: str, tables: Tables, national: pd.DataFrame) -> dict[str, YearEstimate]:
    """The other editions' estimates of years that this one re-estimates: what revisions have changed."""
    years = editions.profile(edition).years
    others = {name: other for name, other in editions.profiles.items() if name != edition and other.year in years}
    prepared: dict[str, Prepared] = {
        name: prepare(tables, other, editions.method, national) for name, other in others.items()
    }
    return {name: estimate_year(prepared[name], other.year) for name, other in others.items()}


def benchmark_input(settings: Settings, source_id: str) -> BenchmarkInput:
    """Fetch the latest wave of a benchmark and read its tables, unless they are read already.

    Raises SourceUnavailable when it can come from nowhere and was never fetched.
    """
    benchmark = load_benchmark(source_id)
    partition = Partition(source_id, max(benchmark.waves))
    layout = settings.layout
    try:
        vintage = fetch_wave(benchmark, partition, layout, mirror=settings.mirror, online=settings.online)
    except SourceUnavailable:
        kept = latest_vintage(layout, partition)
        if kept is None:
            raise
        vintage = kept
    files = {file.name: file.path for file in vintage.files}
    mark = fingerprint(vintage.id, benchmark.declaration_hash, rooms_hash())
    tables = {name: layout.benchmark(partition, name) for name in benchmark.tables}
    for name, output in tables.items():
        if facts_of(output, mark) is None:
            with replacing(output) as draft:
                rows = read_benchmark(
                    benchmark.tables[name], files, draft, where=partition.key, memory_limit=settings.memory_limit
                )
            keep_facts(output, mark, rows=rows, vintage=vintage.id)
    return BenchmarkInput(benchmark, partition, vintage, tables)


def read_tables(inputs: Sequence[BenchmarkInput]) -> Tables:
    """The benchmark tables, as the transforms take them. Raises DeclarationError when one is declared nowhere."""
    found = {name: file for each in inputs for name, file in each.tables.items()}
    wanted = ("population", "rate", "stock", "reported", "country_group")
    absent = [name for name in wanted if name not in found]
    if absent:
        raise DeclarationError(
            f"no benchmark declares the table(s) {', '.join(absent)}",
            remedy="declare them in a source.yaml with `kind: benchmark`",
        )
    return Tables(**{name: pd.read_parquet(found[name]) for name in wanted})


def national_cells(settings: Settings) -> Iterator[tuple[str, Path]]:
    """Source and cells of every partition that may speak for its country: complete in coverage, and not synthetic."""
    for source_id in list_sources():
        try:
            source = load_source(source_id)
        except DeclarationError:
            # The ingestion reports what is wrong with it; here it only has nothing to offer.
            continue
        if source.coverage.complete and not source.synthetic:
            for wave in source.waves:
                cells = settings.layout.cells(Partition(source_id, wave))
                if facts_of(cells) is not None:
                    yield f"{source.source_type}:{source_id}", cells


def _national(cells: Sequence[tuple[str, Path]]) -> pd.DataFrame:
    frames = [frame for frame in (national_rates(pd.read_parquet(file)) for _, file in cells) if len(frame)]
    return pd.concat(frames, ignore_index=True) if frames else NO_NATIONAL


def edition_mark(edition: str, inputs: Sequence[BenchmarkInput], cells: Sequence[tuple[str, Path]]) -> str:
    """What an edition is made from."""
    benchmarks = [f"{each.vintage.id} {each.benchmark.declaration_hash}" for each in inputs]
    ours = [f"{source} {(facts_of(file) or {})['fingerprint']}" for source, file in cells]
    return fingerprint(edition, *benchmarks, *ours, rooms_hash())


def _vintage_of(inputs: Sequence[BenchmarkInput]) -> str:
    """One vintage of all benchmarks together, in the form of a vintage."""
    return fingerprint(*(each.vintage.id for each in inputs))[:12]


def _write(frame: pd.DataFrame, name: str, draft: Path) -> None:
    """Write a table in its declared types and order."""
    columns, key = TABLES[name]
    with connect(threads=1) as connection:
        connection.register("frame", frame)
        typed = ", ".join(f"cast({column.name} as {column.type}) as {column.name}" for column in columns)
        connection.execute(
            f"copy (select {typed} from frame order by {', '.join(key)}) to {quote_text(str(draft))} "
            "(format parquet, compression zstd)"
        )
