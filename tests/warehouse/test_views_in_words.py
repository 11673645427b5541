"""Views in three languages: labels, currencies, cautions and notes, each number once, and gaps with their intervals."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from release_example import ADULTS, candidate, cell, example, inputs

from schemas.declaration import Text
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.build import publish
from warehouse.release.database import open_release
from warehouse.release.words import currency_rows

RATE = "MST_TEAP_SEX_AGE_CBR_RT"
NOTE = "Place of birth: not asked by the source; only totals can be given"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("words")
    sample = Text(
        en="a sample of 1,294 records", fr="un échantillon de 1 294 enregistrements", es="una muestra de 1294 registros"
    )
    return publish(Layout(folder / "home"), example(folder / "inputs", texts=[sample])).folder


@pytest.fixture(scope="module")
def release(folder: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with open_release(folder) as connection:
        yield connection


@pytest.fixture
def changed(folder: Path, tmp_path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A copy whose observations a test may change."""
    with duckdb.connect(shutil.copy(folder / "warehouse.duckdb", tmp_path / "changed.duckdb")) as connection:
        yield connection


def test_a_series_in_french_has_labels_cautions_and_notes_in_french(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        f"""select country, sex, classif1_label, classif2_label, unit, status, caution, notes
        from observation_of('{RATE}', language := 'fr') where ref_area = 'URY' and classif2 = 'CBR_BIR_FOREIGN'"""
    ).fetchall()
    age, birth = (
        "Âge (jeunes, adultes) : 15+",
        "Lieu de naissance (nés dans le pays, nés à l'étranger) : Né à l'étranger",
    )
    notes = [
        "Concept de main-d'œuvre : 19e CIST",
        "Couverture géographique : un échantillon de 1 294 enregistrements",
    ]
    heed = "À utiliser avec prudence et avec son intervalle"
    assert found == [("Uruguay", "Total", age, birth, "pour cent", "Peu fiable", heed, notes)]


def test_a_note_that_nobody_translated_stays_in_english_and_is_known_as_such(
    release: duckdb.DuckDBPyConnection,
) -> None:
    found = release.execute("select note_es, translated from note where note like 'Synthetic%'").fetchall()
    assert found == [("Datos sintéticos: generated records", False)]


