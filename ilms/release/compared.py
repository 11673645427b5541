"""How each wave of a source differs from the one before it, published with its numbers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal

from ilms.pipeline.profiles import wave_profile
from ilms.release.standing import Candidate
from schemas.comparison import load_comparison
from schemas.periods import MONTHS_OF, in_order, months
from schemas.release_profiles import UNPROTECTED
from schemas.source import Runnable
from transforms.compare import Wave, differences, same_numbers
from warehouse.layout import Layout
from warehouse.release.inputs import ComparedPeriod


def with_earlier(source: Runnable, waves: Mapping[str, Candidate]) -> dict[str, Candidate]:
    """The waves of a source, each with the one that its published numbers are compared with: the last before it that is
    of the same length and has numbers, unless it began too long ago."""
    limit = load_comparison().between_waves.months
    last: dict[int, str] = {}
    paired = dict(waves)
    for name in in_order(waves):
        candidate, length = waves[name], len(months(name))
        if not candidate.is_ready:
            continue
        earlier = last.get(length)
        if earlier and months(name).start - months(earlier).start <= limit:
            since_break = not source.is_comparable(earlier, name)
            paired[name] = replace(candidate, item=replace(candidate.item, earlier=earlier, since_break=since_break))
        last[length] = name
    return paired


def with_compared(source: Runnable, candidates: Sequence[Candidate]) -> list[Candidate]:
    """The waves and longer periods of a source, each with the earlier ones of the same length that its numbers are
    compared with: the last that has numbers, and that of the year before."""
    ready = {each.item.partition.wave: each for each in candidates if each.is_ready}
    last: dict[int, str] = {}
    found: dict[str, tuple[ComparedPeriod, ...]] = {}
    for name in in_order(ready):
        length = len(months(name))
        year_before = f"{int(name[:4]) - 1}{name[4:]}"
        pairs: list[tuple[str | None, Literal["previous", "year_before"]]] = [(last.get(length), "previous")]
        if length < MONTHS_OF["A"] and year_before in ready:
            pairs.append((year_before, "year_before"))
        found[name] = tuple(
            ComparedPeriod(earlier, which, not source.is_comparable(earlier, name))
            for earlier, which in pairs
            if earlier is not None
        )
        last[length] = name
    return [
        replace(each, item=replace(each.item, compared=found.get(each.item.partition.wave, ()))) for each in candidates
    ]


def with_remarks(layout: Layout, source: Runnable, waves: Mapping[str, Candidate]) -> Iterator[Candidate]:
    """The waves of a source in their order, each with remarks on how it compares with the wave before it. Across a
    break in series nothing is compared: a break means that the two differ.

    A source whose numbers are protected gets none: shares of its records could disclose what is withheld.
    """
    if len(waves) == 1:
        yield from waves.values()
        return
    earlier: list[Wave] = []
    remarks: dict[str, tuple[str, ...]] = {}
    for name in in_order(waves):
        candidate = waves[name]
        if not candidate.is_ready or candidate.item.protection != UNPROTECTED or candidate.item.core is None:
            continue
        numbers = candidate.unit.facts.mark if candidate.unit else ""
        found = wave_profile(layout, source, candidate.item.partition, candidate.item.core, numbers)
        if found is None:
            continue
        now = Wave(candidate.item.partition, found)
        remarks[name] = tuple(_remarks(source, earlier, now))
        earlier.append(now)
    for name, candidate in waves.items():
        yield replace(candidate, item=replace(candidate.item, remarks=remarks.get(name, ())))


def _remarks(source: Runnable, earlier: list[Wave], now: Wave) -> Iterator[str]:
    for other in earlier:
        if same_numbers(other.profile, now.profile):
            yield f"its numbers are those of {other.partition.wave}, all of them"
    if not earlier or not source.is_comparable(earlier[-1].partition.wave, now.partition.wave):
        return
    if found := differences(earlier[-1], now, load_comparison()):
        yield f"compared with {earlier[-1].partition.wave}: {'; '.join(found)}"
