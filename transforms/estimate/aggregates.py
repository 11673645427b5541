"""Values that a source gives together: which versions of a classification and which populations they support.

A code holds an aggregate when it includes all of its values. A version in which some code includes only part of an
aggregate is not published: persons in the aggregate would be missing from its codes. A population is identified where
its condition is the same for all values of every aggregate; the condition is then written out for the aggregates too.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

import duckdb
import sqlglot
from sqlglot import exp

from schemas.aggregates import SIGN, is_aggregate, members_of
from schemas.classifications import Classification, load_versions
from schemas.codelists import load_codelist
from schemas.concepts import aggregated
from schemas.indicators import Catalogue, Indicator, Population
from transforms.estimate.profile import Profile

IN_AGGREGATES = "in_aggregates"

Aggregates = Mapping[str, Collection[str]]
"""Variable -> its aggregates that occur."""


def aggregates_in(connection: duckdb.DuckDBPyConnection, records: str) -> dict[str, list[str]]:
    """The aggregates that occur in a table of person records."""
    found: dict[str, list[str]] = {}
    for name in aggregated():
        rows = connection.execute(
            f"select distinct {name} from {records} where contains({name}, '{SIGN}') order by 1"
        ).fetchall()
        found |= {name: [str(value) for (value,) in rows]} if rows else {}
    return found


def aggregates_of(profile: Profile) -> dict[str, list[str]]:
    """The aggregates that occur, by variable, in a profile."""
    values = {name: [each for each in held if each and is_aggregate(each)] for name, held in profile.values.items()}
    return {name: some for name, some in values.items() if some}


def holds(takes: Collection[str], value: str) -> bool:
    """Whether a code includes a value, or every value of an aggregate."""
    return value in takes or (is_aggregate(value) and members_of(value) <= set(takes))


def is_cut(takes: Collection[str], value: str) -> bool:
    """Whether a code includes some values of an aggregate and not the others."""
    return is_aggregate(value) and not members_of(value).isdisjoint(takes) and not members_of(value) <= set(takes)


def supported_versions(classification: Classification, values: Collection[str]) -> list[str]:
    """The versions in which no code includes only part of an aggregate."""
    return [
        version
        for version, codes in classification.versions.items()
        if not any(isinstance(takes, list) and is_cut(takes, each) for takes in codes.values() for each in values)
    ]


def told_catalogue(catalogue: Catalogue, aggregates: Aggregates) -> Catalogue:
    """The catalogue for records with some aggregates: conditions of populations also name the aggregates within
    them."""
    if not aggregates:
        return catalogue
    populations = {name: _told(each, aggregates) for name, each in catalogue.populations.items()}
    return catalogue.model_copy(update={"populations": populations})


def _told(population: Population, aggregates: Aggregates) -> Population:
    tree = sqlglot.parse_one(population.where, dialect="duckdb")
    for choice in tree.find_all(exp.In):
        asked = _literals(choice)
        if isinstance(choice.this, exp.Column) and asked is not None:
            within = [each for each in aggregates.get(choice.this.name, ()) if holds(asked, each)]
            choice.set("expressions", [*choice.expressions, *map(exp.Literal.string, within)])
    return population.model_copy(update={"where": tree.sql(dialect="duckdb", comments=False)})


def populations_across_aggregates(catalogue: Catalogue, aggregates: Aggregates) -> dict[str, str]:
    """The populations that are not identified because of some aggregate, and the variable of the aggregate."""
    found = {}
    for name, population in catalogue.populations.items():
        for variable, asked in _asked(population.where):
            values = aggregates.get(variable, ())
            if any(asked is None or is_cut(asked, each) for each in values):
                found[name] = variable
    return found


def _asked(condition: str) -> Iterator[tuple[str, list[str] | None]]:
    """Each column that a condition names, and the values it is compared with; None where it is used in another way."""
    for column in sqlglot.parse_one(condition, dialect="duckdb").find_all(exp.Column):
        yield column.name, _literals(column.parent) if column.parent is not None else None


def _literals(comparison: exp.Expr) -> list[str] | None:
    """The texts that a column is compared with; None in any other expression."""
    if isinstance(comparison, exp.In):
        compared = comparison.expressions
    elif isinstance(comparison, exp.EQ | exp.NEQ):
        compared = [comparison.expression]
    else:
        return None
    return [each.name for each in compared] if all(isinstance(each, exp.Literal) for each in compared) else None


def variables_of_cut_factors(indicator: Indicator, aggregates: Aggregates) -> list[str]:
    """The variables whose classes a gap is computed in, where these classes split some aggregate."""
    versions = [load_versions()[factor] for factor in indicator.factors or []]
    return [
        variable
        for variable, codes in versions
        if any(is_cut(takes, each) for takes in codes.values() for each in aggregates.get(variable, ()))
    ]


def aggregates_note(dimension: str, classification: Classification, values: Collection[str]) -> str:
    """The note of a table on aggregates: the versions that are not published because of them; empty where all are."""
    given = supported_versions(classification, values)
    lacking = [version for version in classification.versions if version not in given]
    if not lacking:
        return ""
    labels = load_codelist(f"CL_{classification.dimension or dimension}").by_code
    return (
        f"known in groups ({', '.join(sorted(filter(is_aggregate, values)))});"
        f" not given: {', '.join(labels[version].label_en for version in lacking)}"
    )
