"""How a person is coded in a few whole numbers: the leaf of each classification, and the populations they belong to.

A scan then distinguishes persons by these numbers alone, whatever the indicators: text is read only once.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from transforms.estimate.plan import Scan

LEAVES = "leaves"
POPULATIONS = "populations"
BITS = 62
WEIGHT_UNITS = 10**8


@dataclass(frozen=True)
class Bits:
    """Some bits of a column of whole numbers."""

    column: str
    shift: int
    width: int = 1

    @property
    def mask(self) -> int:
        """The bits themselves."""
        return ((1 << self.width) - 1) << self.shift

    @property
    def number(self) -> str:
        """SQL of the number stored in them."""
        return f"(({self.column} >> {self.shift}) & {(1 << self.width) - 1})"

    @property
    def is_set(self) -> str:
        """SQL of whether any is set."""
        return f"(({self.column} & {self.mask}) <> 0)"


@dataclass(frozen=True)
class Coding:
    """Where each item is stored.

    leaves       the leaves of each classification, numbered from 1; 0 is for persons in none
    leaf_bits    where the number of a person's leaf is stored
    factors      where the number of a person's code is stored, from 1, in each version that gaps are computed in; 0
                 for none
    populations  where it is stored whether a person belongs to a population
    has          where it is stored whether a person has a value of a numeric variable
    """

    leaves: Mapping[str, Sequence[str]]
    leaf_bits: Mapping[str, Bits]
    factors: Mapping[str, Bits]
    populations: Mapping[str, Bits]
    has: Mapping[str, Bits]

    def numbers(self, name: str) -> dict[str, int]:
        """The number of each leaf of a classification."""
        return {leaf: number for number, leaf in enumerate(self.leaves[name], start=1)}

    @property
    def columns(self) -> dict[str, list[Bits]]:
        """The columns of whole numbers, and what is in each."""
        found: dict[str, list[Bits]] = {}
        for bits in (*self.leaf_bits.values(), *self.factors.values(), *self.populations.values(), *self.has.values()):
            found.setdefault(bits.column, []).append(bits)
        return found

    def keys(self, scan: Scan) -> dict[str, str]:
        """Columns and SQL that distinguish persons by the leaves, classes, populations and variables of a scan."""
        wanted = [self.leaf_bits[name] for name in scan.leaves]
        wanted += [self.factors[name] for name in scan.factors]
        wanted += [self.populations[name] for name in scan.populations]
        wanted += [self.has[name] for name in scan.variables]
        masks: dict[str, int] = {}
        for bits in wanted:
            masks[bits.column] = masks.get(bits.column, 0) | bits.mask
        return {column: f"{column} & {mask}" for column, mask in masks.items()}

    def in_any(self, populations: Iterable[str]) -> str:
        """SQL of whether a person belongs to any of some populations."""
        masks: dict[str, int] = {}
        for bits in (self.populations[name] for name in populations):
            masks[bits.column] = masks.get(bits.column, 0) | bits.mask
        return " or ".join(f"({column} & {mask}) <> 0" for column, mask in masks.items())


def make_coding(
    leaves: Mapping[str, Sequence[str]],
    factors: Mapping[str, Sequence[str]],
    populations: Iterable[str],
    variables: Iterable[str],
) -> Coding:
    """The coding for some classifications, versions with their codes, populations and numeric variables, in order."""
    lists = {("leaf", name): known for name, known in leaves.items()}
    lists |= {("factor", name): known for name, known in factors.items()}
    numbers = _packed(LEAVES, {key: len(known).bit_length() for key, known in lists.items()})
    flags = _packed(
        POPULATIONS, {**{("in", name): 1 for name in populations}, **{("has", name): 1 for name in variables}}
    )
    return Coding(leaves, _of("leaf", numbers), _of("factor", numbers), _of("in", flags), _of("has", flags))


def _of(kind: str, packed: Mapping[tuple[str, str], Bits]) -> dict[str, Bits]:
    return {name: bits for (each, name), bits in packed.items() if each == kind}


def _packed(column: str, widths: Mapping[tuple[str, str], int]) -> dict[tuple[str, str], Bits]:
    """Bits of the first column while they fit, then of the next."""
    result: dict[tuple[str, str], Bits] = {}
    number, used = 0, 0
    for name, width in widths.items():
        if used + width > BITS:
            number, used = number + 1, 0
        result[name] = Bits(f"{column}_{number}", used, width)
        used += width
    return result
