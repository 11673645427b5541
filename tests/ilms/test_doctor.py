"""What `ilms doctor` says of an installation that is broken in one way, and that it shows no secret."""

from __future__ import annotations

import json
import shutil
import socket
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from test_command import ilms

from ilms.doctor.airflow import airflow
from ilms.doctor.checks import CHECKS, examine
from ilms.doctor.finding import Finding, Installation
from ilms.doctor.home import leftovers, modes, release
from ilms.doctor.machine import GIGABYTE, PORTS, clock, libraries, ports, programs, python, room_found
from ilms.doctor.mirror import mirror
from ilms.doctor.store import store
from ilms.settings import Settings
from warehouse.intake.access import Access
from warehouse.layout import Layout
from warehouse.release.closed import close_workrooms
from warehouse.store.address import open_store
from warehouse.store.folder import FolderStore


@pytest.fixture
def at(tmp_path: Path) -> Installation:
    """An installation with a home in which nothing has been run."""
    layout = Layout(tmp_path / "home")
    close_workrooms(layout)
    return Installation(layout, Access())


def words(found: list[Finding]) -> list[tuple[str, str]]:
    """State and first words of findings; what is not well says why it matters and what to do."""
    for each in found:
        assert each.state == "ok" or (each.why and each.remedy), each
    return [(each.state, each.what) for each in found]


def test_a_sound_installation_is_told_so(at: Installation) -> None:
    assert words(list(modes(at))) == [("ok", "ILMS_HOME can be written, and what is not published is closed to others")]
    assert words(list(python(at)))[0][0] == "ok"
    assert [state for state, _ in words(list(leftovers(at)))] == ["ok"]
    assert [state for state, _ in words(list(airflow(at)))] == ["ok"]


def test_libraries_of_other_versions_than_the_lock_are_named(at: Installation, tmp_path: Path) -> None:
    lock = "duckdb==0.0.1 ; python_version >= '3' \\\n    --hash=sha256:0\nnot-there==1.0\n"
    (tmp_path / "requirements.lock").write_text(lock + "not-here==1 ; sys_platform == 'x'\n")
    ((state, what),) = words(list(libraries(Installation(at.layout, at.access, project=tmp_path))))
    assert state == "wrong"
    assert what.startswith("2 of 2 libraries are not as locked: duckdb is ")
    assert "not-there is not installed" in what


def test_a_store_is_tried_out_and_nothing_is_left_in_it(at: Installation, address: str) -> None:
    assert words(list(store(at))) == [("ok", "ILMS_STORE is not set: everything is kept in ILMS_HOME")]
    shared = replace(at, layout=replace(at.layout, store=address))
    assert words(list(store(shared))) == [
        ("ok", "it can be read and written, and refuses a write over what another one wrote")
    ]
    assert open_store(address).versions("check/") == {}


def test_a_store_that_lets_two_writers_win_is_wrong(
    at: Installation, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shared = replace(at, layout=replace(at.layout, store=str(tmp_path / "careless")))
    write = FolderStore.write
    monkeypatch.setattr(FolderStore, "write", lambda self, key, content, *, over: write(self, key, content, over=None))
    assert words(list(store(shared))) == [("wrong", "it does not heed If-None-Match and If-Match")]


def test_another_python_is_wrong(at: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))
    assert words(list(python(at))) == [("wrong", "Python 3.10.4")]


def test_folders_and_files_of_records_that_others_may_read_are_named(at: Installation) -> None:
    raw = at.layout.home / "raw"
    (raw / "persons.csv").write_text("1")
    (raw / "persons.csv").chmod(0o644)
    raw.chmod(0o755)
    assert words(list(modes(at))) == [
        ("wrong", "others may enter raw of ILMS_HOME"),
        ("wrong", "1 file(s) of records may be read by others: raw/persons.csv"),
    ]


def test_scratch_of_a_killed_run_is_counted_and_left_alone(at: Installation) -> None:
    left = at.layout.work() / "tmp0123"
    left.mkdir()
    ((state, what),) = words(list(leftovers(at)))
    assert (state, what[:24]) == ("worth knowing", "1 scratch folder(s), dra")
    assert left.exists()


