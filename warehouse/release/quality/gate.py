"""What became of each partition, which checks it passed, and which indicators it gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import duckdb
from markupsafe import Markup

from schemas.declaration import Text
from warehouse.release.quality.charts import Part, bar, stacked_bar
from warehouse.release.quality.words import ReportWords

MARKS = {
    "published": ("sound", "P"),
    "warned": ("warned", "W"),
    "standing": ("standing", "O"),
    "failed": ("failed", "F"),
    "skipped": ("skipped", "S"),
    "superseded": ("skipped", "G"),
    "withdrawn": ("failed", "X"),
}
"""How a partition is shown: its style and its letter. `mark.<key>` of the words says what that is."""
STATES = {"published": "sound", "protected": "warned", "totals_only": "standing", "not_produced": "skipped"}
"""The states of table `availability`, and the style of each. `given.<key>` of the words says what that is."""


@dataclass(frozen=True)
class PartitionLine:
    """A source and wave: its outcome, and how many checks were made, were not met, and could not be made.

    `critical` are checks that stop a partition, `warnings` those that travel with its numbers; `refused` counts checks
    of a later attempt whose numbers are not in the release.
    """

    source: str
    wave: str
    state: str
    reason: str
    standing_since: str
    cells: int
    checks: int
    critical: int
    warnings: int
    not_made: int
    refused: int

    @property
    def shown_as(self) -> str:
        """A key of MARKS: what is not published is never shown as if it were."""
        if self.state != "published":
            return self.state
        return "standing" if self.standing_since else "warned" if self.warnings else "published"


@dataclass(frozen=True)
class Given:
    """How many of a source's indicators and waves are given, by state of table `availability`, and as a bar."""

    source: str
    counts: Mapping[str, int]

    def chart(self, words: ReportWords) -> Markup:
        """The counts as parts of a bar."""
        return stacked_bar([Part(self.counts[each], STATES[each], words(f"given.{each}")) for each in STATES], words)


@dataclass(frozen=True)
class Reason:
    """Why indicators are not produced, or only in totals: how often, and a bar."""

    state: str
    said: Text
    count: int
    longest: int

    def chart(self, words: ReportWords) -> Markup:
        """A bar beside that of the most frequent reason."""
        return bar(self.count, self.longest, words.number(self.count, 0))


@dataclass(frozen=True)
class Unmet:
    """A check that was not met, in words, with the waves concerned and what was observed."""

    source: str
    waves: str
    severity: str
    said: str
    observed: str


def partition_lines(connection: duckdb.DuckDBPyConnection) -> tuple[PartitionLine, ...]:
    """Every partition of the release."""
    rows = connection.execute("""
        with checked as (
            select
                source, wave,
                count(*) as checks,
                count(*) filter (not success and severity = 'critical') as critical,
                count(*) filter (not success and severity = 'warning') as warnings,
                count(*) filter (success is null) as not_made,
                count(*) filter (not success and belongs_to = 'refused') as refused
            from quality_result
            group by all
        )

        select
            source, wave, state, reason, coalesce(standing_since, ''), cells, coalesce(checks, 0),
            coalesce(critical, 0), coalesce(warnings, 0), coalesce(not_made, 0), coalesce(refused, 0)
        from partition
        left join checked using (source, wave)
        order by source, wave
    """).fetchall()
    return tuple(PartitionLine(*row) for row in rows)


def by_source(lines: Sequence[PartitionLine]) -> dict[str, list[PartitionLine]]:
    """The partitions of each source."""
    found: dict[str, list[PartitionLine]] = {}
    for line in lines:
        found.setdefault(line.source, []).append(line)
    return found


def checks_not_met(connection: duckdb.DuckDBPyConnection) -> tuple[Unmet, ...]:
    """The checks of records and numbers that were not met; those of waves and figures have a section of their own."""
    rows = connection.execute("""
        select source_id, string_agg(wave, ', ' order by wave), severity, description, max(observed)
        from checks_not_met
        where stage not in ('waves', 'published_figures')
        group by source_id, severity, description
        order by severity, source_id, description
    """).fetchall()
    return tuple(Unmet(*row) for row in rows)


def given_by_source(connection: duckdb.DuckDBPyConnection) -> tuple[Given, ...]:
    """What each source gives of the indicators that are possible for its kind."""
    rows = connection.execute("""
        select source, state, count(*)
        from availability
        where not starts_with(reason_code, 'needs_')
        group by all
        order by all
    """).fetchall()
    found: dict[str, dict[str, int]] = {}
    for source, state, count in rows:
        found.setdefault(source, dict.fromkeys(STATES, 0))[state] = count
    return tuple(Given(source, counts) for source, counts in found.items())


def reasons(connection: duckdb.DuckDBPyConnection) -> tuple[Reason, ...]:
    """Why indicators are not given, the most frequent reason first; what the kind of source rules out is left out."""
    rows = connection.execute("""
        select
            availability.state, coalesce(any_value(label_en), reason_code), any_value(label_fr), any_value(label_es),
            count(*) as waves
        from availability
        left join availability_reason using (reason_code)
        where availability.state <> 'published' and not starts_with(reason_code, 'needs_')
        group by availability.state, reason_code
        order by waves desc, reason_code
    """).fetchall()
    longest = max((count for *_, count in rows), default=0)
    return tuple(
        Reason(state, Text(en=english, fr=french, es=spanish), count, longest)
        for state, english, french, spanish, count in rows
    )
