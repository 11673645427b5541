"""Determines from the person records and their estimates how the numbers of a partition are related."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import numpy as np

from schemas.classifications import load_classifications
from schemas.errors import IlmsError
from schemas.indicators import Catalogue, Indicator
from transforms.estimate.rollup import code_leaves, country_codes, leaf_expression
from transforms.measures import measure_of
from transforms.observations import KEYS, indicators_of, key_columns
from transforms.protect.structure.groups import (
    Atoms,
    Floats,
    Group,
    Leaves,
    Number,
    Positions,
    Structure,
    StructuredRecords,
)
from transforms.protect.structure.joint import JointRecords, assemble
from transforms.relation import Relation, create_table

TOLERANCE = 1e-9
KEY_SPACE = 2**32


def read_structure(
    core: Relation, cells: Relation, catalogue: Catalogue, *, contributions: int = 0
) -> StructuredRecords:
    """The structure of estimates from person records; the `contributions` largest weights of each atom are kept.

    Raises IlmsError when the estimates do not follow from the records.
    """
    indicators = {name: catalogue.indicators[name] for name in indicators_of(cells)}
    parts = {part: where for each in indicators.values() for part, where in _parts(each, catalogue).items()}
    populations = sorted(parts)
    dimensions = sorted({name for each in indicators.values() for name in _dimensions(each)})
    variables = sorted({str(each.variable) for each in indicators.values() if measure_of(each).discloses_total})
    persons = _create_persons(core, parts, dimensions, variables)
    joint = _read_joint_records(persons, populations, dimensions, variables, contributions)
    leaves = {name: classified.names for name, classified in joint.leaves.items()}
    numbers = _numbers(cells, catalogue, leaves)
    weights = persons.connection.execute(f"select min(weight), max(weight) from {persons}").fetchall()[0]
    structure, atom_of = assemble(joint, numbers, (float(weights[0] or 1), float(weights[1] or 1)))
    agree(cells, structure)
    return StructuredRecords(structure, persons, _columns(populations, dimensions), atom_of)


def _columns(populations: list[str], dimensions: list[str]) -> tuple[str, ...]:
    return (*(f"in_{name}" for name in populations), *(f"leaf_{name}" for name in dimensions))


@dataclass(frozen=True)
class Joint:
    """Persons who are in the same leaf of every dimension and in the same populations: their number, the sum of their
    weights, the sum of their record keys (modulo KEY_SPACE), and the atom they are in."""

    cases: Floats
    weight: Floats
    keys: Floats
    atoms: Positions

    def spread(self, quantity: Floats, size: int) -> Floats:
        """A quantity added up for each of `size` atoms."""
        return np.asarray(np.bincount(self.atoms, quantity, minlength=size), dtype=np.float64)


def read_joint(read: StructuredRecords, seed: str) -> Joint:
    """The persons by everything that distinguishes them, in a fixed order.

    A record key is the start of SHA-256 over the secret seed and the person's identifier.
    """
    columns = ", ".join(read.columns)
    rows = read.records.connection.execute(
        f"""
        with keyed as (
            select *, cast('0x' || left(sha256(concat(?, '|', person_id)), 8) as ubigint) as record_key
            from {read.records}
        )
        select {columns}, cast(count(*) as double),
            cast(sum(cast(weight as decimal(18, 8))) as double), cast(sum(record_key) % {KEY_SPACE} as double)
        from keyed
        group by {columns}
        order by {columns}
        """,
        [seed],
    ).fetchall()
    cases, weight, keys = (np.array([row[at] for row in rows], dtype=np.float64) for at in (-3, -2, -1))
    return Joint(cases, weight, keys, read.atom_of)


def _parts(indicator: Indicator, catalogue: Catalogue) -> dict[str, str]:
    """The population that an indicator counts, then its base: each by name, with the condition on core records.

    Means, ratios, quantiles and gaps count the persons of their population who have a value.
    """
    base = [name for name in (indicator.denominator, indicator.against) if name is not None]
    parts = {}
    for name in [indicator.counted, *base]:
        where = catalogue.condition(name)
        if indicator.variable is None:
            parts[name] = f"({where})"
        else:
            parts[f"{name}_with_{indicator.variable}"] = f"({where}) and {indicator.variable} is not null"
    return parts


def _dimensions(indicator: Indicator) -> list[str]:
    """The dimensions that distinguish persons, which the currency of earnings does not."""
    classifications = load_classifications()
    return [_leaves_of(name) for name in indicator.dimensions if classifications[name].variable is not None]


@cache
def _leaves_of(dimension: str) -> str:
    """The first classification with the same leaves: what one discloses, the other discloses too."""
    classifications = load_classifications()
    leaf = leaf_expression(classifications[dimension])
    return next(name for name, each in classifications.items() if leaf_expression(each) == leaf)


def _create_persons(core: Relation, parts: Mapping[str, str], dimensions: list[str], variables: list[str]) -> Relation:
    """Table `persons`, those with a weight: person_id, weight, the leaf of each classification (`leaf_<name>`), whether
    they are in each part (`in_<name>`), and what they add to the total of each variable (`total_<name>`). Persons in
    no part are left out.
    """
    classifications = load_classifications()
    columns = [f"{leaf_expression(classifications[name])} as leaf_{name}" for name in dimensions]
    columns += [f"coalesce({where}, false) as in_{name}" for name, where in parts.items()]
    columns += [f"coalesce(weight * {name}, 0) as total_{name}" for name in variables]
    counted = " or ".join(f"coalesce({where}, false)" for where in parts.values()) or "false"
    query = f"select person_id, weight, {', '.join(columns)} from {core} where weight > 0 and ({counted})"
    return create_table(core.connection, "persons", query)


def _read_joint_records(
    persons: Relation, populations: list[str], dimensions: list[str], variables: list[str], contributions: int
) -> JointRecords:
    """How many persons there are of every combination that occurs, with their weights and totals."""
    columns = ", ".join(_columns(populations, dimensions))
    quantities = ["weight", *(f"total_{name}" for name in variables)]
    largest = [f"max(abs({each}), {contributions})" if contributions else "[]::double[]" for each in quantities]
    totals = [f"cast(sum(cast(abs({each}) as decimal(38, 8))) as double)" for each in quantities[1:]]
    rows = persons.connection.execute(f"""
        select {columns}, cast(count(*) as double),
            cast(sum(cast(weight as decimal(18, 8))) as double),
            cast(sum(cast(weight * weight as decimal(38, 12))) as double),
            {", ".join([*largest, *totals])}
        from {persons}
        group by {columns}
        order by {columns}
    """).fetchall()
    of_rows = [row[len(populations) + len(dimensions) :] for row in rows]
    cases, weight, squared = (np.array([row[at] for row in of_rows], dtype=np.float64) for at in range(3))
    contributed = [[tuple(sorted(row[3 + at], reverse=True)) for row in of_rows] for at in range(len(quantities))]
    first = 3 + len(quantities)
    added = {
        name: np.array([row[at] for row in of_rows], dtype=np.float64) for at, name in enumerate(variables, start=first)
    }
    largest_of = dict(zip(variables, contributed[1:], strict=True))
    atoms = Atoms(cases, weight, squared, contributed[0], added, largest_of)
    return JointRecords.of(populations, dimensions, rows, atoms)


def _numbers(cells: Relation, catalogue: Catalogue, leaves: Mapping[str, tuple[str, ...]]) -> Iterator[Number]:
    rows = cells.connection.execute(f"select indicator, sex, classif1, classif2 from {cells}").fetchall()
    codes: dict[tuple[str, str], set[str]] = {}
    for name, *key in rows:
        for dimension, code in _codes_of(catalogue.indicators[name], key):
            codes.setdefault((name, dimension), set()).add(code)
    takes = {
        (name, dim): _takes(dim, leaves[_leaves_of(dim)], some)
        for (name, dim), some in codes.items()
        if _leaves_of(dim) in leaves
    }
    parts_of = {
        name: tuple(_parts(catalogue.indicators[name], catalogue)) for name in dict.fromkeys(row[0] for row in rows)
    }
    for row, (name, *key) in enumerate(rows):
        indicator = catalogue.indicators[name]
        of_codes = [(dim, code) for dim, code in _codes_of(indicator, key) if (name, dim) in takes]
        taken = [(_leaves_of(dim), takes[name, dim][code]) for dim, code in of_codes]
        some = tuple((dim, part) for dim, part in sorted(taken) if part != frozenset(leaves[dim]))
        counted, *base = (Group(part, some) for part in parts_of[name])
        unit = float(10**indicator.unit_mult)
        of_whom = base[0] if base else None
        variable = indicator.variable if measure_of(indicator).discloses_total else None
        yield Number(row, name, (key[0], key[1], key[2]), counted, of_whom, indicator.measure, unit, variable)


def _takes(dimension: str, leaves: tuple[str, ...], published: set[str]) -> dict[str, Leaves]:
    """The leaves of each code that an indicator publishes; which countries have a code of their own depends on it."""
    classification = load_classifications()[dimension]
    takes = {code: frozenset(some) for code, some in code_leaves(classification, list(leaves), published).items()}
    if classification.countries is not None:
        own = country_codes(classification.countries, list(leaves))
        for code in published & set(own.values()):
            takes[code] = frozenset(leaf for leaf in leaves if own.get(leaf) == code)
        named = {leaf for leaf, code in own.items() if code in published}
        for code, taken in classification.codes.items():
            if taken == "others":
                takes[code] = frozenset(leaves) - named
    return takes


def _codes_of(indicator: Indicator, key: list[str]) -> Iterator[tuple[str, str]]:
    """Each dimension of an indicator with its code in columns sex, classif1 and classif2."""
    columns = key_columns(indicator.dimensions)
    return ((name, key[KEYS.index(column)]) for name, column in zip(indicator.dimensions, columns, strict=True))


def agree(cells: Relation, structure: Structure) -> None:
    """Raise IlmsError unless the cases of every number, and the value of every count, agree with its group, where
    given.

    The cases of a gap are only those of its classes with both groups.
    """
    cases, weight = structure.sums(structure.atoms.cases), structure.sums(structure.atoms.weight)
    rows = cells.connection.execute(f"select n, obs_value from {cells}").fetchall()
    for number in structure.numbers:
        if measure_of(number).leaves_out_cases:
            continue
        n, value = rows[number.row]
        group = structure.index[number.counted]
        if n is None:
            continue
        same_value = not measure_of(number).is_sum or abs(value * number.unit - weight[group]) <= TOLERANCE * (
            1 + weight[group]
        )
        if n != cases[group] or not same_value:
            raise IlmsError(
                "the estimates do not follow from the person records",
                where=f"{number.indicator}, {', '.join(number.key)}",
                why="what can be worked out from the published numbers could not be determined",
                remedy="estimate the partition again; if it fails again, report it as a fault of the pipeline",
            )
