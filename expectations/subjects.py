"""The subjects of the suites: the columns of each table, and the groups of items for `for_each`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from expectations.rules import ColumnName, Sql, Value
from schemas.aggregates import SIGN
from schemas.canonical_values import allowed_values
from schemas.classifications import Classification, load_classifications
from schemas.codelists import load_codelist
from schemas.concepts import Concept, aggregated, core_columns, load_concepts
from schemas.corridors import UNNAMED, load_corridor_indicators
from schemas.countries import country_values
from schemas.editions import load_editions
from schemas.flows import breakdowns, flow_columns, load_flow_variables
from schemas.indicators import load_catalogue
from schemas.plausibility import load_plausibility
from schemas.published import published_indicators, signed_alone
from schemas.regional_indicators import load_regional_indicators
from schemas.register_indicators import load_register_catalogue
from schemas.source import MISSING_KINDS
from schemas.tables import CORRIDOR, FIGURE, OBSERVATION, OBSERVATION_KEY
from transforms.measures import measure_of

Item = dict[str, Value]
ITEM = "item"
FIGURE_REFERENCES = frozenset(
    {"label", "measured_in", "persons", "figure", "lowest", "highest", "cases", "fewest_cases", "look_at"}
)
NORMAL_STATUS = ""
NOTHING = ("",)  # a list in a rule needs at least one value, and no indicator has this name
_TABLES = {"corridors": CORRIDOR, "figures": FIGURE}
"""The suites of harmonised tables that are declared in schemas/tables.py; other suites are of numbers."""
SUITE_REFERENCES = frozenset({"columns", "missing_kinds", "counts", "shared_counts", "signed", "world"})


@dataclass(frozen=True)
class Group:
    """The items of one `for_each`, and the references defined by each of them."""

    references: frozenset[str]
    items: Callable[[], Iterable[Item]]


def table_columns(suite: str) -> dict[str, str]:
    """Columns of the table that a suite checks, with their DuckDB types."""
    if suite == "core":
        return core_columns()
    if suite == "flows":
        return flow_columns()
    return {column.name: column.type for column in _TABLES.get(suite, OBSERVATION)}


def suite_values(suite: str) -> dict[str, Value]:
    """The references that every entry of a suite may use."""
    return {
        "columns": tuple(table_columns(suite)),
        "missing_kinds": MISSING_KINDS,
        "counts": _regional_counts() if suite == "regional" else tuple(counted_populations()),
        "signed": (*signed_indicators(), *signed_alone()) or NOTHING,
        "shared_counts": tuple(shared_counts()),
        "world": load_editions().groups.world,
    }


def _regional_counts() -> tuple[str, ...]:
    return tuple(name for name, each in load_regional_indicators().items() if measure_of(each).is_sum)


def counted_populations() -> dict[str, str]:
    """The survey indicators that count persons, with the population of each: numbers that may be added up."""
    indicators = load_catalogue().indicators.items()
    return {name: str(each.population) for name, each in indicators if measure_of(each).is_sum}


def signed_indicators() -> list[str]:
    """The survey indicators that may be negative, such as gaps."""
    return [name for name, each in load_catalogue().indicators.items() if measure_of(each).is_signed]


def shared_counts() -> dict[str, str]:
    """Counts whose tables have the same cells for several populations that every source can identify.

    Which countries are named depends on each population.
    """
    classifications = load_classifications()
    populations = load_catalogue().populations
    tables: dict[tuple[str, ...], dict[str, str]] = {}
    for name, population in counted_populations().items():
        if populations[population].needs:
            continue
        dimensions = load_catalogue().indicators[name].dimensions
        if not any(classifications[dimension].countries for dimension in dimensions):
            tables.setdefault(tuple(dimensions), {})[name] = population
    return {name: population for table in tables.values() if len(table) > 1 for name, population in table.items()}


def _named(column: str, **values: Value) -> Item:
    return {ITEM: column, "column": ColumnName(column), **values}


def _types(suite: str) -> Callable[[], Iterator[Item]]:
    return lambda: (_named(name, column_type=kind) for name, kind in table_columns(suite).items())


def _kept_concepts(*types: str) -> Iterator[tuple[str, Concept]]:
    for name, concept in load_concepts().items():
        if concept.type in types and concept.role != "question":
            yield name, concept


def _categories() -> Iterator[Item]:
    for name, concept in _kept_concepts("category"):
        yield _named(name, label=concept.label.en, allowed_values=allowed_values(concept))


def _single_categories() -> Iterator[Item]:
    return (item for item in _categories() if str(item["column"]) not in aggregated())


def _grouped_categories() -> Iterator[Item]:
    """Categories whose values the producer may give together, with the pattern of a record's value."""
    for name, concept in _kept_concepts("category"):
        if concept.aggregates:
            one = "|".join(map(re.escape, concept.values))
            pattern = f"({one})([{SIGN}]({one}))*|{'|'.join(concept.missing)}"
            yield _named(name, label=concept.label.en, allowed_values=allowed_values(concept), pattern=pattern)


