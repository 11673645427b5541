"""Vintages: bytes as received, kept once, whole whatever kills the run."""

from __future__ import annotations

import hashlib
import json
import multiprocessing
import os
import signal
import threading
import time
from pathlib import Path
from typing import Any

import pytest
from fetch_sources import PARTITION, source

from schemas.errors import FetchError, InputError
from warehouse import seals
from warehouse.intake.access import Access
from warehouse.intake.fetch import fetch_wave
from warehouse.intake.vintage import Shelf, Vintage, latest_vintage
from warehouse.layout import Layout

PERSONS = {"name": "persons.csv", "mirror": "lfs/persons.csv"}
CODEBOOK = {"name": "codebook.pdf", "mirror": "lfs/codebook.pdf", "role": "codebook"}


@pytest.fixture
def layout(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "home")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A mirror that holds the two files of a wave."""
    mirror = tmp_path / "mirror"
    (mirror / "lfs").mkdir(parents=True)
    (mirror / "lfs/persons.csv").write_bytes(b"sex;age\r\n1;34\r\n\xe9\r\n")
    (mirror / "lfs/codebook.pdf").write_bytes(b"%PDF-1.4")
    return mirror


def fetch(layout: Layout, folder: Path, *files: dict[str, str], **declared: Any) -> Vintage:
    declaration = source(*(files or (PERSONS, CODEBOOK)), **declared)
    return fetch_wave(declaration, PARTITION, layout, Access(mirror=folder))


def contents(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_vintage_holds_the_bytes_as_received_and_where_they_came_from(layout: Layout, folder: Path) -> None:
    vintage = fetch(layout, folder)
    assert vintage.is_new
    assert vintage.folder == layout.raw(PARTITION) / vintage.id
    for name in ("persons.csv", "codebook.pdf"):
        assert (vintage.folder / name).read_bytes() == (folder / "lfs" / name).read_bytes()
    manifest = json.loads((vintage.folder / "vintage.json").read_text(encoding="utf-8"))
    assert manifest["source"] == "ABC.lfs"
    assert manifest["wave"] == "2024"
    assert manifest["licence"] == "CC BY 4.0"
    assert manifest["fetched_at"].endswith("+00:00")
    persons = manifest["files"][1]
    assert persons["sha256"] == hashlib.sha256((folder / "lfs/persons.csv").read_bytes()).hexdigest()
    assert persons["bytes"] == 18
    assert persons["role"] == "data"
    assert persons["address"] == "mirror:lfs/persons.csv"


def test_nothing_of_this_machine_is_written_into_a_vintage(layout: Layout, folder: Path, tmp_path: Path) -> None:
    vintage = fetch(layout, folder)
    assert str(tmp_path) not in (vintage.folder / "vintage.json").read_text(encoding="utf-8")


def test_the_id_is_made_of_names_and_bytes_alone(layout: Layout, folder: Path) -> None:
    listing = sorted(
        [name, hashlib.sha256((folder / "lfs" / name).read_bytes()).hexdigest()]
        for name in ("persons.csv", "codebook.pdf")
    )
    assert fetch(layout, folder).id == hashlib.sha256(json.dumps(listing).encode()).hexdigest()[:12]


def test_the_files_are_read_only_and_their_owners_alone(layout: Layout, folder: Path) -> None:
    vintage = fetch(layout, folder)
    assert {path.stat().st_mode & 0o777 for path in vintage.folder.iterdir()} == {0o400}


def test_the_same_bytes_again_are_the_same_vintage(layout: Layout, folder: Path) -> None:
    first = fetch(layout, folder)
    written = (first.folder / "vintage.json").stat().st_mtime_ns
    again = fetch(layout, folder)
    assert not again.is_new
    assert (again.id, again.fetched_at, again.files) == (first.id, first.fetched_at, first.files)
    assert (first.folder / "vintage.json").stat().st_mtime_ns == written
    assert contents(layout.raw(PARTITION)) == sorted([first.id, "latest", ".lock", f"{first.id}.seen"])


def test_a_vintage_does_not_change_with_the_mirror(layout: Layout, folder: Path) -> None:
    vintage = fetch(layout, folder)
    with (folder / "lfs/persons.csv").open("r+b") as stream:
        stream.write(b"SEX")
    assert (vintage.folder / "persons.csv").read_bytes().startswith(b"sex")


def test_the_latest_vintage_is_the_one_fetched_last(layout: Layout, folder: Path) -> None:
    assert latest_vintage(layout, PARTITION) is None
    first = fetch(layout, folder)
    (folder / "lfs/persons.csv").write_bytes(b"sex;age\r\n2;51\r\n")
    second = fetch(layout, folder)
    assert second.is_new
    assert second.id != first.id
    assert latest_vintage(layout, PARTITION) == Vintage(
        second.id, second.folder, second.files, second.fetched_at, is_new=False
    )


def test_bytes_that_come_back_are_the_latest_again(layout: Layout, folder: Path) -> None:
    """A producer withdraws a revision: the older vintage is what holds now."""
    persons = folder / "lfs/persons.csv"
    original = persons.read_bytes()
    first = fetch(layout, folder)
    persons.write_bytes(b"sex;age\r\n2;51\r\n")
    fetch(layout, folder)
    persons.write_bytes(original)
    assert not fetch(layout, folder).is_new
    latest = latest_vintage(layout, PARTITION)
    assert latest is not None
    assert latest.id == first.id


@pytest.mark.parametrize("damage", ["removed", "cut", "changed", "manifest"])
def test_a_damaged_vintage_is_restored_by_the_next_fetch(layout: Layout, folder: Path, damage: str) -> None:
    vintage = fetch(layout, folder)
    harmed = vintage.folder / ("vintage.json" if damage == "manifest" else "persons.csv")
    size = harmed.stat().st_size
    harmed.unlink()
    if damage != "removed":
        harmed.write_bytes(b"{" * (size if damage == "changed" else 1))
    assert latest_vintage(layout, PARTITION) is None
    assert fetch(layout, folder).id == vintage.id
    assert latest_vintage(layout, PARTITION) is not None
    assert (vintage.folder / "persons.csv").read_bytes() == (folder / "lfs/persons.csv").read_bytes()


def test_files_are_read_once_more_before_their_content_counts(layout: Layout, folder: Path) -> None:
    """Other bytes in a file whose size, time and inode are what they were: its time of change still shows it."""
    vintage = fetch(layout, folder)
    vintage.require_whole()
    persons = vintage.folder / "persons.csv"
    before = persons.stat()
    persons.chmod(0o644)
    with persons.open("r+b") as stream:
        stream.write(b"SEX")
    os.utime(persons, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert latest_vintage(layout, PARTITION) is None, "the next fetch restores it"
    with pytest.raises(InputError, match=f"files kept of vintage {vintage.id} were changed since .*: persons[.]csv"):
        vintage.require_whole()


def test_the_bytes_of_files_that_look_unchanged_are_not_read_again(
    layout: Layout, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fetch(layout, folder)
    read: list[Path] = []

    def read_again(file: Path) -> str:
        read.append(file)
        return ""

    monkeypatch.setattr(seals, "sha256", read_again)

    assert latest_vintage(layout, PARTITION) is not None
    assert read == []


def test_the_role_of_a_file_follows_the_declaration(layout: Layout, folder: Path) -> None:
    """What a file is for is declared, not received: correcting it must not need new bytes."""
    fetch(layout, folder, PERSONS, {**CODEBOOK, "role": "data"})
    corrected = fetch(layout, folder, PERSONS, CODEBOOK)
    latest = latest_vintage(layout, PARTITION)
    assert latest is not None
    assert [file.role for file in latest.files] == [file.role for file in corrected.files] == ["codebook", "data"]


def test_a_second_fetch_of_a_partition_waits_for_the_first(layout: Layout, folder: Path) -> None:
    shelf = Shelf(source(PERSONS), PARTITION, layout.raw(PARTITION))
    order: list[str] = []

    def second() -> None:
        with shelf.incoming():
            order.append("second")

    with shelf.incoming():
        with pytest.raises(FetchError, match="another run"), shelf.incoming(wait_seconds=0):
            order.append("not reached")
        waiting = threading.Thread(target=second)
        waiting.start()
        time.sleep(0.2)
        order.append("first")
    waiting.join()
    assert order == ["first", "second"]


def test_a_fetch_killed_at_any_moment_leaves_only_whole_vintages(layout: Layout, folder: Path) -> None:
    """Kill -9 at a dozen moments; each time all that has a name is whole, and the next fetch gives the right bytes."""
    persons = folder / "lfs/persons.csv"
    persons.write_bytes(b"@" * 500_000)
    begin = time.monotonic()
    fetch(layout, folder)
    duration = time.monotonic() - begin
    fork = multiprocessing.get_context("fork")
    killed = 0
    for moment in range(12):
        body = bytes([65 + moment]) * 500_000
        persons.write_bytes(body)
        running = fork.Process(target=fetch, args=(layout, folder))
        running.start()
        time.sleep(duration * moment / 8)
        assert running.pid is not None
        os.kill(running.pid, signal.SIGKILL)
        running.join()
        killed += running.exitcode == -signal.SIGKILL
        for manifest in layout.raw(PARTITION).glob("[0-9a-f]*/vintage.json"):
            for file in json.loads(manifest.read_text(encoding="utf-8"))["files"]:
                stored = (manifest.parent / file["name"]).read_bytes()
                assert hashlib.sha256(stored).hexdigest() == file["sha256"]
        vintage = fetch(layout, folder, size_change=1e6)
        assert (vintage.folder / "persons.csv").read_bytes() == body
        assert [name for name in contents(layout.raw(PARTITION)) if name.startswith(".")] == [".lock"]
    assert killed > 2
