"""Codes and ranges of codes in a map, and where they contradict one another."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from itertools import pairwise

from schemas.source import CodeValue

CODE_RANGE = re.compile(r"([0-9]{1,18})\.\.([0-9]{1,18})")
"""A range of codes, such as 0110..0310, both ends included."""


def contradictions(name: str, codes: Mapping[str, CodeValue], *, fold: bool) -> Iterator[str]:
    """Ranges that end before they begin, ranges that share codes and mean different things, and codes that differ only
    in case although case is ignored.
    """
    ranges = []
    for code, meaning in codes.items():
        if bounds := CODE_RANGE.fullmatch(code):
            low, high = int(bounds[1]), int(bounds[2])
            ranges.append((bounds[1].startswith("0"), low, high, code, meaning.value))
            if low > high:
                yield f"map '{name}': range '{code}' ends before it begins"
    for (padded, _, end, one, meant), (other_padded, start, _, other, also) in pairwise(sorted(ranges)):
        if padded == other_padded and start <= end and meant != also:
            yield f"map '{name}': ranges '{one}' and '{other}' share codes and mean '{meant}' and '{also}'"
    if fold:
        yield from _alike_but_for_case(name, codes)


def _alike_but_for_case(name: str, codes: Mapping[str, CodeValue]) -> Iterator[str]:
    first: dict[str, str] = {}
    for code, meaning in codes.items():
        other = first.setdefault(code.casefold(), code)
        if codes[other].value != meaning.value:
            yield f"map '{name}': '{other}' and '{code}' are one code with `fold`, and mean different things"
