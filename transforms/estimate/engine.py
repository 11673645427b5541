"""From persons to cells: every indicator of the catalogue by all its cells.

    core    persons                                 (transforms.harmonise)
    coded   the persons again, each in a few whole numbers
    atoms   a scan: sums per combination of leaves, populations and sampling unit
    domains per set of dimensions: sums per cell and sampling unit
    cells   value, n, se, cv, interval, status and notes  (columns of schemas.tables.OBSERVATION)

Indicators share scans, and scans share nothing but the connection, so that what grows with the persons stays within its
memory limit and spills beyond it. Domains are held whole beside it: they grow with cells and sampling units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb

from schemas.classifications import Classification, load_classifications
from schemas.concepts import load_concepts
from schemas.expressions import expression_columns
from schemas.indicators import Catalogue, Indicator, load_catalogue, load_reliability
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.availability import write_decisions
from transforms.duck import connect
from transforms.estimate.availability import decide, deciding_variables
from transforms.estimate.bands import IN_BANDS, bands_note, only_totals_left, populations_across_bands
from transforms.estimate.cells import create_grid, keep_cells
from transforms.estimate.coding import Coding
from transforms.estimate.countries import largest_countries
from transforms.estimate.domains import scanned_domains
from transforms.estimate.gap import estimate_gap
from transforms.estimate.nonresponse import flag_nonresponse
from transforms.estimate.persons import create_persons
from transforms.estimate.plan import Scan, plan_scans
from transforms.estimate.profile import Profile, create_profile
from transforms.estimate.quantile import create_distribution, estimate_quantile
from transforms.estimate.rollup import Rollup, absent_kind, make_rollup
from transforms.estimate.sample import Sample, create_sample
from transforms.estimate.scan import create_atoms, largest_values
from transforms.estimate.thresholds import create_core
from transforms.estimate.variance import estimate_sums, write_estimates
from transforms.measures import Basis, measure_of
from transforms.notes import classification_note, indicator_note, source_note
from transforms.observations import create_observations, write_observations

CELLS = "cells"
DETAIL = "detail"


@dataclass(frozen=True)
class _Job:
    """What stays the same over all scans of one partition."""

    connection: duckdb.DuckDBPyConnection
    source: Survey
    partition: Partition
    classifications: dict[str, Classification]
    absent: dict[str, str]
    in_bands: dict[str, str]
    largest: dict[str, float]
    sample: Sample
    coding: Coding
    with_detail: bool


def estimate(
    source: Survey,
    partition: Partition,
    core: Path,
    output: Path,
    *,
    vintage: str,
    warnings: Iterable[str] = (),
    memory_limit: str = "2GB",
    availability: Path | None = None,
    indicators: Collection[str] | None = None,
    detail: Path | None = None,
) -> int:
    """Write the cells of a partition and return how many there are.

    A variable that the source has for nobody gives totals only, with a note; a class without cases gives a zero count.
    An indicator of a population that the source is declared to be without or cannot tell, or of a numeric variable
    that it has for nobody, is left out; `availability` is where the decision on every indicator is written. `detail` is
    where the tables by country are written with every country that somebody is from, in the same columns.
    `indicators` are the only ones wanted; all of the catalogue when None.
    Raises InputError when a stratum has a single PSU and the declaration does not say how to treat it.
    """
    catalogue = load_catalogue()
    if indicators is not None and availability is None:
        catalogue = catalogue.only(indicators)
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        create_core(connection, catalogue, core)
        create_observations(connection, CELLS, DETAIL)
        sample = create_sample(connection, source, partition)
        connection.execute("set preserve_insertion_order = false")  # all sums are exact, and order costs memory
        classifications = _classifications(catalogue)
        profile = create_profile(connection, _profiled(catalogue, classifications))
        absent = _absent(source, partition, classifications, profile)
        across_bands = populations_across_bands(connection, catalogue, profile)
        decisions = decide(source, partition, catalogue, classifications, absent, profile, across_bands)
        if availability is not None:
            write_decisions(decisions, availability)
        produced = {
            each.indicator: catalogue.indicators[each.indicator]
            for each in decisions
            if each.is_produced and (indicators is None or each.indicator in indicators)
        }
        if produced:
            largest = largest_values(connection, produced, source.design)
            coding = create_persons(connection, catalogue, classifications, produced, profile, source.design)
            with_detail = detail is not None
            in_bands = _in_bands(classifications, profile)
            job = _Job(
                connection, source, partition, classifications, absent, in_bands, largest, sample, coding, with_detail
            )
            for scan in plan_scans(produced):
                _estimate_scan(job, scan)
        of_source = source_note(source, partition, warnings)
        for table, file in ((CELLS, output), (DETAIL, detail)):
            if file is not None:
                _write(connection, source, partition, table, of_source, vintage, file)
        return int(connection.execute(f"select count(*) from {CELLS}").fetchall()[0][0])


def _write(
    connection: duckdb.DuckDBPyConnection,
    source: Survey,
    partition: Partition,
    table: str,
    of_source: str,
    vintage: str,
    file: Path,
) -> None:
    """Write a table of numbers with the notes on indicators and source."""
    names = [row[0] for row in connection.execute(f"select distinct indicator from {table}").fetchall()]
    notes = [[name, indicator_note(source, partition, load_catalogue().indicators[name])] for name in names]
    connection.execute("create or replace temp table indicator_notes (indicator varchar, note varchar)")
    if notes:
        connection.executemany("insert into indicator_notes values (?, ?)", notes)
    connection.execute(
        f"update {table} set note_indicator = note from indicator_notes"
        f" where {table}.indicator = indicator_notes.indicator"
    )
    flag_nonresponse(connection, source, load_catalogue(), table)
    connection.execute(f"update {table} set note_source = ?, vintage = ?", [of_source, vintage])
    write_observations(connection, table, file)


def _classifications(catalogue: Catalogue) -> dict[str, Classification]:
    """The classifications of the catalogue's dimensions."""
    declared = load_classifications()
    return {name: declared[name] for each in catalogue.indicators.values() for name in each.dimensions}


