"""Determines from the flow records and numbers of a register how they are related, as `records` does for persons."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
from scipy import sparse

from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from transforms.duck import quote_name, quote_text
from transforms.observations import KEYS, indicators_of, key_columns
from transforms.protect.structure.groups import (
    Atoms,
    Group,
    Leaves,
    Number,
    Positions,
    Structure,
    StructuredRecords,
    Table,
    Universe,
    assemble,
)
from transforms.protect.structure.records import KEY_SPACE, Joint, agree
from transforms.relation import Relation, create_view

Texts = tuple[str, ...]


@dataclass(frozen=True)
class _Part:
    """Records of one table of the register that some of its indicators count."""

    table: str
    where: str
    whole: bool


def read_flow_structure(core: Relation, cells: Relation, register: Register, partition: Partition) -> StructuredRecords:
    """The structure of numbers estimated from flow records. Every case is one person or permit.

    A combination without records has no number, so it is known to be empty. Tables of the register that must have the
    same sums disclose each other. Raises IlmsError when the numbers do not follow from the records.
    """
    fed_by = {
        indicator: table
        for table, declared in register.wave_tables(partition.wave).items()
        for indicator in declared.feeds_in(partition.wave)
    }
    names = indicators_of(cells)
    catalogue = load_register_catalogue()
    indicators = {name: catalogue.indicators[name] for name in names}
    dimensions = {name: [catalogue.classifications[each] for each in indicators[name].dimensions] for name in names}
    parts = {name: _part(core, fed_by[name], indicators[name]) for name in names}
    populations = {part: f"p{position}" for position, part in enumerate(dict.fromkeys(parts.values()))}
    counted = _create_counted(core, populations)
    universe = _universe(counted, populations.values())
    leaves = _leaves(core, sorted({part.table for part in parts.values()}), dimensions)
    tables, atoms = _tables(counted, parts, dimensions, universe, populations, leaves)
    numbers = tuple(_numbers(cells, indicators, dimensions, parts, universe, leaves))
    structure = assemble(tables, numbers, atoms, universe, (1.0, 1.0))
    links = [structure.links, *_agreements(register, partition, parts, structure)]
    structure = replace(structure, links=sparse.csr_array(sparse.vstack(links)), zeros_known=True)
    agree(cells, structure)
    return StructuredRecords(structure, counted)


def _part(core: Relation, table: str, indicator: RegisterIndicator) -> _Part:
    conditions = [f"register_table = {quote_text(table)}", f"event in ({_texts(indicator.events)})"]
    conditions += [f"{quote_name(name)} not in ({_texts(values)})" for name, values in indicator.leave_out.items()]
    where = " and ".join(conditions)
    rest = f"select count(*) from {core} where register_table = {quote_text(table)} and not ({where})"
    return _Part(table, where, core.connection.execute(rest).fetchall()[0][0] == 0)


def _create_counted(core: Relation, populations: Mapping[_Part, str]) -> Relation:
    """View `counted`: the flow records with a column for each population, whether they are in it."""
    columns = ", ".join(f"({part.where}) as {name}" for part, name in populations.items())
    return create_view(core.connection, "counted", f"select *, {columns} from {core}")


def _universe(counted: Relation, populations: Iterable[str]) -> Universe:
    """The populations, and in which of them the same records are."""
    names = tuple(populations)
    rows = counted.connection.execute(f"select distinct {', '.join(names)} from {counted} order by all").fetchall()
    return Universe(names, tuple(tuple(bool(flag) for flag in row) for row in rows if any(row)))


def _leaves(
    core: Relation, tables: Sequence[str], dimensions: Mapping[str, Sequence[FlowClassification]]
) -> dict[tuple[str, str], Texts]:
    """The values of each breakdown that occur, of each table of the register."""
    variables = sorted({each.variable for some in dimensions.values() for each in some})
    found = {}
    for table, variable in product(tables, variables):
        query = (
            f"select distinct {quote_name(variable)} from {core} where register_table = {quote_text(table)} order by 1"
        )
        found[table, variable] = tuple(str(row[0]) for row in core.connection.execute(query).fetchall())
    return found


def _tables(
    counted: Relation,
    parts: Mapping[str, _Part],
    dimensions: Mapping[str, Sequence[FlowClassification]],
    universe: Universe,
    names: Mapping[_Part, str],
    leaves: Mapping[tuple[str, str], Texts],
) -> tuple[tuple[Table, ...], Atoms]:
    """One table of atoms for each table of the register and set of breakdowns, with its atoms' cases."""
    wanted: dict[tuple[str, Texts], set[str]] = {}
    for indicator, part in parts.items():
        variables = tuple(sorted({each.variable for each in dimensions[indicator]}))
        wanted.setdefault((part.table, variables), set()).add(names[part])
    tables: list[Table] = []
    offset = 0
    for (name, variables), populations in sorted(wanted.items()):
        some = tuple(each for each in universe.populations if each in populations)
        of_table = {variable: leaves[name, variable] for variable in variables}
        tables.append(Table(variables, some, of_table, universe.projected(some), offset))
        offset += tables[-1].size
    atoms = Atoms.empty(offset)
    for table in tables:
        _read_atoms(counted, table, atoms)
    return tuple(tables), atoms


def _read_atoms(counted: Relation, table: Table, atoms: Atoms) -> None:
    """Fill in `atoms` for one table."""
    columns = [*table.populations, *(quote_name(name) for name in table.dimensions)]
    rows = counted.connection.execute(
        f"select {', '.join(columns)}, coalesce(sum(value), 0) from {counted}"
        f" where {' or '.join(table.populations)} group by {', '.join(columns)}"
    ).fetchall()
    for row in rows:
        atom = _atom(table, row[:-1])
        atoms.cases[atom] = atoms.weight[atom] = atoms.weight_squared[atom] = float(row[-1])


