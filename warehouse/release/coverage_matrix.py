"""The coverage of a release as people read it: a letter for each indicator in each wave of a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

QUERY = """
    select
        indicator, indicator_title, source_id, wave, outcome, reason_code, reason_label, explanation, cells, withheld
    from what_is_covered
    where ($indicators is null or list_contains($indicators, indicator))
        and ($source is null or source_id = $source)
        and ($wave is null or wave = $wave)
    order by not is_ilostat_series, indicator, source_id, wave
"""
LEGEND: Mapping[str, str] = {
    "P": "published",
    "C": "protected",
    "t": "totals only",
    "-": "cannot be given",
    ".": "needs another kind of source",
    "x": "the wave failed or was not run",
}
LETTERS = {"published": "P", "protected": "C", "totals_only": "t"}
OF_THE_WAVE = ("partition_failed", "partition_skipped", "partition_withdrawn", "declaration_wrong")


@dataclass(frozen=True)
class Covered:
    """One indicator in one wave of a source."""

    indicator: str
    title: str
    source: str
    wave: str
    state: str
    code: str
    label: str
    reason: str
    cells: int
    withheld: int

    @property
    def letter(self) -> str:
        """What stands for it in the matrix."""
        if self.code in OF_THE_WAVE:
            return "x"
        return LETTERS.get(self.state) or ("." if self.code.startswith("needs_") else "-")

    @property
    def why(self) -> str:
        """The reason in words; what holds of all such cases where nothing more is known."""
        return self.reason or self.label

    @property
    def state_in_words(self) -> str:
        """Its state as text."""
        return self.state.replace("_", " ")


def read_covered(
    connection: duckdb.DuckDBPyConnection,
    *,
    indicators: Sequence[str] | None = None,
    source: str | None = None,
    wave: str | None = None,
) -> list[Covered]:
    """The rows of view `what_is_covered`, all or some: ILOSTAT's series first."""
    asked = {"indicators": indicators, "source": source, "wave": wave}
    return [Covered(*row) for row in connection.execute(QUERY, asked).fetchall()]


def matrix(found: Sequence[Covered], *, by_wave: bool = False) -> dict[str, dict[str, list[Covered]]]:
    """Indicator -> source, or wave where one source is looked at -> its waves."""
    columns = list(dict.fromkeys(each.wave if by_wave else each.source for each in found))
    rows: dict[str, dict[str, list[Covered]]] = {}
    for each in found:
        row = rows.setdefault(each.indicator, {column: [] for column in columns})
        row[each.wave if by_wave else each.source].append(each)
    return rows


def cell(covered: Sequence[Covered]) -> str:
    """One letter when all waves are alike, else each letter with its number of waves."""
    counted = Counter(each.letter for each in covered)
    if len(counted) == 1:
        return covered[0].letter
    return " ".join(f"{letter}{counted[letter]}" for letter in LEGEND if letter in counted)


def reasons(covered: Sequence[Covered]) -> list[str]:
    """State and reason of some waves, those that share them together."""
    waves: dict[str, list[str]] = {}
    for each in covered:
        waves.setdefault(each.state_in_words + (f". {each.why}" if each.why else ""), []).append(each.wave)
    return [f"{', '.join(names)}: {said}" for said, names in waves.items()]
