"""Determines from the person records and their estimates how the numbers of a partition are related."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from schemas.classifications import load_classifications
from schemas.errors import IlmsError
from schemas.indicators import Catalogue, Indicator
from transforms.estimate.rollup import code_leaves, country_codes, leaf_expression
from transforms.measures import measure_of
from transforms.observations import KEYS, indicators_of, key_columns
from transforms.protect.structure.families import families
from transforms.protect.structure.groups import (
    Atoms,
    Floats,
    Group,
    Leaves,
    Number,
    Positions,
    Signature,
    Structure,
    StructuredRecords,
    Table,
    Universe,
    assemble,
)
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
    universe = Universe(tuple(populations), _signatures(persons, populations))
    leaves = _observed_leaves(persons, populations, dimensions)
    tables = _tables(
        {name: tuple(_parts(each, catalogue)) for name, each in indicators.items()},
        {name: tuple(_dimensions(each)) for name, each in indicators.items()},
        universe,
        leaves,
    )
    atoms = Atoms.empty(sum(table.size for table in tables), variables)
    for table in tables:
        _read_atoms(persons, table, atoms, contributions)
    numbers = tuple(_numbers(cells, catalogue, universe, leaves))
    weights = persons.connection.execute(f"select min(weight), max(weight) from {persons}").fetchall()[0]
    structure = assemble(tables, numbers, atoms, universe, (float(weights[0] or 1), float(weights[1] or 1)))
    agree(cells, structure)
    return StructuredRecords(structure, persons)


@dataclass(frozen=True)
class Joint:
    """Persons who are in the same leaf of every dimension and in the same populations: their number, the sum of their
    weights, the sum of their record keys (modulo KEY_SPACE), and for each table the atom they are in, or -1."""

    cases: Floats
    weight: Floats
    keys: Floats
    atoms: tuple[Positions, ...]

    def spread(self, quantity: Floats, size: int) -> Floats:
        """A quantity added up for each atom of every table."""
        result = np.zeros(size)
        for atoms in self.atoms:
            inside = atoms >= 0
            np.add.at(result, atoms[inside], quantity[inside])
        return result


def read_joint(read: StructuredRecords, seed: str) -> Joint:
    """The persons by everything that distinguishes them, in a fixed order.

    A record key is the start of SHA-256 over the secret seed and the person's identifier.
    """
    structure, persons = read.structure, read.records
    populations = structure.universe.populations
    dimensions = sorted({name for table in structure.tables for name in table.dimensions})
    columns = [*(f"in_{name}" for name in populations), *(f"leaf_{name}" for name in dimensions)]
    rows = persons.connection.execute(
        f"""
        with keyed as (
            select *, cast('0x' || left(sha256(concat(?, '|', person_id)), 8) as ubigint) as record_key from {persons}
        )
        select {", ".join(columns)}, cast(count(*) as double),
            cast(sum(cast(weight as decimal(18, 8))) as double), cast(sum(record_key) % {KEY_SPACE} as double)
        from keyed
        group by {", ".join(columns)}
        order by {", ".join(columns)}
        """,
        [seed],
    ).fetchall()
    atoms = tuple(
        np.array([_atom(table, populations, dimensions, row) for row in rows], dtype=np.int64)
        for table in structure.tables
    )
    cases, weight, keys = (np.array([row[at] for row in rows], dtype=np.float64) for at in (-3, -2, -1))
    return Joint(cases, weight, keys, atoms)


def _atom(table: Table, populations: tuple[str, ...], dimensions: list[str], row: tuple[Any, ...]) -> int:
    signature = tuple(bool(row[populations.index(name)]) for name in table.populations)
    if signature not in table.signatures:
        return -1
    leaves = [str(row[len(populations) + dimensions.index(name)]) for name in table.dimensions]
    place = [table.leaves[name].index(leaf) for name, leaf in zip(table.dimensions, leaves, strict=True)]
    return table.offset + int(np.ravel_multi_index([table.signatures.index(signature), *place], table.shape))


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
    they are in each part (`in_<name>`), and what they add to the total of each variable (`total_<name>`).
    """
    classifications = load_classifications()
    columns = [f"{leaf_expression(classifications[name])} as leaf_{name}" for name in dimensions]
    columns += [f"coalesce({where}, false) as in_{name}" for name, where in parts.items()]
    columns += [f"coalesce(weight * {name}, 0) as total_{name}" for name in variables]
    query = f"select person_id, weight, {', '.join(columns)} from {core} where weight > 0"
    return create_table(core.connection, "persons", query)


