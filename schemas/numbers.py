"""How declarations write numbers and ranges of numbers: digits, a point, a sign, and nothing else that Python takes."""

from __future__ import annotations

import re

_NUMBER = r"[-+]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
NUMBER = re.compile(_NUMBER)
RANGE = re.compile(rf"(?P<low>{_NUMBER})?\.\.(?P<high>{_NUMBER})?")


def as_number(text: str) -> float | None:
    """The number that a text of a declaration is; None when it is not one."""
    return float(text) if NUMBER.fullmatch(text) else None


def as_range(text: str) -> tuple[float | None, float | None] | None:
    """The bounds of a range such as 97..99, 900.. or ..-1, both included; None for what is not a range."""
    bounds = RANGE.fullmatch(text)
    if bounds is None or not (bounds["low"] or bounds["high"]):
        return None
    low, high = bounds["low"], bounds["high"]
    return float(low) if low else None, float(high) if high else None
