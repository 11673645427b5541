"""The attack: how closely can anyone tell a withheld number from everything that is published?

Unknown are the cases of every atom, the sum of their weights and of their squared weights. Known is what the published
file tells: the cases of every number that is not withheld, the value of every count, the squares behind its standard
error, the ratio behind every rate; that withheld numbers are not zero, as zeros are published; which tables share
margins; and the smallest and largest weight, though nobody outside knows them. A withheld number lies between the least
and the most that any such atoms allow: two linear programmes (HiGHS) tell, and the difference is its width.

Everything is measured as a departure from the truth, which changes no width and keeps the equations free of rounding.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from schemas.errors import IlmsError
from transforms.protect.groups import Floats, Matrix, Positions, Structure

EXACT = 1e-6
SOLVED = 0
SHOTS = 24  # random directions that are tried before each number is aimed at
ENOUGH = 100  # an atom is not looked for beyond so many times all cases of the partition


@dataclass(frozen=True)
class Publication:
    """What a file tells, group by group: its cases, its value, the squares of its weights; and rates of two groups."""

    cases: np.ndarray[tuple[int], np.dtype[np.bool_]]
    value: np.ndarray[tuple[int], np.dtype[np.bool_]]
    squares: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rates: tuple[tuple[int, int, float], ...] = ()

    @classmethod
    def without(cls, structure: Structure, withheld: Iterable[int], *, squares: bool) -> Publication:
        """Everything but some groups; `squares` says whether standard errors tell the squares of weights."""
        told = np.ones(len(structure.groups), dtype=np.bool_)
        told[list(withheld)] = False
        return cls(told, told, told & squares)


@dataclass(frozen=True)
class Need:
    """How wide the interval of a group must stay: in cases, and in mean weights of the partition for its value."""

    group: int
    cases: float
    value: float


@dataclass(frozen=True)
class Exposed:
    """A withheld group that can be told too closely."""

    group: int
    quantity: str
    width: float
    needed: float


class Attack:
    """The linear system of one publication. Quantities: cases, value and squares, the last two in mean weights."""

    def __init__(self, structure: Structure, publication: Publication) -> None:
        atoms = structure.atoms
        self.structure, self.publication = structure, publication
        self.unit = float(atoms.weight.sum() / max(atoms.cases.sum(), 1)) or 1.0
        low, high = (weight / self.unit for weight in structure.weight_range)
        self.is_weighted = high - low > EXACT
        group_cases = structure.sums(atoms.cases)
        self.free = self._free_atoms(group_cases)
        truth = [atoms.cases, atoms.weight / self.unit, atoms.weight_squared / self.unit**2]
        self.truth = [quantity[self.free] for quantity in (truth if self.is_weighted else truth[:1])]
        self.of_groups: Matrix = structure.of_groups[:, self.free]
        self.links: Matrix = structure.links[:, self.free]
        self.equal = self._equations()
        self.below, self.limits = self._inequalities(low, high, group_cases)
        most = ENOUGH * (1 + atoms.cases.sum())
        self.bounds = np.column_stack([-np.concatenate(self.truth), np.full(self.size, most)])
        self.low, self.high = np.zeros((2, len(structure.groups))), np.zeros((2, len(structure.groups)))

    @property
    def size(self) -> int:
        """How many unknowns there are."""
        return len(self.truth) * len(self.free)

    def too_close(self, needs: Iterable[Need]) -> list[Exposed]:
        """The groups that can be told more closely than needed, with how closely."""
        wanted = list(needs)
        self.shoot(wanted)
        return [exposed for need in wanted if (exposed := self._exposed(need)) is not None]

    def shoot(self, needs: list[Need]) -> None:
        """Widen many groups at once: go as far as possible in random directions. Most groups are wide enough then."""
        random = np.random.default_rng(len(self.free))
        for _ in range(SHOTS):
            narrow = [
                (quantity, need.group, needed)
                for need in needs
                for quantity, needed in enumerate((need.cases, need.value))
                if self._width(quantity, need.group) < needed
            ]
            if not narrow:
                return
            goal = np.zeros(self.size)
            for quantity, group, needed in narrow:
                block = min(quantity, len(self.truth) - 1)
                goal[block * len(self.free) + self.of_groups[[group]].indices] += random.choice((-1, 1)) / needed
            self._solve(goal)

    def see(self, departure: Floats) -> None:
        """Widen what is known to be possible by one solution of the system."""
        self.low, self.high = widened(self.of_groups, len(self.truth), departure, self.low, self.high)

    def _exposed(self, need: Need) -> Exposed | None:
        for quantity, needed in enumerate((need.cases, need.value)):
            for sign in (-1.0, 1.0):
                if self._width(quantity, need.group) < needed:
                    self._push(quantity, need.group, sign)
            width = self._width(quantity, need.group)
            if width < needed * (1 - EXACT):
                return Exposed(need.group, ("cases", "value")[quantity], width, needed)
        return None

    def _width(self, quantity: int, group: int) -> float:
        return float(self.high[quantity, group] - self.low[quantity, group])

    def _push(self, quantity: int, group: int, sign: float) -> None:
        """Look for the most (sign -1) or the least (sign 1) that a group can be."""
        block = min(quantity, len(self.truth) - 1)
        goal = np.zeros(self.size)
        row = self.of_groups[[group]]
        goal[block * len(self.free) + row.indices] = sign
        self._solve(goal)

    def _solve(self, goal: Floats) -> None:
        solved = linprog(
            goal, A_ub=self.below, b_ub=self.limits, A_eq=self.equal, b_eq=np.zeros(self.equal.shape[0]),
            bounds=self.bounds, method="highs",
        )  # fmt: skip
        if solved.status != SOLVED:
            raise attack_failed(int(solved.status))
        self.see(solved.x)

    def _free_atoms(self, group_cases: Floats) -> Positions:
        """Atoms that are not known to be empty."""
        structure = self.structure
        zero = self.publication.cases & (group_cases == 0)
        in_zero = structure.members[np.flatnonzero(zero[structure.group_of_member])].sum(axis=0)
        return np.flatnonzero(in_zero == 0)

    def _equations(self) -> Matrix:
        """What must be nought: departures of published groups, differences of shared margins, departures of rates."""
        publication = self.publication
        links = self.links[np.flatnonzero(abs(self.links).sum(axis=1))]
        blocks = []
        for quantity, told in enumerate((publication.cases, publication.value, publication.squares)[: len(self.truth)]):
            known = told if self.is_weighted else publication.cases | publication.value
            rows = [self.of_groups[np.flatnonzero(known)], links]
            if quantity == (1 if self.is_weighted else 0):
                rows += [
                    sparse.csr_array(self.of_groups[[counted]] - rate / 100 * self.of_groups[[base]])
                    for counted, base, rate in publication.rates
                ]
            blocks.append(sparse.vstack(rows))
        return sparse.csr_array(sparse.block_diag(blocks))

    def _inequalities(self, low: float, high: float, group_cases: Floats) -> tuple[Matrix, Floats]:
        """Weights lie between the smallest and the largest; withheld groups have a case at least."""
        count = len(self.free)
        same: Matrix = sparse.eye_array(count, format="csr")
        none: Matrix = sparse.csr_array((count, count))
        rows: list[Matrix] = []
        limits: list[Floats] = []
        for quantity in range(len(self.truth) - 1):
            lower, upper = self.truth[quantity], self.truth[quantity + 1]
            places = [none] * len(self.truth)
            places[quantity], places[quantity + 1] = -high * same, same
            rows.append(sparse.hstack(places))
            limits.append(high * lower - upper)
            places[quantity], places[quantity + 1] = low * same, -same
            rows.append(sparse.hstack(places))
            limits.append(upper - low * lower)
        withheld = np.flatnonzero(~self.publication.cases & (group_cases > 0))
        rest = sparse.csr_array((len(withheld), self.size - count))
        rows.append(sparse.hstack([-self.of_groups[withheld], rest]))
        limits.append(group_cases[withheld] - 1)
        return sparse.csr_array(sparse.vstack(rows)), np.maximum(np.concatenate(limits), 0)


def widened(of_groups: Matrix, quantities: int, departure: Floats, low: Floats, high: Floats) -> tuple[Floats, Floats]:
    """The least and the most that each group is known to be able to depart, after one more departure of the atoms."""
    parts = departure.reshape(quantities, -1)
    seen = np.array([of_groups @ parts[min(quantity, quantities - 1)] for quantity in range(2)])
    return np.minimum(low, seen), np.maximum(high, seen)


def attack_failed(status: int) -> IlmsError:
    """The error of a linear programme that HiGHS did not solve."""
    return IlmsError(
        f"the attack on the published numbers could not be carried out (HiGHS status {status})",
        why="without it nobody knows that the withheld numbers are safe",
        remedy="run it again; if it stays, report it as a fault of the pipeline",
    )