def _absent(
    source: Survey, partition: Partition, classifications: Mapping[str, Classification], profile: Profile
) -> dict[str, str]:
    """The classifications whose variable the source has for nobody, with its kind of missing, as declared if it is."""
    absent = {}
    for name, each in classifications.items():
        kind = absent_kind(each, profile, partition.ref_area)
        if kind is None and only_totals_left(each, profile.bands.get(str(each.variable), ())):
            absent[name] = IN_BANDS
        elif kind is not None:
            declared = source.wave_variables(partition.wave).get(str(each.variable))
            absent[name] = (declared.missing if declared is not None else None) or kind
    return absent


def _in_bands(classifications: Mapping[str, Classification], profile: Profile) -> dict[str, str]:
    """What is to say of the classifications whose variable is known in bands that some class does not hold."""
    notes = {
        name: bands_note(name, each, profile.bands.get(str(each.variable), ()))
        for name, each in classifications.items()
    }
    return {name: said for name, said in notes.items() if said}


def _profiled(catalogue: Catalogue, classifications: Mapping[str, Classification]) -> set[str]:
    """The variables whose values are counted: those that decide, those of dimensions, and categories of populations."""
    of_conditions = {name for each in catalogue.populations.values() for name in expression_columns(each.where)}
    concepts = load_concepts()
    categories = {name for name in of_conditions if name in concepts and concepts[name].type in ("category", "country")}
    of_dimensions = {each.variable for each in classifications.values() if each.variable is not None}
    return deciding_variables(catalogue) | categories | of_dimensions


