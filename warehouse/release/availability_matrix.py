"""The availability of each indicator in a release, for people to read: a letter for each wave of a source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb

VIEW, EARLIER_VIEW = "what_is_available", "what_is_covered"
QUERY = """
    select
        indicator, indicator_title, source_id, wave, outcome, reason_code, reason_label, explanation, cells, withheld
    from {view}
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
class Availability:
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
        """Its letter in the matrix."""
        if self.code in OF_THE_WAVE:
            return "x"
        return LETTERS.get(self.state) or ("." if self.code.startswith("needs_") else "-")

    @property
    def why(self) -> str:
        """The reason in words; the general one for such cases where no other is known."""
        return self.reason or self.label

    @property
    def state_in_words(self) -> str:
        """Its state as text."""
        return self.state.replace("_", " ")


def read_availability(
    connection: duckdb.DuckDBPyConnection,
    *,
    indicators: Sequence[str] | None = None,
    source: str | None = None,
    wave: str | None = None,
) -> list[Availability]:
    """The rows of view `what_is_available`, all or some: ILOSTAT's series first.

    Earlier releases have the view as `what_is_covered`. Raises duckdb.CatalogException for a release with neither.
    """
    asked = {"indicators": indicators, "source": source, "wave": wave}
    views = {name for (name,) in connection.execute("select view_name from duckdb_views()").fetchall()}
    query = QUERY.format(view=VIEW if VIEW in views else EARLIER_VIEW)
    return [Availability(*row) for row in connection.execute(query, asked).fetchall()]


def matrix(found: Sequence[Availability], *, by_wave: bool = False) -> dict[str, dict[str, list[Availability]]]:
    """Indicator -> source (or wave, for a single source) -> its waves."""
    columns = list(dict.fromkeys(each.wave if by_wave else each.source for each in found))
    rows: dict[str, dict[str, list[Availability]]] = {}
    for each in found:
        row = rows.setdefault(each.indicator, {column: [] for column in columns})
        row[each.wave if by_wave else each.source].append(each)
    return rows


def cell(waves: Sequence[Availability]) -> str:
    """One letter when all waves have the same, else each letter with its number of waves."""
    counted = Counter(each.letter for each in waves)
    if len(counted) == 1:
        return waves[0].letter
    return " ".join(f"{letter}{counted[letter]}" for letter in LEGEND if letter in counted)


def reasons(waves: Sequence[Availability]) -> list[str]:
    """State and reason of some waves, grouped where they are the same."""
    by_reason: dict[str, list[str]] = {}
    for each in waves:
        by_reason.setdefault(each.state_in_words + (f". {each.why}" if each.why else ""), []).append(each.wave)
    return [f"{', '.join(names)}: {reason}" for reason, names in by_reason.items()]
