"""From persons to cells: every indicator of the catalogue by all its cells.

    core    persons                                 (transforms.harmonise)
    atoms   a scan: sums per combination of leaves, stratum and PSU
    units   per set of dimensions: sums per cell, stratum and PSU
    cells   value, n, se, cv, interval, status and notes  (columns of schemas.tables.OBSERVATION)

Indicators share scans, and scans share nothing but the connection, so memory is bounded by its limit.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.classifications import Classification, load_classifications
from schemas.indicators import Catalogue, Indicator, load_catalogue, load_reliability
from schemas.partition import Partition
from schemas.source import Source
from schemas.tables import OBSERVATION_KEY
from transforms.coverage import write_decisions
from transforms.duck import connect, quote_text
from transforms.estimate.cells import add_t_quantiles, create_cells_table, keep_cells
from transforms.estimate.countries import largest_countries
from transforms.estimate.coverage import decide
from transforms.estimate.gap import estimate_gap
from transforms.estimate.nonresponse import flag_nonresponse
from transforms.estimate.plan import Scan, plan_scans
from transforms.estimate.quantile import estimate_quantile
from transforms.estimate.rollup import absent_kind, create_rollup
from transforms.estimate.scan import create_atoms, create_strata, create_units, largest_values
from transforms.estimate.thresholds import create_core
from transforms.estimate.variance import estimate_indicator
from transforms.notes import classification_note, indicator_note, source_note

CELLS = "cells"
DETAIL = "detail"


@dataclass(frozen=True)
class _Job:
    """What stays the same over all scans of one partition."""

    connection: duckdb.DuckDBPyConnection
    source: Source
    partition: Partition
    catalogue: Catalogue
    classifications: dict[str, Classification]
    absent: dict[str, str]
    largest: dict[str, float]
    with_detail: bool


def estimate(
    source: Source,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    memory_limit: str = "2GB",
    coverage: Path | None = None,
    indicators: Collection[str] | None = None,
    detail: Path | None = None,
) -> int:
    """Write the cells of a partition and return how many there are.

    A variable that the source has for nobody gives totals only, with a note; a class without cases gives a zero count.
    An indicator of a population that the source is declared to be without or cannot tell, or of a numeric variable
    that it has for nobody, is left out; `coverage` is where the decision on every indicator is written. `detail` is
    where the tables by country are written with every country that somebody is from, in the same columns.
    `indicators` are the only ones wanted; all of the catalogue when None.
    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        create_core(connection, load_catalogue(), core)
        create_strata(connection, source, partition)
        create_cells_table(connection, CELLS, DETAIL)
        job = _job(connection, source, partition, with_detail=detail is not None)
        decisions = decide(connection, source, partition, job.catalogue, job.classifications, job.absent)
        if coverage is not None:
            write_decisions(decisions, coverage)
        produced = {
            each.indicator: job.catalogue.indicators[each.indicator]
            for each in decisions
            if each.is_produced and (indicators is None or each.indicator in indicators)
        }
        for scan in plan_scans(produced):
            create_atoms(connection, job.catalogue, job.classifications, scan, source.design, job.largest)
            _estimate_scan(job, scan)
        of_source = source_note(source, partition, warnings)
        for table, file in ((CELLS, output), (DETAIL, detail)):
            if file is not None:
                _write(job, table, of_source, vintage, file)
        return int(connection.execute(f"select count(*) from {CELLS}").fetchall()[0][0])


def _write(job: _Job, table: str, of_source: str, vintage: str, file: Path) -> None:
    """Write a table of numbers with the notes on indicators and source."""
    names = [row[0] for row in job.connection.execute(f"select distinct indicator from {table}").fetchall()]
    notes = [[name, indicator_note(job.source, job.partition, job.catalogue.indicators[name])] for name in names]
    job.connection.execute("create or replace temp table indicator_notes (indicator varchar, note varchar)")
    if notes:
        job.connection.executemany("insert into indicator_notes values (?, ?)", notes)
    job.connection.execute(
        f"update {table} set note_indicator = note from indicator_notes"
        f" where {table}.indicator = indicator_notes.indicator"
    )
    flag_nonresponse(job.connection, job.source, job.catalogue, table)
    job.connection.execute(f"update {table} set note_source = ?, vintage = ?", [of_source, vintage])
    ordered = f"select * from {table} order by {', '.join(OBSERVATION_KEY)}"
    job.connection.execute(f"copy ({ordered}) to {quote_text(str(file))} (format parquet, compression zstd)")


def _job(connection: duckdb.DuckDBPyConnection, source: Source, partition: Partition, *, with_detail: bool) -> _Job:
    catalogue = load_catalogue()
    declared = load_classifications()
    names = dict.fromkeys(name for each in catalogue.indicators.values() for name in each.dimensions)
    classifications = {name: declared[name] for name in names}
    kinds = {name: absent_kind(connection, each) for name, each in classifications.items()}
    variables = {variable for each in catalogue.indicators.values() for variable in each.variables}
    return _Job(
        connection,
        source,
        partition,
        catalogue,
        classifications,
        {name: kind for name, kind in kinds.items() if kind is not None},
        largest_values(connection, sorted(variables)),
        with_detail,
    )


def _estimate_scan(job: _Job, scan: Scan) -> None:
    for name in scan.leaves:
        if job.classifications[name].countries is None:
            create_rollup(job.connection, name, job.classifications[name], absent=name in job.absent)
    for dimensions in dict.fromkeys(tuple(each.dimensions) for each in scan.indicators.values()):
        members = {name: each for name, each in scan.indicators.items() if tuple(each.dimensions) == dimensions}
        if any(job.classifications[name].countries for name in dimensions):
            for name, indicator in members.items():
                _estimate_by_country(job, scan, dimensions, name, indicator)
            continue
        create_units(job.connection, scan.of(members), dimensions, job.source.design)
        for name, indicator in members.items():
            _estimate_one(job, dimensions, name, indicator)


def _estimate_by_country(job: _Job, scan: Scan, dimensions: tuple[str, ...], name: str, indicator: Indicator) -> None:
    """The largest countries have a code each, chosen for each indicator by its own total; in the detail all have."""
    for table in (CELLS, DETAIL) if job.with_detail else (CELLS,):
        for dimension in dimensions:
            classification = job.classifications[dimension]
            if classification.countries is None:
                continue
            number = classification.countries.largest if table == CELLS else None
            largest = largest_countries(job.connection, dimension, indicator, number)
            create_rollup(job.connection, dimension, classification, absent=dimension in job.absent, largest=largest)
        create_units(job.connection, scan.of({name: indicator}), dimensions, job.source.design)
        _estimate_one(job, dimensions, name, indicator, table=table)


def _estimate_one(
    job: _Job, dimensions: tuple[str, ...], name: str, indicator: Indicator, *, table: str = CELLS
) -> None:
    if indicator.measure == "quantile":
        estimate_quantile(job.connection, job.source.design, job.catalogue, job.classifications, indicator)
    elif indicator.measure == "gap":
        estimate_gap(job.connection, job.source.design, job.catalogue, job.classifications, indicator)
    else:
        estimate_indicator(job.connection, job.source.design, indicator, job.largest)
    add_t_quantiles(job.connection)
    absent = {str(job.classifications[each].variable): kind for each, kind in job.absent.items() if each in dimensions}
    classifications = [job.classifications[each] for each in dimensions]
    notes = classification_note(job.source, job.partition, classifications, absent)
    reliability = load_reliability(job.source.reliability)
    keep_cells(job.connection, job.source, job.partition, name, indicator, reliability, notes, table=table)