def _countries() -> Iterator[Item]:
    for name, concept in _kept_concepts("country"):
        allowed = (*sorted(country_values(concept.codelist)), *(allowed_values(concept) or ()))
        yield _named(name, label=concept.label.en, allowed_values=allowed)


def _numbers() -> Iterator[Item]:
    for name, concept in _kept_concepts("integer", "number"):
        yield _named(
            name,
            label=concept.label.en,
            lower_end=ColumnName(f"{name}_from" if concept.bands else name),
            missing_column=ColumnName(f"{name}_missing"),
            missing_values=tuple(concept.missing),
        )


def _bounded_numbers() -> Iterator[Item]:
    for name, concept in _kept_concepts("integer", "number"):
        if name != "age":
            yield _named(name, label=concept.label.en, minimum=concept.minimum, maximum=concept.maximum)


def _amounts() -> Iterator[Item]:
    """The numbers that are added up; ages and years are not."""
    for name, concept in _kept_concepts("integer", "number"):
        if name not in ("age", "year_of_arrival"):
            yield _named(name, label=concept.label.en)


def _answers() -> Iterator[Item]:
    """The answers in files, with the column of their kind of missing; derived variables follow from them."""
    for name, concept in _kept_concepts("category", "country", "integer", "number"):
        if concept.role == "declared":
            kind = ColumnName(f"{name}_missing" if concept.is_numeric else name)
            yield _named(name, label=concept.label.en, kind_column=kind)


def _job_answers() -> Iterator[Item]:
    """The answers that everybody in employment gives."""
    of_every_job = load_plausibility().of_every_job
    return (item for item in _answers() if item[ITEM] in of_every_job)


def _figures() -> Iterator[Item]:
    """The headline figures; a source's own limits replace the general ones."""
    declared = load_plausibility()
    for name, figure in declared.figures.items():
        yield {
            ITEM: name,
            "label": figure.label.en,
            "measured_in": figure.unit.en,
            "persons": Sql(figure.of),
            "figure": Sql(figure.value),
            "lowest": figure.minimum,
            "highest": figure.maximum,
            "cases": figure.cases or declared.cases,
            "fewest_cases": declared.cases,
            "look_at": figure.look_at,
        }


def _migrant_worker_columns() -> Iterator[Item]:
    for name, concept in load_concepts().items():
        if name.startswith("imw_"):
            yield _named(name, label=concept.label.en)


def _coarser_groups() -> Iterator[Item]:
    """Each value of a coarser variable with the values of the finer one that make it up."""
    for name, concept in load_concepts().items():
        if concept.coarser is None:
            continue
        for value, members in concept.coarser.groups.items():
            coarser = ColumnName(concept.coarser.variable)
            yield _named(name, coarser=coarser, value=value, members=tuple(members))


def _key_columns() -> Iterator[Item]:
    return (_named(name) for name in OBSERVATION_KEY)


def _coded_columns() -> Iterator[Item]:
    """The coded columns of the cells with the codes that the catalogue publishes."""
    classifications = load_classifications()
    indicators = load_catalogue().indicators
    yield _named("indicator", allowed_values=tuple(indicators))
    sexes = tuple(classifications["SEX"].codes)
    without_sex = any("SEX" not in each.dimensions for each in indicators.values())
    yield _named("sex", allowed_values=(*sexes, "") if without_sex else sexes)
    for position in (0, 1):
        names = dict.fromkeys(
            each.classifications[position] for each in indicators.values() if len(each.classifications) > position
        )
        codes = tuple(dict.fromkeys(code for name in names for code in _published_codes(classifications[name])))
        shorter = any(len(each.classifications) <= position for each in indicators.values())
        yield _named(f"classif{position + 1}", allowed_values=(*codes, "") if shorter else codes)
    yield _named("obs_status", allowed_values=(NORMAL_STATUS, *_all_of("OBS_STATUS")))


