"""The notes published with every number: `Type: text | Type: text`, types named as ILOSTAT names them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from schemas.classifications import Classification
from schemas.codelists import load_codelist
from schemas.concepts import ILOSTAT_WORKING_AGE, load_concepts
from schemas.definitions import time_related_underemployment
from schemas.indicators import Indicator, load_catalogue
from schemas.partition import Partition
from schemas.reliability import load_reliability
from schemas.source import Source
from schemas.survey import Survey
from schemas.wave import Note
from transforms.measures import MEASURES, Measure, measure_of
from transforms.reliability import declared_status_note

SEPARATOR = " | "
BREAK_IN_SERIES = "Break in series"
UNDEREMPLOYMENT = "time_related_underemployment"


def note(kind: str, text: str) -> str:
    """One note; the separator and line breaks cannot occur within it."""
    return f"{kind}: {' '.join(text.replace('|', '/').split())}"


def no_error_note(measure: Measure) -> str:
    """The note on a number without a standard error although its cases are in several sampling units."""
    return note("Standard error", measure.no_error)


ONE_UNIT = note("Standard error", "not given: no stratum has cases in two sampling units")
NO_INTERVAL = note("Confidence interval", "not given: no stratum has cases in two sampling units")
OWN_NOTES = (ONE_UNIT, *dict.fromkeys(no_error_note(each) for each in MEASURES.values()), NO_INTERVAL)
"""Type of the note on a number's own precision, last among its notes; it discloses something about the cases behind
it."""


def join_notes(notes: Iterable[str]) -> str:
    """Several notes as one text, none twice, in their order."""
    return SEPARATOR.join(dict.fromkeys(each for each in notes if each))


def declared_notes(source: Source, partition: Partition) -> list[Note]:
    """The notes of the source that apply to the wave, and those of the wave itself."""
    return [
        *(each for each in source.notes if partition.wave in each.waves),
        *source.waves[partition.wave].notes,
    ]


def source_note(source: Source, partition: Partition, warnings: Iterable[str] = ()) -> str:
    """Coverage, synthetic nature, declared notes on the source, and the gate's warnings."""
    notes = []
    if source.synthetic:
        notes.append(
            note("Synthetic data", "generated records, no real person stands behind them; not a national figure")
        )
    wave, coverage = partition.wave, source.coverage
    notes += [note("Geographical coverage", text.en) for text in coverage.geographical_in(wave)]
    notes += [note("Population coverage", text.en) for text in coverage.population_in(wave)]
    notes += [note(each.type, each.text.en) for each in declared_notes(source, partition) if each.attach == "source"]
    notes += [note("Quality", warning) for warning in warnings]
    return join_notes(notes)


def indicator_note(source: Survey, partition: Partition, indicator: Indicator) -> str:
    """Concepts and variables as the source has them, and how standard errors are computed."""
    notes = [note("Labour force concept", f"{source.icls_basis}th ICLS")]
    if source.minimum_age > ILOSTAT_WORKING_AGE:
        notes.append(note("Age coverage - minimum age", f"{source.minimum_age} years"))
    notes += [note(each.type, each.text.en) for each in declared_notes(source, partition) if each.attach == "indicator"]
    notes += [note("Labour force concept", text) for text in _not_estimated(source)]
    if of_wave := source.wave_statuses(partition.wave):
        notes.append(note("Observation status", declared_status_note(load_reliability(source.reliability), of_wave)))
    if reason := source.break_in(partition.wave):
        notes.append(note(BREAK_IN_SERIES, reason))
    design = source.design
    if how := design.how_errors:
        notes.append(note("Standard error", how))
    catalogue = load_catalogue()
    if design.gives_errors:
        if how := measure_of(indicator).how_error:
            notes.append(note("Standard error", how))
        taken = [f"{threshold.label.en} taken as known" for threshold in catalogue.thresholds_of(indicator)]
        notes += [note("Standard error", text) for text in taken]
    needed = [variable for name in sorted(indicator.populations) for variable in catalogue.populations[name].needs]
    if UNDEREMPLOYMENT in needed and _is_derived(source, UNDEREMPLOYMENT):
        hours = source.hours_threshold or time_related_underemployment().threshold
        notes.append(note("Labour force concept", f"time-related underemployment: fewer than {hours:g} hours worked"))
    notes += [_variable_note(source, partition, name) for name in [*needed, *indicator.variables]]
    return join_notes(notes)


def _is_derived(source: Survey, variable: str) -> bool:
    return variable in source.variables and source.variables[variable].derive is not None


def _variable_note(source: Survey, partition: Partition, name: str) -> str:
    """The declared note on a variable of the source; empty when there is none."""
    variable = source.wave_variables(partition.wave).get(name)
    if variable is None or variable.note is None or variable.missing is not None:
        return ""
    return note(load_concepts()[name].label.en, variable.note.en)


def _not_estimated(source: Survey) -> list[str]:
    """The populations that the source is declared not to identify, grouped by reason."""
    populations = load_catalogue().populations
    of_reason: dict[str, list[str]] = {}
    for name, reason in source.without.items():
        of_reason.setdefault(reason.en, []).append(populations[name].label.en)
    return [f"not estimated: {', '.join(labels)}; {reason}" for reason, labels in of_reason.items()]


def classification_note(
    source: Survey,
    partition: Partition,
    classifications: Iterable[Classification],
    absent: Mapping[str, str],
    in_bands: Mapping[str, str],
) -> str:
    """The note of a table: variables that the source has for nobody, and declared notes on its variables.

    `absent` gives the kind of missing of each variable that the source has for nobody, `in_bands` the note on those
    that it knows in bands or groups.
    """
    words = {
        "not_asked": "not asked by the source",
        "not_available": "not available in the source's file",
        "country_not_given": "not given for any foreigner in the source's file",
        "in_bands": "known in bands that do not fit the classes",
        "in_aggregates": "known in groups that do not fit the classes",
        "one_class": "the source covers one class only",
    }
    notes = []
    for classification in classifications:
        kind = absent.get(str(classification.variable))
        if kind is not None:
            given = f"only {alone} can be given" if (alone := _alone(classification)) else "only totals can be given"
            notes.append(note(classification.label.en, f"{words[kind]}; {given}"))
        elif classification.variable is not None:
            if classification.variable in in_bands:
                notes.append(note(classification.label.en, in_bands[classification.variable]))
            notes.append(_variable_note(source, partition, classification.variable))
        notes += [
            note(each.type, each.text.en)
            for each in declared_notes(source, partition)
            if each.attach == "classification" and each.variable == classification.variable
        ]
    return join_notes(notes)


def _alone(classification: Classification) -> str:
    """The class that stands alone where a source does not distinguish them, in words; empty where totals do."""
    if classification.alone is None:
        return ""
    return load_codelist(f"CL_{classification.alone.split('_')[0]}").by_code[classification.alone].label_en
