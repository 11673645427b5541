"""A reader with a browser finds what the release says: from the front page to the story of a number."""

from __future__ import annotations

import shutil
from collections.abc import Iterator

import duckdb
import pytest
from axe_playwright_python.sync_playwright import Axe
from browser import answering, browsing, keep, needs_chromium
from explorer_example import ABROAD, HERE, RATE, WOMEN, WORKERS, released
from playwright.sync_api import Browser, Page, ViewportSize

from warehouse.explorer.language import Words
from warehouse.explorer.routes import add_pages
from warehouse.language import LANGUAGES
from warehouse.layout import Layout
from warehouse.release.database import WAREHOUSE
from warehouse.service.app import create_app

pytestmark = [pytest.mark.slow, needs_chromium]
DESKTOP = ViewportSize(width=1200, height=900)
PHONE = ViewportSize(width=390, height=800)
PAGES = {
    "front": "",
    "country": "/country/URY",
    "across": f"/indicator/{RATE}",
    "indicator": f"/indicator/{RATE}/URY",
    "number": f"/number/{RATE}/URY/URY.ech/2018/SEX_F/AGE_YTHADULT_Y15-24/{ABROAD}",
    "counts": f"/indicator/{WORKERS}/URY",
    "corridors": "/corridors",
    "corridor": "/corridor/ARG/URY",
    "source": "/source/URY.ech",
    "region": "/region/X33",
    "search": "/search?q=particpation",
    "embedded": f"/embed/indicator/{RATE}/URY",
    "definitions": "/definitions",
}
LOOKED_AT = [
    *((name, "en") for name in PAGES),
    *((name, language) for name in ("country", "indicator", "number") for language in ("fr", "es")),
]
"""Pages with their languages: longer words have to fit too."""


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return released(tmp_path_factory.mktemp("browsed"))


@pytest.fixture(scope="module")
def address(layout: Layout) -> Iterator[str]:
    with answering(add_pages(create_app(layout), layout)) as address:
        yield address


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with browsing() as browser:
        yield browser


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    """A page without JavaScript, which tells of everything that it is refused or that does not load."""
    context = browser.new_context(viewport=DESKTOP, java_script_enabled=False)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("requestfailed", lambda request: said.append(request.url))
    yield page
    context.close()
    assert said == []


@pytest.fixture(scope="module")
def numbers(layout: Layout, tmp_path_factory: pytest.TempPathFactory) -> duckdb.DuckDBPyConnection:
    """The numbers of the release, as DuckDB reads them."""
    file = shutil.copy(layout.current() / WAREHOUSE, tmp_path_factory.mktemp("read"))
    return duckdb.connect(file, read_only=True)


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_clicks_from_the_front_page_to_a_number_that_is_the_release_s(
    page: Page, address: str, numbers: duckdb.DuckDBPyConnection, language: str
) -> None:
    words = Words(language)  # type: ignore[arg-type]
    page.goto(f"{address}/{language}")
    page.get_by_role("link", name="Uruguay").click()
    assert page.url == f"{address}/{language}/country/URY"
    row = page.get_by_role("row", name=words("subject.participation")).first
    shown = [row.locator("td").nth(place).locator("a").inner_text() for place in (0, 1)]
    query = (
        "select obs_value, lower_bound, upper_bound, n from observation where indicator = ? and sex = ? and time = ?"
    )
    asked = [RATE, WOMEN, "2018", "AGE_YTHADULT_YGE15"]
    found = [
        numbers.execute(f"{query} and classif1 = ? and classif2 = ?", [*asked, birth]).fetchone()
        for birth in (ABROAD, HERE)
    ]
    assert shown == [words.number(each[0]) for each in found if each]
    row.locator("td").nth(0).locator("a").click()
    value, low, high, n = found[0] or ()
    assert page.locator(".figure strong").inner_text() == words.number(value)
    assert f"{words.number(low)}–{words.number(high)}" in page.locator(".figure .interval").inner_text()
    assert page.locator(f"dt:has-text('{words('fact.n')}') + dd").inner_text() == words.number(n, 0)


@pytest.mark.parametrize(("name", "language"), LOOKED_AT)
def test_pages_have_no_serious_fault_for_readers_with_other_means(
    browser: Browser, address: str, name: str, language: str
) -> None:
    """axe looks at each page; what it runs there is its own, which the page itself would not let in."""
    context = browser.new_context(viewport=DESKTOP, bypass_csp=True)
    page = context.new_page()
    page.goto(f"{address}/{language}{PAGES[name]}")
    page.evaluate("for (const each of document.querySelectorAll('details')) each.open = true")
    if name == "indicator":
        page.locator("button.explore").first.click()
        page.locator(".chart svg").wait_for()
    found = Axe().run(page)
    serious = [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]
    context.close()
    assert len(found.response["passes"]) > 10
    assert [(each["id"], each["nodes"][0]["html"]) for each in serious] == []