def _published_codes(classification: Classification) -> Iterator[str]:
    """Every code that a table may hold; a table by country may have any country."""
    yield from classification.codes
    if countries := classification.countries:
        codes = (code.code for code in load_codelist(countries.codelist).codes)
        yield from (code for code in codes if code.startswith(countries.prefix))


def _rates() -> Iterator[Item]:
    """Every rate of the catalogue with the indicators that count its numerator and its denominator.

    Those to which other breakdowns are essential are no pair: a source may give one of them without the other.
    """
    indicators = load_catalogue().indicators
    counts = {
        (each.population, *each.dimensions, *each.essential): name
        for name, each in indicators.items()
        if measure_of(each).is_sum
    }
    for name, rate in indicators.items():
        numerator = counts.get((rate.numerator, *rate.dimensions, *rate.essential))
        denominator = counts.get((rate.denominator, *rate.dimensions, *rate.essential))
        if measure_of(rate).is_share and numerator and denominator:
            yield {ITEM: name, "rate": name, "numerator": numerator, "denominator": denominator, "label": rate.title.en}


def _flow_categories() -> Iterator[Item]:
    for name, variable in load_flow_variables().items():
        if variable.type == "category":
            yield _named(name, label=variable.label.en, allowed_values=variable.allowed)


def _flow_countries() -> Iterator[Item]:
    """Countries of flow records: those of today, and former ones that are in the variable's code list."""
    for name, variable in load_flow_variables().items():
        if variable.type == "country":
            countries = sorted(country_values(variable.codelist))
            yield _named(name, label=variable.label.en, allowed_values=(*countries, *(variable.allowed or ())))


def _flow_breakdowns() -> Iterator[Item]:
    return (_named(name, label=load_flow_variables()[name].label.en) for name in breakdowns())


def _flow_cell_codes() -> Iterator[Item]:
    """The coded columns of registers' numbers with the codes that their catalogue publishes."""
    catalogue = load_register_catalogue()
    yield _named("indicator", allowed_values=tuple(catalogue.indicators))
    yield _named("sex", allowed_values=(*_all_of("SEX"), ""))
    for position in (0, 1):
        types = dict.fromkeys(
            catalogue.types(each)[position]
            for each in catalogue.indicators.values()
            if len(catalogue.types(each)) > position
        )
        codes = tuple(code for name in types for code in _all_of(name))
        yield _named(f"classif{position + 1}", allowed_values=(*codes, ""))
    yield _named("obs_status", allowed_values=(NORMAL_STATUS, *_all_of("OBS_STATUS")))


def _corridor_areas() -> Iterator[Item]:
    yield _named("destination", allowed_values=_all_of("AREA"))
    yield _named("origin", allowed_values=(*_all_of("AREA"), UNNAMED))


def _corridor_cell_codes() -> Iterator[Item]:
    """The coded columns of corridors' numbers with the codes that they may hold."""
    indicators = load_corridor_indicators()
    yield _named("ref_area", allowed_values=_all_of("AREA"))
    yield _named("indicator", allowed_values=tuple(indicators))
    yield _named("sex", allowed_values=(*_all_of("SEX"), ""))
    types = dict.fromkeys(name for each in indicators.values() for name in each.classifications)
    yield _named("classif1", allowed_values=tuple(code for name in types for code in _all_of(name)))
    yield _named("classif2", allowed_values=("",))
    yield _named("obs_status", allowed_values=(NORMAL_STATUS, *_all_of("OBS_STATUS")))


def _figure_codes() -> Iterator[Item]:
    """The coded columns of published figures with all codes that any of them may hold."""
    published = published_indicators()
    lists = [each.classifications for each in published.values()]
    yield _named("ref_area", allowed_values=_all_of("AREA"))
    yield _named("indicator", allowed_values=tuple(published))
    yield _named("sex", allowed_values=(*_all_of("SEX"), ""))
    for position in (0, 1):
        names = sorted({each[position] for each in lists if len(each) > position})
        codes = tuple(code for name in names for code in _all_of(name))
        yield _named(f"classif{position + 1}", allowed_values=(*codes, ""))


