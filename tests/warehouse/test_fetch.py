"""Where the files of a wave come from, and what stops them at the door."""

from __future__ import annotations

import csv
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from fetch_sources import PARTITION, source
from http_server import File, Site, serving, silence, status
from small_source import Declare

from ilms.settings import load_settings
from schemas.errors import DeclarationError, FetchError, InputError, SourceUnavailable
from schemas.partition import Partition
from schemas.source import Wave
from schemas.survey import Survey
from warehouse.accepted import AcceptedVintage, accept_vintage
from warehouse.intake.access import Access
from warehouse.intake.download import Patience
from warehouse.intake.fetch import fetch_wave, fetched_already
from warehouse.intake.proxies import set_aside
from warehouse.intake.vintage import Vintage, latest_vintage
from warehouse.layout import Layout

PATIENCE = Patience(connect_seconds=0.5, silence_seconds=0.5, attempts=3, first_pause=0.01, longest_pause=0.05)
PERSONS = b"sex;age\n1;34\n2;51\n"


@pytest.fixture
def server() -> Iterator[Site]:
    with serving() as site:
        yield site


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mirror with one wave of the survey, a file a region."""
    wave = tmp_path / "mirror/lfs/2024"
    wave.mkdir(parents=True)
    for region in ("north", "south"):
        (wave / f"persons_{region}.csv").write_bytes(PERSONS + region.encode())
    return tmp_path / "mirror"


def fetch(
    declared: Survey,
    layout: Layout,
    mirror: Path | None = None,
    *,
    online: bool = False,
    wave: str = "2024",
    local: Sequence[Path] = (),
) -> Vintage:
    partition = Partition(PARTITION.source, wave)
    return fetch_wave(declared, partition, layout, Access(mirror, online, tuple(local)), patience=PATIENCE)


def regions(**other: Any) -> dict[str, Any]:
    return {"name": "persons_*.csv", "mirror": "lfs/{year}/persons_*.csv", "many": 2, **other}


def names(vintage: Vintage) -> list[str]:
    return [file.name for file in vintage.files]


def pass_everything(layout: Layout, vintage: Vintage) -> None:
    """What the estimate stage does once the numbers of a vintage have passed all that they must."""
    accepted = AcceptedVintage(vintage=vintage.id, accepted_at=vintage.fetched_at, bytes=vintage.bytes)
    accept_vintage(layout, PARTITION, accepted)


# Where files come from


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


def test_an_sdmx_service_is_asked_for_sdmx_csv(server: Site, layout: Layout) -> None:
    server.on("/data/ABC,DF_LFS/A.._T", File(b"DATAFLOW,FREQ\n"))
    query = f"{server.url}/data/ABC,DF_LFS/A.._T?startPeriod={{year}}"
    fetch(source({"name": "lfs.csv", "address": query}, method="sdmx"), layout, online=True)
    assert server.requests[0].path == "/data/ABC,DF_LFS/A.._T?startPeriod=2024"
    assert server.requests[0].headers["Accept"] == "application/vnd.sdmx.data+csv;version=1.0.0"


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


# What stops at the door


def rejected(layout: Layout) -> Path:
    (folder,) = (layout.raw(PARTITION) / "rejected").iterdir()
    return folder


def test_a_missing_file_stops_the_partition_and_says_where_it_was_looked_for(layout: Layout, folder: Path) -> None:
    with pytest.raises(InputError, match=r"no file lfs/2024/persons\.csv in the mirror"):
        fetch(source({"name": "persons.csv", "mirror": "lfs/{year}/persons.csv"}), layout, folder)


def test_every_missing_file_is_listed(layout: Layout, folder: Path) -> None:
    absent = [{"name": f"{name}.csv", "mirror": f"lfs/{name}.csv"} for name in ("jobs", "homes")]
    with pytest.raises(InputError, match=r"lfs/jobs\.csv.*lfs/homes\.csv"):
        fetch(source(regions(), *absent), layout, folder)
    assert latest_vintage(layout, PARTITION) is None


def test_a_mirror_that_is_no_folder_is_an_error_not_a_skip(layout: Layout, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the mirror is not a folder"):
        fetch(source(regions()), layout, tmp_path / "nowhere")


@pytest.mark.parametrize("change", ["one too few", "one too many"])
def test_a_number_of_files_other_than_declared_stops_the_partition(layout: Layout, folder: Path, change: str) -> None:
    if change == "one too few":
        (folder / "lfs/2024/persons_south.csv").unlink()
    else:
        (folder / "lfs/2024/persons_west.csv").write_bytes(PERSONS)
    found = 1 if change == "one too few" else 3
    with pytest.raises(InputError, match=rf"{found} files are called persons_\*\.csv, where 2 are declared"):
        fetch(source(regions()), layout, folder)
    assert (rejected(layout) / "persons_north.csv").read_bytes() == PERSONS + b"north"


def test_an_empty_file_stops_the_partition_and_is_kept_to_look_at(layout: Layout, folder: Path) -> None:
    (folder / "lfs/2024/persons_south.csv").write_bytes(b"")
    with pytest.raises(InputError, match=r"persons_south\.csv is empty") as caught:
        fetch(source(regions()), layout, folder)
    assert latest_vintage(layout, PARTITION) is None
    kept = rejected(layout)
    assert kept.relative_to(layout.home).as_posix() in caught.value.where
    assert "persons_south.csv is empty" in (kept / "reason.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize("start", [b"<!DOCTYPE html>", b"\xef\xbb\xbf\n <html lang='es'>", b"<!-- sorry --><HTML>"])
def test_a_web_page_in_place_of_the_data_stops_the_partition(server: Site, layout: Layout, start: bytes) -> None:
    page = start + b"<body>The page you look for has moved</body></html>"
    address = server.on("/persons.csv", File(page, headers={"Content-Type": "text/html"}))
    with pytest.raises(InputError, match=r"persons\.csv is a web page"):
        fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    assert (rejected(layout) / "persons.csv").read_bytes() == page


def test_a_codebook_may_be_a_web_page(server: Site, layout: Layout) -> None:
    address = server.on("/codebook.html", File(b"<!doctype html><h1>Codes</h1>"))
    assert fetch(source({"name": "codebook.html", "address": address, "role": "codebook"}), layout, online=True).is_new


@pytest.mark.parametrize(("size", "change"), [(149, None), (151, r"\+51%"), (51, None), (49, "-51%")])
def test_a_change_of_size_beyond_the_declared_stops_the_partition(
    layout: Layout, folder: Path, size: int, change: str | None
) -> None:
    file = {"name": "persons.csv", "mirror": "persons.csv"}
    (folder / "persons.csv").write_bytes(b"1" * 100)
    first = fetch(source(file, size_change=0.5), layout, folder)
    pass_everything(layout, first)
    (folder / "persons.csv").write_bytes(b"2" * size)
    if change is None:
        assert fetch(source(file, size_change=0.5), layout, folder).is_new
        return
    with pytest.raises(InputError, match=change) as caught:
        fetch(source(file, size_change=0.5), layout, folder)
    assert first.id in caught.value.message
    latest = latest_vintage(layout, PARTITION)
    assert latest is not None
    assert latest.id == first.id


def test_a_real_change_of_size_is_accepted_by_declaring_it(layout: Layout, folder: Path) -> None:
    file = {"name": "persons.csv", "mirror": "persons.csv"}
    (folder / "persons.csv").write_bytes(b"1" * 100)
    pass_everything(layout, fetch(source(file), layout, folder))
    (folder / "persons.csv").write_bytes(b"2" * 400)
    for _ in range(2):
        with pytest.raises(InputError, match=r"larger fetch\.size_change"):
            fetch(source(file), layout, folder)
    assert len(list((layout.raw(PARTITION) / "rejected").iterdir())) == 1
    larger = fetch(source(file, size_change=4), layout, folder)
    assert larger.is_new
    pass_everything(layout, larger)
    assert list((layout.raw(PARTITION) / "rejected").iterdir()) == []
    assert not fetch(source(file), layout, folder).is_new


def test_files_whose_numbers_never_passed_are_no_measure_of_the_next(layout: Layout, folder: Path) -> None:
    """Edited files pass the guard of size and fail later; the producer's own, already published, are no change."""
    file = {"name": "persons.csv", "mirror": "persons.csv"}
    (folder / "persons.csv").write_bytes(b"1" * 100)
    published = fetch(source(file), layout, folder)
    pass_everything(layout, published)
    (folder / "persons.csv").write_bytes(b"2" * 51)
    assert fetch(source(file), layout, folder).is_new, "within half of what was published, and never published itself"
    (folder / "persons.csv").write_bytes(b"3" * 40)
    with pytest.raises(InputError, match=f"-60% against the 100 of vintage {published.id}, accepted on"):
        fetch(source(file), layout, folder)
    (folder / "persons.csv").write_bytes(b"1" * 100)
    assert fetch(source(file), layout, folder).id == published.id


