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
