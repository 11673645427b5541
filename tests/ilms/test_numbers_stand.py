"""Published numbers stand until newer ones have passed everything, whatever fails: three small registers."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from small_register import CODES, COLUMNS, SMALL_REGISTER

from ilms.cli import restore, withdraw
from ilms.commands.report import partition_states
from ilms.pipeline.batches import begin, plan_batch
from ilms.release.candidates import release_inputs
from ilms.release.publish import publish_release
from ilms.run import RunOutcome, run_all
from ilms.settings import Settings
from schemas.errors import IlmsError, MachineError, PublishError
from schemas.loader import _load
from schemas.partition import Partition
from warehouse.accepted import accepted_vintages
from warehouse.files import sha256
from warehouse.layout import Layout
from warehouse.withdrawal import decide

FIRST, SECOND, THIRD = SOURCES = ("KIR.permits", "NRU.permits", "ZZZ.permits")
WAVES = ("2023", "2024")
PROJECT = Path(__file__).parents[2]
State = tuple[str, str | None, str]


def declaration(source: str, waves: tuple[str, ...] = WAVES, **changes: Any) -> dict[str, Any]:
    files = {wave: {"files": [{"name": "permits.csv", "mirror": f"{source}/{wave}.csv"}]} for wave in waves}
    return {**SMALL_REGISTER, "waves": files, "fetch": {"size_change": 100}, **changes}


def declare(folder: Path, source: str, text: str | None = None, **changes: Any) -> Path:
    """Write the declaration of a register, or the text given in its place."""
    place = folder / "sources" / source.replace(".", "/")
    place.mkdir(parents=True, exist_ok=True)
    (place / "source.yaml").write_text(text or yaml.safe_dump(declaration(source, **changes), sort_keys=False))
    (place / "columns.csv").write_text(COLUMNS)
    (place / "code_maps.csv").write_text(CODES)
    _load.cache_clear()
    return place


def permits(number: int) -> str:
    return f"Nationality,Permits\nNepal,{number}\nElsewhere,{2 * number}\n"


def deliver(settings: Settings, source: str, wave: str, number: int) -> None:
    assert settings.mirror is not None
    (settings.mirror / source).mkdir(parents=True, exist_ok=True)
    (settings.mirror / source / f"{wave}.csv").write_text(permits(number))


@pytest.fixture
def house(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """The three registers after their first run. The folder is one that any user of the machine may enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    monkeypatch.setenv("ILMS_SOURCES", str(folder / "sources"))
    settings = Settings(home=folder / "home", mirror=folder / "mirror")
    for at, source in enumerate(SOURCES):
        declare(folder, source)
        for wave in WAVES:
            deliver(settings, source, wave, 100 * (at + 1) + int(wave) - 2022)
    released = tmp_path_factory.getbasetemp() / "released_registers"
    if released.exists():
        shutil.copytree(released, settings.home, symlinks=True)
    else:
        assert run(settings).failed == {}
        shutil.copytree(settings.home, released, symlinks=True)
    yield settings
    shutil.rmtree(folder)


def run(settings: Settings, *sources: str, waves: tuple[str, ...] = ()) -> RunOutcome:
    return run_all(settings, sources=sources or SOURCES, waves=waves, say=print)


def numbers(settings: Settings) -> list[tuple[object, ...]]:
    """Every number of the current release."""
    return ask(settings, "select * from observation order by all")


def ask(settings: Settings, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(settings.layout.current() / "warehouse.duckdb"), read_only=True) as connection:
        return connection.execute(query).fetchall()


def states(settings: Settings) -> dict[str, State]:
    """What an analyst reads of the partitions of the three: state, since when their numbers stand, and why."""
    query = "select source_id || '|' || wave, state, standing_since, reason from what_was_published"
    rows = ask(settings, f"{query} where state <> 'skipped' order by all")
    return {key: (state, since, reason) for key, state, since, reason in rows}


