"""Suppression: unsafe sets of persons are withheld, and further sets until the attack finds nothing too close."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from schemas.protection import Suppression
from transforms.protect.attack.attack import Attack, Exposed, Need
from transforms.protect.attack.deadline import NEVER, Deadline
from transforms.protect.attack.linear import EXACT
from transforms.protect.attack.system import Publication
from transforms.protect.combinations import with_combinations
from transforms.protect.complement import Complement
from transforms.protect.differences import with_left_over
from transforms.protect.magnitudes import attack_totals
from transforms.protect.primary import needs_of, unsafe_sets
from transforms.protect.structure.groups import Floats, Structure

AMPLER = 1.5


@dataclass(frozen=True)
class Pattern:
    """What is withheld: sets unsafe by themselves, with those that protect them; and how many of these were published
    again because they were not needed.

    Sets that no number counts are unsafe and withheld, too. `structure` has all of them.
    """

    structure: Structure = field(compare=False, repr=False)
    unsafe: frozenset[int]
    withheld: frozenset[int]
    opened: int = 0


def find_pattern(
    structure: Structure,
    profile: Suppression,
    *,
    beforehand: frozenset[int] = frozenset(),
    hidden: frozenset[int] = frozenset(),
    deadline: Deadline = NEVER,
) -> Pattern:
    """The sets to withhold under a profile. The same input gives the same sets.

    Sets are withheld `beforehand` in any case; those `hidden` of them must be as uncertain as if few persons were in
    them, though not by a share of their value.

    What a published set less two others leaves over, and what any combination of published sets tells, depends on what
    is published. It is looked for in the end, and more is withheld where it is few persons; then again, until nothing
    is left over.
    """
    unsafe = unsafe_sets(structure, profile)
    search = Search(structure, profile, unsafe, beforehand, hidden, deadline=deadline)
    closed = search.close_gaps(unsafe | beforehand)
    needed = search.open_needless(closed)
    opened = len(closed - needed)
    while True:
        publication = Publication.without(structure, needed)
        wider = with_left_over(structure, publication.disclosed, profile, deadline=deadline)
        if wider is structure:
            wider = with_combinations(structure, publication, profile, deadline=deadline)
        if wider is structure:
            return Pattern(structure, frozenset(unsafe), frozenset(needed), opened)
        structure, unsafe = wider, unsafe_sets(wider, profile)
        search = Search(structure, profile, unsafe, beforehand, hidden, deadline=deadline)
        needed = search.close_further(needed | unsafe)


@dataclass(frozen=True)
class Search:
    """The search for the sets to withhold besides the unsafe ones."""

    structure: Structure
    profile: Suppression
    unsafe: set[int]
    beforehand: frozenset[int] = frozenset()
    hidden: frozenset[int] = frozenset()
    deadline: Deadline = field(default=NEVER, kw_only=True)

    @cached_property
    def complement(self) -> Complement:
        """Finds what to withhold for one set."""
        return Complement(self.structure, deadline=self.deadline)

    def close_further(self, withheld: set[int]) -> set[int]:
        """Withhold more where what is withheld already does not make every set uncertain enough."""
        attack = self._attack(withheld)
        attack.shoot(self._needs(withheld))
        return self.close_gaps(withheld, attack.seen)

    def close_gaps(self, withheld: set[int], seen: Floats | None = None) -> set[int]:
        """Withhold more until every withheld set is uncertain enough. Each round withholds more, so there is a last
        one.

        What was found for one set stays possible when more is withheld, so that each round looks at what no deviation
        so far shows to be uncertain. `seen`: how far below and above the truth every set was found to lie before.
        """
        result = set(withheld)
        seen = np.zeros((2, self.structure.size)) if seen is None else seen
        rounds: Counter[int] = Counter()
        while True:
            needs = self._needs(result)
            narrow = [need for need in needs if _is_narrow(need, seen)]
            if not narrow:
                exposed = {each.group for each in self._exposed_totals(result, needs)}
                narrow = [need for need in needs if need.group in exposed]
                rounds.update(exposed)
            if not narrow:
                return result
            result |= self._complements(narrow, result, rounds, seen)

    def open_needless(self, withheld: set[int]) -> set[int]:
        """Publish again what is withheld without need, as long as the attack finds nothing too close.

        The largest numbers are tried one at a time, `maximum_trials` of them.
        """
        result = set(withheld)
        cases = self.structure.sums(self.structure.atoms.cases)
        largest = sorted(result - self.unsafe - self.beforehand, key=lambda group: (-cases[group], group))
        for group in largest[: self.profile.maximum_trials]:
            if group in result:
                settled = self._settled(result - {group})
                result = settled if settled is not None else result
        return result

    def _settled(self, withheld: set[int]) -> set[int] | None:
        """The sets that stay withheld when fewer are: sets that then protect no other are published too. None if an
        unsafe number comes too close; it stops at the first such number."""
        result = set(withheld)
        while True:
            needs, fixed = self._needs(result), self.unsafe | self.beforehand
            attack = self._attack(result)
            if not attack.finds_none(need for need in needs if need.group in fixed):
                return None
            if self._exposed_totals(result, needs):
                return None
            attack.shoot(needs)
            released = {need.group for need in needs if attack.is_narrow(need)} - fixed
            if not released:
                return result
            result -= released

    def _needs(self, withheld: set[int]) -> list[Need]:
        return needs_of(self.structure, self.unsafe, withheld, self.profile, hidden=self.hidden)

    def _attack(self, withheld: set[int]) -> Attack:
        return Attack(self.structure, self._publication(withheld), deadline=self.deadline)

    def _exposed_totals(self, withheld: set[int], needs: list[Need]) -> list[Exposed]:
        percent = self.profile.protection.percent
        return attack_totals(self.structure, self._publication(withheld), needs, percent, deadline=self.deadline)

    def _publication(self, withheld: set[int]) -> Publication:
        return Publication.without(self.structure, withheld)

    def _complements(self, needs: list[Need], withheld: set[int], rounds: Mapping[int, int], seen: Floats) -> set[int]:
        """The further sets to withhold for some needs; `seen` then shows how uncertain every set is.

        Those withheld for one need may be enough for the next, which is then skipped. A total that can be worked out
        although its cases cannot gets a wider margin.
        """
        found: set[int] = set()
        for need in needs:
            again = rounds.get(need.group, 0)
            if again or _is_narrow(need, seen):
                more, departure = self.complement.of(need.group, need.width * AMPLER**again, withheld | found)
                found |= more
                moved = self.structure.sums(departure)
                seen[0], seen[1] = np.minimum(seen[0], moved), np.maximum(seen[1], moved)
        return found


def _is_narrow(need: Need, seen: Floats) -> bool:
    return bool(seen[1, need.group] - seen[0, need.group] < need.width * (1 - EXACT))
