"""Suppression: unsafe groups, then tau-argus table by table, then the attack until nothing can be told too closely."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from schemas.protection import Suppression
from transforms.protect.attack import EXACT, Attack, Need, Publication
from transforms.protect.complement import Complement
from transforms.protect.groups import Structure
from transforms.protect.magnitudes import attack_totals
from transforms.protect.primary import needs_of, unsafe_groups
from transforms.protect.tauargus import HierarchicalTable, hierarchical_tables, suppress

AMPLER = 1.5
UNKNOWNS_FOR_ONE = 400  # the larger the system, the more groups are hidden by one linear programme

Solver = Callable[[HierarchicalTable, dict[int, Need]], tuple[set[int], int]]


@dataclass(frozen=True)
class Pattern:
    """What is withheld: groups unsafe by themselves, groups that protect them, and how they were found.

    `calls` counts the calls of tau-argus, `left` the cells that its audits found unsafe, `added` the groups that the
    attack had withheld beside those of tau-argus, `opened` those of either that were not needed in the end.
    """

    unsafe: frozenset[int]
    withheld: frozenset[int]
    calls: int
    left: int
    added: int
    opened: int = 0


def find_pattern(structure: Structure, profile: Suppression, *, squares: bool, workdir: Path) -> Pattern:
    """The groups to withhold under a profile. The same input gives the same groups.

    Two patterns are found side by side, and the one that withholds less is taken: tau-argus protects table by table,
    and the attack has withheld what that leaves open; or the attack has withheld all that it needs, in the whole.
    `squares` says whether the standard errors that are published tell the squares of weights.
    """

    def call(table: HierarchicalTable, needs: dict[int, Need]) -> tuple[set[int], int]:
        return suppress(table, needs, workdir=workdir, time_out=profile.time_out_seconds)

    unsafe = unsafe_groups(structure, profile)
    if not unsafe:
        return Pattern(frozenset(), frozenset(), 0, 0, 0)
    with ThreadPoolExecutor(max_workers=1) as beside:
        job = beside.submit(_table_by_table, structure, profile, unsafe, call)
        alone = close_gaps(structure, profile, unsafe, unsafe, squares=squares)
        by_tables, calls, left = job.result()
    closed = alone
    if len(by_tables) < len(alone):
        closed = min(alone, close_gaps(structure, profile, unsafe, by_tables, squares=squares), key=len)
    needed = open_needless(structure, profile, unsafe, closed, squares=squares)
    return Pattern(
        frozenset(unsafe), frozenset(needed), calls, left, len(closed - by_tables), len((by_tables | closed) - needed)
    )


def _table_by_table(
    structure: Structure, profile: Suppression, unsafe: set[int], call: Solver
) -> tuple[set[int], int, int]:
    """Let tau-argus protect each table; what one withholds, others that hold it too must protect, so go round.

    The tables of a round are protected side by side, so that the result does not depend on which is done first.
    """
    tables = hierarchical_tables(structure)
    withheld = set(unsafe)
    protected: list[set[int]] = [set() for _ in tables]
    calls = 0
    left = [0] * len(tables)
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for _ in range(profile.maximum_rounds):
            jobs = {}
            for at, table in enumerate(tables):
                inside = withheld & table.groups
                if inside != protected[at]:
                    needs = {need.group: need for need in needs_of(structure, unsafe & inside, inside, profile)}
                    jobs[at] = pool.submit(call, table, needs)
                    protected[at] = inside
            calls += len(jobs)
            for at, job in jobs.items():
                found, left[at] = job.result()
                withheld |= found
                protected[at] |= found
            if not jobs:
                break
    return withheld, calls, sum(left)


def close_gaps(
    structure: Structure, profile: Suppression, unsafe: set[int], withheld: set[int], *, squares: bool
) -> set[int]:
    """Withhold more until the attack finds nothing too close. Each round withholds more, so there is a last one.

    In the first round, when much is open, what many shots did not show to be uncertain counts as too close.
    """
    result = set(withheld)
    complement = Complement(structure)
    seen = np.zeros((2, 2, len(structure.groups)))
    rounds: Counter[int] = Counter()
    while True:
        needs = needs_of(structure, unsafe, result, profile)
        publication = Publication.without(structure, result, squares=squares)
        attack = Attack(structure, publication)
        attack.low, attack.high = seen
        attack.shoot(needs)
        exposed = {need.group for need in needs if attack.is_narrow(need)}
        if rounds:
            exposed &= {each.group for each in attack.too_close(need for need in needs if need.group in exposed)}
        if not exposed:
            totals = attack_totals(structure, publication, needs, profile.protection.percent)
            exposed = {each.group for each in totals}
        if not exposed:
            return result
        seen = np.array([attack.low, attack.high])
        rounds.update(exposed)
        result |= _complements(complement, [need for need in needs if need.group in exposed], result, rounds)


def _complements(complement: Complement, needs: list[Need], withheld: set[int], rounds: Mapping[int, int]) -> set[int]:
    """What to withhold besides for some needs. What is withheld for one may be enough for the next, so it is not asked.

    A need that was met before and is found again, because its value is told and not its cases, is met more amply.
    """
    found: set[int] = set()
    low, high = np.zeros((2, len(complement.cases)))
    waiting = [(need.group, complement.cases_for(need) * AMPLER ** (rounds[need.group] - 1)) for need in needs]
    at_once = max(1, complement.system.size // UNKNOWNS_FOR_ONE)
    while waiting:
        waiting = [(group, cases) for group, cases in waiting if high[group] - low[group] < cases * (1 - EXACT)]
        some, waiting = dict(waiting[:at_once]), waiting[at_once:]
        if some:
            more, departure = complement.of(some, withheld | found)
            found |= more
            moved = complement.structure.sums(departure)
            low, high = np.minimum(low, moved), np.maximum(high, moved)
    return found


def open_needless(
    structure: Structure, profile: Suppression, unsafe: set[int], withheld: set[int], *, squares: bool
) -> set[int]:
    """Tell again what is withheld without need, as long as the attack finds nothing too close.

    The largest numbers are tried one at a time, `maximum_trials` of them.
    """
    result = set(withheld)
    cases = structure.sums(structure.atoms.cases)
    largest = sorted(result - unsafe, key=lambda group: (-cases[group], group))
    for group in largest[: profile.maximum_trials]:
        if group in result:
            settled = _settled(structure, profile, unsafe, result - {group}, squares=squares)
            result = settled if settled is not None else result
    return result


def _settled(
    structure: Structure, profile: Suppression, unsafe: set[int], withheld: set[int], *, squares: bool
) -> set[int] | None:
    """What is left withheld when fewer are: numbers that then hide nobody any more are told too. None if one is unsafe.

    It gives up at the first unsafe number that is too close.
    """
    result = set(withheld)
    while True:
        needs = needs_of(structure, unsafe, result, profile)
        publication = Publication.without(structure, result, squares=squares)
        attack = Attack(structure, publication)
        if not attack.finds_none(need for need in needs if need.group in unsafe):
            return None
        if attack_totals(structure, publication, needs, profile.protection.percent):
            return None
        attack.shoot(needs)
        told = {need.group for need in needs if attack.is_narrow(need)} - unsafe
        if not told:
            return result
        result -= told
