"""Files of a home that several machines share: all of a step or nothing of it, one winner, and what is there stays."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from stores import scratch

from schemas.errors import InputError, Overtaken, StoreError
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.release.pointer import move_pointer
from warehouse.store.base import Store
from warehouse.store.files import bring_here, digest_of
from warehouse.store.kept import at_work, follow, follow_releases, follow_statuses, publishing, put_status
from warehouse.store.record import Entry, Listing, Record, read_listing, written

LFS = Partition("ABC.lfs", "2024")
RELEASE, LATER = "20261201T010000Z-aaaaaaaa", "20261201T020000Z-bbbbbbbb"
RECORDS = b"weight,age\n1.5,30\n" * 500
"""Larger than what is kept in a record itself."""


def keep_raw(layout: Layout, content: bytes = RECORDS, name: str = "persons.csv") -> Path:
    """A file as received, with what says which vintage is the latest."""
    file = layout.raw(LFS) / "abc123" / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o400)
    (layout.raw(LFS) / "latest").write_text("abc123\n")
    return file


def make_release(layout: Layout, release_id: str, numbers: bytes = RECORDS) -> None:
    """A release that is current."""
    folder = layout.releases() / release_id
    (folder / "sdmx").mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    (folder / "sdmx" / "data.csv").write_bytes(numbers)
    (folder / "sdmx" / "data.csv").chmod(0o444)
    (folder / "sdmx").chmod(0o755)
    with layout.release_log().open("a") as log:
        log.write(f"{release_id} is current\n")
    move_pointer(layout, release_id)


def current(layout: Layout) -> str | None:
    return layout.current().readlink().name if layout.current().is_symlink() else None


def test_without_a_store_nothing_is_brought_or_put(tmp_path: Path) -> None:
    layout = Layout(tmp_path / "home")
    with at_work(layout, LFS), publishing(layout):
        keep_raw(layout)
        make_release(layout, RELEASE)
    follow(layout)
    follow_releases(layout)
    assert sorted(path.name for path in layout.home.iterdir()) == ["current", "raw", "releases"]


def test_what_one_machine_made_the_next_one_works_on(address: str, tmp_path: Path) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with at_work(first, LFS):
        made = keep_raw(first)
    with at_work(second, LFS):
        file = second.raw(LFS) / "abc123" / "persons.csv"
        assert (second.raw(LFS) / "latest").read_text() == "abc123\n"
        assert not file.exists(), "content is left where it is until it is needed"
        assert digest_of(file) == digest_of(made)
        bring_here([file])
        assert file.read_bytes() == RECORDS
        assert file.stat().st_mode & 0o777 == 0o400
        second.core(LFS).parent.mkdir(parents=True)
        second.core(LFS).write_bytes(b"core" * 2000)
    with at_work(first, LFS):
        bring_here([first.core(LFS)])
        assert first.core(LFS).read_bytes() == b"core" * 2000


def test_what_was_not_brought_stays_in_the_store_when_something_else_is_put(address: str, tmp_path: Path) -> None:
    first, second, third = (scratch(tmp_path, name, address) for name in ("first", "second", "third"))
    with at_work(first, LFS):
        keep_raw(first)
    with at_work(second, LFS):
        second.core(LFS).parent.mkdir(parents=True)
        second.core(LFS).write_bytes(b"core" * 2000)
    follow(third, whole=("raw", "core", "cells"))
    assert (third.raw(LFS) / "abc123" / "persons.csv").read_bytes() == RECORDS
    assert third.core(LFS).read_bytes() == b"core" * 2000


def test_what_one_machine_removed_is_removed_from_the_others(address: str, tmp_path: Path) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with at_work(first, LFS):
        first.detail(LFS).parent.mkdir(parents=True)
        first.detail(LFS).write_bytes(b"detail" * 2000)
    follow(second, whole=("raw", "core", "cells"))
    with at_work(first, LFS):
        first.detail(LFS).unlink()
    follow(second)
    assert not second.detail(LFS).exists()
    assert digest_of(second.detail(LFS)) is None


def test_a_failure_is_put_with_what_it_left(address: str, tmp_path: Path) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with pytest.raises(InputError, match="has no rows"), at_work(first, LFS):
        keep_raw(first)
        raise InputError("the file has no rows")
    follow(second)
    assert (second.raw(LFS) / "latest").exists()


def test_a_file_as_received_cannot_be_put_changed(address: str, tmp_path: Path) -> None:
    layout = scratch(tmp_path, "first", address)
    with at_work(layout, LFS):
        file = keep_raw(layout)
    changed = "never changes was changed: raw/ABC.lfs/2024/abc123/persons.csv"
    with pytest.raises(StoreError, match=changed), at_work(layout, LFS):
        file.chmod(0o600)
        file.write_bytes(RECORDS + b"9.9,99\n")
    with at_work(layout, LFS):
        bring_here([file])
        assert file.read_bytes() == RECORDS, "the one in the store stands, and is brought again"


def test_a_file_damaged_in_a_scratch_is_brought_again(address: str, tmp_path: Path) -> None:
    layout = scratch(tmp_path, "first", address)
    with at_work(layout, LFS):
        layout.core(LFS).parent.mkdir(parents=True)
        layout.core(LFS).write_bytes(b"core" * 2000)
    layout.core(LFS).write_bytes(b"c0re" * 2000)
    with at_work(layout, LFS):
        bring_here([layout.core(LFS)])
        assert layout.core(LFS).read_bytes() == b"core" * 2000


def test_content_cut_off_in_the_store_never_reaches_a_scratch(store: Store, address: str, tmp_path: Path) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with at_work(first, LFS):
        file = keep_raw(first)
    store.write(store.content_key(digest_of(file) or ""), RECORDS[:100], over=None)
    follow(second)
    brought = second.raw(LFS) / "abc123" / "persons.csv"
    with pytest.raises(StoreError, match="is not as it was put"):
        bring_here([brought])
    assert not brought.exists()


KILLED = """
import os, sys
from pathlib import Path
from schemas.partition import Partition
from warehouse.layout import Layout
from warehouse.store import kept
from warehouse.store.address import open_store

