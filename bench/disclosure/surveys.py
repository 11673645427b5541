"""The persons of a survey, and whom a row of its numbers counts."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from pathlib import Path

import duckdb
import numpy as np

from bench.disclosure.release import Row
from bench.disclosure.universe import (
    Counted,
    Flags,
    Floats,
    Given,
    Kinds,
    Magnitude,
    Positions,
    Squaring,
    Universe,
    classes_of,
)
from schemas.classifications import Classification, load_classifications, load_versions
from schemas.indicators import Catalogue, Indicator, load_catalogue
from schemas.survey import Survey
from transforms.duck import connect, parquet_rows
from transforms.estimate.aggregates import aggregates_in, told_catalogue
from transforms.estimate.core import read_core
from transforms.estimate.rollup import NO_COUNTRY, code_leaves, country_codes, leaf_expression
from transforms.measures import Basis, Part, measure_of
from transforms.observations import KEYS, key_columns

DETAIL = "observation_detail"


class Persons(Universe):
    """Persons in the same populations and the same leaf of every breakdown."""

    def __init__(
        self,
        squaring: Squaring | None,
        catalogue: Catalogue,
        given: Given,
        kinds: Kinds,
        flags: Mapping[Part, Flags],
        leaves: Mapping[str, tuple[list[str], Positions]],
    ) -> None:
        self.squaring = squaring
        self.kinds = kinds
        self._catalogue, self._given, self._flags, self._leaves = catalogue, given, flags, leaves
        self._taken: dict[tuple[str, str, bool], dict[str, Flags]] = {}

    def counted(self, row: Row) -> Counted:
        indicator = self._catalogue.indicators[row.indicator]
        measure = measure_of(indicator)
        members, *others = self._parts(row, indicator)
        if measure.leaves_out_cases:
            compared = self._in_classes_with_all(indicator, [members, *others])
            return Counted(members & compared, np.logical_or.reduce([members, *others]) & compared)
        unit = 10.0**indicator.unit_mult if measure.is_sum else None
        return Counted(members, others[0] if measure.is_share else None, unit, measure.is_share)

    def magnitude(self, row: Row) -> Magnitude | None:
        indicator = self._catalogue.indicators[row.indicator]
        measure = measure_of(indicator)
        if not indicator.variables or measure.leaves_out_cases:
            return None
        is_quantile = measure.basis is Basis.DISTRIBUTION
        names = tuple(sorted(indicator.variables))
        return Magnitude(self._parts(row, indicator)[0], names, is_quantile, 10.0**indicator.unit_mult)

    def _parts(self, row: Row, indicator: Indicator) -> list[Flags]:
        """The kinds of persons in each part of a row's indicator."""
        inside = np.ones(len(self.kinds.cases), dtype=np.bool_)
        for name, code in codes_of(indicator, row):
            if load_classifications()[name].variable is not None:
                given = self._given[row.table, row.indicator, name]
                inside = inside & self._members(name, given, is_detail=row.table == DETAIL)[code]
        return [self._flags[part] & inside for part in measure_of(indicator).parts(indicator)]

    def _in_classes_with_all(self, indicator: Indicator, groups: list[Flags]) -> Flags:
        """The kinds in those classes of a gap's factors in which each group has somebody: only these are compared."""
        versions = [load_versions()[factor] for factor in indicator.factors or []]
        together = np.zeros(len(self.kinds.cases), dtype=np.bool_)
        for values in itertools.product(*(codes.values() for _, codes in versions)):
            inside = np.ones(len(self.kinds.cases), dtype=np.bool_)
            for (variable, _), some in zip(versions, values, strict=True):
                names, numbers = self._leaves[variable]
                inside = inside & np.isin(numbers, [at for at, name in enumerate(names) if name in some])
            if all((inside & group).any() for group in groups):
                together |= inside
        return together

    def _members(self, name: str, given: set[str], *, is_detail: bool) -> dict[str, Flags]:
        classification = load_classifications()[name]
        depends = classification.countries is not None or classification.is_numeric
        about = (name, " ".join(sorted(given)) if depends else "", is_detail)
        if about not in self._taken:
            names, numbers = self._leaves[leaf_expression(classification)]
            place = {leaf: at for at, leaf in enumerate(names)}
            taken = _leaves_of_codes(classification, names, given, is_detail=is_detail)
            self._taken[about] = {
                code: np.isin(numbers, [place[leaf] for leaf in some]) for code, some in taken.items()
            }
        return self._taken[about]


