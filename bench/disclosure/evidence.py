"""What the rows of a release say about sets of persons, as linear equations in their cases and in their weights."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from bench.disclosure.release import Row
from bench.disclosure.universe import Counted, Flags, Floats, Universe

Equation = tuple[dict[int, float], float]
"""Factors of sets, and what these add up to."""


@dataclass(frozen=True)
class Said:
    """A number that a row gives of a set."""

    number: float
    row: Row


@dataclass
class Evidence:
    """The sets of persons behind the rows of a partition, and what is said of them. Equal sets are one.

    members       the kinds of persons in each set
    rows          the rows that count it, or have it as their denominator
    cases         set -> its number of persons
    weights       set -> its value in persons
    shares        numerator and denominator -> their share
    errors        numerator and denominator (twice the set for a count) -> their standard error, in persons or as share
    withheld      set -> the confidential rows that count it
    contradicted  sets of which rows give different counts
    equal         pairs of sets with the same number of cases, as the source declares
    """

    universe: Universe
    members: list[Flags] = field(default_factory=list)
    rows: list[list[Row]] = field(default_factory=list)
    cases: dict[int, Said] = field(default_factory=dict)
    weights: dict[int, Said] = field(default_factory=dict)
    shares: dict[tuple[int, int], Said] = field(default_factory=dict)
    errors: dict[tuple[int, int], Said] = field(default_factory=dict)
    withheld: dict[int, list[Row]] = field(default_factory=dict)
    contradicted: set[int] = field(default_factory=set)
    equal: list[tuple[int, int]] = field(default_factory=list)
    index: dict[bytes, int] = field(default_factory=dict)

    def place(self, members: Flags) -> int:
        """The position of a set."""
        packed = np.packbits(members).tobytes()
        if packed not in self.index:
            self.index[packed] = len(self.members)
            self.members.append(members)
            self.rows.append([])
        return self.index[packed]

    @property
    def hidden(self) -> list[int]:
        """The sets of which no row gives the cases or the value."""
        return [place for place in range(len(self.members)) if place not in self.cases and place not in self.weights]

    @property
    def matrix(self) -> Floats:
        """Sets by kinds of persons."""
        return np.array(self.members, dtype=np.float64).reshape(len(self.members), len(self.universe.kinds.cases))

    def name(self, place: int) -> str:
        """One of the rows of a set, for reports."""
        return self.rows[place][0].name if self.rows[place] else "a sum that the source declares"

    def of_cases(self) -> tuple[list[Equation], list[str]]:
        """What is said of the cases of sets, and by what."""
        found: list[Equation] = [({place: 1.0}, said.number) for place, said in self.cases.items()]
        named = [f"n of {said.row.name}" for said in self.cases.values()]
        found += [({one: 1.0, other: -1.0}, 0.0) for one, other in self.equal if one != other]
        return found, named + ["declared to be equal"] * (len(found) - len(named))

    def of_weights(self) -> tuple[list[Equation], list[str]]:
        """What is said of the values of sets, and by what."""
        found: list[Equation] = [({place: 1.0}, said.number) for place, said in self.weights.items()]
        named = [f"value of {said.row.name}" for said in self.weights.values()]
        for place, said in self.cases.items():
            if said.number == 0 and place not in self.weights:
                found.append(({place: 1.0}, 0.0))
                named.append(f"n of {said.row.name}")
        for (counted, base), said in self.shares.items():
            if counted != base:
                found.append(({counted: 1.0, base: -said.number}, 0.0))
                named.append(f"share {said.row.name}")
        return found, named

    def of_squares(self) -> tuple[list[Equation], list[str]]:
        """What standard errors say of the squares of weights, where persons are the sampling units, and by what."""
        found: list[Equation] = []
        named: list[str] = []
        squaring = self.universe.squaring
        for (counted, base), said in self.errors.items() if squaring else ():
            assert squaring is not None
            value = self.weights.get(base)
            if value is None:
                continue
            spread = said.number**2 / squaring.times
            if counted == base:
                found.append(({base: 1.0}, spread + value.number**2 / squaring.persons))
            elif (share := self.shares.get((counted, base))) is not None:
                factors = {counted: 1 - 2 * share.number, base: share.number**2}
                found.append((factors, spread * value.number**2))
            else:
                continue
            named.append(f"standard error of {said.row.name}")
        return found, named


def read_evidence(universe: Universe, rows: Iterable[Row]) -> Evidence:
    """Everything that the rows say."""
    evidence = Evidence(universe)
    for row in rows:
        _add(evidence, row, universe.counted(row))
    evidence.equal = [(evidence.place(one), evidence.place(other)) for one, other in universe.equal()]
    return evidence


def _add(evidence: Evidence, row: Row, counted: Counted) -> None:
    place = evidence.place(counted.members)
    base = None if counted.base is None else evidence.place(counted.base)
    for each in (place,) if base is None else (place, base):
        evidence.rows[each].append(row)
    if row.is_withheld and base is None:
        evidence.withheld.setdefault(place, []).append(row)
    if row.n is not None and evidence.cases.setdefault(place, Said(row.n, row)).number != row.n:
        evidence.contradicted.add(place)
    if row.degrees is not None and evidence.universe.squaring is not None:
        evidence.cases.setdefault(place if base is None else base, Said(row.degrees + 1, row))
    if row.value is not None and counted.unit is not None:
        evidence.weights.setdefault(place, Said(row.value * counted.unit, row))
    if row.value is not None and base is not None and counted.is_share:
        evidence.shares.setdefault((place, base), Said(row.value / 100, row))
    if row.se is not None and (counted.is_share or counted.unit is not None):
        error = row.se / 100 if counted.unit is None else row.se * counted.unit
        evidence.errors.setdefault((place, place if base is None else base), Said(error, row))