def test_an_unknown_language_is_an_error_that_names_the_others(release: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(duckdb.CatalogException, match=r"observation_in_de does not exist(.|\n)*observation_in_"):
        release.execute(f"from observation_of('{RATE}', language := 'de')")


def test_every_view_of_numbers_has_the_same_columns_and_rows_in_each_language(
    release: duckdb.DuckDBPyConnection,
) -> None:
    views = [
        name.removesuffix("_in_french")
        for (name,) in release.execute(
            "select view_name from duckdb_views() where view_name like '%_in_french'"
        ).fetchall()
    ]
    assert len(views) == 14
    for view in views:
        other = {"observation": "observation_in_english"}.get(view, view)
        for language in ("french", "spanish"):
            assert (view, *_shape(release, f"{view}_in_{language}")) == (view, *_shape(release, other))


def _shape(release: duckdb.DuckDBPyConnection, view: str) -> tuple[list[str], int]:
    found = release.execute(f"from {view}")
    return [each[0] for each in found.description or []], len(found.fetchall())


def test_a_number_stands_once_unless_all_versions_are_asked_for(changed: duckdb.DuckDBPyConnection) -> None:
    """The same persons of 15 years and over, as the total of three versions of age."""
    for version in ("AGE_AGGREGATE_TOTAL", "AGE_10YRBANDS_TOTAL"):
        changed.execute(
            "insert into code select 'CL_AGE', ?, ?, 'Total', 'Total', 'Total', true, ?",
            [version, version.removesuffix("_TOTAL"), 1000 + len(version)],
        )
        changed.execute(
            """insert into code select 'CL_AGE', ?, null, 'Age', 'Âge', 'Edad', false, ?""",
            [version.removesuffix("_TOTAL"), 900 + len(version)],
        )
        changed.execute(f"insert into observation select * replace ('{version}' as classif1) from observation "
                        f"where classif1 = '{ADULTS}'")  # fmt: skip
    once = changed.execute(f"select distinct classif1 from observation_of('{RATE}')").fetchall()
    every = changed.execute(
        f"select count(distinct classif1) from observation_of('{RATE}', versions := 'all')"
    ).fetchall()
    assert once == [(ADULTS,)]
    assert every == [(3,)]


def test_what_is_flagged_holds_problems_and_how_a_number_was_made_stands_elsewhere(
    changed: duckdb.DuckDBPyConnection,
) -> None:
    changed.execute("update observation set obs_status = 'E' where ref_area = 'BRA'")
    changed.execute("update observation set obs_status = 'B' where ref_area = 'ZZZ'")
    flagged = changed.execute("select distinct obs_status, caution from what_is_flagged order by all").fetchall()
    made = changed.execute("select distinct obs_status, caution from what_is_estimated").fetchall()
    assert flagged == [
        ("B", "Do not compare it with earlier periods, the series breaks here"),
        ("S", "Do not use it, too few cases or too large an error stand behind it"),
        ("U", "Use it with care and with its interval"),
    ]
    assert made == [("E", "")]


@pytest.mark.parametrize(
    ("language", "why"),
    [
        ("french", "son numérateur compte 2 cas de l'échantillon; coefficient de variation de 10.0 pour cent"),
        ("spanish", "su numerador tiene 2 casos de la muestra; coeficiente de variación de 10.0 por ciento"),
    ],
)
def test_a_flag_says_why_in_the_readers_language(release: duckdb.DuckDBPyConnection, language: str, why: str) -> None:
    found = release.execute(f"select why from what_is_flagged_in_{language} where n = 2").fetchall()
    assert found == [(why,)]


def test_a_gap_and_a_share_have_intervals_that_hold_for_any_correlation(release: duckdb.DuckDBPyConnection) -> None:
    """Rates of 62.25 and 71.5 with errors of a tenth each; 15 and 5 thousand with errors of 1.5 and 0.5."""
    gap = release.execute(
        "select gap, gap_se_at_most, gap_lower_bound, gap_upper_bound from rates_side_by_side "
        "where ref_area = 'URY' and subject = 'TEAP'"
    ).fetchall()
    error = 6.225 + 7.15
    assert gap == [(9.25, pytest.approx(error), pytest.approx(9.25 - 1.96 * error), pytest.approx(9.25 + 1.96 * error))]
    share = release.execute(
        "select foreign_born_share, foreign_born_share_se_at_most from employment_by_place_of_birth "
        "where ref_area = 'URY'"
    ).fetchall()
    assert share == [(25.0, pytest.approx(100 * (15 * 0.5 + 5 * 1.5) / 20**2))]


def test_women_stand_beside_men(tmp_path: Path) -> None:
    lfs = Partition("ZZZ.synthetic", "2024")
    numbers = [
        cell(lfs, RATE, "CBR_BIR_FOREIGN", value, n, sex=sex, se=1.0, note_classif=f"Quality: of {sex}")
        for sex, value, n in (("SEX_T", 55.0, 90), ("SEX_F", 50.0, 40), ("SEX_M", 60.0, 50))
    ]
    made = publish(Layout(tmp_path / "home"), inputs([candidate(tmp_path / "inputs", numbers)])).folder
    with open_release(made) as connection:
        found = connection.execute(
            """select women, men, women_less_men, women_less_men_se_at_most, women_n, men_n
            from women_and_men_side_by_side"""
        ).fetchall()
        notes = connection.execute(
            "select women_note_classif, men_note_classif from women_and_men_side_by_side"
        ).fetchall()
    assert found == [(50.0, 60.0, -10.0, 2.0, 40, 50)]
    assert notes == [("Quality: of SEX_F", "Quality: of SEX_M")], "each has the notes of its own number"


@pytest.mark.parametrize(
    ("area", "year", "currency"),
    [
        ("ARG", "2022", "ARS"),
        ("HRV", "2022", "HRK"),
        ("HRV", "2023", "EUR"),
        ("HRV", "2024", "EUR"),
        ("ZWE", "2024", None),
    ],
)
def test_money_is_in_the_one_legal_tender_of_the_year(area: str, year: str, currency: str | None) -> None:
    """Croatia changed to the euro in 2023; Zimbabwe has several currencies, so that none is guessed."""
    found = [each for each in currency_rows({area}) if str(each["first_year"]) <= year <= str(each["last_year"])]
    assert [each["currency"] for each in found] == ([currency] if currency else [])


def test_earnings_are_in_a_currency_that_is_named(changed: duckdb.DuckDBPyConnection) -> None:
    changed.execute(
        """insert into observation select * replace ('EAR' as indicator, 'CBR_BIR_TOTAL' as classif1,
        'CUR_TYPE_LCU' as classif2) from observation where ref_area = 'URY' limit 1"""
    )
    changed.execute(
        """insert into indicator by name select 'EAR' as indicator, 'LC' as unit_measure, 0 as unit_mult,
        'mean' as measure, 'CBR' as classif1, 'CUR' as classif2"""
    )
    found = [
        changed.execute(f"select currency, unit from observation_of('EAR', language := '{each}')").fetchall()
        for each in ("en", "fr", "es")
    ]
    assert found == [[("UYU", "Uruguayan pesos")], [("UYU", "pesos uruguayens")], [("UYU", "pesos uruguayos")]]


def test_what_an_indicator_means_is_told_in_three_languages(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select says, says_fr, says_es from what_indicators_mean "
        "where indicator = 'MST_TEAP_SEX_AGE_CBR_RT' and term_en = 'labour force'"
    ).fetchall()
    assert found == [
        (
            "The persons in employment and those in unemployment, together",
            "Les personnes en emploi et les personnes au chômage, ensemble",
            "Las personas con empleo y las personas desempleadas, en conjunto",
        )
    ]
