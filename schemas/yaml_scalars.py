"""What an unquoted word of YAML stands for, read strictly: nothing that looks like one thing is taken for another.

YAML 1.1 reads `012` as ten, `1:30` as ninety, `1_189` as 1189, the country code `NO` as false and `2024-01-01` as a
day. Here whole numbers and decimals are numbers as people write them, `true`, `false` and nothing (or `null`) are what
they say, and all other words are text: `NO` is a code. What may be a number, and which one is not plain, is an error.
"""

from __future__ import annotations

import re

MAXIMUM_DIGITS = 15
"""Of a whole number; more do not fit into a floating-point number."""
LARGEST = 1e15

NOTHING = ("", "~", "null", "Null", "NULL")
TRUTHS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
WHOLE = re.compile(r"[-+]?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
UNCLEAR = re.compile(
    r"[-+]?(0[0-9_]+(\.[0-9_]*)?|0[xob][0-9a-f_]+|[0-9][0-9_]*_[0-9_.]*|[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"
    r"|\.(inf|nan))",
    re.IGNORECASE,
)

Scalar = str | int | float | bool | None


def read_scalar(text: str) -> Scalar:
    """The value of an unquoted scalar. Raises ValueError, in words, for a number that can be read in several ways."""
    if text in NOTHING:
        return None
    if text in TRUTHS:
        return TRUTHS[text]
    if UNCLEAR.fullmatch(text):
        raise ValueError(f"'{text[:40]}' can be read as several numbers, or as a text; {_instead(text)}")
    if not DECIMAL.fullmatch(text):
        return text
    if WHOLE.fullmatch(text) and len(text.lstrip("+-")) > MAXIMUM_DIGITS:
        raise ValueError(f"'{text[:40]}' has more than {MAXIMUM_DIGITS} digits; a code belongs in quotes")
    number = float(text)
    if not abs(number) <= LARGEST:
        raise ValueError(f"'{text[:40]}' is larger than any number of a declaration; a code belongs in quotes")
    return int(text) if WHOLE.fullmatch(text) else number


def _instead(text: str) -> str:
    """What to write: the number without doubt where there is one, else quotes."""
    plain = text.replace("_", "").lstrip("+0") or "0"
    number = f"write {plain} for the number, or " if DECIMAL.fullmatch(plain) and not text.startswith("-") else "write "
    return f"{number}'{text[:40]}' in quotes for a code or text"
