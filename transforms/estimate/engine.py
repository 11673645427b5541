"""From persons to cells: every indicator of the catalogue by all its cells.

    core      person records, and the thresholds that populations refer to              core
    persons   the same, each coded in a few whole numbers                               persons, coding, membership
    atoms     a scan: sums per combination of leaves, populations and sampling unit     plan, atoms
    domains   per set of dimensions: sums per cell and sampling unit                    rollup, add_up, domains
    estimate  per indicator: y, x, standard error and cases of every cell               samples, gap, quantile
    cells     value, n, se, cv, interval, status and notes (columns of OBSERVATION)     tables, cells

The modules are on the right. Indicators share scans, and scans share only the persons, so that what grows with the
number of persons stays within the connection's memory limit and spills to disk beyond it. Domains are held in memory
outside that limit: they grow with cells and sampling units.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from schemas.availability import Decision
from schemas.classifications import Classification
from schemas.comparison import load_comparison
from schemas.concepts import load_concepts
from schemas.expressions import expression_columns
from schemas.indicators import Catalogue, Indicator, load_catalogue
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.availability import write_decisions
from transforms.duck import connect, parquet_rows
from transforms.estimate.aggregates import (
    aggregates_in,
    aggregates_of,
    populations_across_aggregates,
    told_catalogue,
)
from transforms.estimate.availability import decide, deciding_variables
from transforms.estimate.bands import populations_across_bands
from transforms.estimate.core import read_core
from transforms.estimate.dimensions import Dimensions, dimensions_of, read_dimensions
from transforms.estimate.nonresponse import flag_nonresponse
from transforms.estimate.persons import create_persons
from transforms.estimate.plan import plan_scans
from transforms.estimate.profile import Profile, read_profile
from transforms.estimate.sample import Sample
from transforms.estimate.samples import read_sample
from transforms.estimate.scores import SampledUnits, ScoreBook, Scores, write_scores
from transforms.estimate.tables import SurveyWave, add_scan
from transforms.notes import indicator_note, source_note
from transforms.observations import create_observations, indicators_of, write_observations
from transforms.relation import Relation, create_empty


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
    scores: Path | None = None,
) -> int:
    """Write the cells of a partition; returns their number.

    A variable that the source has for nobody gives totals only, with a note; a class without cases gives a zero count.
    An indicator is left out when its population is declared as not identified or cannot be identified, or when nobody
    has a value of its numeric variable; `availability` is the file for the decision on every indicator. `detail` is the
    file for the tables by country with every country that occurs, in the same columns; `scores` is the file for the
    scores of the numbers that are compared over time and between groups (transforms.estimate.scores). `indicators`
    limits the estimates to some indicators; all of the catalogue when None. Raises InputError when a stratum has a
    single PSU and the declaration does not say how to treat it.
    """
    catalogue = load_catalogue()
    if indicators is not None and availability is None:
        catalogue = catalogue.only(indicators)
    with connect(memory_limit=memory_limit, work=output.parent) as connection:
        catalogue = told_catalogue(catalogue, aggregates_in(connection, parquet_rows(core)))
        records = _read_records(read_core(connection, catalogue, core), source, partition, catalogue)
        if availability is not None:
            write_decisions(records.decisions, availability)
        given = [each.indicator for each in records.decisions if each.is_produced]
        wanted = {name: catalogue.indicators[name] for name in given if indicators is None or name in indicators}
        numbers = _estimate_indicators(records, source, partition, catalogue, wanted, with_detail=detail is not None)
        of_source = source_note(source, partition, warnings)
        for table, file in ((numbers.cells, output), (numbers.detail, detail)):
            if table is not None and file is not None:
                _write(table, records.core, source, partition, of_source, vintage, file)
        if scores is not None:
            write_scores(numbers.scores, scores)
        return numbers.cells.count()


@dataclass(frozen=True)
class _Records:
    """The person records of a wave, their profile, and the decisions on indicators that follow from it."""

    core: Relation
    sample: Sample
    profile: Profile
    dimensions: Dimensions
    decisions: list[Decision]


def _read_records(core: Relation, source: Survey, partition: Partition, catalogue: Catalogue) -> _Records:
    sample = read_sample(core, source, partition)
    core.connection.execute("set preserve_insertion_order = false")  # sums are exact in any order; order costs memory
    classifications = dimensions_of(catalogue)
    profile = read_profile(core, _profiled(catalogue, classifications))
    dimensions = read_dimensions(source, partition, classifications, profile)
    across = populations_across_bands(core.connection, catalogue, profile)
    across |= populations_across_aggregates(catalogue, aggregates_of(profile))
    decisions = decide(source, partition, catalogue, dimensions, profile, across)
    return _Records(core, sample, profile, dimensions, decisions)


@dataclass(frozen=True)
class _Numbers:
    """Tables of numbers (columns of OBSERVATION): all cells, and those by country with every country; and the scores of
    those that are compared."""

    cells: Relation
    detail: Relation | None
    scores: Scores | None


def _estimate_indicators(
    records: _Records,
    source: Survey,
    partition: Partition,
    catalogue: Catalogue,
    indicators: Mapping[str, Indicator],
    *,
    with_detail: bool,
) -> _Numbers:
    """The numbers of some indicators, without the notes common to an indicator or a source."""
    connection = records.core.connection
    cells = create_observations(connection)
    detail = create_observations(connection, "detail") if with_detail else None
    book = ScoreBook(load_comparison().compared, _units_of_waves(records.sample, source))
    if not indicators:
        return _Numbers(cells, detail, book.scores())
    classifications = records.dimensions.classifications
    persons = create_persons(records.core, records.sample, catalogue, classifications, indicators, records.profile)
    wave = SurveyWave(source, partition, records.dimensions, persons, book)
    for scan in plan_scans(indicators):
        add_scan(wave, scan, cells, detail)
    return _Numbers(cells, detail, book.scores())


def _units_of_waves(sample: Sample, source: Survey) -> SampledUnits | None:
    """The sampling units, and whether the survey is declared to have the same ones in several waves under one name."""
    units, declared = sample.units(), source.consolidate
    are_kept = declared is not None and declared.periods == "same_units"
    return replace(units, are_kept=are_kept) if units is not None else None


def _profiled(catalogue: Catalogue, classifications: Mapping[str, Classification]) -> set[str]:
    """The variables whose values are counted: those that decide on availability, those of dimensions, and categories of
    populations."""
    of_conditions = {name for each in catalogue.populations.values() for name in expression_columns(each.where)}
    concepts = load_concepts()
    categories = {name for name in of_conditions if name in concepts and concepts[name].type in ("category", "country")}
    of_dimensions = {each.variable for each in classifications.values() if each.variable is not None}
    return deciding_variables(catalogue) | categories | of_dimensions


def _write(
    numbers: Relation,
    core: Relation,
    source: Survey,
    partition: Partition,
    of_source: str,
    vintage: str,
    file: Path,
) -> None:
    """Write a table of numbers with the notes on indicators and source."""
    connection, catalogue = numbers.connection, load_catalogue()
    rows = [[each, indicator_note(source, partition, catalogue.indicators[each])] for each in indicators_of(numbers)]
    notes = create_empty(connection, "indicator_notes", (("indicator", "varchar"), ("note", "varchar")))
    if rows:
        connection.executemany(f"insert into {notes} values (?, ?)", rows)
    connection.execute(
        f"update {numbers} as numbers set note_indicator = note from {notes} as notes"
        " where numbers.indicator = notes.indicator"
    )
    flag_nonresponse(numbers, core, source, catalogue)
    connection.execute(f"update {numbers} set note_source = ?, vintage = ?", [of_source, vintage])
    write_observations(numbers, file)
