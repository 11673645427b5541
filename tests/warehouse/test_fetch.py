"""Where the files of a wave come from, and that they come from nowhere else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fetch_sources import PARTITION, PERSONS, fetch, mirror_of_regions, names, regions, source
from http_server import File, Site, serving
from small_source import Declare

from ilms.settings import load_settings
from schemas.errors import DeclarationError, InputError, SourceUnavailable
from schemas.partition import Partition
from schemas.survey import Survey
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetch_wave, fetched_already
from warehouse.intake.vintage import Vintage, latest_vintage
from warehouse.layout import Layout


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return mirror_of_regions(tmp_path)


def test_online_files_come_from_their_producer(server: Site, layout: Layout, folder: Path) -> None:
    server.on("/lfs/persons.csv", File(b"from the producer"))
    file = {
        "name": "persons.csv",
        "address": f"{server.url}/lfs/persons.csv",
        "mirror": "lfs/2024/persons_north.csv",
    }
    vintage = fetch(source(file), layout, folder, online=True)
    assert vintage.files[0].path.read_bytes() == b"from the producer"
    assert vintage.files[0].address == f"{server.url}/lfs/persons.csv"
    assert vintage.files[0].etag == '"first"'
    assert sorted(path.name for path in vintage.folder.iterdir()) == ["persons.csv", "vintage.json"]


def test_without_downloads_files_come_from_the_mirror(server: Site, layout: Layout, folder: Path) -> None:
    file = {"name": "persons.csv", "address": f"{server.url}/persons.csv", "mirror": "lfs/2024/persons_north.csv"}
    vintage = fetch(source(file), layout, folder)
    assert vintage.files[0].path.read_bytes() == PERSONS + b"north"
    assert server.requests == []


def test_without_mirror_and_downloads_a_source_is_skipped_with_what_to_set(server: Site, layout: Layout) -> None:
    file = {"name": "persons.csv", "address": f"{server.url}/{{year}}.csv", "mirror": "lfs/{year}/persons.csv"}
    with pytest.raises(SourceUnavailable) as caught:
        fetch(source(file), layout)
    assert "ILMS_MIRROR" in caught.value.remedy
    assert "lfs/{year}/persons.csv" in caught.value.remedy
    assert "ILMS_ONLINE=1" in caught.value.remedy
    assert server.requests == []
    assert not layout.home.exists()


@pytest.mark.parametrize(
    ("file", "online", "reason"),
    [
        ({"mirror": "lfs.csv", "address": "https://example.org"}, False, "no mirror is set, and downloads are off"),
        ({"mirror": "lfs.csv"}, True, "no mirror is set, and no public address is declared"),
        ({"address": "https://example.org"}, False, "no place in the mirror is declared, and downloads are off"),
        ({}, True, "no place in the mirror is declared, and no public address is declared"),
    ],
)
def test_the_reason_for_skipping_says_what_is_lacking(
    layout: Layout, file: dict[str, Any], online: bool, reason: str
) -> None:
    with pytest.raises(SourceUnavailable, match=reason):
        fetch(source({"name": "lfs.csv", **file}), layout, online=online)


def test_a_source_without_public_address_comes_from_the_mirror_even_online(layout: Layout, folder: Path) -> None:
    assert names(fetch(source(regions()), layout, folder, online=True)) == ["persons_north.csv", "persons_south.csv"]


def test_the_wave_and_its_settings_fill_in_the_address(server: Site, layout: Layout) -> None:
    file = {"name": "persons_{wave}.csv", "address": f"{server.url}/{{edition}}/{{year}}/t{{quarter}}{{yy}}.csv"}
    server.on("/revised/2016/t316.csv", File(PERSONS))
    declared = source(file, wave="2016-Q3", settings={"edition": "revised"})
    assert names(fetch(declared, layout, online=True, wave="2016-Q3")) == ["persons_2016-Q3.csv"]


def test_the_parameters_of_a_file_give_one_address_each(server: Site, layout: Layout) -> None:
    for region in ("north", "south"):
        server.on(f"/2024/persons_{region}.csv", File(PERSONS + region.encode()))
    file = regions(address=f"{server.url}/{{year}}/persons_{{region}}.csv", parameters={"region": ["north", "south"]})
    assert names(fetch(source(file), layout, online=True)) == ["persons_north.csv", "persons_south.csv"]


def test_the_same_declaration_reads_the_mirror_without_its_parameters(layout: Layout, folder: Path) -> None:
    file = regions(address="https://example.org/{region}.csv", parameters={"region": ["north", "south"]})
    named = {**file, "name": "persons_{region}.csv"}
    assert names(fetch(source(file), layout, folder)) == names(fetch(source(named), layout, folder))


@pytest.mark.parametrize(
    "pattern", ["/{country}.csv", "/{year!r}.csv", "/{year.__class__}.csv", "/{}.csv", "/{year.csv"]
)
def test_only_plain_known_names_are_filled_in(layout: Layout, pattern: str) -> None:
    with pytest.raises(DeclarationError, match="holds"):
        fetch(source({"name": "persons.csv", "address": f"https://example.org{pattern}"}), layout, online=True)


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("ftp://example.org/persons.csv", "not an http or https address"),
        ("lfs/persons.csv", "not an http or https address"),
        ("https://user:secret@example.org/persons.csv", "user name or password"),
    ],
)
def test_an_address_is_a_plain_one_of_the_web(layout: Layout, address: str, fault: str) -> None:
    with pytest.raises(DeclarationError, match=fault) as caught:
        fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    assert "secret" not in caught.value.message


def test_a_local_path_needs_neither_mirror_nor_downloads(layout: Layout, folder: Path) -> None:
    file = {"name": "persons.csv", "address": f"{folder}/lfs/{{year}}/persons_north.csv"}
    vintage = fetch(source(file, method="local"), layout, local=[folder])
    assert vintage.files[0].path.read_bytes() == PERSONS + b"north"


def test_a_local_path_may_be_a_pattern(layout: Layout, folder: Path) -> None:
    file = {"name": "*.csv", "address": f"{folder}/lfs/{{year}}/*.csv", "many": 2}
    found = fetch(source(file, method="local"), layout, local=[folder / "lfs"])
    assert names(found) == ["persons_north.csv", "persons_south.csv"]


def test_a_local_path_does_not_depend_on_where_the_pipeline_starts(layout: Layout) -> None:
    with pytest.raises(DeclarationError, match="is relative"):
        fetch(source({"name": "persons.csv", "address": "lfs/persons.csv"}, method="local"), layout)


@pytest.mark.parametrize(
    "place",
    [
        "{outside}/secret.csv",
        "{outside}/no_such_file.csv",
        "{folder}/../outside/secret.csv",
        "{folder}/link_to_file.csv",
        "{folder}/link_to_folder/secret.csv",
        "file:{outside}/secret.csv",
        "file://{outside}/secret.csv",
        "/etc/passwd",
        "~/.profile",
        "/proc/self/environ",
    ],
)
def test_a_local_path_leads_nowhere_else(layout: Layout, folder: Path, tmp_path: Path, place: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(PERSONS)
    (folder / "link_to_file.csv").symlink_to(outside / "secret.csv")
    (folder / "link_to_folder").symlink_to(outside)
    file = {"name": "persons.csv", "address": place.format(folder=folder, outside=outside)}

    with pytest.raises(DeclarationError, match="leads out of the folders that may be read|is relative"):
        fetch(source(file, method="local"), layout, mirror=folder, local=[folder / "lfs"])
    with pytest.raises((DeclarationError, SourceUnavailable)):
        fetch(source(file), layout, mirror=folder, online=True)

    assert not list(layout.home.rglob("*.csv"))


@pytest.mark.parametrize("pattern", ["{outside}/*.csv", "{folder}/*/*.csv", "/e*c/pass*"])
def test_a_local_pattern_leads_nowhere_else(layout: Layout, folder: Path, tmp_path: Path, pattern: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.csv").write_bytes(PERSONS)
    (folder / "link").symlink_to(outside)
    file = {"name": "*", "address": pattern.format(folder=folder, outside=outside), "many": 1}

    with pytest.raises(DeclarationError, match="leads out of the folders that may be read"):
        fetch(source(file, method="local"), layout, local=[folder])


def test_a_source_reads_files_that_lie_beside_it_and_where_ilms_local_says(
    declare: Declare, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    declare()
    monkeypatch.setenv("ILMS_LOCAL", f"{tmp_path / 'one'}{os.pathsep}{tmp_path / 'two'}")
    folders = load_settings().access.for_source("ZZZ.small").local
    assert folders == (tmp_path / "sources" / "ZZZ" / "small", tmp_path / "one", tmp_path / "two")


def test_the_bundled_synthetic_survey_always_works(layout: Layout) -> None:
    from schemas.loader import load_survey

    declared = load_survey("ZZZ.synthetic")
    partition = Partition(declared.id, min(declared.waves))
    first = fetch_wave(declared, partition, layout, Access())
    assert first.is_new
    assert first.files[0].address.startswith("generator:")
    known = fetched_already(declared, partition, layout, Access())
    assert known == fetch_wave(declared, partition, layout, Access())
    assert known is not None
    assert not known.is_new


def test_the_same_files_of_the_mirror_are_known_without_copying_them(layout: Layout, folder: Path) -> None:
    declared, partition = source(regions()), Partition(PARTITION.source, "2024")

    def ask(declared: Survey = declared) -> Vintage | None:
        return fetched_already(declared, partition, layout, Access(mirror=folder))

    assert ask() is None
    first = fetch(declared, layout, folder)
    staged = layout.raw(partition) / ".incoming"
    staged.mkdir()
    (staged / "left behind").touch()
    assert ask() == latest_vintage(layout, partition)
    again = fetch(declared, layout, folder)
    assert (again.id, again.is_new, staged.exists()) == (first.id, False, False)
    assert ask(source(regions(role="codebook"))) is None, "its role is written again"
    more = source(regions(), {"name": "more.csv", "address": "https://example.org/more.csv"})
    assert fetched_already(more, partition, layout, Access(mirror=folder, online=True)) is None, (
        "a server has another one"
    )
    file = folder / "lfs/2024/persons_north.csv"
    file.write_bytes(file.read_bytes().replace(b"34", b"43"))
    assert ask() is None


# The mirror is a closed room


@pytest.mark.parametrize("place", ["../secret.csv", "lfs/../../secret.csv", "/etc/passwd"])
def test_a_mirror_path_stays_in_the_mirror(layout: Layout, folder: Path, place: str) -> None:
    (folder.parent / "secret.csv").write_bytes(b"secret")
    with pytest.raises(DeclarationError, match="leads out of the mirror"):
        fetch(source({"name": "persons.csv", "mirror": place}), layout, folder)


def test_a_setting_cannot_lead_out_of_the_mirror(layout: Layout, folder: Path) -> None:
    file = {"name": "persons.csv", "mirror": "{edition}/persons.csv"}
    with pytest.raises(DeclarationError, match="leads out of the mirror"):
        fetch(source(file, settings={"edition": ".."}), layout, folder)


def test_a_link_out_of_the_mirror_is_refused(layout: Layout, folder: Path) -> None:
    (folder.parent / "secret.csv").write_bytes(b"secret")
    (folder / "lfs/2024/persons_north.csv").unlink()
    (folder / "lfs/2024/persons_north.csv").symlink_to(folder.parent / "secret.csv")
    with pytest.raises(InputError, match="link that leads out"):
        fetch(source(regions()), layout, folder)


def test_a_link_within_the_mirror_is_followed(layout: Layout, folder: Path) -> None:
    (folder / "lfs/current").symlink_to("2024")
    assert fetch(source({"name": "p.csv", "mirror": "lfs/current/persons_north.csv"}), layout, folder).is_new


@pytest.mark.parametrize("name", ["a/b.csv", "../b.csv", ".hidden", "vintage.json", "a:b.csv", ""])
def test_a_file_name_is_only_a_name(layout: Layout, folder: Path, name: str) -> None:
    with pytest.raises(DeclarationError, match="cannot be the name"):
        fetch(source({"name": name, "mirror": "lfs/2024/persons_north.csv"}), layout, folder)


def test_two_files_of_a_wave_have_two_names(layout: Layout, folder: Path) -> None:
    files = [{"name": name, "mirror": "lfs/2024/persons_north.csv"} for name in ("persons.csv", "PERSONS.csv")]
    with pytest.raises(DeclarationError, match="two files"):
        fetch(source(*files), layout, folder)