@pytest.mark.parametrize(("name", "language"), LOOKED_AT)
@pytest.mark.parametrize("size", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_a_page_fits_its_window_and_weighs_little(
    browser: Browser, address: str, name: str, language: str, size: ViewportSize
) -> None:
    context = browser.new_context(viewport=size)
    page = context.new_page()
    weights: list[int] = []
    page.on("response", lambda answer: weights.append(answer.request.sizes()["responseBodySize"]))
    page.goto(f"{address}/{language}{PAGES[name]}", wait_until="networkidle")
    width = page.evaluate("document.documentElement.scrollWidth")
    keep(page, f"{name}-{language}")
    is_drawn = page.evaluate("Array.from(document.images).every(each => each.complete && each.naturalWidth > 0)")
    assert len(weights) >= 2
    assert is_drawn
    assert sum(weights) < 150_000
    assert width <= size["width"]
    context.close()


@pytest.fixture
def reading(browser: Browser) -> Iterator[Page]:
    """A page with JavaScript, which tells of everything that the policy of the pages refuses."""
    context = browser.new_context(viewport=DESKTOP)
    page = context.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    yield page
    context.close()
    assert said == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_reader_who_asks_has_every_number_of_a_chart_by_keys_and_by_pointing(
    reading: Page, address: str, numbers: duckdb.DuckDBPyConnection, language: str
) -> None:
    words = Words(language)  # type: ignore[arg-type]
    asked: list[str] = []
    reading.on("request", lambda request: asked.append(request.url))
    reading.goto(f"{address}/{language}/indicator/{RATE}/URY", wait_until="networkidle")
    assert not any("vega" in each or "/spec/" in each for each in asked)
    reading.get_by_role("button", name=words("js.explore")).first.click()
    chart = reading.locator("[role=application]:visible")
    chart.locator("svg").wait_for()
    query = """
        select time, classif2, obs_value, lower_bound, upper_bound, n from observation
        where
            ref_area = 'URY' and indicator = ? and sex = ? and classif1 = 'AGE_YTHADULT_YGE15'
    """
    sides = {HERE: words("side.CBR.others"), ABROAD: words("side.CBR.migrants")}
    cases = words("with.colon", what=words("fact.n"))
    expected = {
        f"{year}, {sides[birth]}\n{words.number(value)} {words('unit.percent')}\n"
        f"{words('interval.95')} {words.number(low)}–{words.number(high)}\n{cases} {n}"
        for year, birth, value, low, high, n in numbers.execute(query, [RATE, WOMEN]).fetchall()
    }
    assert len(expected) == 6
    told, read = reading.locator(".told"), set()
    for _ in range(6):
        reading.keyboard.press("ArrowRight")
        lines = told.inner_text().split("\n")
        read.add("\n".join(lines[:4]))
    assert read == expected
    reading.keyboard.press("Escape")
    assert not told.is_visible()
    chart.locator(".mark-symbol path").last.hover()
    assert "\n".join(told.inner_text().split("\n")[:4]) in expected
    reading.get_by_role("button", name=words("js.back")).click()
    assert reading.locator("figure img").first.is_visible()


def test_a_table_is_sorted_by_a_column_in_place_and_what_is_missing_stays_last(reading: Page, address: str) -> None:
    reading.goto(f"{address}/en/indicator/{RATE}/URY")
    table = reading.locator("table").last
    of_men = table.get_by_role("button", name="Born abroad").last

    def shown() -> list[str]:
        return [each.split("\n")[0] for each in table.locator("tbody td:nth-child(4)").all_inner_texts()]

    before = shown()
    assert before == ["71.0", "withheld", "78.0"]
    of_men.focus()
    reading.keyboard.press("Enter")
    assert shown() == ["78.0", "71.0", "withheld"]
    reading.keyboard.press("Enter")
    assert shown() == ["71.0", "78.0", "withheld"]
    assert table.locator("th[aria-sort=ascending]").count() == 1
    reading.keyboard.press("Enter")
    assert shown() == before


LONG = """<!doctype html><html lang="fr"><head><title>long</title><script src="/static/explorer.js" defer
data-filter="Seulement" data-left="%1 lignes sur %2"></script></head><body><table class="plain"><thead><tr><th>Pays</th>
<th>Part</th></tr></thead><tbody>{rows}</tbody></table></body></html>"""


def test_a_long_table_is_filtered_in_place_whatever_the_accents(reading: Page, address: str) -> None:
    names = ["Perou", "Pérou du Nord", *(f"Pays {number}" for number in range(20))]
    rows = "".join(f"<tr><th>{name}</th><td>{place},5</td></tr>" for place, name in enumerate(names))
    page = LONG.format(rows=rows)
    reading.route("**/long", lambda route: route.fulfill(body=page, content_type="text/html; charset=utf-8"))
    reading.goto(f"{address}/long")
    reading.get_by_label("Seulement").fill("pérou")
    assert reading.locator("tbody tr:visible th").all_inner_texts() == names[:2]
    assert reading.get_by_role("status").first.inner_text() == "2 lignes sur 22"
    reading.get_by_role("button", name="Part").click()
    assert reading.locator("tbody tr:visible th").all_inner_texts() == names[1::-1]
