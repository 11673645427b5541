"""Pages of the explorer: what a reader of each language finds, the numbers being those of the release."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from typing import Any

import duckdb
import pytest
from explorer_example import (
    ABROAD,
    BROWSER,
    GAP,
    HERE,
    MEN,
    RATE,
    SURVEY,
    TAGS,
    WOMEN,
    WORKERS,
    YOUNG,
    charts,
    read,
    released,
)
from fastapi.testclient import TestClient
from release_example import ADULTS

from ilms.release.catalogue_rows import indicator_rows
from schemas.declaration import Language
from warehouse.explorer.compare import pairs
from warehouse.explorer.language import Words, load_words
from warehouse.explorer.numbers import Number
from warehouse.explorer.routes import add_pages
from warehouse.language import LANGUAGES
from warehouse.layout import Layout
from warehouse.service.app import create_app


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return released(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="module")
def reader(layout: Layout) -> Iterator[TestClient]:
    with TestClient(add_pages(create_app(layout), layout)) as client:
        yield client


def test_browsers_are_led_to_pages_in_their_language_and_programs_find_what_they_found(reader: TestClient) -> None:
    headers = {**BROWSER, "Accept-Language": "es-UY,es;q=0.9,en;q=0.5"}
    led = reader.get("/", headers=headers, follow_redirects=False)
    assert (led.status_code, led.headers["location"]) == (302, "/es")
    assert reader.get("/").json()["dataflows"] == "/rest/dataflow/all"
    assert reader.get("/rest/dataflow/all").status_code == 200


SENTENCES = {
    "en": "In 2018, 62.5% (59.5–65.5) of women born abroad were in the labour force, against 50.3% (49.3–51.3) of "
    "women born in the country. The gap of +12.3 points (95% interval at most +8.3 to +16.2) is more than chance "
    "explains.",
    "fr": "En 2018, 62,5\u00a0% (59,5–65,5) des femmes nées à l'étranger faisaient partie de la main-d'œuvre, contre "
    "50,3\u00a0% (49,3–51,3) des femmes nées dans le pays. L'écart de +12,3 points (intervalle à 95\u00a0% : au plus "
    "de +8,3 à +16,2) dépasse ce que le hasard explique.",
    "es": "En 2018, el 62,5\u00a0% (59,5–65,5) de las mujeres nacidas en el extranjero formaba parte de la fuerza de "
    "trabajo, frente al 50,3\u00a0% (49,3–51,3) de las nacidas en el país. La brecha de +12,3 puntos (intervalo del "
    "95\u00a0%: a lo sumo de +8,3 a +16,2) es mayor de lo que explica el azar.",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_one_click_from_the_front_page_is_the_gap_of_women_born_abroad_with_its_interval(
    reader: TestClient, language: Language
) -> None:
    front = reader.get(f"/{language}/", headers=BROWSER).text
    assert f'href="/{language}/country/URY"' in front
    said = read(reader, f"/{language}/country/URY")
    assert SENTENCES[language].replace("\u00a0", " ") in said.replace("\u00a0", " ")


def test_a_gap_that_the_release_measures_has_its_interval_and_leads_to_its_story(reader: TestClient) -> None:
    """Of men both errors are 2.0 and 0.5: at most they leave 2.5, which is more than the 1.75 that was measured."""
    page = reader.get("/en/country/URY", headers=BROWSER).text
    assert "The gap of +0.5 points (95% interval −3.0 to +4.0) may be chance." in read(reader, "/en/country/URY")
    story = f"/en/number/{GAP}/URY/{SURVEY}/2018/{MEN}/{ADULTS}/{ABROAD}"
    gaps = [TAGS.sub("", each) for each in re.findall(r'<td class="gap \w+">.*?</td>', page)]
    assert gaps == ["+12.3at most +8.3 to +16.2", "+0.5−3.0 to +4.0"]
    assert f'<a href="{story}">+0.5</a>' in page
    assert "95% interval −3.0 to 4.0" in read(reader, story)
    assert "Men Gap 2018 0.5 −3.0 to 4.0 2017" in read(reader, f"/en/indicator/{GAP}/URY")


def test_a_gap_is_as_wide_as_it_can_be() -> None:
    """Both groups share the sample's clusters, and how they vary together is not in a release: the errors add up."""
    key = ("URY", "BA:URY.ech", RATE, WOMEN, "AGE_YTHADULT_YGE15")
    (pair,) = pairs(
        Number(*key, birth, "2018", value, "", 500, se, None, None, None)
        for birth, value, se in ((HERE, 50.25, 0.5), (ABROAD, 62.5, 1.5))
    )
    assert (pair.gap, pair.error_at_most) == (12.25, 2.0)
    assert pair.interval == pytest.approx((12.25 - 3.92, 12.25 + 3.92))
    assert pair.is_clear


