"""Scratch folders with records: their owner's alone, and removed once their process has ended, however it ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from pathlib import Path

import pytest

from ilms.pipeline.batches import begin, plan_batch
from ilms.scratch import OLD_SECONDS, command_folder, scratch_folder, sweep_scratch
from ilms.settings import Settings
from schemas.partition import Partition
from warehouse.files import ABANDONED_AFTER_SECONDS, replacing
from warehouse.layout import Layout
from warehouse.release.closed import mend_modes, owner_only

AT_WORK = """
import sys, time
from pathlib import Path
from ilms.scratch import scratch_folder
from warehouse.layout import Layout
with scratch_folder(Layout(Path(sys.argv[1]))) as folder:
    (folder / "persons.parquet").write_text("records")
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.fixture
def layout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Layout:
    """A home, and a folder for the system's temporary files that no other test uses."""
    system = tmp_path / "system"
    system.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(system))
    return Layout(tmp_path / "home")


def at_work(layout: Layout) -> tuple[subprocess.Popen[str], Path]:
    """A process that has records in a scratch folder, and the folder."""
    process = subprocess.Popen([sys.executable, "-c", AT_WORK, str(layout.home)], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_records_that_a_killed_process_left_are_removed_and_those_of_a_running_one_are_not(layout: Layout) -> None:
    (killed, left), (running, used) = at_work(layout), at_work(layout)
    try:
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        assert (left / "persons.parquet").exists()

        assert sweep_scratch(layout) == 1
        assert list(layout.work().glob("tmp*.parquet")) == []
        assert not left.exists()
        assert (used / "persons.parquet").exists()
    finally:
        running.kill()
        running.wait()
    assert sweep_scratch(layout) == 1
    assert list(layout.work().iterdir()) == []


def test_the_next_run_removes_them_and_says_so_once(
    layout: Layout, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ILMS_SOURCES", str(tmp_path / "sources"))
    (tmp_path / "sources").mkdir()
    settings = Settings(home=layout.home)
    left = layout.work() / "tmpa1b2c3"  # as earlier versions, which had no locks, called them
    left.mkdir(parents=True)
    (left / "raw.parquet").write_text("records")
    open_to_all = layout.core(Partition("ZZZ.small", "2024"))
    open_to_all.parent.mkdir(parents=True)
    open_to_all.write_text("records")
    open_to_all.chmod(0o644)

    for _ in range(2):
        begin(settings.layout, settings.profile, plan_batch(settings.layout, settings.access))

    assert not left.exists()
    assert open_to_all.stat().st_mode & 0o777 == 0o600
    assert open_to_all.parent.stat().st_mode & 0o777 == 0o700
    said = [record.getMessage() for record in caplog.records]
    assert [line for line in said if "could be read by others" in line] == [
        "1 file(s) of records could be read by others; they are closed now"
    ]
    assert len([line for line in said if "killed runs" in line]) == 1


def test_a_draft_of_records_goes_once_it_is_old(layout: Layout) -> None:
    kept = layout.core(Partition("ZZZ.small", "2024"))
    kept.parent.mkdir(parents=True)
    drafts = [kept.with_name(f".{kept.name}.{uuid.uuid4().hex}.part") for _ in range(2)]
    download = kept.with_name(".persons.zip.part")
    for file in (kept, *drafts, download):
        file.write_text("records")
    long_ago = time.time() - ABANDONED_AFTER_SECONDS - 60
    for file in (kept, drafts[0], download):
        os.utime(file, (long_ago, long_ago))
    assert sweep_scratch(layout) == 1
    assert sorted(kept.parent.iterdir()) == sorted([kept, drafts[1], download])


def test_of_the_systems_temporary_files_only_our_own_abandoned_ones_go(layout: Layout) -> None:
    system = Path(tempfile.gettempdir())
    names = ("ilms-gate-fresh", "ilms-gate-old", "somebody-else", "ilms-serve-for-days")
    fresh, old, others, service = (system / name for name in names)
    for folder in (fresh, old, others, service):
        folder.mkdir()
    long_ago = time.time() - OLD_SECONDS - 60
    for folder in (old, others, service):
        os.utime(folder, (long_ago, long_ago))
    with command_folder("check") as used:
        assert sweep_scratch(layout) == 1
        assert used.exists()
    assert {folder.name for folder in system.iterdir()} == {fresh.name, others.name, service.name}


def test_whatever_the_umask_scratch_and_kept_files_are_their_owners_alone(layout: Layout) -> None:
    before = os.umask(0)
    try:
        with scratch_folder(layout) as folder, owner_only():
            (folder / "spill").mkdir()
            (folder / "spill" / "rows.tmp").write_text("records")
            for path in (folder, *folder.rglob("*")):
                assert path.stat().st_mode & 0o077 == 0
        with replacing(layout.core(Partition("ZZZ.small", "2024"))) as draft:
            draft.write_text("records")
        assert layout.core(Partition("ZZZ.small", "2024")).stat().st_mode & 0o777 == 0o600
    finally:
        os.umask(before)


def test_mending_leaves_what_was_published_open(layout: Layout) -> None:
    (layout.releases() / "20260101T000000Z-00000000").mkdir(parents=True)
    layout.history().write_text("numbers")
    layout.history().chmod(0o644)
    assert mend_modes(layout) == 0
    assert layout.history().stat().st_mode & 0o777 == 0o644


def test_what_releases_told_of_protected_partitions_is_closed_as_records_are(layout: Layout) -> None:
    """As earlier versions left it: with records in it that others could read."""
    partition = Partition("ZZZ.small", "2024")
    told, records = layout.disclosed(partition), layout.records_told(partition) / "20260101T000000Z-00000000.parquet"
    for file in (told, records):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("numbers")
        file.chmod(0o644)
        file.parent.chmod(0o755)
    assert mend_modes(layout) == 2
    assert {path.stat().st_mode & 0o077 for path in layout.disclosed_folder().rglob("*")} == {0}
