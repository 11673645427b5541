"""Determines from the flow records and numbers of a register how they are related, as `records` does for persons."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from schemas.partition import Partition
from schemas.register import Register
from schemas.register_indicators import FlowClassification, RegisterIndicator, load_register_catalogue
from transforms.duck import quote_name, quote_text
from transforms.observations import KEYS, indicators_of, key_columns
from transforms.protect.structure.groups import Atoms, Flags, Group, Leaves, Number, StructuredRecords
from transforms.protect.structure.joint import JointRecords, assemble
from transforms.protect.structure.records import KEY_SPACE, Joint, agree
from transforms.relation import Relation, create_view

TABLE = "register_table"
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
    variables = sorted({each.variable for some in dimensions.values() for each in some})
    columns = (*populations.values(), TABLE, *(quote_name(name) for name in variables))
    joint = _read_joint_records(counted, populations, variables, columns)
    leaves = _leaves(core, sorted({part.table for part in parts.values()}), dimensions)
    numbers = _numbers(cells, indicators, dimensions, parts, populations, leaves)
    equal = tuple(_agreements(register, partition, parts, leaves, joint))
    structure, atom_of = assemble(joint, numbers, (1.0, 1.0), equal=equal)
    agree(cells, structure)
    return StructuredRecords(replace(structure, zeros_known=True), counted, columns, atom_of)


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


def _read_joint_records(
    counted: Relation, populations: Mapping[_Part, str], variables: Sequence[str], columns: Sequence[str]
) -> JointRecords:
    """How many cases there are of every combination that occurs in a table of the register."""
    names = tuple(populations.values())
    some = ", ".join(columns)
    rows = counted.connection.execute(
        f"select {some}, sum(value) from {counted} where {' or '.join(names)}"
        f" group by {some} having sum(value) > 0 order by {some}"
    ).fetchall()
    cases = np.array([row[-1] for row in rows], dtype=np.float64)
    return JointRecords.of(names, (TABLE, *variables), rows, Atoms(cases, cases, cases, [()] * len(rows)))


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


def _numbers(
    cells: Relation,
    indicators: Mapping[str, RegisterIndicator],
    dimensions: Mapping[str, Sequence[FlowClassification]],
    parts: Mapping[str, _Part],
    populations: Mapping[_Part, str],
    leaves: Mapping[tuple[str, str], Texts],
) -> Iterator[Number]:
    rows = cells.connection.execute(f"select indicator, sex, classif1, classif2 from {cells}").fetchall()
    for row, (name, *key) in enumerate(rows):
        part, some = parts[name], []
        for dimension, code in _codes(dimensions[name], key):
            all_leaves = leaves[part.table, dimension.variable]
            taken = _takes(dimension, all_leaves, code)
            if taken != frozenset(all_leaves):
                some.append((dimension.variable, taken))
        counted = Group(populations[part], tuple(sorted(some)))
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
    register: Register,
    partition: Partition,
    parts: Mapping[str, _Part],
    leaves: Mapping[tuple[str, str], Texts],
    joint: JointRecords,
) -> Iterator[tuple[Flags, Flags]]:
    """The combinations on both sides of each sum that two tables of the register have in common, as its declaration
    says."""
    whole = {part.table for part in parts.values() if part.whole}
    cases = joint.atoms.cases
    for agreement in register.agreements:
        sides = (agreement.parts, agreement.whole)
        if partition.wave not in agreement.waves or not {*sides} <= whole:
            continue
        if not all((side, name) in leaves for side in sides for name in agreement.by):
            continue
        shared = [sorted({*leaves[sides[0], name]} & {*leaves[sides[1], name]}) for name in agreement.by]
        for place in product(*shared):
            where = dict(zip(agreement.by, place, strict=True))
            one, other = (joint.within({TABLE: side, **where}) for side in sides)
            if cases[one].sum() == cases[other].sum():  # sums that differ for a declared reason disclose nothing
                yield one, other


def read_flow_joint(read: StructuredRecords, seed: str) -> Joint:
    """The records counted in numbers, in a fixed order.

    A record key is drawn from the record's breakdowns, period and number: where that changes, other persons are
    counted, and the noise changes too.
    """
    columns = ", ".join(read.columns)
    populations = read.columns[: read.columns.index(TABLE)]
    about = ", '|', ".join(["?", *read.columns[len(populations) :], "period", "value"])
    rows = read.records.connection.execute(
        f"""
        select {columns}, sum(value),
            cast(sum(cast('0x' || left(sha256(concat({about})), 8) as ubigint)) % {KEY_SPACE} as double)
        from {read.records}
        where {" or ".join(populations)}
        group by {columns}
        having sum(value) > 0
        order by {columns}
        """,
        [seed],
    ).fetchall()
    cases, keys = (np.array([row[at] for row in rows], dtype=np.float64) for at in (-2, -1))
    return Joint(cases, cases, keys, read.atom_of)


def _texts(values: Sequence[str]) -> str:
    return ", ".join(quote_text(value) for value in values)
