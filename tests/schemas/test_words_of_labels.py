"""One word for one thing in French and Spanish: labels, titles, notes and reasons keep to the ILO's terms."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator

import pytest

from expectations.suites import list_suites, load_suite
from schemas.availability import load_availability_reasons
from schemas.catalogue import all_indicators
from schemas.codelists import all_codelists
from schemas.concepts import load_concepts
from schemas.declaration import Text
from schemas.flows import load_flow_variables
from schemas.ilostat import load_ilostat_series
from schemas.indicators import load_catalogue
from schemas.loader import list_runnable, load_runnable
from schemas.note_texts import NOTE_TEXTS_FILE, NoteTexts, texts_of
from schemas.sdmx import load_shape
from schemas.standards import load_standards
from schemas.view_words import load_view_words

FRENCH = {
    r"\b[ée]ducation \(CITE|^Éducation$|et éducation \(": "niveau d'instruction",
    r"citoyennet|\bcitoyens?\b": "nationalité; ressortissants, non-ressortissants",
    r"ressortissants étrangers|salariés de nationalité étrangère": "non-ressortissants",
    r"force de travail|population active": "main-d'œuvre",
    r"hors de la main-d'œuvre": "hors main-d'œuvre",
    r"statut d'emploi|statut professionnel": "situation dans la profession",
    r"\btravailleurs (migrants|immigrés) étrangers|travailleurs immigrés": "travailleurs migrants internationaux",
    r"pour personne$|à côté|accueil de travailleurs|que personne n'a déclar": "une phrase qui se lit",
    r"\bpersonnes occupées|population occupée": "personnes en emploi",
    r"main-d'oeuvre": "main-d'œuvre, avec sa ligature",
    r"erreur standard|écart-type de l'estimation": "erreur type",
}
SPANISH = {
    r"^ocupación por sexo|en la ocupación|proporción de la ocupación|ocupación-población": "empleo",
    r"desocupa|subocupa": "desempleo, subempleo",
    r"\b(persona|población|nacional|extranjer)\w* ocupad": "con empleo",
    r"ciudadan": "nacionalidad; nacionales, no nacionales",
    r"extranjeros (en edad|con empleo)|de los extranjeros \(%": "no nacionales",
    r"población activa\b(?! \(Eurostat)|población económicamente activa|mano de obra": "fuerza de trabajo",
    r"situación en la ocupación|categoría ocupacional": "situación en el empleo",
    r"^No clasificado$": "desconocido, o no clasificados en otra parte",
    r"nivel educativo|^educación$|^educación \(CINE|y educación \(": "nivel de educación",
    r"al lado$|trabajadores huéspedes|que nadie ha|para nadie$|de nadie\b": "una frase que se lee",
    r"\bondas?\b|\bolas?\b": "oleada",
    r"error típico": "error estándar",
    r"trabajadores migratorios|trabajadores inmigrantes": "trabajadores migrantes internacionales",
}
OFFICIAL = {"Encuesta de población activa"}
"""Names of others that hold a word of theirs."""


def every_text() -> Iterator[tuple[str, Text]]:
    for codelist in all_codelists():
        yield codelist.id, codelist.name
        for code in codelist.codes:
            yield f"{codelist.id} {code.code}", Text(en=code.label_en, fr=code.label_fr, es=code.label_es)
    for name, published in all_indicators().items():
        yield from ((name, text) for text in texts_of(published.declared))
    for name, series in load_ilostat_series().items():
        yield f"ilostat_series {name}", Text(en=series.title_en, fr=series.title_fr, es=series.title_es)
    for name, reason in load_availability_reasons().items():
        yield f"availability_reasons {name}", reason.label
    declared = (
        load_concepts(),
        load_flow_variables(),
        load_catalogue(),
        load_standards(),
        load_view_words(),
        load_shape(),
    )
    for one in declared:
        yield from ((type(one).__name__, text) for text in texts_of(one))
    for suite in list_suites():
        yield from ((suite, text) for text in texts_of(load_suite(suite)))
    for source in list_runnable():
        yield from ((source, text) for text in texts_of(load_runnable(source)))
    with NOTE_TEXTS_FILE.open(encoding="utf-8", newline="") as stream:
        yield from (("note_texts", Text(**row)) for row in csv.DictReader(stream))


TEXTS = tuple(every_text())


@pytest.mark.parametrize(("language", "rules"), [("fr", FRENCH), ("es", SPANISH)])
def test_no_label_has_another_word_for_what_has_one(language: str, rules: dict[str, str]) -> None:
    found = [
        f"{where}: '{text}': {instead}"
        for where, each in TEXTS
        if (text := getattr(each, language))
        for wrong, instead in rules.items()
        if re.search(wrong, text, flags=re.IGNORECASE) and text not in OFFICIAL
    ]
    assert found == []


def test_the_rules_see_the_words_that_were_wrong() -> None:
    before = {
        "fr": ["La source n'a de valeur de la variable pour personne", "Études, avec un travail à côté", "Éducation"],
        "es": ["Ocupación por sexo y edad (miles)", "No clasificado", "Tasa de desocupación (LU1)", "Ciudadanía"],
    }
    for texts, rules in ((before["fr"], FRENCH), (before["es"], SPANISH)):
        for text in texts:
            assert any(re.search(wrong, text, flags=re.IGNORECASE) for wrong in rules), text


def test_every_label_and_title_is_in_three_languages() -> None:
    lacking = [where for where, text in TEXTS if where not in list_runnable() and not (text.fr and text.es)]
    assert lacking == []


def test_a_note_is_translated_with_what_stands_in_it() -> None:
    texts = NoteTexts()
    french, spanish, known = texts.translated(
        "Place of birth: not asked by the source; only totals can be given | Members: ARG, BRA | "
        "Members: ARG; left since 2015: VEN"
    )
    assert known
    assert french == (
        "Lieu de naissance : non demandé par la source ; ne peut être donné que : les totaux | Membres : ARG, BRA | "
        "Membres : ARG ; sortis depuis 2015 : VEN"
    )
    assert spanish.startswith(
        "Lugar de nacimiento: la fuente no lo pregunta; solo puede darse: los totales | Miembros:"
    )


def test_a_note_of_unknown_words_stays_as_it_is_and_says_so() -> None:
    assert NoteTexts().translated("Quality: whatever it is") == (
        "Qualité : whatever it is",
        "Calidad: whatever it is",
        False,
    )


def test_every_declared_note_and_coverage_of_a_source_is_in_three_languages() -> None:
    """In its declaration, or in note_texts.csv."""
    texts = NoteTexts()
    declared = [(source, load_runnable(source)) for source in list_runnable()]
    waves = [(name, wave) for name, source in declared for wave in source.waves.values()]
    of_numbers = [(name, one) for name, source in declared for one in (source.coverage, source.notes)]
    untranslated = {
        f"{name}: {text.en}"
        for name, one in [*of_numbers, *((name, wave.notes) for name, wave in waves)]
        for text in texts_of(one)
        if not (text.fr and text.es) and not texts.translated(f"Quality: {text.en}")[2]
    }
    assert untranslated == set()
