"""The numbers of one scan: its indicators by each set of dimensions, in the cells and, by country, in the detail."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import chain

from schemas.indicators import Indicator
from schemas.partition import Partition
from schemas.survey import Survey
from transforms.estimate.add_up import scanned_domains
from transforms.estimate.atoms import Atoms, create_atoms
from transforms.estimate.cells import add_cells, create_grid
from transforms.estimate.countries import largest_countries
from transforms.estimate.dimensions import Dimensions
from transforms.estimate.domains import Floats
from transforms.estimate.estimates import create_estimate
from transforms.estimate.gap import estimate_gap
from transforms.estimate.persons import Persons
from transforms.estimate.plan import Scan
from transforms.estimate.quantile import create_distribution, estimate_quantile
from transforms.estimate.repeated import Repeated
from transforms.estimate.rollup import Rollup, make_rollup
from transforms.estimate.scores import ScoreBook
from transforms.measures import Basis, measure_of
from transforms.notes import classification_note
from transforms.relation import Relation

Named = tuple[str, Relation]
"""An indicator's name and the table of its estimate, which lasts until the next one is made."""


@dataclass(frozen=True)
class SurveyWave:
    """One wave of a survey as all its tables are made from it."""

    source: Survey
    partition: Partition
    dimensions: Dimensions
    persons: Persons
    scores: ScoreBook


@dataclass(frozen=True)
class _Scanned:
    """A scan of a wave; its sums are made when first needed, as quantiles without a table by country do not use
    them."""

    wave: SurveyWave
    scan: Scan

    @cached_property
    def atoms(self) -> Atoms:
        """The sums of the scan."""
        return create_atoms(self.wave.persons, self.scan)

    @cached_property
    def repeated(self) -> Repeated | None:
        """Its persons, where these may have several records."""
        return Repeated(self.wave.persons, self.scan) if self.wave.persons.are_repeated else None


@dataclass(frozen=True)
class _Table:
    """Some indicators of a scan by one set of dimensions."""

    scanned: _Scanned
    indicators: Mapping[str, Indicator]
    rollups: Sequence[Rollup]

    def distinct_persons(self, indicator: Indicator) -> Floats | None:
        """The persons behind the cases of each cell; None where each case is a person."""
        repeated, counted = self.scanned.repeated, measure_of(indicator).parts(indicator)[0]
        return repeated.count(counted, self.rollups) if repeated is not None else None

    def made_from(self, basis: Basis) -> dict[str, Indicator]:
        """Its indicators whose measure has a given basis."""
        return {name: each for name, each in self.indicators.items() if measure_of(each).basis is basis}


def add_scan(wave: SurveyWave, scan: Scan, cells: Relation, detail: Relation | None) -> None:
    """Add every indicator of a scan to `cells`, and those by country, with every country, to `detail` where wanted.

    Indicators of the same dimensions share one table. By country each has its own: the largest countries are those of
    its population.
    """
    scanned = _Scanned(wave, scan)
    by_country = wave.dimensions.by_country(scan.leaves)
    for dimensions in dict.fromkeys(tuple(each.dimensions) for each in scan.indicators.values()):
        members = {name: each for name, each in scan.indicators.items() if tuple(each.dimensions) == dimensions}
        if by_country.isdisjoint(dimensions):
            _add(_Table(scanned, members, [_rollup(scanned, each) for each in dimensions]), cells)
            continue
        for name, indicator in members.items():
            for numbers in (cells, detail) if detail is not None else (cells,):
                rollups = [_rollup(scanned, each, indicator, is_detail=numbers is detail) for each in dimensions]
                _add(_Table(scanned, {name: indicator}, rollups), numbers)


def _rollup(
    scanned: _Scanned, dimension: str, indicator: Indicator | None = None, *, is_detail: bool = False
) -> Rollup:
    """The codes of a dimension; the largest countries by the indicator's own total have one each, and in the detail all
    do."""
    wave, countries = scanned.wave, None
    classification = wave.dimensions.classifications[dimension]
    if classification.countries is not None and indicator is not None:
        number = None if is_detail else classification.countries.largest
        countries = largest_countries(scanned.atoms, dimension, indicator, number)
    absent = dimension in wave.dimensions.absent
    coding = wave.persons.coding
    return make_rollup(dimension, classification, coding, absent=absent, countries=countries, is_detail=is_detail)


def _add(table: _Table, numbers: Relation) -> None:
    """Add the numbers of one table."""
    wave, dimensions = table.scanned.wave, [each.name for each in table.rollups]
    grid = create_grid(numbers.connection, table.rollups)
    notes = classification_note(
        wave.source,
        wave.partition,
        [wave.dimensions.classifications[each] for each in dimensions],
        wave.dimensions.absent_variables(dimensions),
        wave.dimensions.variables_in_bands(dimensions),
    )
    for name, estimate in chain(_of_sums(table), _of_classes(table), _of_distributions(table)):
        add_cells(
            numbers, grid, estimate, wave.source, wave.partition, name, table.indicators[name], notes,
            persons_are_told=wave.persons.are_repeated,
        )  # fmt: skip


def _of_sums(table: _Table) -> Iterator[Named]:
    """Counts, rates, means and ratios."""
    sums_of = {name: sums for name, each in table.indicators.items() if (sums := measure_of(each).sums(each))}
    if not sums_of:
        return
    atoms = table.scanned.atoms
    scan = table.scanned.scan.of({name: table.indicators[name] for name in sums_of})
    domains = scanned_domains(atoms, scan, table.rollups)
    for name, sums in sums_of.items():
        indicator = table.indicators[name]
        measure, scales = measure_of(indicator), atoms.persons.squares.scales(indicator)
        estimates = atoms.persons.sample.estimate(domains, sums, scales)
        estimates = replace(estimates, persons=table.distinct_persons(indicator))
        if compared := table.scanned.wave.scores.cells_of(name, table.rollups):
            scores = atoms.persons.sample.scores(domains, sums, measure.scale(indicator), list(compared))
            table.scanned.wave.scores.add(compared, scores)
        yield name, create_estimate(atoms.relation.connection, estimates, measure.scale(indicator))


def _of_classes(table: _Table) -> Iterator[Named]:
    """Gaps."""
    for name, indicator in table.made_from(Basis.CLASSES).items():
        atoms = table.scanned.atoms
        estimates = estimate_gap(atoms, table.rollups, indicator, table.scanned.repeated)
        yield name, create_estimate(atoms.relation.connection, estimates, measure_of(indicator).scale(indicator))


def _of_distributions(table: _Table) -> Iterator[Named]:
    """Quantiles, those of the same variable and population from one distribution."""
    indicators = table.made_from(Basis.DISTRIBUTION)
    of_whom = {name: (each.variable, each.population) for name, each in indicators.items()}
    for each in dict.fromkeys(of_whom.values()):
        names = [name for name, whom in of_whom.items() if whom == each]
        persons = table.scanned.wave.persons
        of_persons = table.distinct_persons(indicators[names[0]])
        distribution = create_distribution(persons, table.rollups, indicators[names[0]], of_persons)
        for name in names:
            yield name, estimate_quantile(distribution, indicators[name])