def test_files_accepted_once_are_right_whatever_came_in_between(layout: Layout, folder: Path) -> None:
    """A delivery cut within the guard may pass; the whole one, published before, is then no change to refuse."""
    file = {"name": "persons.csv", "mirror": "persons.csv"}
    (folder / "persons.csv").write_bytes(b"1" * 100)
    whole = fetch(source(file), layout, folder)
    pass_everything(layout, whole)
    (folder / "persons.csv").write_bytes(b"2" * 51)
    pass_everything(layout, fetch(source(file), layout, folder))
    (folder / "persons.csv").write_bytes(b"3" * 100)
    with pytest.raises(InputError, match="[+]96%"):
        fetch(source(file), layout, folder)
    (folder / "persons.csv").write_bytes(b"1" * 100)
    assert fetch(source(file), layout, folder).id == whole.id


def test_a_file_cannot_melt_away_in_small_steps(layout: Layout, folder: Path) -> None:
    """Each delivery is within half of the one before, and the last is less than half of the first."""
    file = {"name": "persons.csv", "mirror": "persons.csv"}
    (folder / "persons.csv").write_bytes(b"1" * 2000)
    whole = fetch(source(file), layout, folder)
    pass_everything(layout, whole)
    (folder / "persons.csv").write_bytes(b"1" * 1109)
    pass_everything(layout, fetch(source(file), layout, folder))
    (folder / "persons.csv").write_bytes(b"1" * 619)
    with pytest.raises(InputError, match=f"-69% against the 2,000 of vintage {whole.id}"):
        fetch(source(file), layout, folder)
    (folder / "persons.csv").write_bytes(b"1" * 1500)
    assert fetch(source(file), layout, folder).is_new, "a file that grows again is only compared with the last"


