"""The attack: how closely can anyone tell a withheld number from everything that is published?

Unknown are the cases of every atom, the sum of their weights and of their squared weights. Known is what the published
file tells: the cases of every number that is not withheld, the value of every count, the squares behind its standard
error, the ratio behind every rate; that withheld numbers are not zero, as zeros are published; which tables share
margins; and the smallest and largest weight, though nobody outside knows them. A withheld number lies between the least
and the most that any such atoms allow: two linear programmes (HiGHS) tell, and the difference is its width.

Everything is measured as a departure from the truth, which changes no width and keeps the equations free of rounding.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy import sparse
from scipy.optimize import linprog

from schemas.errors import IlmsError
from transforms.protect.groups import Floats, Matrix, Positions, Structure
from transforms.protect.reduction import independent, propagate, smallest

EXACT = 1e-6
SOLVED = 0
SHOTS = 24  # random directions that are tried before each number is aimed at
ENOUGH = 100  # an atom is not looked for beyond so many times all cases of the partition


@dataclass(frozen=True)
class Publication:
    """What a file tells, group by group: its cases, its value, the squares of its weights; and rates of two groups.

    `withheld` are the groups of confidential rows that no other row tells; `totals` says of which groups the mean of a
    variable is told.
    """

    cases: np.ndarray[tuple[int], np.dtype[np.bool_]]
    value: np.ndarray[tuple[int], np.dtype[np.bool_]]
    squares: np.ndarray[tuple[int], np.dtype[np.bool_]]
    rates: tuple[tuple[int, int, float], ...] = ()
    withheld: frozenset[int] = frozenset()
    totals: Mapping[str, np.ndarray[tuple[int], np.dtype[np.bool_]]] = field(default_factory=dict)

    @classmethod
    def without(cls, structure: Structure, withheld: Iterable[int], *, squares: bool) -> Publication:
        """Everything but some groups; `squares` says whether standard errors tell the squares of weights."""
        told = np.ones(len(structure.groups), dtype=np.bool_)
        told[list(withheld)] = False
        return cls(told, told, told & squares, withheld=frozenset(withheld))


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
    """The linear system of one publication. Quantities: cases, value and squares, the last two in mean weights.

    `least` is what a withheld group holds at least, as zeros are published.
    """

    def __init__(self, structure: Structure, publication: Publication, *, least: float = 1.0) -> None:
        atoms = structure.atoms
        self.structure, self.publication = structure, publication
        self.unit = float(atoms.weight.sum() / max(atoms.cases.sum(), 1)) or 1.0
        low, high = (weight / self.unit for weight in structure.weight_range)
        self.is_weighted = high - low > EXACT
        self.group_cases = structure.sums(atoms.cases)
        self.truth = self._quantities()
        free = self._free_atoms()
        equations = self._equations()
        self.open: list[Positions] = []
        blocks: list[Matrix] = []
        for at, each in enumerate(equations):
            if at and each.shape == equations[0].shape and (each != equations[0]).nnz == 0:
                self.open.append(self.open[0])  # cases and value are mostly told of the same groups
                blocks.append(blocks[0])
            else:
                self.open.append(free[propagate(each[:, free])])
                blocks.append(independent(each[:, self.open[-1]]))
        self.equal = sparse.csr_array(sparse.block_diag(blocks))
        self.below, self.limits = self._inequalities(low, high, least)
        most = ENOUGH * (1 + max(quantity.sum() for quantity in self.truth))
        truth = np.concatenate([quantity[some] for quantity, some in zip(self.truth, self.open, strict=True)])
        self.bounds = np.column_stack([-truth, np.full(self.size, most)])
        self.low, self.high = np.zeros((2, len(structure.groups))), np.zeros((2, len(structure.groups)))

    @property
    def size(self) -> int:
        """How many unknowns there are."""
        return sum(len(some) for some in self.open)

    def too_close(self, needs: Iterable[Need]) -> list[Exposed]:
        """The groups that can be told more closely than needed, with how closely."""
        wanted = list(needs)
        self.shoot(wanted)
        return [exposed for need in wanted if (exposed := self._exposed(need)) is not None]

    def finds_none(self, needs: Iterable[Need]) -> bool:
        """Whether no group can be told more closely than needed. Ends at the first that can."""
        wanted = list(needs)
        self.shoot(wanted)
        return all(self._exposed(need) is None for need in wanted)

    def shoot(self, needs: list[Need]) -> None:
        """Widen many groups at once: go as far as possible in random directions. Most groups are wide enough then."""
        random = np.random.default_rng(self.size)
        for _ in range(SHOTS):
            narrow = [
                (quantity, need.group, needed)
                for need in needs
                for quantity, needed in enumerate((need.cases, need.value))
                if self._width(quantity, need.group) < needed
            ]
            if not narrow:
                return
            goal = np.zeros((len(self.truth), len(self.structure.atoms.cases)))
            for quantity, group, needed in narrow:
                block = min(quantity, len(self.truth) - 1)
                goal[block, self._atoms_of(group)] += random.choice((-1, 1)) / needed
            self._solve(goal)

    def see(self, quantity: int, departure: Floats) -> None:
        """Widen what is known to be possible of a quantity by one solution for all atoms."""
        seen = self.structure.sums(departure)
        self.low[quantity] = np.minimum(self.low[quantity], seen)
        self.high[quantity] = np.maximum(self.high[quantity], seen)

    def is_narrow(self, need: Need) -> bool:
        """Whether no solution so far shows the group to be as uncertain as needed."""
        return any(
            self._width(quantity, need.group) < needed * (1 - EXACT)
            for quantity, needed in enumerate((need.cases, need.value))
        )

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
        goal = np.zeros((len(self.truth), len(self.structure.atoms.cases)))
        goal[min(quantity, len(self.truth) - 1), self._atoms_of(group)] = sign
        self._solve(goal)

    def _atoms_of(self, group: int) -> Positions:
        matrix = self.structure.of_groups
        return np.asarray(matrix.indices[matrix.indptr[group] : matrix.indptr[group + 1]], dtype=np.int64)

    def _solve(self, goal: Floats) -> None:
        cost = np.concatenate([wanted[some] for wanted, some in zip(goal, self.open, strict=True)])
        if not np.any(cost):
            return
        solved = linprog(
            cost, A_ub=self.below, b_ub=self.limits, A_eq=self.equal, b_eq=np.zeros(self.equal.shape[0]),
            bounds=self.bounds, method="highs-ds",
        )  # fmt: skip
        if solved.status != SOLVED:
            raise attack_failed(int(solved.status))
        start = 0
        for quantity, some in enumerate(self.open):
            departure = np.zeros(len(self.structure.atoms.cases))
            departure[some] = solved.x[start : start + len(some)]
            start += len(some)
            for told in self._told_by(quantity):
                self.see(told, departure)

    def _told_by(self, quantity: int) -> tuple[int, ...]:
        """Which widths a quantity gives: cases and value are one where every case weighs the same."""
        if not self.is_weighted:
            return (0, 1)
        return (quantity,) if quantity < 2 else ()

    def _quantities(self) -> list[Floats]:
        """The truth; squares are left out where nothing tells them."""
        atoms = self.structure.atoms
        truth = [atoms.cases, atoms.weight / self.unit, atoms.weight_squared / self.unit**2]
        return truth[: (3 if self.publication.squares.any() else 2) if self.is_weighted else 1]

    def _free_atoms(self) -> Positions:
        """Atoms that are not known to be empty."""
        structure = self.structure
        if structure.zeros_known:
            return np.flatnonzero(structure.atoms.cases > 0)
        zero = self.publication.cases & (self.group_cases == 0)
        in_zero = structure.members[np.flatnonzero(zero[structure.group_of_member])].sum(axis=0)
        return np.flatnonzero(in_zero == 0)

    def _equations(self) -> list[Matrix]:
        """What must be nought: departures of published groups, differences of shared margins, departures of rates."""
        publication, structure = self.publication, self.structure
        blocks = []
        for quantity, told in enumerate((publication.cases, publication.value, publication.squares)[: len(self.truth)]):
            known = told if self.is_weighted else publication.cases | publication.value
            rows = [structure.of_groups[np.flatnonzero(known)], structure.links]
            if quantity == (1 if self.is_weighted else 0):
                rows += [
                    sparse.csr_array(structure.of_groups[[counted]] - rate / 100 * structure.of_groups[[base]])
                    for counted, base, rate in publication.rates
                ]
            blocks.append(sparse.csr_array(sparse.vstack(rows)))
        return blocks

    def _inequalities(self, low: float, high: float, least: float) -> tuple[Matrix, Floats]:
        """Weights lie between the smallest and the largest; withheld groups have a case at least."""
        count = len(self.structure.atoms.cases)
        some = [sparse.eye_array(count, format="csr")[:, each] for each in self.open]
        rows: list[Matrix] = []
        limits: list[Floats] = []
        for quantity in range(len(self.truth) - 1):
            lower, upper = self.truth[quantity], self.truth[quantity + 1]
            either = np.union1d(self.open[quantity], self.open[quantity + 1])
            for factor, sign in ((high, 1.0), (low, -1.0)):
                places = [sparse.csr_array((len(either), len(each))) for each in self.open]
                places[quantity] = -sign * factor * some[quantity][either]
                places[quantity + 1] = sign * some[quantity + 1][either]
                rows.append(sparse.hstack(places))
                limits.append((sign * (factor * lower - upper))[either])
        withheld, groups = self._withheld_in_open()
        rest = sparse.csr_array((len(withheld), self.size - len(self.open[0])))
        rows.append(sparse.hstack([-groups, rest]))
        limits.append(self.group_cases[withheld] - least)
        return sparse.csr_array(sparse.vstack(rows)), np.maximum(np.concatenate(limits), 0)

    def _withheld_in_open(self) -> tuple[Positions, Matrix]:
        """The smallest withheld groups of which nothing is known to be there, and their open atoms."""
        cases = self.structure.atoms.cases
        withheld = np.flatnonzero(~self.publication.cases & (self.group_cases > 0))
        groups = sparse.csr_array(self.structure.of_groups[withheld][:, self.open[0]])
        unknown = groups @ cases[self.open[0]] == self.group_cases[withheld]
        withheld, groups = withheld[unknown], groups[np.flatnonzero(unknown)]
        kept = smallest(groups)
        return withheld[kept], sparse.csr_array(groups[kept])


def attack_failed(status: int) -> IlmsError:
    """The error of a linear programme that HiGHS did not solve."""
    return IlmsError(
        f"the attack on the published numbers could not be carried out (HiGHS status {status})",
        why="without it nobody knows that the withheld numbers are safe",
        remedy="run it again; if it stays, report it as a fault of the pipeline",
    )
