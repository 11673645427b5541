"""What became of an indicator in a wave of a source, and the reasons there may be (`availability_reasons.csv`)."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, get_args

from schemas.declaration import Trilingual
from schemas.errors import DeclarationError

AVAILABILITY_REASONS_FILE = Path(__file__).parent / "availability_reasons.csv"
State = Literal["published", "protected", "totals_only", "not_produced"]
STATES: tuple[State, ...] = get_args(State)

_COLUMNS = ("code", "state", "label_en", "label_fr", "label_es")


@dataclass(frozen=True)
class Reason:
    """One reason: the state that it explains, and its text, which fits any indicator."""

    state: State
    label: Trilingual


@dataclass(frozen=True)
class Decision:
    """What a stage decided about one indicator of a partition.

    `variables` are those that decided, separated by spaces; `reason` says it in words a statistician can act on.
    """

    indicator: str
    state: State = "published"
    code: str = ""
    variables: str = ""
    reason: str = ""

    def __post_init__(self) -> None:
        if self.code and load_availability_reasons()[self.code].state != self.state:
            raise ValueError(f"'{self.code}' is not a reason for '{self.state}'")

    @property
    def is_produced(self) -> bool:
        """Whether numbers are to be expected."""
        return self.state != "not_produced"


@cache
def load_availability_reasons() -> Mapping[str, Reason]:
    """Every reason by its code, in the order of the file. Raises DeclarationError that names file and line."""
    with AVAILABILITY_REASONS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream, strict=True))
    reasons: dict[str, Reason] = {}
    for line, row in enumerate(rows, start=2):
        state = next((each for each in STATES if each == row.get("state")), None)
        if tuple(row) != _COLUMNS or state is None or row["code"] in reasons:
            raise DeclarationError(
                f"'{row.get('code')}' occurs twice, lacks a column or has no state of {', '.join(STATES)}",
                where=f"{AVAILABILITY_REASONS_FILE}, line {line}",
                remedy=f"give {','.join(_COLUMNS)}, each code once",
            )
        reasons[row["code"]] = Reason(state, Trilingual(en=row["label_en"], fr=row["label_fr"], es=row["label_es"]))
    return MappingProxyType(reasons)
