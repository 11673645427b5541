"""Sums per cell and sampling unit, added up from the combinations of leaves that a scan distinguished.

Cases and weights are added up as whole numbers (weights in 1e-8ths), and all else in one order, so that nothing depends
on the order in which threads end.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import kron

from transforms.estimate.atoms import Atoms
from transforms.estimate.coding import WEIGHT_UNITS, Coding
from transforms.estimate.domains import Domains, matrices
from transforms.estimate.plan import Scan
from transforms.estimate.rollup import Rollup
from transforms.estimate.squares import Squares
from transforms.measures import Part
from transforms.relation import Relation
from transforms.sql import load_sql


def scanned_domains(atoms: Atoms, scan: Scan, rollups: Sequence[Rollup]) -> Domains:
    """The sums of every part of a scan in every cell of some dimensions."""
    coding, squares = atoms.persons.coding, atoms.persons.squares
    wanted = {name: sql for part in scan.parts for name, sql in _sums_of(part, coding, squares).items()}
    return add_up(atoms, wanted, coding.in_any(scan.populations), rollups)


def add_up(atoms: Atoms, wanted: Mapping[str, str], where: str, rollups: Sequence[Rollup]) -> Domains:
    """The `wanted` sums, SQL by name, over the atoms that satisfy the SQL of `where`, in every cell of some roll-ups.

    Cells are numbered by the positions of their codes, those of the last roll-up following each other. Names of
    weights begin with `w_`; their sums come in 1e-8ths.
    """
    leaves = {f"leaf_{position}": each.bits.number for position, each in enumerate(rollups)}
    query = load_sql(__file__, "add_up").substitute(
        atoms=atoms.relation,
        columns=",\n    ".join(f"{sql} as {name}" for name, sql in (leaves | dict(wanted)).items()),
        keys=", ".join(leaves),
        where=where,
    )
    found = _fetched(atoms.relation.connection, query)
    widths = [each.matrix.shape[1] for each in rollups]
    combination = np.ravel_multi_index([found[name] for name in leaves], widths)
    rollup = reduce(kron, (each.matrix for each in rollups)).tocsr()
    of_codes = matrices(
        {name: found[name] for name in wanted},
        combination,
        found["unit"],
        (rollup.shape[1], atoms.persons.sample.count),
    )
    sums, totals = {}, {}
    for name, of_leaves in of_codes.items():
        units = WEIGHT_UNITS if name.startswith("w_") else 1
        of_cells = rollup.astype(of_leaves.dtype) @ of_leaves
        totals[name] = np.asarray(of_cells.sum(axis=1), dtype=np.float64) / units
        sums[name] = of_cells.astype(np.float64) / units
    return Domains(sums, totals)


def listed_domains(sums_of_units: Relation, columns: Iterable[str], cells: int, units: int) -> Domains:
    """The sums that a relation(cell, unit, ...) has in some columns."""
    found = _fetched(sums_of_units.connection, f"from {sums_of_units}")
    values = {name: found[name].astype(np.float64) for name in columns}
    sums = matrices(values, found["cell"], found["unit"], (cells, units))
    return Domains(sums, {name: np.asarray(each.sum(axis=1)) for name, each in sums.items()})


def _fetched(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(column) for name, column in connection.execute(query).fetchnumpy().items()}


def _sums_of(part: Part, coding: Coding, squares: Squares) -> dict[str, str]:
    """Name and SQL of a part's sums (as `transforms.measures` calls them); squares where persons are the units."""
    condition = " and ".join(
        [coding.populations[part.population].is_set, *(coding.has[name].is_set for name in part.variables)]
    )
    sums = {"n": "n", "w": "w"}
    if part.variable:
        sums["wv"] = f"wv_{part.variable}"
    if part.base:
        sums["wu"] = f"wv_{part.base}"
    sums |= squares.of_part(part)
    filtered = {name: f"sum({column}) filter ({condition})" for name, column in sums.items()}
    return {f"{name}_{part.name}": sum_as_number(name, total) for name, total in filtered.items()}


def sum_as_number(name: str, total: str) -> str:
    """SQL of a total as a number that numpy holds: cases (n) and weights (w) are whole, all others as they are."""
    return f"cast(coalesce({total}, 0) as {'bigint' if name in ('n', 'w') else 'double'})"
