"""Bands of years as a code map writes them: 16..19, 65.., ..4, or a single year."""

from __future__ import annotations

import re

from schemas.declaration import Range

_BAND = re.compile(r"(?P<start>[0-9]{1,4})?\.\.(?P<end>[0-9]{1,4})?|(?P<year>[0-9]{1,4})")


def band_of(text: str) -> Range | None:
    """The band that a value of a map stands for, both ends included, or None. Raises ValueError for 19..16."""
    found = _BAND.fullmatch(text)
    if found is None or text == "..":
        return None
    start, end = found["year"] or found["start"], found["year"] or found["end"]
    return Range.model_validate({"from": int(start) if start else None, "to": int(end) if end else None})
