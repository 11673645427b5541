"""What two waves of a source give away together, when the same persons are in both: those of a panel."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from bench.disclosure.evidence import Evidence, Said, read_evidence
from bench.disclosure.exact import System
from bench.disclosure.judge import FEW, Findings, read_universe
from bench.disclosure.release import rows_of
from schemas.loader import load_runnable
from schemas.survey import Survey

RIGHT = 1e-6


@dataclass(frozen=True)
class Overlap:
    """How many sets that one wave withholds are the same persons as a set that the other gives, and how many sets of
    few persons follow exactly when the counts of these are known."""

    let_out: int
    few: int

    @property
    def message(self) -> str:
        """In words."""
        return (
            f"{self.let_out} withheld set(s) of the same persons are given in the other wave, and {self.few} set(s) of"
            f" fewer than {FEW} persons follow"
        )


def add_other_waves(release: Path, truth: Path, found: Iterable[Findings]) -> None:
    """Note in the findings about each wave of a survey how many sets of few persons follow with each other one."""
    for one, other in permutations(found, 2):
        if one.source == other.source and isinstance(load_runnable(one.source), Survey):
            told = compare_waves(release, truth, one.source, one.wave, other.wave)
            one.other_waves += told.few
            one.examples += [f"with {other.wave}: {told.message}"] if told.let_out else []


def compare_waves(folder: Path, truth: Path, source: str, wave: str, other: str) -> Overlap:
    """What the rows of another wave say about the withheld rows of a wave.

    The truth tells which persons are in both waves: a reader is given that too.
    """
    read = []
    for each in (wave, other):
        rows = rows_of(folder, source, each)
        read.append(read_evidence(read_universe(truth, source, each, rows), rows))
    return overlap(*read)


def overlap(one: Evidence, other: Evidence) -> Overlap:
    """What another wave's evidence says about the withheld sets of a wave."""
    given = {_persons(other, place): said for place, said in other.cases.items()}
    hidden = [place for place in one.hidden if one.members[place].any()]
    told = {place: said for place in hidden if (said := given.get(_persons(one, place))) is not None}
    return Overlap(len(told), _few_that_follow(one, told, hidden))


def _persons(evidence: Evidence, place: int) -> frozenset[str]:
    """The persons of a set, by the identifiers that a panel keeps."""
    persons = evidence.universe.kinds.persons
    return frozenset(each for kind in np.flatnonzero(evidence.members[place]) for each in persons[int(kind)])


def _few_that_follow(evidence: Evidence, told: dict[int, Said], hidden: Iterable[int]) -> int:
    """How many hidden sets of few persons follow from a wave's own counts and those that another wave tells."""
    if not told:
        return 0
    matrix = evidence.matrix
    cases = matrix @ evidence.universe.kinds.cases
    equations = evidence.of_cases()[0] + [({place: 1.0}, said.number) for place, said in told.items()]
    found = System(matrix, equations).recovered(list(hidden))
    return sum(0 < cases[each.place] < FEW and abs(each.number - cases[each.place]) < RIGHT for each in found)
