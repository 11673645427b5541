"""A step of a run on a file that has faults: taken again without what is at fault, until it comes to its end.

The step itself is that of the run, and stops at its faults as always; each says which parts of the declaration it is
about.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from schemas.errors import DeclarationError, IlmsError, InputError, Part
from schemas.source import Source

Declared = TypeVar("Declared", bound=Source)
Made = TypeVar("Made")


@dataclass(frozen=True)
class Furthest(Generic[Declared, Made]):
    """How far a step came: what it made (None where a fault let nothing be made), and every fault on the way.

    source  the declaration without what the faults are about
    """

    source: Declared
    made: Made | None
    faults: tuple[IlmsError, ...] = ()


def as_far_as_possible(
    step: Callable[[Declared], Made],
    source: Declared,
    without: Callable[[Declared, Sequence[Part]], Declared],
) -> Furthest[Declared, Made]:
    """Take a step; where a file is not as declared, again `without` the parts that the faults are about.

    It ends where a fault names no part, the declaration stays as it is without the parts, or the same parts are at
    fault for the third time.
    """
    faults: dict[str, IlmsError] = {}
    met: Counter[frozenset[Part]] = Counter()
    while True:
        try:
            return Furthest(source, step(source), tuple(faults.values()))
        except InputError as error:
            faults.update({each.message: each for each in error.each})
            parts = frozenset(part for each in error.each for part in each.parts)
            met[parts] += 1
            lesser = without(source, sorted(parts, key=str))
            if lesser == source or met[parts] > 2 or not all(each.parts for each in error.each):
                return Furthest(source, None, tuple(faults.values()))
            source = lesser
        except DeclarationError as error:
            return Furthest(source, None, (*faults.values(), error))
