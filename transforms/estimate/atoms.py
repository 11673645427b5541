"""Atoms: the sums of one scan over the persons, from which cells of any codes can be added up."""

from __future__ import annotations

from dataclasses import dataclass

from transforms.estimate.persons import UNIT, Persons
from transforms.estimate.plan import Scan
from transforms.relation import Relation, create_table


@dataclass(frozen=True)
class Atoms:
    """The sums of a scan: a row for each combination of leaves, populations and sampling unit that occurs.

    relation  the columns of the coding that the scan distinguishes, `unit`, cases (`n`), weights in 1e-8ths (`w`),
              weighted values of each variable (`wv_<variable>`), and squares where they are summed (`w2`, `w2v_`,
              `w2vv_`, `w2vu_`: transforms.estimate.squares)
    persons   the persons summed over
    """

    relation: Relation
    persons: Persons


def create_atoms(persons: Persons, scan: Scan) -> Atoms:
    """The atoms of one scan over the persons."""
    coding, squares = persons.coding, persons.squares.of_scan(scan)
    keys = coding.keys(scan)
    query = persons.sample.atoms_query(persons.relation, keys, coding.in_any(scan.populations), scan.variables, squares)
    relation = create_table(persons.relation.connection, "atoms", query)
    relation.require(*keys, UNIT, "n", "w", *(f"wv_{name}" for name in scan.variables), *squares)
    return Atoms(relation, persons)