def test_unreliable_withheld_zero_and_not_given_are_four_different_things(reader: TestClient) -> None:
    page = reader.get(f"/en/indicator/{RATE}/URY", headers=BROWSER).text
    cells = re.findall(r'<td class="(\w+)">(.*?)</td>', page, re.DOTALL)
    text = {kind: [TAGS.sub("", content) for cls, content in cells if cls == kind] for kind, _ in cells}
    assert any(each.startswith("40.0U") for each in text["unreliable"])
    assert text["withheld"] == ["withheld"]
    assert any(each.startswith("0.0nobody") for each in text["sound"])
    assert "not given" in text["none"]


def test_every_number_leads_to_its_story(reader: TestClient) -> None:
    page = reader.get(f"/en/indicator/{RATE}/URY", headers=BROWSER).text
    story = f"/en/number/{RATE}/URY/{SURVEY}/2018/{WOMEN}/{YOUNG}/{ABROAD}"
    assert f'href="{story}"' in page
    said = read(reader, story)
    for part in (
        "40.0 per cent 95% interval 22.0–58.0",
        "Unreliable: it rests on few cases",
        "Cases behind it 9",
        "Standard error 9.000",
        "Labour force status pobpcoac",
        "Labour force concept 19th ICLS",
        "met weights are positive",
        "Labour force survey URY.ech",
        "Source Labour force survey URY.ech How to cite it",  # whose producer the release does not name
    ):
        assert part in said


def test_a_withheld_number_says_that_it_is_not_zero(reader: TestClient) -> None:
    said = read(reader, f"/en/number/{RATE}/URY/{SURVEY}/2018/{MEN}/{YOUNG}/{ABROAD}")
    assert "Withheld, so that no person can be recognised. It is not zero." in said


def test_what_is_made_up_says_so(reader: TestClient) -> None:
    assert "Made-up data" in read(reader, "/en/country/ZZZ")
    assert "Made-up data" not in read(reader, "/en/country/URY")


def test_a_country_that_does_not_ask_is_named_and_stands_in_no_chart(reader: TestClient) -> None:
    page = reader.get("/en", headers=BROWSER).text
    assert "do not ask it: Brazil." in page
    drawn = charts(reader, page)
    assert any("Uruguay" in each for each in drawn)
    assert not any("Brazil" in each for each in drawn)


def test_the_address_with_the_id_of_a_release_gives_that_release(reader: TestClient) -> None:
    now = reader.get("/en/country/URY", headers=BROWSER)
    release = now.headers["ilms-release"]
    pinned = reader.get(f"/en/at/{release}/country/URY", headers=BROWSER)
    assert pinned.headers["ilms-release"] == release
    assert f'href="/en/at/{release}/indicator/{RATE}/URY"' in pinned.text
    assert reader.get("/en/at/20200101T000000Z-00000000/country/URY").status_code == 404


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("en/search?q=participation uruguay", f"/en/indicator/{RATE}/URY"),
        ("en/search?q=particpation", f"/en/indicator/{RATE}"),
        ("fr/search?q=taux+de+partisipation", f"/fr/indicator/{RATE}"),
        ("es/search?q=participasion laboral", f"/es/indicator/{RATE}"),
        ("es/search?q=brasil", "/es/country/BRA"),
        ("en/search?q=urugauy", "/en/country/URY"),
        ("en/search?q=URY.ech", "/en/source/URY.ech"),
        (f"en/search?q=DF_{RATE}_A", f"/en/indicator/{RATE}"),
        ("en/search?q=MIG_TEMP_SEX_CBR_NB", f"/en/indicator/{WORKERS}"),
        ("en/search?q=stock of migrants", "/en/topic/MST"),
    ],
)
def test_words_in_each_language_with_typing_errors_and_ids_old_or_new_find(
    reader: TestClient, asked: str, found: str
) -> None:
    assert f'href="{found}"' in reader.get(f"/{asked}", headers=BROWSER).text