def _estimate_scan(job: _Job, scan: Scan) -> None:
    design = job.source.design
    by_country = {name for name in scan.leaves if job.classifications[name].countries is not None}
    if by_country or any(measure_of(each).basis is not Basis.DISTRIBUTION for each in scan.indicators.values()):
        create_atoms(job.connection, job.coding, scan, design, job.largest)
    for dimensions in dict.fromkeys(tuple(each.dimensions) for each in scan.indicators.values()):
        members = {name: each for name, each in scan.indicators.items() if tuple(each.dimensions) == dimensions}
        if by_country.isdisjoint(dimensions):
            rollups = [_rollup(job, name) for name in dimensions]
            _estimate_table(job, scan.of(members), dimensions, rollups)
            continue
        for name, indicator in members.items():
            for table in (CELLS, DETAIL) if job.with_detail else (CELLS,):
                rollups = [_rollup(job, each, indicator, is_detail=table == DETAIL) for each in dimensions]
                _estimate_table(job, scan.of({name: indicator}), dimensions, rollups, table)


def _rollup(job: _Job, dimension: str, indicator: Indicator | None = None, *, is_detail: bool = False) -> Rollup:
    """The codes of a dimension; the largest countries by the indicator's own total have one each, in the detail all."""
    classification, countries = job.classifications[dimension], None
    if classification.countries is not None and indicator is not None:
        number = None if is_detail else classification.countries.largest
        countries = largest_countries(job.connection, job.coding, dimension, indicator, number)
    absent = dimension in job.absent
    return make_rollup(dimension, classification, job.coding, absent=absent, countries=countries, is_detail=is_detail)


def _estimate_table(
    job: _Job, scan: Scan, dimensions: tuple[str, ...], rollups: Sequence[Rollup], table: str = CELLS
) -> None:
    """Every indicator of a scan by one set of dimensions."""
    create_grid(job.connection, dimensions, rollups)
    summed = {name: each for name, each in scan.indicators.items() if measure_of(each).basis is Basis.SUMS}
    domains = scanned_domains(job.connection, job.coding, scan.of(summed), rollups, job.sample) if summed else None
    distributed = None
    for name, indicator in scan.indicators.items():
        measure = measure_of(indicator)
        if measure.basis is Basis.DISTRIBUTION:
            if distributed != (indicator.population, indicator.variable):
                create_distribution(job.connection, job.sample, job.coding, rollups, indicator)
                distributed = (indicator.population, indicator.variable)
            estimate_quantile(job.connection, job.sample, rollups, indicator)
        elif measure.basis is Basis.CLASSES:
            gap = estimate_gap(job.connection, job.coding, rollups, indicator, job.sample, job.largest)
            write_estimates(job.connection, gap, measure.scale(indicator))
        elif domains is not None and (sums := measure.sums(indicator)) is not None:
            estimates = estimate_sums(domains, sums, measure.base(indicator), _scales(job, indicator))
            write_estimates(job.connection, estimates, measure.scale(indicator))
        _keep(job, dimensions, name, indicator, table)


def _scales(job: _Job, indicator: Indicator) -> tuple[float, float, float]:
    """What the squares of persons as units were summed in."""
    weight = job.largest.get("weight", 1.0) ** 2
    value, base = (job.largest.get(str(name), 1.0) for name in (indicator.variable, indicator.base_variable))
    return weight * value**2, weight * value * base, weight * base**2


def _keep(job: _Job, dimensions: tuple[str, ...], name: str, indicator: Indicator, table: str) -> None:
    absent = {str(job.classifications[each].variable): kind for each, kind in job.absent.items() if each in dimensions}
    classifications = [job.classifications[each] for each in dimensions]
    in_bands = {
        str(job.classifications[each].variable): job.in_bands[each] for each in dimensions if each in job.in_bands
    }
    notes = classification_note(job.source, job.partition, classifications, absent, in_bands)
    reliability = load_reliability(job.source.reliability)
    keep_cells(job.connection, job.source, job.partition, name, indicator, reliability, notes, table=table)
