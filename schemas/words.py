"""Words as they are compared with those of a vocabulary: without case, accents and punctuation."""

from __future__ import annotations

import re
import unicodedata
from functools import cache

_BETWEEN = re.compile(r"(?<=[a-z])(?=[A-Z])|(?<=[A-Za-z])(?=[0-9])|(?<=[0-9])(?=[A-Za-z])|[^A-Za-z0-9]+|_")


@cache
def folded_words(text: str) -> tuple[str, ...]:
    """The words of a text or of a column's name: `Fact_Cal` is fact, cal, and `PaísNacim` is pais, nacim."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").replace("ñ", "n").replace("º", "o"))
    bare = "".join(letter for letter in plain if not unicodedata.combining(letter))
    return tuple(word.lower() for word in _BETWEEN.split(bare) if word)