def in_two_waves(*waves: str, mirror: str = "{wave}/persons.csv") -> Survey:
    """A source whose waves have a file each, or share one when `mirror` does not name the wave."""
    files = [{"name": "persons.csv", "mirror": mirror}]
    declared = source(*files, wave=waves[0])
    return declared.model_copy(update={"waves": {wave: Wave.model_validate({"files": files}) for wave in waves}})


def test_the_file_of_another_wave_is_known_by_its_bytes(layout: Layout, folder: Path) -> None:
    both = in_two_waves("2024", "2025")
    for wave in ("2024", "2025"):
        (folder / wave).mkdir()
        (folder / wave / "persons.csv").write_bytes(PERSONS)
    pass_everything(layout, fetch(both, layout, folder))

    with pytest.raises(InputError, match=r"persons\.csv has the same bytes as persons\.csv of wave 2024"):
        fetch(both, layout, folder, wave="2025")

    (folder / "2025" / "persons.csv").write_bytes(PERSONS + b"another year")
    assert fetch(both, layout, folder, wave="2025").is_new
    assert not fetch(both, layout, folder).is_new


def test_waves_may_be_declared_to_be_in_one_file(layout: Layout, folder: Path) -> None:
    both = in_two_waves("2024", "2025", mirror="all_years.csv")
    (folder / "all_years.csv").write_bytes(PERSONS)
    pass_everything(layout, fetch(both, layout, folder))

    assert fetch(both, layout, folder, wave="2025").is_new


def test_a_file_that_comes_twice_in_a_wave_is_refused(layout: Layout, folder: Path) -> None:
    for part in ("north", "south"):
        (folder / f"{part}.csv").write_bytes(PERSONS)
    files = [{"name": f"{part}.csv", "mirror": f"{part}.csv"} for part in ("north", "south")]

    with pytest.raises(InputError, match=r"south\.csv has the same bytes as north\.csv"):
        fetch(source(*files), layout, folder)


# The network


def test_a_second_fetch_only_asks_whether_the_files_changed(server: Site, layout: Layout) -> None:
    file = {"name": "persons.csv", "address": server.on("/persons.csv", File(PERSONS))}
    first = fetch(source(file), layout, online=True)
    again = fetch(source(file), layout, online=True)
    assert not again.is_new
    assert again.id == first.id
    assert server.requests[1].headers["If-None-Match"] == '"first"'


def test_bytes_that_rotted_here_are_not_taken_for_unchanged(server: Site, layout: Layout) -> None:
    file = {"name": "persons.csv", "address": server.on("/persons.csv", File(PERSONS))}
    stored = fetch(source(file), layout, online=True).files[0].path
    stored.chmod(0o644)
    stored.write_bytes(PERSONS.replace(b"34", b"43"))
    fetch(source(file), layout, online=True)
    assert "If-None-Match" not in server.requests[1].headers


