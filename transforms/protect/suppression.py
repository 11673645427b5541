"""Suppression: unsafe groups, then tau-argus table by table, then the attack until nothing can be told too closely."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.protection import Suppression
from transforms.protect.attack import Attack, Need, Publication, widened
from transforms.protect.complement import Complement
from transforms.protect.groups import Structure
from transforms.protect.primary import needs_of, unsafe_groups
from transforms.protect.tauargus import HierarchicalTable, hierarchical_tables, suppress

Solver = Callable[[HierarchicalTable, dict[int, Need]], tuple[set[int], int]]


@dataclass(frozen=True)
class Pattern:
    """What is withheld: groups unsafe by themselves, groups that protect them, and how they were found.

    `calls` counts the calls of tau-argus, `left` the cells that its audits found unsafe, `added` the groups that the
    attack then had withheld besides.
    """

    unsafe: frozenset[int]
    withheld: frozenset[int]
    calls: int
    left: int
    added: int


def find_pattern(structure: Structure, profile: Suppression, *, squares: bool, workdir: Path) -> Pattern:
    """The groups to withhold under a profile. The same input gives the same groups.

    `squares` says whether the standard errors that are published tell the squares of weights.
    """

    def call(table: HierarchicalTable, needs: dict[int, Need]) -> tuple[set[int], int]:
        return suppress(table, needs, workdir=workdir, time_out=profile.time_out_seconds)

    unsafe = unsafe_groups(structure, profile)
    withheld, calls, left = _table_by_table(structure, profile, unsafe, call) if unsafe else (set[int](), 0, 0)
    before = len(withheld)
    withheld = close_gaps(structure, profile, unsafe, withheld, squares=squares)
    return Pattern(frozenset(unsafe), frozenset(withheld), calls, left, len(withheld) - before)


def _table_by_table(
    structure: Structure, profile: Suppression, unsafe: set[int], call: Solver
) -> tuple[set[int], int, int]:
    """Let tau-argus protect each table; what one withholds, others that hold it too must protect, so go round."""
    tables = hierarchical_tables(structure)
    withheld = set(unsafe)
    protected: list[set[int] | None] = [None] * len(tables)
    calls = 0
    left = [0] * len(tables)
    for _ in range(profile.maximum_rounds):
        found_any = False
        for at, table in enumerate(tables):
            inside = withheld & table.groups
            if not inside or inside == protected[at]:
                continue
            needs = {need.group: need for need in needs_of(structure, unsafe & inside, inside, profile)}
            found, left[at] = call(table, needs)
            calls += 1
            withheld |= found
            protected[at] = inside | found
            found_any = found_any or bool(found)
        if not found_any:
            break
    return withheld, calls, sum(left)


def close_gaps(
    structure: Structure, profile: Suppression, unsafe: set[int], withheld: set[int], *, squares: bool
) -> set[int]:
    """Withhold more until the attack finds nothing too close. Each round withholds more, so there is a last one."""
    result = set(withheld)
    complement = Complement(structure)
    low, high = np.zeros((2, len(structure.groups))), np.zeros((2, len(structure.groups)))
    while True:
        needs = needs_of(structure, unsafe, result, profile)
        attack = Attack(structure, Publication.without(structure, result, squares=squares))
        attack.low, attack.high = low, high
        attack.shoot(needs)
        low, high = attack.low, attack.high
        before = len(result)
        for need in needs:
            if np.any(high[:, need.group] - low[:, need.group] < (need.cases, need.value)):
                more, departure = complement.of(need, result)
                result |= more
                low, high = widened(complement.of_groups, complement.quantities, departure, low, high)
        if len(result) == before:
            return result