def test_words_that_find_nothing_say_what_to_try(reader: TestClient) -> None:
    assert "Nothing was found." in read(reader, "/en/search?q=qqqqqq zzzzzz")


def test_what_is_searched_for_stands_on_the_page_as_text(reader: TestClient) -> None:
    page = reader.get("/en/search", params={"q": "<img src=x onerror=alert(1)>"}, headers=BROWSER).text
    assert "&lt;img src=x" in page
    assert "<img" not in page


def test_a_source_says_what_it_is_and_which_waves_it_has(reader: TestClient) -> None:
    said = read(reader, f"/en/source/{SURVEY}")
    assert "2018 published 1,294" in said
    assert "Labour force participation rate by sex, age and place of birth (%)" in said


def test_topics_and_regions_lead_on(reader: TestClient) -> None:
    assert f'href="/en/indicator/{RATE}"' in reader.get("/en/topic/MST").text
    assert 'href="/en/country/URY"' in reader.get("/en/region/X33").text


def test_what_is_copied_runs_as_pasted_and_gives_the_numbers(
    reader: TestClient, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = reader.get(f"/en/indicator/{RATE}/URY", headers=BROWSER).text
    found = re.findall(r"<summary>([^<]+)</summary><pre[^>]*><code>(.*?)</code>", page, re.DOTALL)
    texts = {name: unescape(text) for name, text in found}
    assert {"SDMX", "CSV", "DuckDB", "Parquet", "Python", "R"} <= texts.keys()
    monkeypatch.chdir(layout.home)
    expected = duckdb.execute(
        f"select count(*) from '{layout.current().resolve()}/observation.parquet' "
        f"where indicator = '{RATE}' and ref_area = 'URY' and 'AGE_YTHADULT_YGE15' in (classif1, classif2)"
    ).fetchall()[0][0]
    monkeypatch.chdir(_copied(layout))  # the service has the release itself open with other settings
    assert len(duckdb.connect().execute(texts["DuckDB"]).fetchall()) == expected == 12
    ran: dict[str, Any] = {}
    exec(texts["Python"], ran)
    assert len(ran["df"]) == expected
    duckdb.connect().execute(texts["Parquet"])
    assert len(duckdb.execute(f"from '{RATE}.parquet'").fetchall()) == expected
    answer = reader.get(texts["SDMX"], headers={"Accept": "text/csv"})
    assert answer.status_code == 200
    assert RATE in answer.text


def _copied(layout: Layout) -> Path:
    """A copy of the home's releases."""
    place = layout.home.parent / "pasted"
    shutil.copytree(layout.releases(), place / "releases")
    return place


def test_corridors_lead_from_a_matrix_to_all_that_is_counted_of_one(reader: TestClient) -> None:
    page = reader.get("/en/corridors", headers=BROWSER).text
    assert re.search(r'href="/en/corridor/ARG/URY">120</a>', page)
    sankey, chord = charts(reader, page)
    assert all(name in diagram for name in ("Argentina", "Uruguay") for diagram in (sankey, chord))
    said = read(reader, "/en/corridor/ARG/URY")
    assert "From Argentina to Uruguay" in said
    assert "Work permits granted for the first time by country of citizenship (permits) Labour" in said
    assert "Uruguay, 2018, permits Value 120 " in said
    assert reader.get("/en/corridor/URY/ARG", headers=BROWSER).status_code == 404


def test_a_corridor_over_time_is_a_line_that_is_not_joined_over_a_break(reader: TestClient) -> None:
    """Permits of 2016, 2017, where the series is broken, and 2018."""
    (line,) = charts(reader, reader.get("/en/corridor/ARG/URY", headers=BROWSER).text)
    assert all(year in line for year in ("2016", "2017", "2018"))
    assert len(re.findall(r'<line [^>]*stroke-dasharray="4,3"', line)) == 1


NOTES = {
    "en": ("Place of birth", "not asked by the source; only totals can be given", "Break in series"),
    "fr": ("Lieu de naissance", "non demandé par la source ; ne peut être donné que : les totaux", "Rupture de série"),
    "es": ("Lugar de nacimiento", "la fuente no lo pregunta; solo puede darse: los totales", "Ruptura de la serie"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_notes_are_in_the_reader_s_language_and_what_is_in_english_alone_says_so(
    reader: TestClient, language: Language
) -> None:
    about, said, other = NOTES[language]
    english = "" if language == "en" else ' lang="en"'
    asked = f"/{language}/number/{RATE}/BRA/BRA.pnadc/2017Q4/{WOMEN}/AGE_YTHADULT_YGE15/CBR_BIR_TOTAL"
    story = unescape(reader.get(asked, headers=BROWSER).text)
    assert f"<dt>{about}</dt><dd>{said}</dd>" in story
    assert f"<span{english}>weights are positive</span>" in story  # a check that no list has
    broken = f"/{language}/number/{RATE}/URY/{SURVEY}/2017/{WOMEN}/AGE_YTHADULT_YGE15/{ABROAD}"
    assert f"<dt>{other}</dt><dd{english}>other coverage</dd>" in unescape(reader.get(broken, headers=BROWSER).text)


DEFINED = {
    "en": "The persons in employment and those in unemployment, together",
    "fr": "Les personnes en emploi et les personnes au chômage, ensemble",
    "es": "Las personas con empleo y las personas desempleadas, en conjunto",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_counted_is_defined_in_the_reader_s_language(reader: TestClient, language: Language) -> None:
    ending = "" if language == "en" else f"_{language}"
    measures = next(each[f"definition{ending}"] for each in indicator_rows() if each["indicator"] == RATE)
    for address in ("/definitions", f"/indicator/{RATE}", f"/indicator/{RATE}/URY"):
        page = unescape(reader.get(f"/{language}{address}", headers=BROWSER).text)
        assert re.search(rf"<(p|span)>{DEFINED[language]}\.", page), address
    assert f"<span>{measures}.</span>" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_citation_has_the_full_address_and_no_full_stop_for_a_source_that_says_nothing(
    reader: TestClient, language: Language
) -> None:
    for address in (
        f"/{language}/indicator/{RATE}/URY",
        f"/{language}/number/{RATE}/URY/{SURVEY}/2018/{WOMEN}/{YOUNG}/{ABROAD}",
    ):
        page = reader.get(address, headers=BROWSER)
        cited = unescape(re.findall(r'<p class="cite">(.*?)</p>', page.text)[-1])
        assert not re.search(r"\.\s*\.|;\s*[.;]", cited)
        release = page.headers["ilms-release"]
        assert cited.endswith(f", http://testserver{address.replace(language, f'{language}/at/{release}', 1)}")


CITED = {
    "en": "Foreign-born, 40.0 per cent, Uruguay, 2018. Labour force survey URY.ech (URY.ech), wave 2018. ILMS, release",
    "fr": "Né à l'étranger, 40,0 pour cent, Uruguay, 2018. Labour force survey URY.ech (URY.ech), vague 2018. ILMS, "
    "publication",
    "es": "Nacido en el extranjero, 40,0 por ciento, Uruguay, 2018. Labour force survey URY.ech (URY.ech), oleada 2018."
    " ILMS, publicación",
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_citation_of_a_number_names_its_country_source_wave_and_release(
    reader: TestClient, language: Language
) -> None:
    page = reader.get(f"/{language}/number/{RATE}/URY/{SURVEY}/2018/{WOMEN}/{YOUNG}/{ABROAD}", headers=BROWSER)
    (cited,) = re.findall(r'<p class="cite">(.*?)</p>', unescape(page.text))
    assert f"{CITED[language]} {page.headers['ilms-release']}" in cited


def test_a_region_shows_its_countries_beside_each_other_with_intervals(reader: TestClient) -> None:
    """South America has Uruguay, which tells migrants from others, and Brazil, which does not."""
    page = reader.get("/en/region/X33", headers=BROWSER).text
    women, men = charts(reader, page)
    assert "Uruguay" in women and "Uruguay" in men
    assert "Brazil" not in women
    assert len(re.findall(r'<line [^>]*stroke="#(?:b5460f|1f6a94)"', women)) == 2  # an interval of each group


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/en/country/XXX", 404),
        ("/fr/nowhere", 404),
        ("/en/indicator/MST_NONE_RT", 404),
        (f"/en/indicator/{RATE}/URY?code='; drop table observation", 400),
        (f"/en/indicator/{RATE}/URY?period=<script>", 400),
        ("/en/country/<script>alert(1)</script>", 404),
        (f"/en/number/{RATE}/URY/{SURVEY}/2018/SEX_F/x' or '1'='1/{ABROAD}", 404),
    ],
)
def test_what_is_not_there_or_not_written_so_is_refused_as_a_page(
    reader: TestClient, address: str, status: int
) -> None:
    answer = reader.get(address, headers=BROWSER)
    assert answer.status_code == status
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert "<script" not in answer.text


def test_pages_run_what_is_theirs_alone_and_load_nothing_from_elsewhere(reader: TestClient) -> None:
    for address in ("/en", "/en/country/URY", f"/en/indicator/{RATE}", f"/en/indicator/{RATE}/URY", "/en/corridors"):
        answer = reader.get(address, headers=BROWSER)
        assert "default-src 'none'" in answer.headers["content-security-policy"]
        assert "unsafe" not in answer.headers["content-security-policy"]
        loaded = re.findall(r'<(?:link|script|img|iframe)[^>]*(?:href|src)="([^"]*)"', answer.text)
        assert loaded and all(each.startswith("/") and not each.startswith("//") for each in loaded)
        assert re.findall('<script src="([^"]*)"[^>]*>(.*?)</script>', answer.text) == [("/static/explorer.js", "")]
        assert answer.text.count("<script") == 1
        assert not re.search(r'\sstyle="|\son\w+="|<style', answer.text)
        assert len(answer.content) < 150_000


def test_a_page_that_has_not_changed_is_not_sent_again(reader: TestClient) -> None:
    first = reader.get("/en/country/URY", headers=BROWSER)
    again = reader.get("/en/country/URY", headers={**BROWSER, "If-None-Match": first.headers["etag"]})
    assert again.status_code == 304


@pytest.mark.parametrize(
    ("language", "value", "shown"),
    [
        ("en", 1234.56, "1,234.6"),
        ("fr", 1234.56, "1\u202f234,6"),
        ("es", 1234.56, "1234,6"),
        ("es", 12345.6, "12\u00a0345,6"),
        ("en", -0.04, "0.0"),
        ("fr", -3.25, "\u22123,3"),
        ("en", None, "–"),
    ],
)
def test_numbers_are_written_as_each_language_writes_them(language: Language, value: float | None, shown: str) -> None:
    assert Words(language).number(value, 1) == shown


def test_every_sentence_has_the_same_gaps_in_every_language() -> None:
    gaps = re.compile(r"\{(\w*)")
    for name, text in load_words().items():
        found = [sorted(set(gaps.findall(said or ""))) for said in (text.en, text.fr, text.es)]
        assert found[0] == found[1] == found[2], name


def test_templates_name_no_word_that_is_not_there() -> None:
    templates = Path(__file__).parents[2] / "warehouse" / "explorer" / "templates"
    named = {
        name for file in templates.glob("*.html") for name in re.findall(r"w\('([\w.]+[\w])'[,)]", file.read_text())
    }
    assert len(named) > 40
    assert named <= load_words().keys()
