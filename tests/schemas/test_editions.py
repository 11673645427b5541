"""Editions pair vintages of one revision, or say why not; their gaps and their publication are complete."""

from __future__ import annotations

from pathlib import Path

import pytest

from schemas.editions import EDITIONS_FILE, load_editions
from schemas.errors import DeclarationError
from schemas.loader import list_benchmarks, load_benchmark


def edited(folder: Path, right: str, wrong: str) -> Path:
    text = EDITIONS_FILE.read_text(encoding="utf-8")
    assert right in text
    file = folder / "editions.yaml"
    file.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return file


def test_every_vintage_paired_is_one_that_a_benchmark_declares() -> None:
    known = {
        vintage
        for source_id in list_benchmarks()
        for table in load_benchmark(source_id).tables.values()
        for vintage in table.vintages
    }
    editions = load_editions()
    assert set(editions.built_on) == known
    assert {vintage for profile in editions.profiles.values() for vintage in profile.vintages} <= known


def test_the_third_the_fourth_and_the_latest_edition_are_there() -> None:
    profiles = load_editions().profiles
    assert {name: profile.year for name, profile in profiles.items()} == {"2019": 2019, "2022": 2022, "latest": 2022}
    assert list(profiles["latest"].years) == list(range(2013, 2023))
    assert [name for name, profile in profiles.items() if profile.published] == ["latest"]


@pytest.mark.parametrize(
    ("right", "wrong", "fault"),
    [
        (
            "    stock: {vintage: UNDESA2024}",
            "    stock: {vintage: UNDESA2019}",
            r"line \d+: latest: the vintages were made with different populations \(.*UNDESA2019 on WPP2019\)",
        ),
        ("    population: {vintage: WPP2019}", "    population: {vintage: WPP2012}", "'WPP2012' is not in built_on"),
        ("    published: true\n", "", "one edition is published, .* 0 are declared so"),
        (
            "        treatment: other_vintage\n",
            "        treatment: no_migrants_known\n",
            "and only it, names a `vintage`",
        ),
        ("seed: 20181019", "seeds: 20181019", r"line \d+: method.simulation.seeds"),
        ("    model: combined\n", "", r"line \d+: profiles.2019.model"),
        ("    smooth_years: 1\n", "    smooth_years: 2\n", "as many years before as after"),
        ("    first_year: 2013", "    first_year: 2023", "begins after the reference year"),
    ],
)
def test_a_wrong_edition_is_refused_with_its_line(tmp_path: Path, right: str, wrong: str, fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault):
        load_editions(edited(tmp_path, right, wrong))


def test_mixing_revisions_without_a_reason_is_refused(tmp_path: Path) -> None:
    text = EDITIONS_FILE.read_text(encoding="utf-8")
    start, end = text.index("    mixes_revisions:"), text.index("    gaps:", text.index("    mixes_revisions:"))
    file = tmp_path / "editions.yaml"
    file.write_text(text[:start] + text[end:], encoding="utf-8")
    with pytest.raises(DeclarationError, match="2022: the vintages were made with different populations"):
        load_editions(file)


def test_an_unknown_edition_is_reported_with_the_known_ones() -> None:
    with pytest.raises(DeclarationError, match="no edition '2017'.*2019, 2022, latest"):
        load_editions().profile("2017")
