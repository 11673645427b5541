"""What is wrong with the waves of a declaration: columns that one of them lacks, and what nobody says of a wave."""

from __future__ import annotations

from collections.abc import Iterator

from schemas.concepts import load_concepts
from schemas.expressions import raw_columns
from schemas.source import Source
from schemas.survey import Survey
from schemas.yaml_lines import Location, line_of


def wave_faults(source: Source, lines: dict[Location, int]) -> Iterator[str]:
    """What a source of any kind says of its waves that cannot be, or does not say of them."""
    at = f"line {line_of(lines, ('coverage',))}: coverage"
    yield from (f"{at}: {fault}" for fault in source.coverage.faults(source.waves))
    for index, note in enumerate(source.notes):
        for wave in sorted(set(note.waves.named) - set(source.waves)):
            yield f"line {line_of(lines, ('notes', index))}: a note names wave '{wave}', which is not declared"
    if source.waves_read_otherwise:
        return
    for wave, declared in source.waves.items():
        if declared.read is not None:
            at = f"line {line_of(lines, ('waves', wave, 'read'))}: `read` of wave '{wave}'"
            yield f"{at}: only a survey's wave has one; write it in the table"
        if declared.records is not None or declared.also_in_file:
            at = f"line {line_of(lines, ('waves', wave))}"
            yield f"{at}: `records` and `also_in_file` are of surveys; say what a register adds up to under `figures`"


def survey_read_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Layouts of single waves that, laid over the survey's, give none that can be read."""
    for wave in source.waves:
        try:
            source.wave_read(wave)
        except ValueError as error:
            yield f"line {line_of(lines, ('waves', wave, 'read'))}: `read` of wave '{wave}': {error}"


def survey_column_faults(source: Survey, lines: dict[Location, int]) -> Iterator[str]:
    """Columns that a survey cannot do without, and for which columns.csv has no name in a wave.

    A variable of one column that a wave lacks was not asked in it; all else that reads a column needs its name, and an
    expression over several needs one of them.
    """
    needed = {location: set(columns) & source.columns.keys() for location, columns in _needed(source)}
    some = {location: set(columns) & source.columns.keys() for location, columns in _expressions(source)}
    for wave in source.waves:
        present = source.wave_columns(wave).keys()
        if not present:
            continue  # told as a fault of the wave itself
        lacking = [(location, columns - present) for location, columns in needed.items()]
        lacking += [(location, columns) for location, columns in some.items() if columns and not columns & present]
        for location, columns in lacking:
            for column in sorted(columns):
                at = f"line {line_of(lines, location)}: {' '.join(map(str, location))}"
                yield f"{at} needs column '{column}', for which columns.csv has no name in wave {wave}"


def _needed(source: Survey) -> Iterator[tuple[Location, list[str]]]:
    """Where a declaration needs every one of some columns."""
    yield ("design",), source.design.columns
    concepts = load_concepts()
    for name, variable in source.variables.items():
        if variable.columns:
            yield ("variables", name), variable.columns
        elif variable.column and name in concepts and concepts[name].required:
            yield ("variables", name), [variable.column]


def _expressions(source: Survey) -> Iterator[tuple[Location, list[str]]]:
    """Where a declaration needs one of some columns."""
    for name, variable in source.variables.items():
        if variable.expression:
            yield ("variables", name), sorted(raw_columns(variable.expression))
