"""What is wrong with the waves of a declaration: what contradicts itself, and what is missing in one of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import combinations

from schemas.concepts import load_concepts
from schemas.expressions import raw_columns
from schemas.nearest import nearest
from schemas.periods import EVERY_WAVE, Waves, is_range, share_a_wave
from schemas.series import declares, series_of, wave_line
from schemas.source import Source
from schemas.spellings import placeholders
from schemas.survey import Survey
from schemas.wave import Wave
from schemas.yaml_lines import Location, line_of


def wave_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """What is wrong, or missing, in what a source of any kind declares of its waves."""
    at = f"line {line_of(lines, ('coverage',))}: coverage"
    yield from (f"{at}: {fault}" for fault in source.coverage.faults(source.waves))
    named = {wave for each in source.coverage.in_waves for wave in each.waves.named if not declares(source, wave)}
    for wave in sorted(named):
        yield f"{at}: `in_waves` names wave '{wave}', which is not declared{nearest(wave, source.waves)}"
    for index, note in enumerate(source.notes):
        for wave in sorted(wave for wave in note.waves.named if not declares(source, wave)):
            at = f"line {line_of(lines, ('notes', index))}"
            yield f"{at}: a note names wave '{wave}', which is not declared{nearest(wave, source.waves)}"
    yield from (f"columns.csv: {fault}" for fault in _header_faults(source))
    yield from _place_faults(source, lines)
    yield from _query_faults(source, lines)
    codes = [(f"code '{each.code}' of map '{each.map}'", each.waves) for each in source.codes_in_waves]
    yield from (f"code_maps.csv: {fault}" for fault in in_waves_faults(source, codes))
    if source.waves_read_otherwise:
        return
    for wave, declared in source.waves.items():
        if declared.read is not None:
            at = f"line {wave_line(lines, source, wave, 'read')}: `read` of wave '{wave}'"
            yield f"{at}: only a survey's wave has one; write it in the table"
        if declared.records is not None or declared.also_in_file:
            at = f"line {wave_line(lines, source, wave)}"
            yield f"{at}: `records` and `also_in_file` are of surveys; say what a register adds up to under `figures`"


def _header_faults(source: Source) -> Iterator[str]:
    """Headers that are not waves of the source, and ranges of which two name one column in the same wave."""
    headers = sorted({header for names in source.columns.values() for header in names} - {EVERY_WAVE})
    ranges = [header for header in headers if is_range(header)]
    for header in headers:
        if header not in ranges and not declares(source, header):
            column = next(name for name, names in source.columns.items() if header in names)
            close = nearest(header, {*source.waves, EVERY_WAVE})
            yield f"column '{column}' names wave '{header}', which source.yaml does not declare{close}"
    for one, other in combinations(ranges, 2):
        if not share_a_wave(one, other):
            continue
        both = [column for column, names in source.columns.items() if names.get(one) and names.get(other)]
        if both:
            yield (
                f"'{one}' and '{other}' share waves, and both name column '{both[0]}': end one of them, or leave the "
                "field of one empty and name the wave that differs by itself"
            )


def in_waves_faults(source: Source, declared: Sequence[tuple[str, Waves]]) -> Iterator[str]:
    """What is wrong with parts of a declaration that differ in some waves, given as pairs of a name and its waves."""
    for called, waves in declared:
        yield from (
            f"{called} names wave '{wave}', which is not declared{nearest(wave, source.waves)}"
            for wave in sorted(wave for wave in waves.named if not declares(source, wave))
        )
    by_name: dict[str, list[Waves]] = {}
    for called, waves in declared:
        before = by_name.setdefault(called, [])
        if other := next((each for each in before if each.shares(waves)), None):
            yield (
                f"{called} is declared for {', '.join(other)} and for {', '.join(waves)}, which share waves: end one "
                "of them, or name the wave that differs by itself"
            )
        before.append(waves)


def _place_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """Placeholders of a series, or of a wave by itself, that stand for nothing."""
    declared: list[tuple[Location, str, Wave]] = [
        (("series", index), series.first, series) for index, series in enumerate(source.series)
    ]
    declared += [
        (("waves", wave), wave, each) for wave, each in source.waves.items() if series_of(source, wave) is None
    ]
    for location, wave, each in declared:
        known = {*source.wave_names(wave), *each.settings}
        there = [file for of_origin in each.by_origin.values() for file in of_origin.files]
        for file in (*each.files, *there):
            for text in (file.name, *file.places):
                for name in sorted(placeholders(text) - known - file.parameters.keys()):
                    at = f"line {line_of(lines, (*location, 'files'))}"
                    yield f"{at}: nothing is known to put in the place of {{{name}}}{nearest(name, known)}"


def _query_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """Queries of services in a source that is not fetched from one."""
    asking = [wave for wave, declared in source.waves.items() if any(file.query for file in declared.files)]
    if asking and source.fetch.method != "service":
        at = f"line {wave_line(lines, source, asking[0], 'files')}: a file of wave '{asking[0]}'"
        yield f"{at} is the answer of a service, but `fetch` does not say so: write `method: service` there"


def survey_read_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Layouts of single waves that, laid over the survey's, give none that can be read."""
    for wave in source.waves:
        try:
            source.wave_read(wave)
        except ValueError as error:
            yield f"line {wave_line(lines, source, wave, 'read')}: `read` of wave '{wave}': {error}"


def survey_column_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Columns that a survey cannot do without, and for which columns.csv has no name in a wave.

    A variable of one column that a wave lacks was not asked in it; all else that reads a column needs its name, and an
    expression over several needs one of them.
    """
    for wave in source.waves:
        if not source.wave_columns(wave):
            continue  # reported as a fault of the wave itself
        for location, column in lacking_columns(source, wave):
            at = f"line {line_of(lines, location)}: {' '.join(map(str, location))}"
            yield f"{at} needs column '{column}', for which columns.csv has no name in wave {wave}"


_read_by = cache(raw_columns)
"""A declaration of many waves needs the same columns in each."""


def lacking_columns(source: Survey, wave: str) -> Iterator[tuple[Location, str]]:
    """Columns that a wave lacks and that the survey cannot do without in it, each with the place that needs it."""
    known, present = source.columns.keys(), source.wave_columns(wave).keys()
    lacking = [(location, (set(columns) & known) - present) for location, columns in _needed(source, wave)]
    for location, expression in _expressions(source, wave):
        some = _read_by(expression) & known
        lacking += [(location, some)] if some and not some & present else []
    yield from ((location, column) for location, columns in lacking for column in sorted(columns))


def _needed(source: Survey, wave: str) -> Iterator[tuple[Location, list[str]]]:
    """Where a declaration needs every one of some columns."""
    yield ("design",), source.wave_design(wave).columns
    concepts = load_concepts()
    for name, variable in source.declared_variables(wave).items():
        if variable.columns:
            yield ("variables", name), variable.columns
        elif variable.column and name in concepts and concepts[name].required:
            yield ("variables", name), [variable.column]


def _expressions(source: Survey, wave: str) -> Iterator[tuple[Location, str]]:
    """Where a declaration needs one of some columns."""
    for name, variable in source.declared_variables(wave).items():
        if variable.expression:
            yield ("variables", name), variable.expression
