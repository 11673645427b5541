"""What two releases of a partition give away together, when its records changed a little between them."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from bench.disclosure.evidence import Evidence, read_evidence
from bench.disclosure.judge import FEW, read_universe
from bench.disclosure.release import rows_of


@dataclass(frozen=True)
class Told:
    """Rows withheld in one release and given in the other, sets whose counts differ by few persons, and the sets of
    withheld rows of few persons that the other release gives away."""

    let_out: int
    let_out_few: int
    changed_by_few: int

    @property
    def leaks(self) -> int:
        """How many sets of persons came out."""
        return self.let_out_few + self.changed_by_few

    @property
    def message(self) -> str:
        """In words."""
        return (
            f"{self.let_out} set(s) withheld in one release and given in the other, {self.let_out_few} of fewer than"
            f" {FEW} persons; {self.changed_by_few} set(s) whose counts differ by fewer than {FEW}"
        )


def compare(previous: Path, current: Path, truth: Path, source: str, wave: str) -> Told:
    """Compare the rows of two releases about a partition."""
    rows = rows_of(current, source, wave)
    universe = read_universe(truth, source, wave, rows)
    keys = {(row.table, row.indicator, row.key) for row in rows}
    old_rows = [row for row in rows_of(previous, source, wave) if (row.table, row.indicator, row.key) in keys]
    return told(read_evidence(universe, old_rows), read_evidence(universe, rows))


def told(old: Evidence, new: Evidence) -> Told:
    """What two pieces of evidence about the same sets say together."""
    pairs = [(old.index[packed], place) for packed, place in new.index.items() if packed in old.index]
    cases = new.matrix @ new.universe.kinds.cases
    let_out = [place for before, place in pairs if _is_let_out(old, new, before, place)]
    changes = [
        abs(old.cases[before].number - new.cases[place].number)
        for before, place in pairs
        if before in old.cases and place in new.cases
    ]
    return Told(len(let_out), sum(0 < cases[place] < FEW for place in let_out), sum(0 < each < FEW for each in changes))


def _is_let_out(old: Evidence, new: Evidence, before: int, after: int) -> bool:
    withheld = (_is_hidden(old, before), _is_hidden(new, after))
    given = (before in old.cases or before in old.weights, after in new.cases or after in new.weights)
    return (withheld[0] and given[1]) or (withheld[1] and given[0])


def _is_hidden(evidence: Evidence, place: int) -> bool:
    return place in evidence.withheld and place not in evidence.cases and place not in evidence.weights
