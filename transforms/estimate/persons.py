"""The persons of a partition as scans read them: coded in whole numbers, with their weight and sampling unit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

from schemas.classifications import Classification, load_versions
from schemas.indicators import Catalogue, Indicator
from transforms.consolidate import PERSON_OF_PERIOD
from transforms.duck import quote_text
from transforms.estimate.aggregates import holds
from transforms.estimate.bands import UNKNOWN, band_leaves, leaf_of_band
from transforms.estimate.coding import Bits, Coding, make_coding
from transforms.estimate.membership import Exclusions, exclusions
from transforms.estimate.profile import Profile
from transforms.estimate.rollup import BELOW, EVERYONE
from transforms.estimate.sample import Sample
from transforms.estimate.squares import Squares
from transforms.relation import Relation
from transforms.sql import load_sql

UNIT = "unit"
PERSON = "person"


@dataclass(frozen=True)
class Persons:
    """The persons of a partition as every scan reads them, and how to interpret the columns.

    relation  a row per person with a weight who is in a population of the indicators: the columns of the coding, the
              number of the sampling unit (`unit`), the weights and the numeric variables of the indicators
    coding    where leaves, populations and values are stored in the columns of whole numbers
    sample    the sample that they are of
    squares   which squares of weights and values are summed

    Where the records of a person are known as such (`PERSON_OF_PERIOD` of transforms.consolidate), the relation has
    their number as well (`person`).
    """

    relation: Relation
    coding: Coding
    sample: Sample
    squares: Squares

    @property
    def are_repeated(self) -> bool:
        """Whether a person may have several records, and it is known which."""
        return PERSON in self.relation.columns


def create_persons(
    core: Relation,
    sample: Sample,
    catalogue: Catalogue,
    classifications: Mapping[str, Classification],
    indicators: Mapping[str, Indicator],
    profile: Profile,
) -> Persons:
    """The persons who are in a population of the indicators, from the person records."""
    coding = _coding(classifications, indicators, profile)
    coded = _leaf_columns(coding, classifications, profile)
    coded |= _population_columns(core.connection, catalogue, coding, profile)
    if PERSON_OF_PERIOD in core.columns:
        coded = {PERSON: PERSON_OF_PERIOD, **coded}
    query = load_sql(__file__, "persons").substitute(
        coded=",\n        ".join(f"{sql} as {name}" for name, sql in coded.items()),
        unit=sample.unit,
        weights=",\n        ".join(f"cast({name} as decimal(18, 8)) as {name}" for name in sample.weights),
        values="".join(f",\n        cast({name} as double) as {name}" for name in coding.has),
        core=sample.records(core),
        sampling_units=sample.join_units(),
        in_any_population=coding.in_any(coding.populations),
    )
    relation = sample.create_persons(core, query, (*coded, UNIT, *sample.weights, *coding.has))
    return Persons(relation, coding, sample, sample.read_squares(core, indicators.values()))


def _coding(
    classifications: Mapping[str, Classification], indicators: Mapping[str, Indicator], profile: Profile
) -> Coding:
    """The coding of everything that the indicators distinguish."""
    dimensions = dict.fromkeys(name for each in indicators.values() for name in each.dimensions)
    factors = dict.fromkeys(name for each in indicators.values() for name in each.factors or [])
    return make_coding(
        {name: _leaves(classifications[name], profile) for name in dimensions},
        {name: list(load_versions()[name][1]) for name in factors},
        sorted({name for each in indicators.values() for name in each.populations}),
        sorted({name for each in indicators.values() for name in each.variables}),
    )


def _leaves(classification: Classification, profile: Profile) -> list[str]:
    """The values of a category that occur, or the finest bands of a number, named by their lower bounds."""
    if classification.variable is None:
        return [EVERYONE]
    if classification.is_numeric:
        bands = band_leaves(profile.bands.get(classification.variable, ()))
        return [BELOW, *map(str, classification.lower_bounds()), UNKNOWN, *bands]
    return sorted(value for value in profile.values[classification.variable] if value is not None)


def _leaf_columns(coding: Coding, classifications: Mapping[str, Classification], profile: Profile) -> dict[str, str]:
    """SQL of the columns of leaves, by name: the values of a category are looked up, a number is compared."""
    looked_up: dict[tuple[str, str], dict[str | None, int]] = {}
    parts: dict[str, list[str]] = {}

    def look_up(bits: Bits, variable: str, numbers: Mapping[str, int]) -> None:
        known = looked_up.setdefault((bits.column, variable), dict.fromkeys(profile.values[variable], 0))
        for value in known:
            known[value] |= numbers.get(value or "", 0) << bits.shift

    for name, bits in coding.leaf_bits.items():
        classification, numbers = classifications[name], coding.numbers(name)
        if classification.variable is None:
            parts.setdefault(bits.column, []).append(f"{numbers[EVERYONE] << bits.shift}::bigint")
        elif classification.is_numeric:
            sql = _band(classification.variable, classification.lower_bounds(), numbers)
            known_in_bands = band_leaves(profile.bands.get(classification.variable, ()))
            if known_in_bands:
                sql = _or_known_band(classification.variable, {leaf: numbers[leaf] for leaf in known_in_bands}, sql)
            parts.setdefault(bits.column, []).append(f"({sql} << {bits.shift})")
        else:
            look_up(bits, classification.variable, numbers)
    for name, bits in coding.factors.items():
        variable, codes = load_versions()[name]
        numbered = [(number, code) for number, code in enumerate(codes, start=1)]
        known = [value for value in profile.values[variable] if value is not None]
        takes = {value: number for number, code in reversed(numbered) for value in known if holds(codes[code], value)}
        look_up(bits, variable, takes)
    for (column, variable), looked in looked_up.items():
        parts.setdefault(column, []).append(_lookup(variable, looked))
    return {column: " | ".join(some) for column, some in parts.items()}


def _band(variable: str, bounds: Sequence[int], numbers: Mapping[str, int]) -> str:
    """SQL of the number of the band that a number falls in."""
    steps = " ".join(f"when {variable} >= {bound} then {numbers[str(bound)]}" for bound in reversed(bounds))
    return f"cast(case when {variable} is null then {numbers[UNKNOWN]} {steps} else {numbers[BELOW]} end as bigint)"


def _or_known_band(variable: str, numbers: Mapping[str, int], otherwise: str) -> str:
    """SQL of the number of the source's band in which a person is known, or else of the band that the number falls
    in."""
    start, end = f"{variable}_from", f"{variable}_to"
    steps = " ".join(f"when {quote_text(leaf)} then {number}" for leaf, number in numbers.items())
    in_band = f"case {leaf_of_band(start, end)} {steps} end"
    return f"cast(case when {start} is null then {otherwise} else {in_band} end as bigint)"


def _lookup(variable: str, known: Mapping[str | None, int]) -> str:
    """SQL of the bits of a value of a category."""
    listed = ", ".join(f"{quote_text(value)}: {number}::bigint" for value, number in known.items() if value is not None)
    found = f"map {{{listed}}}[{variable}]" if listed else "null::bigint"
    return f"coalesce({found}, {known[None]})" if None in known else found


def _population_columns(
    connection: duckdb.DuckDBPyConnection, catalogue: Catalogue, coding: Coding, profile: Profile
) -> dict[str, str]:
    """SQL of the columns of populations, and of who has a value, by name."""
    conditions = {name: catalogue.condition(name) for name in coding.populations}
    conditions |= {f"has {name}": f"{name} is not null" for name in coding.has}
    bits = dict(coding.populations) | {f"has {name}": each for name, each in coding.has.items()}
    found = exclusions(connection, conditions, bits, profile.values)
    return {
        column: population_column(each, sum(held.mask for held in coding.columns[column]))
        for column, each in found.items()
    }


def population_column(exclusion: Exclusions, everything: int) -> str:
    """SQL of a column of populations: all its bits but those of the populations that the person is left out of."""
    left_out = [_lookup(variable, known) for variable, known in exclusion.by_value.items()]
    left_out += [f"case when {term} then 0 else {bits}::bigint end" for term, bits in exclusion.by_term.items()]
    return f"xor({everything}::bigint, {' | '.join(left_out or ['0::bigint'])})"
