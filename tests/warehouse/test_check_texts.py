"""What checks expect, in French and Spanish, as table `quality_result` of a release has it."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pytest

from expectations.rules import references
from expectations.subjects import GROUPS
from expectations.suites import Entry, list_suites, load_suite
from schemas.note_texts import NoteTexts
from schemas.tables import RELEASED_QUALITY
from transforms.protect.stage import PERTURBED_CHECK, WITHHELD_CHECK
from warehouse.release.agreement import CHECK, EXPECTED
from warehouse.release.check_texts import notes_of_checks, translate_checks


def translated(*rows: tuple[str, str, str]) -> list[tuple[str | None, str | None]]:
    """The French and Spanish of checks: stage, id, description."""
    connection = duckdb.connect()
    columns = ", ".join(f"{column.name} {column.type}" for column in RELEASED_QUALITY)
    connection.execute(f"create table quality ({columns})")
    for place, row in enumerate(rows):
        connection.execute(
            "insert into quality (stage, check_id, description, checked) values (?, ?, ?, ?)", [*row, place]
        )
    translate_checks(connection, "quality")
    return connection.execute("select description_fr, description_es from quality order by checked").fetchall()


def test_a_check_is_said_in_the_words_of_its_suite() -> None:
    assert translated(
        ("core", "children_not_employed", "Nobody below 14 years is employed."),
        ("core", "number_in_range[age]", "Age (age) lies within its bounds."),
        (
            *("core", "figure_plausible[unemployment_rate]"),
            "Unemployment rate lies between 0.1 and 60 per cent of the labour force.",
        ),
        ("regional", "groups_add_up[income_groups]", "The income groups add up to the world in every count."),
        (
            *("waves", "sample_size"),
            "the sample cases of migrants, of others and of all are about as many as in the wave before (2024-Q3)",
        ),
        ("published_figures", CHECK, EXPECTED),
        ("release", *WITHHELD_CHECK),
        ("release", *PERTURBED_CHECK),
    ) == [
        ("Personne de moins de 14 ans n'est en emploi.", "Nadie menor de 14 años tiene empleo."),
        ("Âge (age) est dans ses limites.", "Edad (age) está dentro de sus límites."),
        (
            "Taux de chômage : entre 0,1 et 60 pour cent de la main-d'œuvre.",
            "Tasa de desempleo: entre 0,1 y 60 por ciento de la fuerza de trabajo.",
        ),
        (
            "groupes de revenu : s'additionnent pour donner le monde dans chaque effectif.",
            "grupos de ingreso: suman el mundo en cada recuento.",
        ),
        (
            "les cas de l'échantillon des migrants, des autres et de tous sont à peu près aussi nombreux que dans la"
            " vague précédente (2024-Q3)",
            "los casos de la muestra de migrantes, de los demás y de todos son aproximadamente tantos como en la oleada"
            " anterior (2024-Q3)",
        ),
        (
            "les chiffres sont aussi proches de ceux que d'autres publient que la source le déclare",
            "las cifras están tan cerca de las que otros publican como declara la fuente",
        ),
        (
            "Aucun chiffre confidentiel n'a été retrouvé à partir de ce qui est publié sur la source, par l'attaque"
            " tentée ici.",
            "Ninguna cifra confidencial se dedujo de lo que se publica sobre la fuente, con el ataque aquí intentado.",
        ),
        (
            "Chaque effectif est l'un de ceux que donne la perturbation déclarée, et aucune erreur associée ne dit"
            " ce qu'il était auparavant.",
            "Cada recuento es uno de los que da la perturbación declarada, y ningún error junto a él dice cuál era"
            " antes.",
        ),
    ]  # fmt: skip


def test_a_check_of_earlier_software_stays_in_english_alone() -> None:
    assert translated(
        ("core", "children_not_employed", "Nobody is a working child."), ("core", "gone", "Something was expected.")
    ) == [(None, None), (None, None)]


def test_no_check_is_no_fault() -> None:
    assert translated() == []


def entries() -> Iterator[tuple[str, Entry]]:
    for name in list_suites():
        yield from ((name, entry) for entry in load_suite(name).expectations)


@pytest.mark.parametrize(("suite", "entry"), list(entries()), ids=lambda each: getattr(each, "id", each))
def test_every_item_of_a_check_has_its_name_in_three_languages(suite: str, entry: Entry) -> None:
    if entry.for_each is None or "label" not in references(entry.description.en):
        return
    texts = NoteTexts(notes_of_checks())
    items = GROUPS[suite][entry.for_each].items()
    assert [item["label"] for item in items if not texts.said(str(item["label"]))[2]] == []
