"""Every note that can stand in a release has its French and Spanish, whether declared or written by the software."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import pytest

from schemas.classifications import load_classifications
from schemas.codelists import load_codelist
from schemas.declaration import Text
from schemas.flows import load_flow_variables
from schemas.indicators import load_catalogue
from schemas.loader import list_runnable, load_runnable
from schemas.note_texts import SEPARATOR, NoteTexts, texts_of
from schemas.partition import Partition
from schemas.register import Register
from schemas.release_profiles import EXPERIMENTAL
from schemas.survey import Survey
from transforms import corridors
from transforms.estimate.nonresponse import nonresponse_note
from transforms.flows.notes import indicator_notes
from transforms.notes import OWN_NOTES, classification_note, indicator_note, source_note
from transforms.overlap import Overlap, overlap_note
from transforms.published import NO_ERROR
from warehouse.release.check_texts import notes_of_checks
from warehouse.release.inputs import KEPT


def lacking(notes: Iterator[str] | list[str], declared: tuple[Text, ...] = ()) -> list[str]:
    """The notes, one by one, that are not known in French and Spanish."""
    texts = known_texts() if not declared else NoteTexts([*declared, *notes_of_checks()])
    each = dict.fromkeys(one for together in notes for one in together.split(SEPARATOR) if one)
    return [one for one in each if not texts.translated(one)[2]]


@cache
def known_texts() -> NoteTexts:
    return NoteTexts(notes_of_checks())


@pytest.mark.parametrize("name", list_runnable())
def test_every_note_that_a_source_declares_is_in_three_languages(name: str) -> None:
    source = load_runnable(name)
    assert lacking(notes_of(source), tuple(texts_of(source))) == []


def notes_of(source: object) -> Iterator[str]:
    """The notes of a survey's or register's numbers, of every wave and indicator, and of what else it says in them."""
    for wave in getattr(source, "waves", ()):
        if isinstance(source, Survey):
            partition = Partition(source.id, wave)
            yield source_note(source, partition)
            yield from (indicator_note(source, partition, each) for each in load_catalogue().indicators.values())
            yield classification_note(source, partition, load_classifications().values(), {}, {})
        elif isinstance(source, Register):
            partition = Partition(source.id, wave)
            yield source_note(source, partition)
            yield from (indicator_notes(source, partition, table) for table in source.wave_tables(wave))
    if isinstance(source, Register):
        yield from (f"Quality: {each.because}" for each in source.agreements if each.because)
    if isinstance(source, Survey):
        yield from (f"Quality: {text.en}" for figure in source.figures for text in texts_of(figure))


WRITTEN = [
    *OWN_NOTES,
    NO_ERROR,
    f"Standard error: {corridors.NO_ERROR}",
    f"Standard error: {corridors.NOT_SAMPLED}",
    f"Quality: {KEPT}",
    f"Confidentiality: {EXPERIMENTAL}",
    nonresponse_note(12.34),
    # Of two numbers
    "Compared: change from 2024-Q3 to 2024-Q4",
    "Compared: gap, foreign-born less native-born",
    "Compared: gap, non-citizens less citizens",
    "Significance: significant at 95 %",
    "Significance: not significant at 95 %",
    "Significance: not known at 95 %",
    "Standard error: not given: one of both numbers has none",
    "Standard error: not given: the covariance of both groups was not measured; at most 1.25, the sum of both errors",
    "Standard error: that of independent samples, an upper limit where the same units answer again",
    "Standard error: with the covariance of both numbers, from 312 sampling units or replicate weights in common",
    "Observation status: U, and S of the number that it is compared with",
    # Of rates
    "Numerator: cases as FA:ZZZ.injuries counts them",
    "Denominator: workers of the same group as BA:ZZZ.synthetic estimates them (MST_TEMP_SEX_AGE_CCT_NB)",
    "Standard error: that of the workers alone, by linearisation; the cases are a complete count",
    "Observation status: P of the cases, U of the workers",
    # Of the wave before
    "Quality: was 12.5 in 2024-Q3 with 31 cases and is 1.3 with 7: a change by 3.6 standard errors, no break declared",
    "Quality: population, AGE_YTHADULT_YGE15 SEX_T CBR_BIR_FOREIGN, had 1,204 sample cases in 2024-Q3 and has 302",
    "Quality: population, AGE_YTHADULT_YGE15 SEX_T CBR_BIR_X, unknown for 1.5 per cent in 2024-Q3 and for 12.0",
    "Quality: population, AGE_YTHADULT_YGE15 SEX_T CBR_BIR_FOREIGN, was 4.5 per cent of the population in 2024-Q3 and"
    " is 9.1: a change by 4.2 standard errors",
    "Quality: compared with 2022: Sex 'female' is 51.2 per cent and was 44.0; Sex was not given before; Age is no"
    " longer given; the total is 12,000 and was 900; 3 further differences",
    # Of published figures
    "Quality: the producer publishes 7.9 where 7.1 stands here, 10.1 per cent less and 2.2 standard errors",
    # Of protection
    "Confidentiality: status C is withheld (Cell suppression)",
    "Standard error: not given: it would disclose the numbers before perturbation, which adds an error of its own, of a"
    " standard deviation of 1.4 cases to every count",
    "Confidence interval: not given: it would disclose what single persons report",
    "Cases: not given: those of the classes with both groups are protected in no other number",
    # Of bands and groups
    "Age: known in bands; those that span classes (20-34) are in the totals only; not given: 25-29, 30-34",
    "Years since arrival: known in bands; those that span classes (0-9) are among the unknown",
    # Of regions
    "Share observed: 46% of migrants live where this is reported of them; below the 50% declared for an estimate",
    "Share observed: 46% of employed migrants live where their structure is reported, the others have that of their"
    " neighbours",
    "Standard error: none: the structure by activity is imputed from few countries",
    "Standard error: none: the structure by age is imputed by a rule, not observed",
    "Members: ARG, BRA; not estimated and not in the sum: PRY; joined since 2023: BOL",
    # Of registers
    "Quality: table 'permits': its file also has 2019 to 2021, before the first wave",
    "Quality: table 'permits': its file also has 2024, which no wave uses",
    "Quality: table 'permits': in 2 of 171 cases with several rows the largest is less than the others together (15 in"
    " all), so it may be a part and not the whole",
    "Quality: totals of series that count the same differ: 1,200 in REG_PERI_CCT_NB, 1,190 in REG_PERF_OCU_NB",
    "Quality: the parts do not add up to their total, 9 and 10: within the declared tolerance",
    "Citizenship: total only; the register's table is not broken down by it",
    "Country of residence: AND, SMR counted with other countries, for lack of a code in the code list",
    # Of checks
    "Quality: few sample cases behind 41 per cent of the counts",
    "Quality: 2024-Q2: Hours actually worked in the reference week in all jobs, values outside their bounds: 1 of"
    " 47,151 rows",
    "Quality: ages take only the values 13 values, like the first years of bands, and are read as exact",
    "Quality: place of birth unknown for 12.5 per cent of persons of working age",
]  # fmt: skip


def test_every_note_that_the_software_writes_is_in_three_languages() -> None:
    assert lacking(WRITTEN) == []


def test_persons_and_records_of_a_panel_are_told_in_three_languages() -> None:
    overlap = Overlap(records=198_097, identifiers=124_633, in_several=73_464, compared=10, agreeing=10)
    note = overlap_note(overlap)
    assert note is not None
    french, spanish, known = known_texts().translated(f"{note.type}: {note.text.en}")
    assert known
    assert french.startswith(
        "Recouvrement de l'échantillon : les 198\u202f097 enregistrements sont ceux de 124\u202f633"
    )
    assert spanish.startswith("Solapamiento de la muestra: los 198\u00a0097 registros son de 124\u00a0633 personas")


def test_what_registers_count_is_said_in_three_languages() -> None:
    variables = load_flow_variables()
    counted = [f"Unit counted: {each}" for each in variables["unit"].values.values()]
    concepts = [f"Definition of migrants: {each}" for each in variables["concept"].values.values()]
    assert lacking([*counted, *concepts]) == []


def test_every_type_of_note_has_its_name_in_three_languages() -> None:
    assert lacking([f"{code.label_en}: 15 years" for code in load_codelist("CL_NOTE_TYPE").codes]) == []


@pytest.mark.parametrize(
    ("english", "french", "spanish"),
    [
        ("Quality: age unknown for 1,204 of 31,500 rows", "1\u202f204 lignes sur 31\u202f500", "1204 de 31\u00a0500"),
        ("Quality: item non-response 7.5 per cent of the cases asked", "7,5 pour cent", "7,5 por ciento"),
    ],
)  # fmt: skip
def test_numbers_are_written_as_each_language_writes_them(english: str, french: str, spanish: str) -> None:
    fr, es, known = known_texts().translated(english)
    assert known
    assert french in fr
    assert spanish in es


def test_populations_that_are_not_estimated_are_named_in_the_words_of_their_labels() -> None:
    note = (
        "Labour force concept: not estimated: labour force, persons in unemployment; the data set does not tell persons"
        " in unemployment from persons outside the labour force"
    )
    french, spanish, _ = known_texts().translated(note)
    assert "non estimé : main-d'œuvre, personnes au chômage ; " in french
    assert "no se estima: fuerza de trabajo, personas desempleadas; " in spanish


def test_a_sentence_that_is_not_known_within_one_that_is_makes_the_note_unknown() -> None:
    assert lacking(["Quality: the parts do not add up to their total, 9 and 10: nobody knows why"]) != []
