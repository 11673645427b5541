"""Charts of the explorer: what they draw, how they are sent, and what they answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

import pytest
from explorer_example import (
    BROWSER,
    RATE,
    charts,
    released,
)
from fastapi.testclient import TestClient

from schemas.codelists import load_codelist
from warehouse.explorer.charts.chord import chord
from warehouse.explorer.charts.draw import LINE, SOFT, chart
from warehouse.explorer.charts.sankey import Flow
from warehouse.explorer.charts.specs import Mark, dot_plot, line_chart
from warehouse.explorer.charts.tiles import Tile, load_tiles, tile_map
from warehouse.explorer.routes import add_pages
from warehouse.layout import Layout
from warehouse.service.app import create_app


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return released(tmp_path_factory.mktemp("explorer"))


@pytest.fixture(scope="module")
def reader(layout: Layout) -> Iterator[TestClient]:
    with TestClient(add_pages(create_app(layout), layout)) as client:
        yield client


def test_ribbons_of_a_chord_diagram_fill_the_circle_by_their_size() -> None:
    """90 from A to B and 30 from B to C: B has half of what three gaps of 4 degrees leave of the circle, from 2 to 176,
    and its name stands at the middle, 89 degrees from the top, which is 1 less than to the right."""
    drawn = chord([Flow("A", "B", 90.0), Flow("B", "C", 30.0)])
    assert re.findall(r'<text transform="rotate\((.*?)\)".*?>(.)</text>', drawn) == [
        ("-1.0", "B"),
        ("335.2", "A"),
        ("426.2", "C"),
    ]


def test_charts_may_stand_in_frames_of_other_sites_and_nothing_else_may(reader: TestClient) -> None:
    def framed(address: str) -> bool:
        return "frame-ancestors *" in reader.get(address, headers=BROWSER).headers["content-security-policy"]

    assert framed(f"/en/embed/indicator/{RATE}/URY")
    assert not framed(f"/en/indicator/{RATE}/URY")
    assert f'href="/en/indicator/{RATE}/URY"' in reader.get(f"/en/embed/indicator/{RATE}/URY", headers=BROWSER).text


@pytest.mark.parametrize(
    "address",
    [
        "",
        "/country/URY",
        f"/indicator/{RATE}",
        f"/indicator/{RATE}/URY?by=AGE_YTHADULT&period=2016",
        "/corridors",
        f"/embed/indicator/{RATE}/URY",
    ],
)
def test_a_chart_is_an_image_of_its_own_that_is_told_in_words_and_not_sent_again(
    reader: TestClient, address: str
) -> None:
    page = reader.get(f"/fr{address}", headers=BROWSER)
    images = re.findall(r"<img [^>]*>", page.text)
    assert images
    assert '<path d="M0' not in page.text
    for image in images:
        found = re.search(r'src="(.+?)" alt="([^"]{20,})" width="\d+" height="\d+" loading="lazy"', image)
        assert found, image
        assert found[1].startswith(f"/fr/at/{page.headers['ilms-release']}/chart/")
        chart = reader.get(unescape(found[1]))
        assert chart.headers["content-type"].startswith("image/svg+xml")
        assert chart.headers["content-security-policy"].startswith("default-src 'none'")
        assert chart.text.startswith("<svg")
        kept = reader.get(unescape(found[1]), headers={"If-None-Match": chart.headers["etag"]})
        assert (kept.status_code, kept.content) == (304, b"")


def test_a_chart_is_the_same_from_a_service_that_has_not_made_its_page(reader: TestClient, layout: Layout) -> None:
    page = reader.get(f"/es/indicator/{RATE}/URY?period=2016", headers=BROWSER).text
    with TestClient(add_pages(create_app(layout), layout)) as other:
        drawn = charts(other, page)
        assert drawn == charts(reader, page)
        assert len(set(drawn)) == len(drawn) > 2
        assert other.get(f"/es/chart/{len(drawn) + 1}/indicator/{RATE}/URY?period=2016").status_code == 404
        assert other.get(f"/es/chart/0/indicator/{RATE}/URY").status_code == 404


def test_every_country_has_a_tile_of_its_own() -> None:
    places = load_tiles()
    countries = {each.code for each in load_codelist("CL_AREA").codes if re.fullmatch("[A-Z]{3}", each.code)}
    assert len(set(places.values())) == len(places) > 200
    assert places.keys() <= countries


def test_a_line_of_differences_has_one_of_zero_and_lines_of_rates_have_none() -> None:
    def lines(*values: float) -> tuple[int, int]:
        marks = [Mark(str(year), "everyone", value, place=year + 0.5) for year, value in enumerate(values, start=2020)]
        drawn = re.findall(r"<line [^>]*>", chart("en", line_chart(marks, marks), "").draw())
        return sum(SOFT in each for each in drawn), sum(LINE in each for each in drawn)

    of_zero, of_the_grid = lines(-2.0, 1.0, 3.0)
    assert of_zero == 1
    assert of_the_grid > 3
    assert lines(1.0, 2.0, 3.0)[0] == 0


def test_dots_of_differences_stand_beside_a_line_of_zero() -> None:
    marks = [Mark(label, "migrants", value) for label, value in (("one", -2.0), ("other", 1.0))]
    drawn = chart("en", dot_plot(marks, marks, ["one", "other"]), "").draw()
    assert len(re.findall(rf'<line [^>]*stroke="{SOFT}"', drawn)) == 1


def test_a_map_shows_by_form_which_numbers_are_not_sound() -> None:
    tiles = {"URY": Tile(64.1, "64", "unreliable"), "BRA": Tile(50.0, "50", "sound")}
    dashed = re.findall(r"<path [^>]*stroke-dasharray[^>]*>", chart("en", tile_map(tiles), "").draw())
    assert len(dashed) == 1


def test_a_chart_that_answers_has_each_number_with_interval_cases_and_status(reader: TestClient) -> None:
    page = reader.get(f"/fr/indicator/{RATE}/URY", headers=BROWSER)
    specs = [unescape(each) for each in re.findall(r'<figure data-spec="([^"]*)"', page.text)]
    assert len(specs) == len(charts(reader, page.text)) == 4
    assert specs[0] == f"/fr/at/{page.headers['ilms-release']}/spec/1/indicator/{RATE}/URY"
    made = reader.get(specs[0]).json()
    assert made["formatLocale"]["decimal"] == ","
    said = [row["said"].split("\n") for row in made["spec"]["data"]["values"]]
    assert ["2018, Nés à l'étranger", "62,5 pour cent", "intervalle à 95 % 59,5–65,5"] in [each[:3] for each in said]
    young = reader.get(specs[2]).json()["spec"]["data"]["values"]
    assert [row["said"].split("\n")[3:] for row in young if row["kind"] == "unreliable"] == [
        ["Cas sur lesquels il repose : 9", "Peu fiable"]
    ]
    matrix = reader.get("/en/corridors", headers=BROWSER)
    assert "data-spec" not in matrix.text
    assert reader.get(f"/en/at/{matrix.headers['ilms-release']}/spec/1/corridors").status_code == 404


def test_the_program_for_charts_is_sent_packed_and_runs_under_the_policy_of_the_pages(reader: TestClient) -> None:
    program = reader.get("/static/vega.js")
    assert program.headers["content-encoding"] == "gzip"
    assert program.headers["content-type"].startswith("text/javascript")
    assert "window.vegaEmbed" in program.text
