"""Encodings of text files, as declarations name them: those that turn bytes into characters, and nothing else."""

from __future__ import annotations

import codecs
from typing import Annotated

from pydantic import AfterValidator

SAMPLE = "Aa1 ,;|\t\"'\r\n"
NOT_OF_FILES = {"idna", "punycode", "raw_unicode_escape", "undefined", "unicode_escape", "utf_7"}
"""Python's names for ways to write characters within other texts."""


def known_encoding(name: str) -> str:
    """The name as it is. Raises ValueError for what is not an encoding of text files."""
    try:
        codec = codecs.lookup(name)
        is_text = SAMPLE.encode(codec.name).decode(codec.name) == SAMPLE and codec.incrementaldecoder is not None
    except (LookupError, ValueError, TypeError):
        is_text = False
    if not is_text or codec.name.replace("-", "_") in NOT_OF_FILES:
        raise ValueError(f"'{name[:40]}' is not a text encoding; write utf-8, latin-1, windows-1252 or the like")
    return name


Encoding = Annotated[str, AfterValidator(known_encoding)]
