"""Small tables whose protection can be worked out by hand, and partitions that pass through the stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product

import numpy as np

from transforms.protect.structure.groups import Atoms, Group, Number, Structure
from transforms.protect.structure.joint import JointRecords, assemble

EVERYBODY = "everybody"
Classes = Mapping[str, frozenset[str]]


def crossed(dimensions: Mapping[str, Classes], cases: Mapping[tuple[str, ...], int], weight: float = 1.0) -> Structure:
    """One table of counts: every combination of classes is published, from the cases of every combination of leaves."""
    names = tuple(dimensions)
    every = {name: frozenset().union(*classes.values()) for name, classes in dimensions.items()}
    somebody = sorted(combination for combination, count in cases.items() if count)
    n = np.array([float(cases[each]) for each in somebody])
    atoms = Atoms(n, weight * n, weight**2 * n, [()] * len(n))
    joint = JointRecords.of((EVERYBODY,), names, [(True, *each) for each in somebody], atoms)
    numbers = []
    for row, key in enumerate(product(*(dimensions[name] for name in names))):
        taken = [(name, dimensions[name][code]) for name, code in zip(names, key, strict=True)]
        some = tuple((name, part) for name, part in sorted(taken) if part != every[name])
        padded = (*key, "", "")[:3]
        numbers.append(Number(row, "X", (padded[0], padded[1], padded[2]), Group(EVERYBODY, some), None, "count", 1.0))
    return assemble(joint, numbers, (weight, weight))[0]


def three_by_three(cases: Sequence[Sequence[int]]) -> Structure:
    """Three regions by three branches, with row totals, column totals and the grand total."""
    regions, branches = ("north", "middle", "south"), ("farm", "shop", "plant")
    dimensions = {
        "REGION": {"all": frozenset(regions), **{name: frozenset([name]) for name in regions}},
        "BRANCH": {"all": frozenset(branches), **{name: frozenset([name]) for name in branches}},
    }
    given: dict[tuple[str, ...], int] = {
        (r, b): cases[i][j] for i, r in enumerate(regions) for j, b in enumerate(branches)
    }
    return crossed(dimensions, given)


def group(structure: Structure, *key: str) -> int:
    """The set behind the number of that key."""
    padded = (*key, "", "")[:3]
    return next(structure.index[number.counted] for number in structure.numbers if number.key == padded)


def groups(structure: Structure, *keys: tuple[str, ...]) -> set[int]:
    """The sets behind several numbers."""
    return {group(structure, *key) for key in keys}
