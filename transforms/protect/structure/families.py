"""Which populations have to be examined together: all of them at once would make too many atoms where they overlap.

Two populations disclose each other when one is a rate of the other, or when some add up to another, as the employed and
the unemployed to the labour force. Such sets are kept in one table; tables share the margins that they have in common.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import combinations

import numpy as np

from transforms.protect.structure.groups import Universe

LARGEST_SUM = 3  # at most this many populations are tested for adding up to another
MOST_SIGNATURES = 12  # populations are added to a table as long as they make no more kinds of persons than this

Names = tuple[str, ...]


def families(together: Iterable[Names], universe: Universe) -> list[Names]:
    """Sets of populations such that each of `together`, and all that add up to another, are within one set."""
    chosen = sorted(set(together))
    flags = np.array(universe.signatures, dtype=np.bool_).reshape(len(universe.signatures), -1)
    at = {name: position for position, name in enumerate(universe.populations)}

    def count(names: Iterable[str]) -> int:
        """How many kinds of persons some populations distinguish."""
        return len(np.unique(flags[:, sorted(at[name] for name in names)], axis=0))

    single = sorted({name for some in chosen for name in some})
    bins: list[frozenset[str]] = []
    for unit in [*sorted(_sums(single, universe)), *chosen]:
        if any(set(unit) <= each for each in bins):
            continue
        grown = [(count(each | set(unit)), count(each), place) for place, each in enumerate(bins)]
        fitting = [(after - before, place) for after, before, place in grown if after <= MOST_SIGNATURES]
        if fitting:
            place = min(fitting)[1]
            bins[place] = bins[place] | set(unit)
        else:
            bins.append(frozenset(unit))
    kept = [each for each in bins if not any(each < other for other in bins)]
    return [tuple(name for name in universe.populations if name in each) for each in dict.fromkeys(kept)]


def _sums(names: list[str], universe: Universe) -> Iterator[Names]:
    """Every set of populations of which all but the first add up to the first."""
    masks = {name: sum(1 << member for member in universe.members(name)) for name in names}
    for whole in names:
        inside = [name for name in names if masks[name] and masks[name] | masks[whole] == masks[whole] != masks[name]]
        for number in range(2, LARGEST_SUM + 1):
            for parts in combinations(inside, number):
                added = [masks[part] for part in parts]
                if sum(added) == masks[whole] and _are_apart(added):
                    yield (whole, *parts)


def _are_apart(masks: list[int]) -> bool:
    return all(one & other == 0 for one, other in combinations(masks, 2))
