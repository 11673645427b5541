"""Waves declared as a series: which there are by a day, which of them are due, and what is wrong with a series."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import combinations, islice
from typing import TypeVar

from schemas.periods import WAVE, day_in_words, frequency, in_order, months, shifted
from schemas.source import MAXIMUM_WAVES, Source
from schemas.wave import Series, Wave
from schemas.yaml_lines import Location, line_of

LATER = "2999"
"""A year that no declaration names: its waves stand for all that a series without an end will still have."""
EARLIEST = "1900"
Declared = TypeVar("Declared", bound=Source)


def waves_of(series: Series) -> Iterator[str]:
    """The waves of a series in their order, those never taken left out; without an end where the series has none."""
    wave = series.first
    while wave[:4] < LATER and (series.until is None or months(wave).stop <= months(series.until).stop):
        if wave not in series.never_taken:
            yield wave
        wave = shifted(wave, series.every)


def series_of(source: Source, wave: str) -> Series | None:
    """The series that a wave lies in; None for a wave that is declared by itself."""
    return next((each for each in source.series if _holds(each, wave)), None)


def _holds(series: Series, wave: str) -> bool:
    if not WAVE.fullmatch(wave) or frequency(wave) != frequency(series.first) or wave in series.never_taken:
        return False
    steps = (months(wave).start - months(series.first).start) // len(months(wave))
    ended = series.until is not None and months(wave).stop > months(series.until).stop
    return steps >= 0 and not steps % series.every and not ended


def declares(source: Source, wave: str) -> bool:
    """Whether a wave is declared, including those that a series will have later."""
    return wave in source.waves or series_of(source, wave) is not None


def why_not_expected(series: Series, wave: str) -> str:
    """Why a wave of a series is not expected to come out; empty where it is."""
    return next((each.because for each in series.not_expected if wave in each.waves), "")


def due_on(source: Source, series: Series, wave: str) -> date:
    """The day on which the files of a wave of a series should come out."""
    return source.last_day(wave) + timedelta(days=series.comes_out_after)


def what_comes_next(source: Source, series: Series) -> str:
    """The next wave of each series after those that the source has, in words."""
    wave = next((each for each in waves_of(series) if each not in source.waves), None)
    if wave is None:
        return f"series from {series.first}: its last wave is {series.until}"
    return f"series from {series.first}: the next wave, {wave}, is due on {day_in_words(due_on(source, series, wave))}"


def why_not_there(source: Source, wave: str) -> str:
    """Why a source has no such wave, where a series says it: it was never taken, or its period is not over."""
    for series in source.series:
        if wave in series.never_taken:
            return f"{source.id} {wave} was never taken: {series.never_taken[wave]}"
    if series_of(source, wave) is not None and wave not in source.waves:
        return f"the period of {source.id} {wave} ends on {day_in_words(source.last_day(wave))}"
    return ""


def with_series(source: Declared, today: date) -> Declared:
    """The source with the waves of its series that have ended or are due by a day, in order of time.

    A wave that is declared by itself too takes what it says over the series.
    """
    if not source.series:
        return source
    waves = dict(source.waves)
    for series in source.series:
        waves |= {wave: resolved(series, source.waves.get(wave)) for wave in _begun(source, series, today)}
    for wave, own in source.waves.items():
        of = series_of(source, wave)
        waves[wave] = resolved(of, own) if of else own
    return source.model_copy(update={"waves": {wave: waves[wave] for wave in in_order(waves)}})


def _begun(source: Source, series: Series, today: date) -> Iterator[str]:
    for wave in islice(waves_of(series), MAXIMUM_WAVES):
        if min(source.last_day(wave) + timedelta(days=1), due_on(source, series, wave)) > today:
            return
        yield wave


def resolved(series: Series, own: Wave | None) -> Wave:
    """A wave of a series: what it says itself, and of the series what it does not."""
    said = {name: getattr(series, name) for name in Wave.model_fields}
    if own is not None:
        said |= {name: getattr(own, name) for name in own.model_fields_set}
    return Wave.model_validate(said)


def with_later(source: Declared) -> Declared:
    """The source with one more wave of each series without an end, in which the faults of any later wave show.

    So a declaration that is right today is still right after the next New Year.
    """
    later = {_later(each): resolved(each, None) for each in source.series if each.until is None}
    return source.model_copy(update={"waves": source.waves | later})


def _later(series: Series) -> str:
    """The last wave of a series in the year LATER."""
    last = {"A": LATER, "S": f"{LATER}-S2", "Q": f"{LATER}-Q4", "M": f"{LATER}-M12"}[frequency(series.first)]
    return next(wave for wave in (shifted(last, -back) for back in range(series.every)) if _holds(series, wave))


def in_words(fault: str) -> str:
    """A fault found in a wave that stands for all to come, in words."""
    return re.sub(rf"(wave )?'?\b{LATER}(-[SQM][0-9]+)?\b'?", "any later wave", fault)


def series_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """What is wrong with series, and with waves declared beside them, in a source as it is written."""
    if not source.waves and not source.series:
        yield "declare `waves`, or a `series` of them"
    for wave, declared in source.waves.items():
        at = f"line {line_of(lines, ('waves', wave))}: wave '{wave}'"
        if not declared.files and series_of(source, wave) is None:
            yield f"{at} has no `files`, and lies in no series that would give it some"
        if any(wave in series.never_taken for series in source.series):
            yield f"{at} is declared, and a series says that it was never taken"
    for index, series in enumerate(source.series):
        yield from (f"line {line_of(lines, ('series', index))}: {fault}" for fault in _faults(series))
    for (one, first), (other, second) in combinations(enumerate(source.series, 1), 2):
        both = in_order({*islice(waves_of(first), MAXIMUM_WAVES)} & {*islice(waves_of(second), MAXIMUM_WAVES)})
        if both:
            at = f"line {line_of(lines, ('series', other - 1))}"
            yield f"{at}: wave {both[0]} lies in series {one} and in series {other}: end one of them with `until`"


def _faults(series: Series) -> Iterator[str]:
    named: list[tuple[str, str | None]] = [("until", series.until)]
    named += [("never_taken", wave) for wave in series.never_taken]
    named += [("not_expected", wave) for each in series.not_expected for wave in each.waves.named]
    for name, wave in named:
        if wave is None:
            continue
        if frequency(wave) != frequency(series.first):
            yield f"`{name}` names '{wave}', and a series from {series.first} has waves such as {series.first}"
        elif months(wave).start < months(series.first).start:
            yield f"`{name}` names {wave}, which is before the first wave, {series.first}"
    if any(one.waves.shares(other.waves) for one, other in combinations(series.not_expected, 2)):
        yield "two items of `not_expected` hold for the same wave: keep one of them"
    if series.first[:4] < EARLIEST:
        yield f"a series from {series.first} would have more waves than are allowed: begin it in {EARLIEST} or later"


def wave_line(lines: dict[Location, int], source: Source, wave: str, *at: str | int) -> int:
    """The line where something of a wave is declared: its own under `waves`, else that of its series."""
    own = ("waves", wave, *at)
    series = series_of(source, wave)
    if own in lines or series is None:
        return line_of(lines, own)
    return line_of(lines, ("series", source.series.index(series), *at))