def codes_of(indicator: Indicator, row: Row) -> Iterable[tuple[str, str]]:
    """Each breakdown of an indicator with the row's code."""
    columns = key_columns(indicator.dimensions)
    return ((name, row.key[KEYS.index(column)]) for name, column in zip(indicator.dimensions, columns, strict=True))


def read_persons(source: Survey, rows: Iterable[Row], core: Path) -> Persons:
    """The kinds of persons in a core file, by what the rows tell apart."""
    listed = list(rows)
    with connect() as connection:
        catalogue = told_catalogue(load_catalogue(), aggregates_in(connection, parquet_rows(core)))
        given: dict[tuple[str, str, str], set[str]] = {}
        for row in listed:
            for name, code in codes_of(catalogue.indicators[row.indicator], row):
                given.setdefault((row.table, row.indicator, name), set()).add(code)
        persons = read_core(connection, catalogue, core)
        some = [catalogue.indicators[name] for name in sorted({row.indicator for row in listed})]
        return _read(connection, str(persons), source, catalogue, given, some)


def _read(
    connection: duckdb.DuckDBPyConnection,
    persons: str,
    source: Survey,
    catalogue: Catalogue,
    given: Given,
    indicators: list[Indicator],
) -> Persons:
    parts = sorted({part for each in indicators for part in measure_of(each).parts(each)}, key=lambda part: part.name)
    named = {name for each in indicators for name in each.dimensions}
    used = [load_classifications()[name] for name in sorted(named)]
    factors = {load_versions()[factor][0] for each in indicators for factor in each.factors or []}
    expressions = sorted({leaf_expression(each) for each in used if each.variable is not None} | factors)
    variables = sorted({name for each in indicators for name in each.variables})
    flags = [f"coalesce({_condition(part, catalogue)}, false)" for part in parts]
    columns = [*flags, *(f"cast({each} as varchar)" for each in expressions)]
    ordered = [f"list(cast({name} as double) order by weight)" for name in ("weight", *variables)]
    ordered.append("list(person_id order by weight)")
    found = connection.execute(
        f"select {', '.join(columns)}, count(*), sum(cast(weight as decimal(18, 8))), {', '.join(ordered)}"
        f" from {persons} where weight > 0 and ({' or '.join(flags)})"
        f" group by {', '.join(str(at + 1) for at in range(len(columns)))} order by all"
    ).fetchall()
    of_columns = list(zip(*found, strict=True))
    members = {part: np.array(of_columns[at], dtype=np.bool_) for at, part in enumerate(parts)}
    leaves = {each: classes_of(of_columns[len(parts) + at]) for at, each in enumerate(expressions)}
    cases, weight, weights, *amounts, identifiers = of_columns[len(columns) :]
    kinds = Kinds(
        np.array(cases, dtype=np.float64),
        np.array(weight, dtype=np.float64),
        _arrays(weights),
        {name: _arrays(each) for name, each in zip(variables, amounts, strict=True)},
        [[str(each) for each in some if each is not None] for some in identifiers],
    )
    return Persons(_squaring(connection, persons, source), catalogue, given, kinds, members, leaves)


def _arrays(lists: Iterable[Iterable[float | None]]) -> list[Floats]:
    return [np.array(list(each), dtype=np.float64) for each in lists]


def _squaring(connection: duckdb.DuckDBPyConnection, persons: str, source: Survey) -> Squaring | None:
    """How standard errors follow from the squares of weights; None where persons are not the sampling units."""
    if not source.design.discloses_squares:
        return None
    number = connection.execute(f"select count(*) from {persons}").fetchall()[0][0]
    return Squaring(float(number), source.design.design_effect)


def _condition(part: Part, catalogue: Catalogue) -> str:
    known = "".join(f" and {name} is not null" for name in part.variables)
    return f"(({catalogue.condition(part.population)}){known})"


def _leaves_of_codes(
    classification: Classification, leaves: list[str], given: set[str], *, is_detail: bool
) -> dict[str, list[str]]:
    """The leaves of each code; of countries, those that have a code where the row stands."""
    taken = dict(code_leaves(classification, leaves, given))
    countries = classification.countries
    if countries is None:
        return taken
    own = country_codes(countries, leaves)
    taken |= {code: [leaf for leaf in leaves if own.get(leaf) == code] for code in given & set(own.values())}
    rest = [leaf for leaf in leaves if own.get(leaf) not in given]
    if is_detail:
        taken[countries.unknown] = [leaf for leaf in rest if leaf in NO_COUNTRY]
        rest = [leaf for leaf in rest if leaf not in NO_COUNTRY]
    return taken | {code: rest for code, takes in classification.codes.items() if takes == "others"}