store = open_store(sys.argv[2])
write = store.write

def write_or_die(key, content, *, over):
    if key.startswith(("partitions/", "releases")):
        os._exit(137)
    return write(key, content, over=over)

store.write = write_or_die
layout = Layout(Path(sys.argv[1]), store=sys.argv[2])
with kept.at_work(layout, Partition("ABC.lfs", "2024")):
    layout.core(Partition("ABC.lfs", "2024")).parent.mkdir(parents=True, exist_ok=True)
    layout.core(Partition("ABC.lfs", "2024")).write_bytes(b"half" * 2000)
"""


def test_a_process_killed_in_the_middle_of_a_put_leaves_nothing_to_be_seen(
    store: Store, address: str, tmp_path: Path
) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with at_work(first, LFS):
        first.core(LFS).parent.mkdir(parents=True)
        first.core(LFS).write_bytes(b"whole" * 2000)
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    killed = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path / "killed"), address], env=environment, check=False
    )
    assert killed.returncode == 137
    assert len(store.versions("objects/")) == 2, "its content had arrived"
    follow(second, whole=("raw", "core", "cells"))
    assert second.core(LFS).read_bytes() == b"whole" * 2000


def test_of_two_publishers_one_wins_and_the_other_learns_who(address: str, tmp_path: Path) -> None:
    first, second = (scratch(tmp_path, name, address) for name in ("first", "second"))
    with publishing(first):
        make_release(first, RELEASE)
    who_won = f"another process was faster.*points to release {LATER}.*run again"
    with pytest.raises(Overtaken, match=who_won), publishing(second):
        make_release(second, "20261201T015959Z-cccccccc")
        publish_meanwhile(tmp_path, address)
    assert current(second) != LATER
    follow_releases(second)
    assert current(second) == LATER
    assert sorted(path.name for path in second.releases().iterdir() if path.is_dir()) == [RELEASE, LATER]
    assert "cccccccc" not in second.release_log().read_text()


def publish_meanwhile(tmp_path: Path, address: str) -> None:
    """Publish without regard to the lock, as one would whom everybody took for dead."""
    from warehouse.store.kept import _of_publishers, _releases_bundle

    layout = scratch(tmp_path, "other", address)
    bundle = _releases_bundle(layout, _of_publishers(layout))
    assert bundle is not None
    bundle.bring(whole=("",))
    make_release(layout, LATER)
    bundle.put()


def test_readers_follow_the_pointer_and_see_no_draft(address: str, tmp_path: Path) -> None:
    publisher, reader = (scratch(tmp_path, name, address) for name in ("publisher", "reader"))
    with publishing(publisher):
        make_release(publisher, RELEASE)
    follow_releases(reader)
    assert current(reader) == RELEASE
    with publishing(publisher):
        make_release(publisher, LATER)
        draft = publisher.held() / "20261201T030000Z-dddddddd" / "manifest.json"
        draft.parent.mkdir(parents=True)
        draft.write_text("{}")
    follow_releases(reader)
    assert current(reader) == LATER
    assert (reader.current() / "sdmx" / "data.csv").read_bytes() == RECORDS
    assert (reader.current() / "sdmx" / "data.csv").stat().st_mode & 0o777 == 0o444
    assert (reader.current() / "sdmx").stat().st_mode & 0o777 == 0o755
    assert not reader.held().exists()
    follow_releases(reader, held=True)
    assert (reader.held() / draft.parent.name / "manifest.json").is_file()


def test_a_file_that_releases_share_is_kept_once(store: Store, address: str, tmp_path: Path) -> None:
    publisher, reader = (scratch(tmp_path, name, address) for name in ("publisher", "reader"))
    with publishing(publisher):
        make_release(publisher, RELEASE)
    follow_releases(reader)
    before = len(store.versions("objects/"))
    with publishing(publisher):
        make_release(publisher, LATER)
    follow_releases(reader)
    assert len(store.versions("objects/")) == before + 1, "only the listing of the new release is new"
    one, other = ((reader.releases() / each / "sdmx" / "data.csv").stat().st_ino for each in (RELEASE, LATER))
    assert one == other


def test_a_release_never_changes(address: str, tmp_path: Path) -> None:
    layout = scratch(tmp_path, "first", address)
    with publishing(layout):
        make_release(layout, RELEASE)
    changed = f"never changes was changed: releases/{RELEASE}/manifest.json"
    with pytest.raises(StoreError, match=changed), publishing(layout):
        (layout.releases() / RELEASE / "manifest.json").write_text('{"numbers": "others"}')


def test_a_home_with_files_of_its_own_is_put_first_and_refused_where_the_store_has_others(
    address: str, tmp_path: Path
) -> None:
    old, other = (scratch(tmp_path, name, address) for name in ("old", "other"))
    make_release(old, RELEASE)
    make_release(other, LATER)
    with publishing(old):
        pass
    with pytest.raises(StoreError, match="ILMS_HOME holds files of its own, such as releases/"), publishing(other):
        pass
    assert (other.releases() / LATER).is_dir()


def test_statuses_are_seen_by_everybody(address: str, tmp_path: Path) -> None:
    worker, watcher = (scratch(tmp_path, name, address) for name in ("worker", "watcher"))
    for state in ("running", "ready"):
        worker.status(LFS).parent.mkdir(parents=True, exist_ok=True)
        worker.status(LFS).write_text(f'{{"state": "{state}"}}')
        put_status(worker, LFS)
        follow_statuses(watcher)
        assert state in watcher.status(LFS).read_text()


@pytest.mark.parametrize("path", ["../outside", "/etc/cron.d/x", "core/../../x", ""])
def test_a_record_that_leads_out_of_the_home_is_refused(store: Store, address: str, tmp_path: Path, path: str) -> None:
    written_by_somebody = Record(files={path: Entry(link="releases/x")})
    store.write("partitions/ABC.lfs/2024", written(written_by_somebody), over=None)
    with (
        pytest.raises(StoreError, match="a record of the store cannot be read"),
        at_work(scratch(tmp_path, "first", address), LFS),
    ):
        pass


def test_a_listing_that_leads_out_of_its_folder_is_refused() -> None:
    listing = written(Listing(files={f"releases/{LATER}/manifest.json": Entry(sha256="0" * 64)}))
    with pytest.raises(StoreError, match="a record of the store cannot be read"):
        read_listing(listing, "releases", below=f"releases/{RELEASE}")
