"""The known words that a word is most like: errors suggest them, but no word is ever read as another."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

NEAREST = 3
LIKENESS = 0.6


def nearest(word: str, known: Iterable[str]) -> str:
    """The known words that a word is most like, as errors show them; empty when there is none."""
    folded = {_folded(other): other for other in known}
    close = get_close_matches(_folded(word), list(folded), n=NEAREST, cutoff=LIKENESS)
    return named_nearest(folded[each] for each in close)


def named_nearest(words: Iterable[str]) -> str:
    """Suggestions as errors show them; empty when there is none."""
    listed = ", ".join(words)
    return f" (nearest: {listed})" if listed else ""


def _folded(word: str) -> str:
    return " ".join(word.split()).casefold()