def test_a_release_that_is_damaged_or_lost_is_told(released: Settings) -> None:
    at = Installation(released.layout, released.access)
    current = released.layout.current()
    assert [state for state, _ in words(list(release(at)))] == ["ok"]
    whole = current.resolve()

    cut = whole / "observation.parquet"
    cut.chmod(0o600)
    cut.write_bytes(cut.read_bytes()[:-1])
    assert words(list(release(at))) == [
        ("wrong", f"release {whole.name} is not whole: observation.parquet has another size")
    ]

    shutil.rmtree(whole)
    ((state, what), *_) = words(list(release(at)))
    assert (state, what) == ("wrong", f"the current release is {whole.name}, but its folder is missing")

    current.unlink()
    current.mkdir()
    ((state, what),) = words(list(release(at)))
    assert (state, what[:31]) == ("wrong", "`current` is not the pointer to")


def test_a_clock_behind_the_newest_release_is_wrong(at: Installation) -> None:
    assert words(list(clock(at)))[0][0] == "ok"
    (at.layout.releases() / "29991231T000000Z-00000000").mkdir(parents=True)
    ((state, what),) = words(list(clock(at)))
    assert state == "wrong"
    assert what.endswith("the newest release is of 2999-12-31 00:00 UTC")


def test_what_is_wrong_with_airflow_is_told(at: Installation) -> None:
    folder = at.layout.home / "airflow"
    folder.mkdir()
    (folder / "airflow.db").write_text("no database")
    (folder / "secret-api").write_text("0")
    (folder / "secret-api").chmod(0o644)
    (folder / "service.json").write_text(json.dumps({"port": 1}))
    assert words(list(airflow(at))) == [
        ("wrong", "others may read secret-api of Airflow's folder"),
        ("wrong", "Airflow's database is damaged or cannot be read (DatabaseError)"),
        ("wrong", "Airflow was left running by `make up`, and none of its processes runs"),
    ]


def test_a_full_disk_is_told(at: Installation) -> None:
    found = [words(list(room_found(gigabytes * GIGABYTE)))[0][0] for gigabytes in (0, 5, 50)]
    assert found == ["wrong", "worth knowing", "ok"]


def test_a_port_in_use_is_told(at: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        port = listening.getsockname()[1]
        monkeypatch.setitem(PORTS, port, "a test")
        assert ("worth knowing", f"port {port}, usual for a test, is in use") in words(list(ports(at)))


def test_what_is_off_without_a_program_is_told(at: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert words(list(programs(at))) == [
        ("worth knowing", "chromium is not installed"),
        ("worth knowing", "Rscript is not installed"),
    ]


def test_files_that_an_empty_mirror_lacks_are_told_by_source(at: Installation, tmp_path: Path) -> None:
    assert words(list(mirror(at)))[0][1] == "neither ILMS_MIRROR nor ILMS_ONLINE=1 is set"
    (tmp_path / "mirror").mkdir()
    lacking, there = words(list(mirror(Installation(at.layout, Access(tmp_path / "mirror")))))
    assert lacking[0] == "worth knowing"
    assert lacking[1].startswith("files that declarations name are missing in the mirror: ")
    assert " wave" in lacking[1] and " more" in lacking[1]
    assert there[0] == "ok"


def test_a_check_that_stops_keeps_no_other_from_running(at: Installation) -> None:
    folder = at.layout.home / "airflow"
    folder.mkdir()
    (folder / "secret-api").symlink_to(folder / "nowhere")
    found = list(examine(at))
    assert {name for name, _ in found} == set(CHECKS)
    stopped = next(each for name, each in found if name == "airflow")
    assert stopped.state == "wrong"
    assert stopped.what == "the check stopped with an unexpected FileNotFoundError"
    assert "ILMS_HOME/faults/" in stopped.remedy


def test_the_command_ends_with_1_where_something_is_wrong_and_shows_no_place_or_secret(tmp_path: Path) -> None:
    secrets = {
        "ILMS_MIRROR": "/nowhere/of-mine",
        "ILMS_NOTIFY": "https://x.invalid/hook-37",
        "ILMS_PROTECTION_SEED": "s33d",
    }
    done = ilms("doctor", cwd=tmp_path, **secrets)
    assert done.returncode == 1, done.stderr
    assert "WRONG          settings: ILMS_MIRROR names '...', which is not a folder" in done.stdout
    assert "What to do: correct ILMS_MIRROR" in done.stdout
    assert not any(secret in done.stdout for secret in (*secrets.values(), str(tmp_path)))

    done = ilms("doctor", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout.endswith("0 wrong.\n")
