"""Which indicators come out of a file, with how many numbers, and what one more variable would add."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from schemas.availability import Decision
from schemas.catalogue import all_indicators
from schemas.concepts import load_concepts
from transforms.availability import read_decisions
from transforms.duck import connect, parquet_rows
from transforms.preview.previewed import OneMore, PreviewedIndicator


def preview_indicators(cells: Path, availability: Path, *, memory_limit: str = "2GB") -> list[PreviewedIndicator]:
    """Every indicator on which was decided, with its numbers by status."""
    query = f"select indicator, coalesce(obs_status, ''), count(*) from {parquet_rows(cells)} group by all order by all"
    statuses: dict[str, dict[str, int]] = {}
    with connect(memory_limit=memory_limit, work=cells.parent) as connection:
        for indicator, status, count in connection.execute(query).fetchall():
            statuses.setdefault(indicator, {})[status] = int(count)
    return [_previewed(each, statuses.get(each.indicator, {})) for each in read_decisions(availability)]


def _previewed(decision: Decision, statuses: Mapping[str, int]) -> PreviewedIndicator:
    title = all_indicators()[decision.indicator].declared.title.en
    numbers = sum(statuses.values())
    return PreviewedIndicator(decision.indicator, title, decision.state, decision.reason, numbers, statuses)


def one_more_variable(decisions: Iterable[Decision]) -> list[OneMore]:
    """What each variable would add that a survey does not give, those with most indicators first."""
    added: dict[str, list[str]] = {}
    in_full: dict[str, list[str]] = {}
    for each in decisions:
        lacking = each.variables.split()
        if len(lacking) == 1 and each.state in ("not_produced", "totals_only"):
            into = added if each.state == "not_produced" else in_full
            into.setdefault(lacking[0], []).append(each.indicator)
    concepts = load_concepts()
    found = [
        OneMore(name, concepts[name].label.en, tuple(added.get(name, ())), tuple(in_full.get(name, ())))
        for name in {**added, **in_full}
        if name in concepts
    ]
    return sorted(found, key=lambda each: (-len(each.added), -len(each.in_full), each.variable))