def test_a_new_edition_is_a_new_vintage_beside_the_first(server: Site, layout: Layout) -> None:
    address = server.on("/persons.csv", File(PERSONS), File(PERSONS + b"1;60\n", etag='"second"'))
    file = {"name": "persons.csv", "address": address}
    first = fetch(source(file), layout, online=True)
    second = fetch(source(file), layout, online=True)
    assert second.is_new
    assert first.files[0].path.read_bytes() == PERSONS
    assert second.files[0].path.read_bytes() == PERSONS + b"1;60\n"


def test_after_a_network_fault_only_what_is_missing_is_fetched(server: Site, layout: Layout) -> None:
    north = server.on("/north.csv", File(PERSONS))
    south = server.on("/south.csv", File(PERSONS * 9, cut_after=20), *[status(503)] * 2, File(PERSONS * 9))
    files = [{"name": "north.csv", "address": north}, {"name": "south.csv", "address": south}]
    with pytest.raises(FetchError) as caught:
        fetch(source(*files), layout, online=True)
    assert caught.value.retryable
    assert latest_vintage(layout, PARTITION) is None
    vintage = fetch(source(*files), layout, online=True)
    assert [file.bytes for file in vintage.files] == [len(PERSONS), 9 * len(PERSONS)]
    again = server.requests[-2:]
    assert again[0].headers["If-None-Match"] == '"first"'
    assert again[1].headers["Range"] == "bytes=20-"


def test_a_file_that_is_gone_leaves_nothing_half_done(server: Site, layout: Layout) -> None:
    files = [
        {"name": "north.csv", "address": server.on("/north.csv", File(PERSONS))},
        {"name": "south.csv", "address": f"{server.url}/south.csv"},
    ]
    with pytest.raises(InputError, match="404"):
        fetch(source(*files), layout, online=True)
    assert [path.name for path in layout.raw(PARTITION).iterdir()] == [".lock"]


def test_the_latest_vintage_survives_a_failed_fetch(server: Site, layout: Layout) -> None:
    address = server.on("/persons.csv", File(PERSONS), status(503))
    first = fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    with pytest.raises(FetchError):
        fetch(source({"name": "persons.csv", "address": address}), layout, online=True)
    latest = latest_vintage(layout, PARTITION)
    assert latest is not None
    assert latest.id == first.id


def test_an_address_that_does_not_answer_is_given_up_after_the_declared_time(layout: Layout) -> None:
    begin = time.monotonic()
    with silence() as url:
        declared = source({"name": "persons.csv", "address": f"{url}/persons.csv"}, timeout_seconds=0.3)
        with pytest.raises(FetchError, match=r"did not answer for 0\.3 s") as caught:
            fetch_wave(declared, PARTITION, layout, Access(online=True))
    assert "persons.csv" in caught.value.where
    assert time.monotonic() - begin < 2


@pytest.mark.mirror
def test_forty_four_files_of_a_real_mirror_are_kept_with_the_checksums_of_its_list(
    layout: Layout, mirror: Path
) -> None:
    with (mirror / "MANIFEST.csv").open(encoding="utf-8", newline="") as stream:
        listed = {row["path"]: row["sha256"] for row in csv.DictReader(stream)}
    place = "microdata/usa_acs/{year}"
    declared = source({"name": "p_*.parquet", "mirror": f"{place}/p_*.parquet", "many": 44})
    begin = time.monotonic()
    vintage = fetch(declared, layout, mirror)
    assert time.monotonic() - begin < 10
    assert {f"microdata/usa_acs/2024/{file.name}": file.sha256 for file in vintage.files}.items() <= listed.items()
    assert hashlib.sha256(vintage.files[0].path.read_bytes()).hexdigest() == vintage.files[0].sha256


@pytest.mark.parametrize("proxy", ["socks5://reader:secret@127.0.0.1:9", "nonsense://127.0.0.1:9"])
def test_a_proxy_that_cannot_be_used_is_reported_without_its_password(
    layout: Layout, monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    monkeypatch.setenv("ALL_PROXY", proxy)
    file = {"name": "persons.csv", "address": "http://example.org/persons.csv"}
    with pytest.raises(DeclarationError, match="a proxy that the environment names cannot be used") as raised:
        fetch(source(file), layout, online=True)
    assert "secret" not in raised.value.message


def test_a_file_comes_through_the_proxy_that_was_set_aside(
    server: Site, layout: Layout, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.on("http://example.org/persons.csv", File(PERSONS))
    environment = set_aside({"HTTP_PROXY": server.url})
    assert "HTTP_PROXY" not in environment
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    fetched = fetch(source({"name": "persons.csv", "address": "http://example.org/persons.csv"}), layout, online=True)
    assert fetched.files[0].path.read_bytes() == PERSONS