def _atom(table: Table, row: Sequence[object]) -> int:
    flags, values = row[: len(table.populations)], row[len(table.populations) :]
    signature = tuple(bool(flag) for flag in flags)
    if signature not in table.signatures:
        return -1
    place = [table.leaves[name].index(str(value)) for name, value in zip(table.dimensions, values, strict=True)]
    return table.offset + int(np.ravel_multi_index([table.signatures.index(signature), *place], table.shape))


def _numbers(
    cells: Relation,
    indicators: Mapping[str, RegisterIndicator],
    dimensions: Mapping[str, Sequence[FlowClassification]],
    parts: Mapping[str, _Part],
    universe: Universe,
    leaves: Mapping[tuple[str, str], Texts],
) -> Iterator[Number]:
    names = {part: universe.populations[position] for position, part in enumerate(dict.fromkeys(parts.values()))}
    rows = cells.connection.execute(f"select indicator, sex, classif1, classif2 from {cells}").fetchall()
    for row, (name, *key) in enumerate(rows):
        part, some = parts[name], []
        for dimension, code in _codes(dimensions[name], key):
            all_leaves = leaves[part.table, dimension.variable]
            taken = _takes(dimension, all_leaves, code)
            if taken != frozenset(all_leaves):
                some.append((dimension.variable, taken))
        counted = Group(universe.members(names[part]), tuple(sorted(some)))
        yield Number(
            row, name, (key[0], key[1], key[2]), counted, None, indicators[name].measure, indicators[name].scale
        )


def _codes(dimensions: Sequence[FlowClassification], key: Sequence[str]) -> Iterator[tuple[FlowClassification, str]]:
    """Each dimension with its code in columns sex, classif1 and classif2."""
    columns = key_columns(each.type for each in dimensions)
    return ((dimension, key[KEYS.index(column)]) for dimension, column in zip(dimensions, columns, strict=True))


def _takes(dimension: FlowClassification, leaves: Texts, code: str) -> Leaves:
    codes = dimension.sums.get(code, [code])
    if dimension.total in codes:
        return frozenset(leaves)
    return frozenset(leaf for leaf in leaves if dimension.code(leaf) in codes)


def _agreements(
    register: Register, partition: Partition, parts: Mapping[str, _Part], structure: Structure
) -> Iterator[sparse.csr_array]:
    """A row for each sum that two tables of the register have in common, as its declaration says."""
    of_table = {part.table: part for part in parts.values() if part.whole}
    populations = dict(zip(dict.fromkeys(parts.values()), structure.universe.populations, strict=True))
    for agreement in register.agreements:
        if partition.wave not in agreement.waves or not {agreement.parts, agreement.whole} <= of_table.keys():
            continue
        sides = [
            [
                table
                for table in structure.tables
                if populations[of_table[name]] in table.populations and {*agreement.by} <= {*table.dimensions}
            ]
            for name in (agreement.parts, agreement.whole)
        ]
        if not all(sides):
            continue
        one, other = (some[0] for some in sides)
        shared = [[leaf for leaf in one.leaves[name] if leaf in other.leaves[name]] for name in agreement.by]
        for leaves in product(*shared):
            where = {name: frozenset([leaf]) for name, leaf in zip(agreement.by, leaves, strict=True)}
            row = np.zeros(len(structure.atoms.cases))
            row[one.atoms(range(len(one.signatures)), where)] = 1
            row[other.atoms(range(len(other.signatures)), where)] -= 1
            if row @ structure.atoms.cases == 0:  # sums that differ for a declared reason disclose nothing
                yield sparse.csr_array(row[None, :])


def read_flow_joint(read: StructuredRecords, seed: str) -> Joint:
    """The records counted in numbers, in a fixed order.

    A record key is drawn from the record's breakdowns, period and number: where that changes, other persons are
    counted, and the noise changes too.
    """
    structure, counted = read.structure, read.records
    variables = sorted({name for table in structure.tables for name in table.dimensions})
    populations = structure.universe.populations
    columns = [*populations, "register_table", *(quote_name(name) for name in variables)]
    about = ", '|', ".join(["?", *columns[len(populations) :], "period", "value"])
    rows = counted.connection.execute(
        f"""
        select {", ".join(columns)}, sum(value),
            cast(sum(cast('0x' || left(sha256(concat({about})), 8) as ubigint)) % {KEY_SPACE} as double)
        from {counted}
        where {" or ".join(populations)}
        group by {", ".join(columns)}
        having sum(value) > 0
        order by {", ".join(columns)}
        """,
        [seed],
    ).fetchall()
    atoms = tuple(_atoms(table, rows, populations, variables) for table in structure.tables)
    cases, keys = (np.array([row[at] for row in rows], dtype=np.float64) for at in (-2, -1))
    return Joint(cases, cases, keys, atoms)


def _atoms(table: Table, rows: Sequence[Sequence[object]], populations: Texts, variables: Sequence[str]) -> Positions:
    flags = [populations.index(name) for name in table.populations]
    values = [len(populations) + 1 + variables.index(name) for name in table.dimensions]
    found = [
        _atom(table, [row[at] for at in (*flags, *values)]) if any(row[at] for at in flags) else -1 for row in rows
    ]
    return np.array(found, dtype=np.int64)


def _texts(values: Sequence[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
