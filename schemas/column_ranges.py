"""Names with a range: `replicate_{1-80}` is replicate_1 to replicate_80, `{001-080}` keeps the leading zeros."""

from __future__ import annotations

import re

RANGE = re.compile(r"\{([0-9]+)-([0-9]+)\}")
MAXIMUM_RANGE = 10_000
MAXIMUM_DIGITS = 9
MAXIMUM_SHOWN = 60


def count_of(name: str) -> int:
    """How many names a declared name stands for. Raises ValueError as `expand_name` does."""
    return len(_numbers(name)) or 1


def expand_name(name: str) -> list[str]:
    """The names that a declared name stands for; one without a range stands for itself.

    Raises ValueError for a range that ends before it begins, for one of more than 10,000 names, and for a second range
    in the same name.
    """
    numbers = _numbers(name)
    only = RANGE.search(name)
    if only is None:
        return [name]
    width = len(only[1]) if only[1].startswith("0") else 1
    return [f"{name[: only.start()]}{number:0{width}d}{name[only.end() :]}" for number in numbers]


def _numbers(name: str) -> range:
    """The numbers of a name's range; none where it has no range."""
    found = RANGE.findall(name)
    if not found:
        return range(0)
    if len(found) == 1 and max(map(len, found[0])) <= MAXIMUM_DIGITS:
        first, last = map(int, found[0])
        if first <= last < first + MAXIMUM_RANGE:
            return range(first, last + 1)
    raise ValueError(
        f"'{name[:MAXIMUM_SHOWN]}' needs one range, from the lower number to the higher, as in replicate_{{1-80}}, "
        f"and of no more than {MAXIMUM_RANGE:,} numbers"
    )


def expand_row(name: str, names_of_waves: dict[str, str]) -> dict[str, dict[str, str]]:
    """The rows of columns.csv that one row stands for: our name -> wave -> the producer's name.

    A wave that lacks the columns leaves its field empty. Raises ValueError when two ranges differ in length.
    """
    ours = expand_name(name)
    rows: dict[str, dict[str, str]] = {each: {} for each in ours}
    for wave, theirs in names_of_waves.items():
        expanded = expand_name(theirs) if theirs else [""] * len(ours)
        if len(expanded) != len(ours):
            raise ValueError(f"'{name}' stands for {len(ours)} column(s), and '{theirs}' for {len(expanded)}")
        for each, producers in zip(ours, expanded, strict=True):
            rows[each][wave] = producers
    return rows
