"""What canonical persons hold: headline figures beside others, and the distribution of each variable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from schemas.codelists import load_codelist
from schemas.concepts import Concept, load_concepts
from schemas.indicators import load_catalogue
from schemas.partition import Partition
from schemas.plausibility import load_plausibility
from schemas.source import MISSING_KINDS
from schemas.survey import Survey
from schemas.survey_without import has_lost_weight
from schemas.world_population import population_near
from transforms.duck import connect, parquet_rows
from transforms.preview.previewed import Beside, Distribution, Figure, Held, Preview, Spread
from transforms.relation import Relation, create_view

MOST_LISTED, LISTED = 25, 10
"""Of a variable with more values than the first, as many as the second are listed."""
BEYOND = 5
"""A quantile is shown where so many records lie on either side of it."""
QUANTILES = (0.05, 0.5, 0.95)
NUMBERS = ("employed", "unemployed", "outside_labour_force", "foreign_born_employed", "non_citizens_employed")
"""The populations of the catalogue of which the number of persons is shown."""
PERSONS = "coalesce(sum(weight), 0)"
EARNINGS = "monthly_earnings"
FOREIGN = "birth_status = 'foreign'"

Row = tuple[str | None, int, float]
"""A value, its records and its persons."""


def preview_persons(source: Survey, partition: Partition, core: Path, *, memory_limit: str = "2GB") -> Preview:
    """The preview of a core table. Where the survey has lost its weight, no number of persons is given."""
    with connect(memory_limit=memory_limit, work=core.parent) as connection:
        persons = create_view(connection, "person", f"from {parquet_rows(core)}")
        every = persons.connection.execute(f"select count(*), coalesce(sum(weight), 0) from {persons}").fetchall()[0]
        total = float(every[1])
        distributions, absent = [], dict[str, list[str]]()
        for name, concept in _shown():
            found = _distribution(persons, name, concept, total)
            if found.values or found.spread:
                distributions.append(found)
            elif found.missing:
                absent.setdefault(found.missing[0].value, []).append(found.label)
        return Preview(
            figures=tuple(_figures(persons, source, partition)),
            distributions=tuple(distributions),
            absent={kind: tuple(labels) for kind, labels in absent.items()},
        )


def _shown() -> Iterator[tuple[str, Concept]]:
    """The variables of the core table that say something of persons, and not only of the source."""
    for name, concept in load_concepts().items():
        if concept.type != "identifier" and concept.role != "question":
            yield name, concept


def _figures(persons: Relation, source: Survey, partition: Partition) -> Iterator[Figure]:
    if not has_lost_weight(source):
        yield from _populations(persons, source, partition)
        for name in NUMBERS:
            population = load_catalogue().populations[name].label.en
            label = f"{population[0].upper()}{population[1:]}"
            yield _figure(persons, name, label, load_catalogue().condition(name), PERSONS, "persons")
        label = "Foreign-born of 15 years and over"
        of = f"working_age = 'yes' and {FOREIGN}"
        yield _figure(persons, "foreign_born_of_working_age", label, of, PERSONS, "persons")
    for name, figure in load_plausibility().figures.items():
        yield _figure(persons, name, figure.label.en, figure.of, figure.value, figure.unit.en)
    yield from _of_migrants(persons)
    paid = f"labour_force_status = 'employed' and {EARNINGS} > 0"
    mean = f"sum(weight * {EARNINGS}) / nullif(sum(weight), 0)"
    yield _figure(persons, "mean_earnings", "Mean monthly earnings", paid, mean, "in the country's money")


def _of_migrants(persons: Relation) -> Iterator[Figure]:
    """Rates that benchmarks give of migrants."""
    share = load_plausibility().figures["foreign_born_share"]
    yield _figure(
        persons,
        "foreign_born_share_of_working_age",
        "Share of the foreign-born of 15 years and over",
        f"working_age = 'yes' and ({share.of})",
        share.value,
        share.unit.en,
    )
    rate = load_plausibility().figures["participation_rate"]
    for called, sex in (("men", "male"), ("women", "female")):
        of = f"({rate.of}) and {FOREIGN} and sex = '{sex}'"
        unit = f"per cent of foreign-born {called} of 15 years and over"
        label = f"Participation rate of foreign-born {called}"
        yield _figure(persons, f"participation_rate_of_foreign_born_{called}", label, of, rate.value, unit)


def _figure(
    persons: Relation, name: str, label: str, of: str, value: str, unit: str, beside: Sequence[Beside] = ()
) -> Figure:
    found, cases = persons.connection.execute(f"select {value}, count(*) from {persons} where {of}").fetchall()[0]
    return Figure(name, label, None if found is None or not cases else float(found), unit, int(cases), tuple(beside))


def _populations(persons: Relation, source: Survey, partition: Partition) -> Iterator[Figure]:
    """The weighted population, beside that of the United Nations and the figure that the wave declares."""
    yield _figure(persons, "population", "Population", "true", PERSONS, "persons")
    near = population_near(partition.ref_area, int(partition.wave[:4]))
    beside = [Beside(near.persons, f"United Nations, {near.year}")] if near else []
    label = "Population of 15 years and over"
    yield _figure(persons, "population_of_working_age", label, "working_age = 'yes'", PERSONS, "persons", beside)
    if published := source.waves[partition.wave].population_figure:
        least = published.minimum_age
        label = f"Population of {least} years and over" if least else "Population as of the declared figure"
        of = f"coalesce(age, age_from, 0) >= {least} and usual_resident <> 'absent_abroad'"
        beside = [Beside(published.population, published.reference)]
        yield _figure(persons, "population_figure", label, of, PERSONS, "persons", beside)


def _distribution(persons: Relation, name: str, concept: Concept, total: float) -> Distribution:
    column = f"{name}_missing" if concept.is_numeric else name
    rows = _rows(persons, column)
    missing = tuple(_held(row, concept, total) for row in rows if row[0] in MISSING_KINDS)
    label = concept.label.en
    if concept.is_numeric:
        return Distribution(name, label, missing=missing, spread=_spread(persons, name))
    found = [row for row in rows if row[0] not in MISSING_KINDS]
    listed = found if len(found) <= MOST_LISTED else found[:LISTED]
    values = tuple(_held(row, concept, total) for row in listed)
    return Distribution(name, label, values, _others(found[len(listed) :], total), missing)


def _rows(persons: Relation, column: str) -> list[Row]:
    query = (
        f"select {column}, count(*), coalesce(sum(weight), 0) from {persons} where {column} is not null group by 1"
        " order by 3 desc, 2 desc, 1"
    )
    return [(value, int(count), float(weight)) for value, count, weight in persons.connection.execute(query).fetchall()]


def _held(row: Row, concept: Concept, total: float) -> Held:
    value = str(row[0])
    return Held(value, _label(value, concept), row[1], 100 * row[2] / total if total else None)


def _others(rest: list[Row], total: float) -> Held | None:
    if not rest:
        return None
    records, weight = sum(row[1] for row in rest), sum(row[2] for row in rest)
    return Held("", f"{len(rest)} others", records, 100 * weight / total if total else None)


def _label(value: str, concept: Concept) -> str:
    """What a value means; values that a record holds together are joined as they are."""
    if concept.type != "country":
        return " + ".join(concept.values.get(part, part) for part in value.split("+")) if concept.values else value
    area = load_codelist("CL_AREA").by_code.get(value)
    return area.label_en if area else value


def _spread(persons: Relation, name: str) -> Spread | None:
    """The spread of a number; bands have none."""
    records, mean = persons.connection.execute(
        f"select count({name}), sum(weight * {name}) / nullif(sum(weight) filter ({name} is not null), 0)"
        f" from {persons}"
    ).fetchall()[0]
    if not records:
        return None
    told = [share for share in QUANTILES if records * min(share, 1 - share) >= BEYOND]
    query = f"select quantile_disc({name}, {told!r}) from {persons}"
    found = persons.connection.execute(query).fetchall()[0][0] if told else []
    quantiles: Mapping[float, float] = dict(zip(told, map(float, found), strict=True))
    return Spread(int(records), None if records < 2 * BEYOND else float(mean), quantiles)