def standing(settings: Settings) -> dict[str, str]:
    """The partitions whose numbers stand, and why; every one has numbers and a date."""
    assert {state for state, *_ in states(settings).values()} == {"published"}
    found = {key: (since, reason) for key, (_, since, reason) in states(settings).items() if since or reason}
    assert all(since and since.startswith("20") for since, _ in found.values())
    return {key: reason for key, (_, reason) in found.items()}


def test_a_fetch_that_fails_leaves_every_published_number(house: Settings) -> None:
    before = numbers(house)
    assert standing(house) == {}
    empty = Settings(home=house.home, mirror=house.home.parent / "empty")
    empty.mirror.mkdir()  # type: ignore[union-attr]
    outcome = run(empty, FIRST)
    assert set(outcome.failed) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert numbers(house) == before
    assert standing(house) == outcome.failed
    told = {row[:2]: (row[2], row[6]) for row in partition_states(house.layout, house.profile, house.protection_seed)}
    assert told[FIRST, "2023"][0] == "stands"
    assert "its numbers of 20" in told[FIRST, "2023"][1]
    assert not publish_release(house).is_new, "the same once more is no new release"

    assert run(house).failed == {}
    assert numbers(house) == before
    assert standing(house) == {}


def test_a_file_that_is_refused_and_a_gate_not_passed_leave_them_too(house: Settings) -> None:
    before = numbers(house)
    mirror = house.mirror
    assert mirror is not None
    (mirror / FIRST / "2024.csv").write_text("Nationality,Permits\nNepal,many\n")
    (mirror / SECOND / "2024.csv").write_text("Nationality,Permits\nAtlantis,7\n")
    outcome = run(house)
    assert set(outcome.failed) == {f"{FIRST}|2024", f"{SECOND}|2024"}
    assert numbers(house) == before
    assert standing(house) == outcome.failed


def test_one_source_that_crashes_leaves_its_numbers_and_the_others_get_new_ones(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ilms.kinds.register import RegisterKind

    harmonise = RegisterKind.harmonise

    def crash(kind: RegisterKind, layout: Layout, source: Any, *arguments: Any, **named: Any) -> Any:
        if source.id == SECOND:
            raise ZeroDivisionError("nobody foresaw this")
        return harmonise(kind, layout, source, *arguments, **named)

    monkeypatch.setattr(RegisterKind, "harmonise", crash)
    before = numbers(house)
    for source in SOURCES:
        deliver(house, source, "2024", 555)
    outcome = run(house)
    assert set(outcome.failed) == {f"{SECOND}|2024"}
    assert standing(house) == outcome.failed
    assert "ZeroDivisionError" in outcome.failed[f"{SECOND}|2024"]
    totals = ask(house, "select source, max(obs_value) from observation where time = '2024' group by all order by 1")
    assert dict(totals) == {f"FA:{FIRST}": 1665.0, f"FA:{SECOND}": 606.0, f"FA:{THIRD}": 1665.0}
    assert len(numbers(house)) == len(before)


KILLED = """
import os, signal, sys
from pathlib import Path
from ilms.pipeline import stages
from ilms.run import run_all
from ilms.settings import Settings
from warehouse import accepted
from warehouse.release import build as release

def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)

home, mirror, moment, *sources = sys.argv[1:]
places = {
    "harmonising": (stages, "pass_gate"),
    "estimating": (stages, "estimate_core"),
    "keeping the facts of numbers": (stages, "accept_partition"),
    "linking the unit": (accepted, "write_json"),
    "pointing to the unit": (accepted, "_point"),
    "building the release": (release, "write_sdmx"),
    "pointing to the release": (release, "move_pointer"),
}
module, name = places[moment]
setattr(module, name, die)
run_all(Settings(home=Path(home), mirror=Path(mirror)), sources=sources, say=print)
"""


@pytest.mark.parametrize(
    "moment",
    [
        pytest.param("harmonising", marks=pytest.mark.slow),
        pytest.param("estimating", marks=pytest.mark.slow),
        pytest.param("keeping the facts of numbers", marks=pytest.mark.slow),
        pytest.param("linking the unit", marks=pytest.mark.slow),
        "pointing to the unit",
        pytest.param("building the release", marks=pytest.mark.slow),
        "pointing to the release",
    ],
)
def test_a_process_that_is_killed_takes_no_number_along(house: Settings, moment: str) -> None:
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    arguments = [str(house.home), str(house.mirror), moment, SECOND]
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, *arguments], cwd=PROJECT, capture_output=True, text=True, check=False
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    assert numbers(house) == before

    publish_release(house)
    if "release" in moment:
        assert standing(house) == {}, "the new numbers had passed everything"
    else:
        assert numbers(house) == before
        assert f"{SECOND}|2024" in [key for key, why in standing(house).items() if "has not ended" in why]
    assert run(house).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)


