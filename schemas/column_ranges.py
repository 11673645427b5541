"""Names with a range: `replicate_{1-80}` is replicate_1 to replicate_80, `{001-080}` keeps the leading zeros."""

from __future__ import annotations

import re

RANGE = re.compile(r"\{(\d+)-(\d+)\}")


def expand_name(name: str) -> list[str]:
    """The names that one stands for; a name without a range stands for itself.

    Raises ValueError for a range that ends before it begins, and for a second range in the same name.
    """
    found = list(RANGE.finditer(name))
    if not found:
        return [name]
    if len(found) > 1 or int(found[0][1]) > int(found[0][2]):
        raise ValueError(f"'{name}' needs one range, from the lower number to the higher, as in replicate_{{1-80}}")
    (only,) = found
    width = len(only[1]) if only[1].startswith("0") else 1
    numbers = range(int(only[1]), int(only[2]) + 1)
    return [f"{name[: only.start()]}{number:0{width}d}{name[only.end() :]}" for number in numbers]


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
