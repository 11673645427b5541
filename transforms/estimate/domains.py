"""Sums per cell and sampling unit, as sparse matrices: from the combinations of leaves that a scan told apart.

Cases and weights are added up as whole numbers (weights in 1e-8ths), and all else in one order, so that nothing depends
on the order in which threads come to their end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import duckdb
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, kron

from schemas.sample_design import Design
from transforms.estimate.atoms import Atoms
from transforms.estimate.coding import WEIGHT_UNITS, Coding
from transforms.estimate.plan import Scan
from transforms.estimate.rollup import Rollup
from transforms.estimate.sample import Floats, Sample
from transforms.measures import Part
from transforms.relation import Relation
from transforms.sql import load_sql


class Domains:
    """The sums of some cells, each by sampling unit (cells by units), and what the variance needs of them.

    Weights are in persons, weighted values in persons times the variable's unit, squares in square units (`squares`).
    """

    def __init__(self, sample: Sample, sums: Mapping[str, csr_array], totals: dict[str, Floats]) -> None:
        """`totals` are those per cell over all units."""
        self.sample = sample
        self.sums = sums
        self.totals = totals
        self._by_stratum: dict[tuple[str, ...], Floats] = {}

    def by_unit(self, name: str) -> Floats:
        """A sum per cell and unit."""
        return np.asarray(self.sums[name].toarray())

    def by_stratum(self, name: str) -> Floats:
        """A sum per cell and stratum."""
        return self._kept(("sum", name), lambda: self.sums[name])

    def products(self, one: str, other: str) -> Floats:
        """Per cell and stratum, the sum over units of the products of two sums."""
        return self._kept(("product", one, other), lambda: self.sums[one].multiply(self.sums[other]))

    def units_with(self, name: str) -> Floats:
        """Per cell and stratum, the units that have some cases."""
        return self._kept(("units", name), lambda: (self.sums[name] > 0).astype(np.float64))

    def _kept(self, key: tuple[str, ...], by_unit: Callable[[], csr_array]) -> Floats:
        """Indicators of the same cells share most of these."""
        if key not in self._by_stratum:
            self._by_stratum[key] = np.asarray((by_unit() @ self.sample.strata).toarray())
        return self._by_stratum[key]


def scanned_domains(atoms: Atoms, scan: Scan, rollups: Sequence[Rollup]) -> Domains:
    """The sums of every part of a scan in every cell of some dimensions."""
    coding, design = atoms.persons.coding, atoms.persons.sample.design
    wanted = {name: sql for part in scan.parts for name, sql in _sums_of(part, coding, design).items()}
    return add_up(atoms, wanted, coding.in_any(scan.populations), rollups)


def add_up(atoms: Atoms, wanted: Mapping[str, str], where: str, rollups: Sequence[Rollup]) -> Domains:
    """The `wanted` sums, SQL by name, over the atoms that the SQL of `where` takes, in every cell of some roll-ups.

    Cells are numbered by the positions of their codes, those of the last roll-up following each other. Names of
    weights begin with `w_`; their sums come in 1e-8ths.
    """
    sample = atoms.persons.sample
    leaves = {f"leaf_{position}": each.bits.number for position, each in enumerate(rollups)}
    query = load_sql(__file__, "domains").substitute(
        atoms=atoms.relation,
        columns=",\n    ".join(f"{sql} as {name}" for name, sql in (leaves | dict(wanted)).items()),
        keys=", ".join(leaves),
        where=where,
    )
    found = _fetched(atoms.relation.connection, query)
    widths = [each.matrix.shape[1] for each in rollups]
    combination = np.ravel_multi_index([found[name] for name in leaves], widths)
    rollup = reduce(kron, (each.matrix for each in rollups)).tocsr()
    matrices = _matrices(
        {name: found[name] for name in wanted}, combination, found["unit"], (rollup.shape[1], sample.count)
    )
    sums, totals = {}, {}
    for name, of_leaves in matrices.items():
        units = WEIGHT_UNITS if name.startswith("w_") else 1
        of_cells = rollup.astype(of_leaves.dtype) @ of_leaves
        totals[name] = np.asarray(of_cells.sum(axis=1), dtype=np.float64) / units
        sums[name] = of_cells.astype(np.float64) / units
    return Domains(sample, sums, totals)


def listed_domains(sums_of_units: Relation, columns: Iterable[str], cells: int, sample: Sample) -> Domains:
    """The sums that a relation(cell, unit, ...) has in some columns."""
    found = _fetched(sums_of_units.connection, f"from {sums_of_units}")
    values = {name: found[name].astype(np.float64) for name in columns}
    sums = _matrices(values, found["cell"], found["unit"], (cells, sample.count))
    return Domains(sample, sums, {name: np.asarray(each.sum(axis=1)) for name, each in sums.items()})


def _fetched(connection: duckdb.DuckDBPyConnection, query: str) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(column) for name, column in connection.execute(query).fetchnumpy().items()}


def _matrices(
    values: Mapping[str, NDArray[Any]], rows: NDArray[Any], columns: NDArray[Any], shape: tuple[int, int]
) -> dict[str, csr_array]:
    """Matrices of the same places, in an order of their own, whatever the order that the places came in."""
    order = np.lexsort((columns, rows))
    starts = np.searchsorted(rows[order], np.arange(shape[0] + 1))
    return {name: csr_array((each[order], columns[order], starts), shape=shape) for name, each in values.items()}


def _sums_of(part: Part, coding: Coding, design: Design) -> dict[str, str]:
    """Name and SQL of a part's sums (as `transforms.measures` calls them); squares where persons are the units."""
    condition = " and ".join(
        [coding.populations[part.population].is_set, *(coding.has[name].is_set for name in part.variables)]
    )
    squares = design.persons_are_units
    sums = {"n": "n", "w": "w", **({"w2": "w2"} if squares else {})}
    if part.variable:
        wanted = ("wv", "w2v", "w2vv") if squares else ("wv",)
        sums |= {each: f"{each}_{part.variable}" for each in wanted}
    if part.base:
        sums["wu"] = f"wv_{part.base}"
        squared = {"w2uu": f"w2vv_{part.base}", "w2vu": f"w2vu_{part.variable}_{part.base}"}
        sums |= squared if squares else {}
    filtered = {name: f"sum({column}) filter ({condition})" for name, column in sums.items()}
    return {f"{name}_{part.name}": sum_as_number(name, total) for name, total in filtered.items()}


def sum_as_number(name: str, total: str) -> str:
    """SQL of a total as a number that numpy holds: cases (n) and weights (w) are whole, all else comes as it is."""
    return f"cast(coalesce({total}, 0) as {'bigint' if name in ('n', 'w') else 'double'})"