def _signatures(persons: Relation, populations: list[str]) -> tuple[Signature, ...]:
    flags = ", ".join(f"in_{name}" for name in populations)
    rows = persons.connection.execute(f"select distinct {flags} from {persons} order by all").fetchall()
    return tuple(tuple(bool(flag) for flag in row) for row in rows if any(row))


def _observed_leaves(persons: Relation, populations: list[str], dimensions: list[str]) -> dict[str, tuple[str, ...]]:
    inside = " or ".join(f"in_{each}" for each in populations)
    leaves = {}
    for name in dimensions:
        query = f"select distinct leaf_{name} from {persons} where {inside} order by 1"
        leaves[name] = tuple(str(row[0]) for row in persons.connection.execute(query).fetchall())
    return leaves


def _tables(
    parts_of: Mapping[str, tuple[str, ...]],
    dimensions_of: Mapping[str, tuple[str, ...]],
    universe: Universe,
    leaves: Mapping[str, tuple[str, ...]],
) -> tuple[Table, ...]:
    """The tables of each set of dimensions, with the parts that some indicator counts by them."""
    tables: list[Table] = []
    offset = 0
    for dimensions in sorted(set(dimensions_of.values())):
        together = [parts for name, parts in parts_of.items() if dimensions_of[name] == dimensions]
        for some in families(together, universe):
            of_table = {name: leaves[name] for name in dimensions}
            table = Table(dimensions, some, of_table, universe.projected(some), offset)
            tables.append(table)
            offset += table.size
    return tuple(tables)


def _read_atoms(persons: Relation, table: Table, atoms: Atoms, contributions: int) -> None:
    """Fill in `atoms` for one table."""
    flags = [f"in_{name}" for name in table.populations]
    leaves = [f"leaf_{name}" for name in table.dimensions]
    quantities = ["weight", *(f"total_{name}" for name in atoms.totals)]
    largest = [f"max(abs({each}), {contributions})" if contributions else "[]::double[]" for each in quantities]
    totals = [f"cast(sum(cast(abs({each}) as decimal(38, 8))) as double)" for each in quantities[1:]]
    rows = persons.connection.execute(f"""
        select {", ".join([*flags, *leaves])}, count(*),
            cast(sum(cast(weight as decimal(18, 8))) as double),
            cast(sum(cast(weight * weight as decimal(38, 12))) as double),
            {", ".join([*largest, *totals])}
        from {persons}
        where {" or ".join(flags)}
        group by {", ".join([*flags, *leaves])}
    """).fetchall()
    signature_at = {signature: i for i, signature in enumerate(table.signatures)}
    leaf_at = [{leaf: i for i, leaf in enumerate(table.leaves[name])} for name in table.dimensions]
    for row in rows:
        signature = tuple(bool(flag) for flag in row[: len(flags)])
        values = row[len(flags) : len(flags) + len(leaves)]
        place = (signature_at[signature], *(at[str(value)] for at, value in zip(leaf_at, values, strict=True)))
        atom = table.offset + int(np.ravel_multi_index(place, table.shape))
        of_atom = row[len(flags) + len(leaves) :]
        atoms.cases[atom], atoms.weight[atom], atoms.weight_squared[atom] = of_atom[:3]
        atoms.largest[atom] = tuple(sorted(of_atom[3], reverse=True))
        of_totals = zip(of_atom[4 : 4 + len(totals)], of_atom[4 + len(totals) :], strict=True)
        for name, (contributed, total) in zip(atoms.totals, of_totals, strict=True):
            atoms.largest_of[name][atom] = tuple(sorted(contributed, reverse=True))
            atoms.totals[name][atom] = total


def _numbers(
    cells: Relation, catalogue: Catalogue, universe: Universe, leaves: Mapping[str, tuple[str, ...]]
) -> Iterator[Number]:
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
    members = {part: universe.members(part) for parts in parts_of.values() for part in parts}
    for row, (name, *key) in enumerate(rows):
        indicator = catalogue.indicators[name]
        of_codes = [(dim, code) for dim, code in _codes_of(indicator, key) if (name, dim) in takes]
        taken = [(_leaves_of(dim), takes[name, dim][code]) for dim, code in of_codes]
        some = tuple((dim, part) for dim, part in sorted(taken) if part != frozenset(leaves[dim]))
        counted, *base = (Group(members[part], some) for part in parts_of[name])
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