def _figure_cell_codes() -> Iterator[Item]:
    yield from _figure_codes()
    yield _named("obs_status", allowed_values=(NORMAL_STATUS, *_all_of("OBS_STATUS")))


def _all_of(name: str) -> tuple[str, ...]:
    return tuple(code.code for code in load_codelist(f"CL_{name}").codes)


def _regional_codes() -> Iterator[Item]:
    """The coded columns of regional estimates with the codes that they publish: no country among them."""
    indicators = load_regional_indicators()
    yield _named("ref_area", allowed_values=load_editions().groups.every)
    yield _named("indicator", allowed_values=tuple(indicators))
    yield _named("sex", allowed_values=_all_of("SEX"))
    for position in (0, 1):
        types = dict.fromkeys(each.classifications[position] for each in indicators.values())
        yield _named(f"classif{position + 1}", allowed_values=tuple(code for name in types for code in _all_of(name)))
    yield _named("obs_status", allowed_values=("E", "M", "I"))


def _partitions() -> Iterator[Item]:
    """Each way in which the groups divide the world."""
    for name, codes in load_editions().groups.partitions.items():
        yield {ITEM: name, "label": name.replace("_", " "), "groups": codes}


GROUPS: dict[str, dict[str, Group]] = {
    "core": {
        "columns": Group(frozenset({"column", "column_type"}), _types("core")),
        "categories": Group(frozenset({"column", "label", "allowed_values"}), _categories),
        "single_categories": Group(frozenset({"column", "label", "allowed_values"}), _single_categories),
        "grouped_categories": Group(frozenset({"column", "label", "allowed_values", "pattern"}), _grouped_categories),
        "countries": Group(frozenset({"column", "label", "allowed_values"}), _countries),
        "numbers": Group(frozenset({"column", "label", "lower_end", "missing_column", "missing_values"}), _numbers),
        "bounded_numbers": Group(frozenset({"column", "label", "minimum", "maximum"}), _bounded_numbers),
        "amounts": Group(frozenset({"column", "label"}), _amounts),
        "answers": Group(frozenset({"column", "label", "kind_column"}), _answers),
        "job_answers": Group(frozenset({"column", "label", "kind_column"}), _job_answers),
        "figures": Group(FIGURE_REFERENCES, _figures),
        "migrant_worker_columns": Group(frozenset({"column", "label"}), _migrant_worker_columns),
        "coarser_groups": Group(frozenset({"column", "coarser", "value", "members"}), _coarser_groups),
    },
    "cells": {
        "columns": Group(frozenset({"column", "column_type"}), _types("cells")),
        "key_columns": Group(frozenset({"column"}), _key_columns),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _coded_columns),
        "rates": Group(frozenset({"rate", "numerator", "denominator", "label"}), _rates),
    },
    "flows": {
        "columns": Group(frozenset({"column", "column_type"}), _types("flows")),
        "categories": Group(frozenset({"column", "label", "allowed_values"}), _flow_categories),
        "countries": Group(frozenset({"column", "label", "allowed_values"}), _flow_countries),
        "breakdowns": Group(frozenset({"column", "label"}), _flow_breakdowns),
    },
    "flow_cells": {
        "columns": Group(frozenset({"column", "column_type"}), _types("flow_cells")),
        "key_columns": Group(frozenset({"column"}), _key_columns),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _flow_cell_codes),
    },
    "corridors": {
        "columns": Group(frozenset({"column", "column_type"}), _types("corridors")),
        "areas": Group(frozenset({"column", "allowed_values"}), _corridor_areas),
    },
    "corridor_cells": {
        "columns": Group(frozenset({"column", "column_type"}), _types("corridor_cells")),
        "key_columns": Group(frozenset({"column"}), _key_columns),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _corridor_cell_codes),
    },
    "figures": {
        "columns": Group(frozenset({"column", "column_type"}), _types("figures")),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _figure_codes),
    },
    "figure_cells": {
        "columns": Group(frozenset({"column", "column_type"}), _types("figure_cells")),
        "key_columns": Group(frozenset({"column"}), _key_columns),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _figure_cell_codes),
    },
    "regional": {
        "columns": Group(frozenset({"column", "column_type"}), _types("regional")),
        "key_columns": Group(frozenset({"column"}), _key_columns),
        "coded_columns": Group(frozenset({"column", "allowed_values"}), _regional_codes),
        "partitions": Group(frozenset({"label", "groups"}), _partitions),
    },
}
