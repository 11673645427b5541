"""Suppression: unsafe groups are withheld, and further groups until the attack finds nothing too close."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import numpy as np

from schemas.protection import Suppression
from transforms.protect.attack.attack import Attack, Exposed, Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import EXACT
from transforms.protect.attack.system import Publication
from transforms.protect.complement import Complement
from transforms.protect.magnitudes import attack_totals
from transforms.protect.primary import needs_of, unsafe_groups
from transforms.protect.structure.groups import Floats, Structure
from transforms.protect.tauargus.rounds import table_by_table

AMPLER = 1.5


@dataclass(frozen=True)
class Pattern:
    """What is withheld: groups unsafe by themselves, groups that protect them, and how they were found.

    `calls` counts the completed calls of tau-argus, `left` the cells that its audits found unsafe, `added` the groups
    withheld because of the attack, `opened` those published again because they were not needed.
    """

    unsafe: frozenset[int]
    withheld: frozenset[int]
    calls: int
    left: int
    added: int
    opened: int = 0


def find_pattern(
    structure: Structure, profile: Suppression, *, squares: bool, workdir: Path, deadline: Deadline = NEVER
) -> Pattern:
    """The groups to withhold under a profile. The same input gives the same groups.

    Two patterns are computed, and the one that withholds less is used: either all groups come from the attack on all
    tables at once; or tau-argus protects table by table, and the attack adds what that leaves open. The second is
    abandoned as soon as it withholds as much as the first. `squares`: whether published standard errors disclose the
    squares of weights.
    """
    unsafe = unsafe_groups(structure, profile)
    if not unsafe:
        return Pattern(frozenset(), frozenset(), 0, 0, 0)
    search = Search(structure, profile, unsafe, squares=squares, deadline=deadline)
    alone = search.close_gaps(unsafe)
    by_tables = table_by_table(structure, profile, unsafe, fewer_than=len(alone), workdir=workdir)
    closed = min(alone, search.close_gaps(by_tables.withheld, fewer_than=len(alone)), key=len)
    needed = search.open_needless(closed)
    added = len(closed - (unsafe if closed is alone else by_tables.withheld))
    return Pattern(frozenset(unsafe), frozenset(needed), by_tables.calls, by_tables.left, added, len(closed - needed))


@dataclass(frozen=True)
class Search:
    """The search for the groups of a structure to withhold besides the unsafe ones."""

    structure: Structure
    profile: Suppression
    unsafe: set[int]
    squares: bool = field(kw_only=True)
    deadline: Deadline = field(default=NEVER, kw_only=True)

    @cached_property
    def complement(self) -> Complement:
        """Finds what to withhold for one group."""
        return Complement(self.structure, deadline=self.deadline)

    def close_gaps(self, withheld: set[int], *, fewer_than: float = math.inf) -> set[int]:
        """Withhold more until the attack finds nothing too close. Each round withholds more, so there is a last one.

        Stops unfinished once it withholds `fewer_than` groups or more. In the first round, when much is open, groups
        that many random directions did not show to be uncertain count as too close.
        """
        result = set(withheld)
        seen: Floats | None = None
        rounds: Counter[int] = Counter()
        while len(result) < fewer_than:
            needs = needs_of(self.structure, self.unsafe, result, self.profile)
            attack = self._attack(result, seen)
            attack.shoot(needs)
            exposed = {need.group for need in needs if attack.is_narrow(need)}
            if rounds:
                exposed &= {each.group for each in attack.too_close(need for need in needs if need.group in exposed)}
            if not exposed:
                exposed = {each.group for each in self._exposed_totals(result, needs)}
            if not exposed:
                break
            seen = attack.seen
            rounds.update(exposed)
            aims = [need for need in needs if need.group in exposed]
            result |= self._complements(aims, result, rounds, fewer_than)
        return result

    def open_needless(self, withheld: set[int]) -> set[int]:
        """Publish again what is withheld without need, as long as the attack finds nothing too close.

        The largest numbers are tried one at a time, `maximum_trials` of them.
        """
        result = set(withheld)
        cases = self.structure.sums(self.structure.atoms.cases)
        largest = sorted(result - self.unsafe, key=lambda group: (-cases[group], group))
        for group in largest[: self.profile.maximum_trials]:
            if group in result:
                settled = self._settled(result - {group})
                result = settled if settled is not None else result
        return result

    def _settled(self, withheld: set[int]) -> set[int] | None:
        """The groups that stay withheld when fewer are: groups that then protect no other are published too. None if an
        unsafe number comes too close; it stops at the first such number."""
        result = set(withheld)
        while True:
            needs = needs_of(self.structure, self.unsafe, result, self.profile)
            attack = self._attack(result)
            if not attack.finds_none(need for need in needs if need.group in self.unsafe):
                return None
            if self._exposed_totals(result, needs):
                return None
            attack.shoot(needs)
            released = {need.group for need in needs if attack.is_narrow(need)} - self.unsafe
            if not released:
                return result
            result -= released

    def _attack(self, withheld: set[int], seen: Floats | None = None) -> Attack:
        return Attack(self.structure, self._publication(withheld), deadline=self.deadline, seen=seen)

    def _exposed_totals(self, withheld: set[int], needs: list[Need]) -> list[Exposed]:
        percent = self.profile.protection.percent
        return attack_totals(self.structure, self._publication(withheld), needs, percent, deadline=self.deadline)

    def _publication(self, withheld: set[int]) -> Publication:
        return Publication.without(self.structure, withheld, squares=self.squares)

    def _complements(
        self, needs: list[Need], withheld: set[int], rounds: Mapping[int, int], fewer_than: float
    ) -> set[int]:
        """The further groups to withhold for some needs. Those withheld for one need may be enough for the next, which
        is then skipped. A need that was met before and is found again, because its value is disclosed and not its
        cases, gets a wider margin."""
        found: set[int] = set()
        low, high = np.zeros((2, len(self.structure.groups)))
        for need in needs:
            if len(withheld | found) >= fewer_than:
                break
            cases = self.complement.cases_for(need) * AMPLER ** (rounds[need.group] - 1)
            if high[need.group] - low[need.group] < cases * (1 - EXACT):
                more, departure = self.complement.of(need.group, cases, withheld | found)
                found |= more
                moved = self.structure.sums(departure)
                low, high = np.minimum(low, moved), np.maximum(high, moved)
        return found
