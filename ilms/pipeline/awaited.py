"""Waves of a series that are not there yet: awaited until they should have come out, and overdue some time after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Literal, get_args

from ilms.pipeline.fingerprints import core_mark
from ilms.pipeline.stage_list import FETCH
from ilms.pipeline.status import read_status, write_status
from ilms.pipeline.up_to_date import fetched
from schemas.errors import AwaitedWave, NotInFile, OverdueWave, PartOfPeriod
from schemas.partition import Partition
from schemas.periods import day_in_words, in_order
from schemas.series import due_on, series_of, why_not_expected
from schemas.source import Source
from warehouse.accepted import accepted_units
from warehouse.intake.access import Access
from warehouse.intake.look import Ask, is_shared, look_for
from warehouse.intake.vintage import latest_vintage
from warehouse.layout import Layout
from warehouse.withdrawal import withdrawal

ToCome = Literal["awaited", "overdue", "not expected"]
TO_COME: tuple[ToCome, ...] = get_args(ToCome)
"""States of a wave that is not there."""
UNKNOWN = "not known"
ORDER = (UNKNOWN, "overdue", "awaited", "not expected")
"""Of the lines of a summary."""


@dataclass(frozen=True)
class Awaited:
    """A wave that is not there: since when it is due or overdue, or why it is not expected, and what was looked for.

    unknown  why it is not known whether it is there; its last state is then kept, and the reason is shown
    """

    state: ToCome
    when: str
    lacking: str = ""
    unknown: str = ""

    @property
    def reason(self) -> str:
        """All of it in a sentence or two."""
        said = self.when[:1].upper() + self.when[1:]
        return f"{said}. {self.lacking}".strip() if self.lacking else f"{said}."


def expectation(source: Source, wave: str, day: date) -> Awaited:
    """What a wave of a series that is not there is on a day. Raises ValueError for a wave of none."""
    series = series_of(source, wave)
    if series is None:
        raise ValueError(f"{wave} lies in no series of {source.id}")
    if because := why_not_expected(series, wave):
        return Awaited("not expected", f"not expected: {because}")
    due = due_on(source, series, wave)
    overdue = due + timedelta(days=series.overdue_after)
    if day >= overdue:
        return Awaited("overdue", f"overdue since {day_in_words(overdue)}, due on {day_in_words(due)}")
    since = "since" if day > due else "on"
    return Awaited("awaited", f"due {since} {day_in_words(due)}, overdue from {day_in_words(overdue)}")


def awaited_wave(
    layout: Layout, access: Access, source: Source, partition: Partition, day: date, ask: Ask
) -> Awaited | None:
    """Why a wave of a series is not run: its files are not there yet, or that is not known. None where it is to be run.

    A wave that is declared by itself alone, or of which anything was ever fetched or accepted, is run: what it lacks is
    a fault. One that its files did not hold is run once they, the declaration or the software are new. Raises what a
    fetch raises before it begins.
    """
    if series_of(source, partition.wave) is None or accepted_units(layout.accepted(partition)):
        return None
    if latest_vintage(layout, partition) is not None:
        status = read_status(layout, partition)
        if status is None or status.state not in TO_COME:
            return None
        if status.looked and _is_unchanged(layout, access, source, partition, status.looked):
            return replace(expectation(source, partition.wave, day), lacking=status.lacking)
    seen = look_for(source, partition, access.for_source(source.id), ask)
    if seen.is_there:
        return None
    listed = "; ".join(seen.missing)
    lacking = f"{listed[:1].upper()}{listed[1:]}." if listed else ""
    return replace(expectation(source, partition.wave, day), lacking=lacking, unknown=seen.unreachable)


def _is_unchanged(layout: Layout, access: Access, source: Source, partition: Partition, looked: str) -> bool:
    """Whether a wave would be looked for in the files, and by the declaration, of which the mark is `looked`."""
    vintage = fetched(layout, access, source, partition)
    if vintage is None:
        return False
    return core_mark(source.from_origin(partition.wave, vintage.origin), partition, vintage.id) == looked


def is_to_come(layout: Layout, source: Source, partition: Partition) -> bool:
    """Whether a wave of a series was never met, be it awaited, overdue or not looked for: no release mentions it."""
    if series_of(source, partition.wave) is None or accepted_units(layout.accepted(partition)):
        return False
    status = read_status(layout, partition)
    return (status is None or status.state in TO_COME) and withdrawal(layout, partition) is None


def kept_awaited(layout: Layout, source: Source, partition: Partition, day: date) -> Awaited | None:
    """What a wave is by a day that was not there when it was looked for last; None for any other wave."""
    status = read_status(layout, partition)
    if status is None or status.state not in TO_COME or series_of(source, partition.wave) is None:
        return None
    return replace(expectation(source, partition.wave, day), lacking=status.lacking)


def keep_awaited(layout: Layout, partition: Partition, awaited: Awaited) -> None:
    """Write that a wave is not there where people look for it.

    What its files did not hold is forgotten once the files themselves are not there.
    """
    status = read_status(layout, partition)
    looked = status.looked if status is not None and status.lacking == awaited.lacking else ""
    write_status(
        layout,
        partition,
        state=awaited.state,
        stage=FETCH.name,
        reason=awaited.reason,
        error_kind="",
        worked=(),
        lacking=awaited.lacking,
        looked=looked,
    )


@contextmanager
def not_there_yet(layout: Layout, source: Source, partition: Partition, vintage: str, day: date) -> Iterator[None]:
    """Read the files of a wave in the block. Raises AwaitedWave or OverdueWave where they do not hold it yet.

    That is so of a wave of a series of which nothing was ever accepted, where a file of several waves lacks this one,
    or one of its own holds a part of the period; in any other case it is a fault, and passes.
    """
    try:
        yield
    except NotInFile as error:
        of_wave = isinstance(error, PartOfPeriod) or is_shared(source, partition.wave)
        if not of_wave or series_of(source, partition.wave) is None:
            raise
        if accepted_units(layout.accepted(partition)):
            raise
        lacking = f"{error.where}: {error.what}."
        expected = replace(expectation(source, partition.wave, day), lacking=lacking)
        mark = core_mark(source, partition, vintage)
        write_status(layout, partition, lacking=lacking, looked=mark)
        raise (OverdueWave if expected.state == "overdue" else AwaitedWave)(expected.reason) from None


def awaited_lines(awaited: Mapping[str, Awaited]) -> Iterator[str]:
    """What is not there of series: a line for each source and state, with how many waves, the first and the last, and
    what is lacking of the last; a line for each wave for which that is not known."""
    by_source: dict[tuple[str, str], dict[str, Awaited]] = {}
    for key, each in awaited.items():
        source, _, wave = key.partition("|")
        by_source.setdefault((source, UNKNOWN if each.unknown else each.state), {})[wave] = each
    for (source, state), waves in sorted(by_source.items(), key=lambda item: (ORDER.index(item[0][1]), item[0][0])):
        names = in_order(waves)
        if state == UNKNOWN:
            yield from (f"{UNKNOWN}: {source} {wave}. {waves[wave].unknown} It stays as it was." for wave in names)
        else:
            yield f"{state}: {source} {_first_and_last(names, waves)}"


def _first_and_last(names: Sequence[str], waves: Mapping[str, Awaited]) -> str:
    """Some waves of one state in a sentence."""
    last = waves[names[-1]]
    shown = list(dict.fromkeys((names[0], names[-1])))
    count = f"{len(names):,} waves, " if len(names) > 1 else ""
    between = " to " if len(names) > 2 else " and "
    if last.state == "not expected":
        reasons = dict.fromkeys(waves[wave].when.removeprefix("not expected: ") for wave in shown)
        return f"{count}{between.join(shown)}: {'; '.join(reasons)}"
    dated = between.join(f"{wave} ({waves[wave].when.removeprefix('overdue ')})" for wave in shown)
    return f"{count}{dated}. {last.lacking if last.state == 'overdue' else ''}".rstrip()
