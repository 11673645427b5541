"""What stops the files of a wave at the door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fetch_sources import PARTITION, PERSONS, fetch, mirror_of_regions, pass_everything, regions, source
from http_server import File, Site, serving

from schemas.errors import InputError
from schemas.survey import Survey
from schemas.wave import Wave
from warehouse.intake.vintage import latest_vintage
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


def test_files_are_not_compared_with_files_whose_numbers_never_passed(layout: Layout, folder: Path) -> None:
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


def test_files_accepted_once_are_accepted_again_whatever_came_in_between(layout: Layout, folder: Path) -> None:
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


def test_a_file_cannot_shrink_in_small_steps(layout: Layout, folder: Path) -> None:
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
