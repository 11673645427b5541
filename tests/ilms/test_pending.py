"""What a run asks before it starts Airflow: a partition is left out exactly when no stage of it has anything to do.

Only the fetching is real here: core and numbers are empty files, with the facts that stages leave beside them.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_source import SMALL_CODES, Declare

from ilms.airflow import pending
from ilms.airflow.pending import NOTHING_NEW, Pending, what_is_pending
from ilms.pipeline.acceptance import accept_partition
from ilms.pipeline.batches import plan_batch
from ilms.pipeline.fingerprints import KeptFacts, cells_mark, core_mark, keep_facts
from ilms.pipeline.soundness import require_sound
from ilms.pipeline.stages import fetch_partition
from ilms.pipeline.status import write_status
from ilms.pipeline.up_to_date import digests_beside
from ilms.settings import Settings
from schemas.loader import load_survey
from schemas.partition import Partition
from warehouse.intake.vintage import latest_vintage
from warehouse.release.build import PublishResult

SOURCE = "ZZZ.small"
OLD, NEW = Partition(SOURCE, "2023"), Partition(SOURCE, "2024")
RELEASE = PublishResult("20240101T000000Z-00000000", False, Path(), 0, 0, ())


def redeclare(declare: Declare, *, name: str = "lfs.csv", **changes: Any) -> None:
    """The survey with two waves, and what a test changes."""
    files = {"2023": "lfs.csv", "2024": name}
    waves = {
        wave: {"files": [{"name": called, "mirror": f"{wave}.csv", "address": "https://example.org/lfs"}]}
        for wave, called in files.items()
    }
    declare(SOURCE, **{"waves": waves, "fetch": {"size_change": 1000}, **changes})


def finish(settings: Settings, partition: Partition) -> None:
    """Fetch a partition, leave behind what its other stages would, and let it stand."""
    fetch_partition(settings, partition.key)
    source, vintage, layout = load_survey(SOURCE), latest_vintage(settings.layout, partition), settings.layout
    assert vintage is not None
    for file in (layout.core, layout.cells, layout.availability, layout.detail, layout.scores):
        file(partition).parent.mkdir(parents=True, exist_ok=True)
        file(partition).touch()
    pq.write_table(pa.table({"person_id": ["p1"]}), layout.core(partition))
    of_core = core_mark(source, partition, vintage.id)
    keep_facts(layout.core(partition), KeptFacts(of_core))
    mark = cells_mark(of_core, source.protection, settings.protection_seed)
    beside = digests_beside(settings.layout, source, partition)
    facts = KeptFacts(mark, vintage.id, persons=1, weighted=1.0, cells=0, beside=beside)
    made = keep_facts(layout.cells(partition), facts)
    accept_partition(settings.layout, source, partition, made)
    require_sound(settings.layout, SOURCE)
    write_status(layout, partition, state="published", stage="publish")


@pytest.fixture
def finished(tmp_path: Path, declare: Declare) -> Settings:
    """Both waves fetched from a mirror, harmonised and estimated."""
    redeclare(declare)
    settings = Settings(home=tmp_path / "home", mirror=tmp_path / "mirror")
    (tmp_path / "mirror").mkdir()
    for partition in (OLD, NEW):
        (tmp_path / "mirror" / f"{partition.wave}.csv").write_text(f"made up for {partition.wave}")
        finish(settings, partition)
    return settings


@pytest.fixture(autouse=True)
def _a_release_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "standing_release", lambda _: RELEASE)


def ask(settings: Settings, *, everything: bool = False) -> Pending:
    return what_is_pending(settings, plan_batch(settings.layout, settings.access, [SOURCE]), everything=everything)


def new_of(settings: Settings) -> tuple[str, ...]:
    return ask(settings).batch.keys


def test_what_was_never_run_is_new(tmp_path: Path, declare: Declare) -> None:
    redeclare(declare)
    found = ask(Settings(home=tmp_path / "home", mirror=tmp_path))
    assert (found.batch.keys, found.settled, found.release) == ((OLD.key, NEW.key), (), None)
    assert not found.is_empty


def test_asking_changes_nothing(finished: Settings) -> None:
    def files() -> dict[Path, int]:
        return {path: path.stat().st_mtime_ns for path in finished.home.rglob("*") if path.is_file()}

    before = files()
    found = ask(finished)
    assert files() == before
    assert (found.batch.keys, found.settled, found.release) == ((), (OLD.key, NEW.key), RELEASE)
    assert found.is_empty


def other_file(settings: Settings) -> None:
    assert settings.mirror is not None
    (settings.mirror / "2024.csv").write_text("made up for 2042")


def file_gone(settings: Settings) -> None:
    assert settings.mirror is not None
    (settings.mirror / "2024.csv").unlink()


def raw_gone(settings: Settings) -> None:
    shutil.rmtree(settings.layout.raw(NEW))


def core_gone(settings: Settings) -> None:
    settings.layout.core(NEW).unlink()


def cells_gone(settings: Settings) -> None:
    settings.layout.cells(NEW).unlink()


def availability_gone(settings: Settings) -> None:
    settings.layout.availability(NEW).unlink()


def detail_gone(settings: Settings) -> None:
    settings.layout.detail(NEW).unlink()


def accepted_gone(settings: Settings) -> None:
    shutil.rmtree(settings.layout.accepted(NEW))


def failed(settings: Settings) -> None:
    write_status(settings.layout, NEW, state="failed", error_kind="input", reason="It was wrong.")


def killed(settings: Settings) -> None:
    write_status(settings.layout, NEW, state="running", stage="fetch")


@pytest.mark.parametrize(
    "change",
    [
        other_file,
        file_gone,
        raw_gone,
        core_gone,
        cells_gone,
        availability_gone,
        detail_gone,
        accepted_gone,
        failed,
        killed,
    ],
)
def test_only_the_partition_with_something_new_is_run(finished: Settings, change: Callable[[Settings], None]) -> None:
    change(finished)
    found = ask(finished)
    assert (found.batch.keys, found.settled, found.is_empty) == ((NEW.key,), (OLD.key,), False)


def test_another_declaration_makes_all_its_waves_new(finished: Settings, declare: Declare) -> None:
    redeclare(declare, codes=SMALL_CODES.replace("activity,3,outside", "activity,3,unemployed"))
    assert new_of(finished) == (OLD.key, NEW.key)
    redeclare(declare)
    assert new_of(finished) == ()


def test_what_no_number_is_made_of_makes_nothing_new(finished: Settings, declare: Declare) -> None:
    redeclare(declare, codes=SMALL_CODES.replace("Seeks work", "Looks for work"), producer="Another office")
    assert new_of(finished) == (OLD.key, NEW.key), "its golden waves have not been looked at since"
    require_sound(finished.layout, SOURCE)
    assert new_of(finished) == ()


def test_other_code_makes_everything_new(finished: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ilms.pipeline.fingerprints.rooms_hash", lambda *_: "of other code")
    assert new_of(finished) == (OLD.key, NEW.key)


def test_another_seed_makes_other_numbers(finished: Settings) -> None:
    assert new_of(replace(finished, protection_seed="secret")) == (OLD.key, NEW.key)


def test_the_same_bytes_under_another_name_are_fetched_again(finished: Settings, declare: Declare) -> None:
    redeclare(declare, name="persons.csv")
    finish(finished, OLD)
    assert new_of(finished) == (NEW.key,)


def test_online_every_wave_is_run_to_ask_the_server_for_new_files(finished: Settings) -> None:
    assert new_of(replace(finished, online=True)) == (OLD.key, NEW.key)


def test_without_a_mirror_the_files_fetched_last_serve(finished: Settings) -> None:
    assert ask(replace(finished, mirror=None)).settled == (OLD.key, NEW.key)


def test_a_release_that_does_not_stand_is_new(finished: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "standing_release", lambda _: None)
    found = ask(finished)
    assert (found.batch.keys, found.is_empty) == ((), False)


def test_regions_are_asked_for_only_with_everything(finished: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending, "nowhere_to_read", lambda *_: "")
    monkeypatch.setattr(pending, "editions_due", lambda *_: True)
    assert ask(finished).is_empty
    assert not ask(finished, everything=True).is_empty
    monkeypatch.setattr(pending, "editions_due", lambda *_: False)
    found = ask(finished, everything=True)
    assert (found.regional, found.is_empty) == (NOTHING_NEW, True)