FULL = """
import resource, sys
from pathlib import Path
from ilms.run import run_all
from ilms.settings import Settings
from schemas.errors import IlmsError

home, mirror, *sources = sys.argv[1:]
resource.setrlimit(resource.RLIMIT_FSIZE, (3000, 3000))
try:
    outcome = run_all(Settings(home=Path(home), mirror=Path(mirror)), sources=sources, say=print)
except IlmsError as error:
    print(error.message)
    sys.exit(1)
"""


def test_a_disk_that_is_full_takes_no_number_along(house: Settings) -> None:
    """No file may grow beyond 3,000 bytes, so that harmonising stops as it does on a full disk."""
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    ended = subprocess.run(
        [sys.executable, "-c", FULL, str(house.home), str(house.mirror), SECOND],
        cwd=PROJECT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Traceback" not in ended.stderr
    assert numbers(house) == before
    publish_release(house)
    assert numbers(house) == before
    assert run(house).failed == {}
    assert standing(house) == {}


@contextmanager
def unprivileged(folder: Path) -> Iterator[None]:
    """As a user who may read everything in a folder and write nothing."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
        return
    places = [folder, *(path for path in folder.rglob("*") if path.is_dir() and not path.is_symlink())]
    for place in places:
        place.chmod(0o555)
    try:
        yield
    finally:
        for place in places:
            place.chmod(0o755)


def test_a_home_that_cannot_be_written_takes_no_number_along(house: Settings) -> None:
    before = numbers(house)
    deliver(house, SECOND, "2024", 555)
    with unprivileged(house.home), pytest.raises(MachineError, match="ILMS_HOME cannot be written"):
        run(house, SECOND)
    assert numbers(house) == before
    assert run(house).failed == {}
    assert standing(house) == {}


def test_a_declaration_that_cannot_be_loaded_a_wave_or_source_that_is_gone_leave_their_numbers(
    house: Settings,
) -> None:
    before = numbers(house)
    folder = house.home.parent
    declare(folder, FIRST, text="kind: register\ntitle: [\n")
    declare(folder, SECOND, waves=("2024",))
    shutil.rmtree(folder / "sources" / "ZZZ")
    _load.cache_clear()
    with pytest.raises(IlmsError):
        run(house, THIRD)
    outcome = run(house, FIRST, SECOND)
    assert set(outcome.failed) == {FIRST}
    assert numbers(house) == before
    why = standing(house)
    assert why.pop(f"{SECOND}|2023") == f"{SECOND} no longer declares this wave."
    assert {why.pop(f"{THIRD}|{wave}") for wave in WAVES} == {f"No folder declares {THIRD} any more."}
    assert set(why) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert all(reason.startswith("The declaration is wrong: ") for reason in why.values())
    titles = ask(house, "select distinct source_title from what_was_published where state = 'published'")
    assert titles == [("Small register of permits",)]
    covered = ask(house, f"select count(*) from availability where source = '{THIRD}' and state = 'published'")
    assert covered == [(2,)]


def test_a_comment_or_another_wave_changes_nothing_of_a_wave(house: Settings) -> None:
    """Mending one wave leaves the numbers of all others, in the release and as they are."""
    before = numbers(house)
    place = declare(house.home.parent, FIRST, citation="Small register, second edition")
    file = place / "source.yaml"
    file.write_text(f"# mended on Monday\n{file.read_text()}")
    columns = [line + ("," if at else ",2024") for at, line in enumerate(COLUMNS.splitlines())]
    (place / "columns.csv").write_text("\n".join([*columns[:-1], "permits.permits,Permits,Number"]) + "\n")
    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text(permits(555).replace("Permits", "Number"))
    _load.cache_clear()
    outcome = run(house, FIRST, waves=("2024",))
    assert outcome.failed == {}
    assert standing(house) == {}
    kept = [row for row in before if not (row[1] == f"FA:{FIRST}" and row[6] == "2024")]
    assert [row for row in numbers(house) if row in before] == kept
    assert len(numbers(house)) == len(before)


def test_numbers_of_an_earlier_declaration_or_software_stand_until_they_are_made_anew(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = numbers(house)
    note = {"type": "Coverage", "text": {"en": "Without renewals"}}
    declare(house.home.parent, FIRST, notes=[note])
    run(house, FIRST, waves=("2024",))
    assert standing(house) == {f"{FIRST}|2023": "They are of an earlier declaration; `ilms run` makes them again."}
    assert len(numbers(house)) == len(before)
    run(house, FIRST)
    assert standing(house) == {}

    for module in ("pipeline.fingerprints", "release.standing", "pipeline.acceptance"):
        monkeypatch.setattr(f"ilms.{module}.rooms_hash", lambda *_: "of the next version")
    run(house, FIRST)
    assert set(standing(house).values()) == {"They are of earlier software; `ilms run` makes them again."}
    assert {key.partition("|")[0] for key in standing(house)} == {SECOND, THIRD}
    assert len(numbers(house)) == len(before)


def test_only_a_person_takes_numbers_out_and_lets_them_in_again(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = numbers(house)
    monkeypatch.setenv("ILMS_HOME", str(house.home))
    monkeypatch.setenv("ILMS_MIRROR", str(house.mirror))
    withdraw(FIRST, ["2023"], why="The ministry counts it again", by="A. Statistician")
    left = [row for row in before if not (row[1] == f"FA:{FIRST}" and row[6] == "2023")]
    assert numbers(house) == left
    state, since, reason = states(house)[f"{FIRST}|2023"]
    assert (state, since) == ("withdrawn", None)
    assert reason.startswith("Withdrawn on 20")
    assert reason.endswith("by A. Statistician: The ministry counts it again.")
    page = (house.layout.data_docs() / FIRST / "2023.flow_cells.html").read_text(encoding="utf-8")
    assert "Not published: withdrawn." in page

    deliver(house, FIRST, "2023", 400)
    assert run(house).failed == {}, "it runs, and what passes is kept for the day of its return"
    assert numbers(house) == left
    with pytest.raises(PublishError, match="withdrawn already"):
        decide(house.layout, Partition(FIRST, "2023"), "withdrawn", by="B", why="again")

    restore(FIRST, ["2023"], why="Counted again", by="A. Statistician")
    assert states(house)[f"{FIRST}|2023"] == ("published", None, "")
    assert len(numbers(house)) == len(before)
    (total,) = ask(house, f"select max(obs_value) from observation where source = 'FA:{FIRST}' and time = '2023'")
    assert total == (1200.0,)


def test_a_withdrawal_says_why_and_names_what_was_published(house: Settings) -> None:
    with pytest.raises(PublishError, match="no release holds numbers of ZZZ.other"):
        decide(house.layout, Partition("ZZZ.other", "2024"), "withdrawn", by="A", why="wrong")
    with pytest.raises(PublishError, match="needs a reason"):
        decide(house.layout, Partition(FIRST, "2024"), "withdrawn", by="A", why=" ")
    with pytest.raises(PublishError, match="is not withdrawn"):
        decide(house.layout, Partition(FIRST, "2024"), "restored", by="A", why="right")


def test_numbers_without_the_protection_that_is_asked_for_now_do_not_stand(house: Settings) -> None:
    declare(house.home.parent, FIRST, protection="suppression_of_registers")
    empty = Settings(home=house.home, mirror=house.home.parent / "empty")
    empty.mirror.mkdir()  # type: ignore[union-attr]
    run(empty, FIRST)
    offered = {
        each.partition.key: each
        for each in release_inputs(house.layout, house.profile, house.protection_seed).partitions
    }
    assert offered[f"{FIRST}|2024"].state == "failed"
    assert "went through protection 'none', and this release asks for 'suppression_of_registers'" in (
        offered[f"{FIRST}|2024"].reason
    )
    declare(house.home.parent, FIRST)
    offered = {
        each.partition.key: each
        for each in release_inputs(house.layout, house.profile, house.protection_seed).partitions
    }
    assert offered[f"{FIRST}|2024"].state == "ready"


def test_checks_in_the_release_are_of_its_numbers_and_those_of_an_attempt_are_called_so(
    house: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ilms.pipeline import stages

    def fail(*_: Any, **__: Any) -> Any:
        raise PublishError("the estimates cannot be made")

    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text(f"{permits(555)}Fiji,7\n")
    monkeypatch.setattr(stages, "estimate_core", fail)
    before = ask(house, "select source, wave, stage, check_id, success, observed from quality_result order by all")
    assert set(run(house).failed) == {f"{FIRST}|2024"}
    kept = "select source, wave, stage, check_id, success, observed from quality_result where belongs_to = 'published'"
    assert ask(house, f"{kept} order by all") == before
    refused = ask(house, "select distinct source, wave, stage from quality_result where belongs_to = 'refused'")
    assert refused == [(FIRST, "2024", "flows")]
    docs = house.layout.data_docs()
    index = " ".join((docs / "index.html").read_text(encoding="utf-8").split())
    assert "flow records</a> of an attempt" in index
    attempt = (docs / FIRST / "2024.flows.attempt.html").read_text(encoding="utf-8")
    assert "These checks are of an attempt. None of its numbers is in a release." in attempt


def test_vintages_that_passed_are_the_measure_of_the_next(house: Settings) -> None:
    partition = Partition(FIRST, "2024")
    (first,) = accepted_vintages(house.layout, partition)
    assert (first.records, first.bytes) == (2, len(permits(102)))
    assert house.mirror is not None
    (house.mirror / FIRST / "2024.csv").write_text("Nationality,Permits\nAtlantis,7\n")
    assert run(house).failed
    deliver(house, FIRST, "2024", 1_000_000)
    assert run(house).failed == {}
    assert [each.bytes for each in accepted_vintages(house.layout, partition)] == [first.bytes, len(permits(1_000_000))]


def test_a_batch_that_ended_without_a_word_leaves_the_numbers_and_says_so(house: Settings) -> None:
    """As Airflow leaves it when a machine is switched off: every partition of the batch is under way for ever."""
    before = numbers(house)
    begin(house.layout, house.profile, plan_batch(house.layout, house.access, SOURCES))
    publish_release(house)
    assert numbers(house) == before
    assert set(standing(house).values()) == {"Its last run has not ended; it was last seen at stage fetch."}


def test_numbers_of_a_home_that_kept_no_acceptance_stand_too(house: Settings) -> None:
    """As an earlier version of the software left it: the release is the only record of what had passed."""
    before = numbers(house)
    shutil.rmtree(house.layout.accepted_folder())
    shutil.rmtree(house.mirror / FIRST)  # type: ignore[operator]
    outcome = run(house, FIRST)
    assert set(outcome.failed) == {f"{FIRST}|2023", f"{FIRST}|2024"}
    assert numbers(house) == before
    assert standing(house) == {
        **outcome.failed,
        **{
            f"{source}|{wave}": "They are of earlier software; `ilms run` makes them again."
            for source in (SECOND, THIRD)
            for wave in WAVES
        },
    }


def test_a_column_that_earlier_software_did_not_know_is_empty_where_its_numbers_stand(house: Settings) -> None:
    """The file of the accepted numbers is written again without a column, as earlier software would have left it."""
    folder = house.layout.accepted(Partition(FIRST, "2023"))
    (unit,) = [file.parent for file in folder.glob("*/unit.json")]
    cells = unit / "cells.parquet"
    duckdb.sql(f"copy (select * exclude (degrees_of_freedom) from '{cells}') to '{cells}.new' (format parquet)")
    Path(f"{cells}.new").replace(cells)
    facts = json.loads((unit / "unit.json").read_text())
    facts["files"]["cells.parquet"] = sha256(cells)
    facts["facts"]["software"] = "earlier"
    (unit / "unit.json").write_text(json.dumps(facts))
    before = [row[0] for row in ask(house, "select obs_value from observation order by all")]
    publish_release(house)
    assert set(standing(house)) == {f"{FIRST}|2023"}
    assert [row[0] for row in ask(house, "select obs_value from observation order by all")] == before


def flip(file: Path) -> None:
    """Change one byte of a file, which keeps its size, its time and its inode."""
    look, content = file.stat(), bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    with file.open("r+b") as stream:
        stream.write(content)
    os.utime(file, ns=(look.st_atime_ns, look.st_mtime_ns))


@pytest.mark.parametrize("copies", ["accepted", "made", "both"])
def test_damaged_numbers_of_one_source_hold_up_no_other(house: Settings, copies: str) -> None:
    """They are accepted again from what the stages left behind, or made again of the files kept."""
    before, partition = numbers(house), Partition(FIRST, "2023")
    if copies != "made":
        flip(next(house.layout.accepted(partition).glob("*/cells.parquet")))
    if copies != "accepted":
        flip(house.layout.cells(partition))
        flip(house.layout.core(partition))
    deliver(house, SECOND, "2024", 700)
    outcome = run(house, SECOND)
    assert outcome.failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)
    of_first = [row for row in before if row[1] == f"FA:{FIRST}"]
    assert [row for row in numbers(house) if row[1] == f"FA:{FIRST}"] == of_first != []
    assert any(row[7] == 700 for row in numbers(house))


def test_numbers_damaged_everywhere_stop_the_release_and_a_person_may_let_it_pass(house: Settings) -> None:
    partition = Partition(FIRST, "2023")
    before = numbers(house)
    flip(next(house.layout.accepted(partition).glob("*/cells.parquet")))
    flip(house.layout.cells(partition))
    flip(next(house.layout.raw(partition).glob("*/permits.csv")))
    with pytest.raises(PublishError, match="accepted numbers were changed or lost since: cells.parquet"):
        publish_release(house)
    assert numbers(house) == before
    decide(house.layout, partition, "withdrawn", by="A curator", why="the disk was damaged")
    assert publish_release(house).is_new


@pytest.mark.parametrize("damage", ["{", '{"units": {"none": "gone"}}'])
def test_a_damaged_list_of_what_stands_is_read_from_the_units(house: Settings, damage: str) -> None:
    before, partition = numbers(house), Partition(FIRST, "2023")
    vintages = accepted_vintages(house.layout, partition)
    (house.layout.accepted(partition) / "accepted.json").write_text(damage)
    assert accepted_vintages(house.layout, partition) == vintages
    deliver(house, SECOND, "2024", 700)
    assert run(house, SECOND).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)


def test_a_damaged_unit_is_accepted_again(house: Settings) -> None:
    before, partition = numbers(house), Partition(FIRST, "2023")
    next(house.layout.accepted(partition).glob("*/unit.json")).write_text("{")
    deliver(house, SECOND, "2024", 700)
    assert run(house, SECOND).failed == {}
    assert standing(house) == {}
    assert len(numbers(house)) == len(before)
