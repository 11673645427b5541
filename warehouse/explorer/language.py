"""The words of the pages in three languages, and periods as each language writes them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from schemas.declaration import Text
from warehouse.language import Wording, read_words

WORDS_FILE = Path(__file__).parent / "words.yaml"
PERIOD = re.compile(r"(\d{4})(?:([SQM])(\d{1,2}))?")


def load_words() -> Mapping[str, Text]:
    """Every word and sentence of the pages by its name. Raises DeclarationError as `read_words` does."""
    return read_words(WORDS_FILE)


@dataclass(frozen=True)
class Words(Wording):
    """The words of the pages in one language."""

    file: Path = WORDS_FILE

    def period(self, time: str) -> str:
        """A period in words: 2024, or the third quarter of it."""
        found = PERIOD.fullmatch(time)
        if found is None or not found[2]:
            return time
        return self(f"period.{found[2]}", year=found[1], number=int(found[3]))


def period_place(time: str) -> float:
    """Where a period stands on an axis of years: the middle of it."""
    found = PERIOD.fullmatch(time)
    if found is None:
        return 0.0
    parts = {"S": 2, "Q": 4, "M": 12}.get(found[2] or "", 1)
    return int(found[1]) + (int(found[3]) - 0.5) / parts if found[2] else float(found[1]) + 0.5
